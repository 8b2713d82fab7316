// Requests whose end two readers could see in two places (RFC 9112, sections 6.3 and 11.2): a second one that hides in
// them is never answered, and never carried out.
#include "ground/seed.h"
#include "site/abuse.h"
#include "site/wire.h"

namespace {

using site::Abuse;

/// What hides: a report that would be kept.
std::string hidden() {
  static const auto body = ground::json_body(ground::Reporter(ground::seed()).next());
  return fmt::format("POST /submit HTTP/1.1\r\nHost: a\r\nContent-Type: {}\r\nContent-Length: {}\r\n\r\n{}",
                     site::json_type, body.size(), body);
}

std::string size_of(std::string_view text) { return std::to_string(text.size()); }
std::string chunk(std::string_view text) { return fmt::format("{:x}\r\n{}\r\n", text.size(), text); }

/// A post with these header lines and this body.
std::string post(std::string_view lines, std::string_view body) {
  return fmt::format("POST /submit HTTP/1.1\r\nHost: a\r\nAccept: application/json\r\nContent-Type: {}\r\n{}\r\n\r\n{}",
                     site::json_type, lines, body);
}
std::string get(std::string_view lines, std::string_view body = {}) {
  return fmt::format("GET /health HTTP/1.1\r\n{}\r\n\r\n{}", lines, body);
}

std::vector<int> statuses_of(const std::vector<site::WireAnswer>& answers) {
  std::vector<int> statuses;
  for (const auto& answer : answers) statuses.push_back(answer.status);
  return statuses;
}

struct Shape {
  std::string name, bytes;
  std::vector<int> statuses;  // of all answers; the last is 200 where the connection is good for another request
};

/// Both lengths, or one of them in a form that some readers pass over.
std::vector<Shape> both_lengths() {
  const auto chunks = "0\r\n\r\n" + hidden();
  std::vector<Shape> shapes{
      {"CL.TE", post("Content-Length: " + size_of(chunks) + "\r\nTransfer-Encoding: chunked", chunks), {400}},
      {"TE.CL", post("Transfer-Encoding: chunked\r\nContent-Length: 4", chunk(hidden()) + "0\r\n\r\n"), {400}},
      {"a report in the chunks of HTTP/1.0",
       "POST /submit HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks,
       {400}},
      {"chunks by a name with an underscore are no chunks",
       post("Content-Length: " + size_of(chunks) + "\r\nTransfer_Encoding: chunked", chunks),
       {400, 200}}};
  const auto with_line = [&](const std::string& line) {
    return post("Content-Length: " + size_of(chunks) + "\r\n" + line, chunks);
  };
  // A coding that is not known is told so, and the connection closed (RFC 9112, section 6.1).
  for (const auto& value :
       std::vector<std::string>{"xchunked", "chunked, identity", "identity, chunked", "identity", "\tchunked",
                                "\vchunked", "\"chunked\"", "chunked;a=b", "chunked,", "", "ch\u00fcnked"}) {
    shapes.push_back({"TE.TE " + value, with_line("Transfer-Encoding: " + value), {501}});
  }
  for (const auto& line : std::vector<std::string>{
           "Transfer-Encoding: Chunked", "Transfer-Encoding: chunked ",
           "Transfer-Encoding: chunked\r\nTransfer-Encoding: x", "Transfer-Encoding: x\r\nTransfer-Encoding: chunked",
           "Transfer-Encoding: x\n\tchunked", "Transfer-Encoding: x\r\n chunked", "X: y\nTransfer-Encoding: chunked",
           "X: y\rTransfer-Encoding: chunked", "X: y\r\rTransfer-Encoding: chunked", "Transfer-Encoding : chunked",
           "Transfer-Encoding\t: chunked", "\x01Transfer-Encoding: chunked", " Transfer-Encoding: chunked",
           ": chunked"}) {
    shapes.push_back({"TE.TE by the line " + line, with_line(line), {400}});
  }
  return shapes;
}

std::vector<Shape> odd_lengths() {
  const auto length = size_of(hidden());
  std::vector<Shape> shapes{
      {"a body to a page is no request", get("Host: a\r\nContent-Length: " + length, hidden()), {200, 200}},
      {"a body to a file is no request",
       "GET /favicon.svg HTTP/1.1\r\nHost: a\r\nContent-Length: " + length + "\r\n\r\n" + hidden(),
       {200, 200}}};
  for (const auto& value : std::vector<std::string>{
           "+" + length, "-" + length, "-1", "0x" + length, length + "," + length, length + " " + length, length + ";",
           length + ".0", "1e3", length + "\r\nContent-Length: " + length, length + "\r\nContent-Length: 0",
           "0\r\nContent-Length: " + length, "99999999999999999999", "18446744073709551616", "4294967296x",
           std::string("1\0", 2) + length, "\v" + length, "\xc2\xa0" + length}) {
    shapes.push_back({"a length " + value, post("Content-Length: " + value, hidden()), {400}});
  }
  for (const auto* name : {"Content-Length : ", "Content-Length\t: ", "Content-Length\v: "})
    shapes.push_back({std::string("a name ") + name, post(name + length, hidden()), {400}});
  return shapes;
}

/// Chunks are refused, and read only to find their end. What stands behind the last one is passed over up to an empty
/// line, whatever it says: here the hidden head, so that its body is what no request begins with.
std::vector<Shape> odd_chunks() {
  const auto all = hidden();
  const auto size = fmt::format("{:x}", all.size());
  const auto chunks = [](std::string_view text) { return post("Transfer-Encoding: chunked", text); };
  return {{"a good chunk", chunks(chunk(all) + "0\r\n\r\n"), {411, 200}},
          {"an extension", chunks(size + ";a=\"\r\n0\"\r\n" + all + "\r\n0\r\n\r\n"), {400}},
          {"an extension with a line end", chunks(size + ";a\nb\r\n" + all + "\r\n0\r\n\r\n"), {400}},
          {"a size with a sign", chunks("+" + size + "\r\n" + all + "\r\n0\r\n\r\n"), {400}},
          {"a negative size", chunks("-1\r\n" + all + "\r\n0\r\n\r\n"), {400}},
          {"a size with its base", chunks("0x" + size + "\r\n" + all + "\r\n0\r\n\r\n"), {400}},
          {"a size past all sizes", chunks("fffffffffffffffff\r\n" + all + "\r\n0\r\n\r\n"), {400}},
          {"a size that wraps", chunks("10000000000000005\r\nhello\r\n0\r\n\r\n" + all), {400}},
          {"a chunk without its end", chunks("3\r\nabcde\r\n" + all), {400}},
          {"a trailer that is none", chunks("0\r\nX" + all), {411, 400}},
          {"no size at all", chunks("\r\n" + all), {400}}};
}

std::vector<Shape> odd_heads() {
  const std::string long_text(40000, 'x');
  return {{"no host", get("X: y"), {400}},
          {"two hosts", get("Host: a\r\nHost: b"), {400}},
          {"two hosts, the same", get("Host: a\r\nHost: a"), {400}},
          {"a host with a space", get("Host: a b"), {400}},
          {"a host with a path", get("Host: a/b"), {400}},
          {"a host with a NUL", get(std::string("Host: a\0b", 9)), {400}},
          {"a NUL in a header", get(std::string("Host: a\r\nX: y\0z", 15)), {400}},
          {"a NUL in a name", get(std::string("Host: a\r\nX\0: y", 14)), {400}},
          {"a line folded at the top", get(" X: y\r\nHost: a"), {400}},
          {"a folded line", get("Host: a\r\nX: y\r\n z"), {400}},
          {"a line with a control character in its name", get("Host: a\r\nX\x1b: y"), {400}},
          {"another site's URL", "GET http://b/health HTTP/1.1\r\nHost: a\r\n\r\n", {200, 200}},
          {"another protocol's URL", "GET file:///etc/passwd HTTP/1.1\r\nHost: a\r\n\r\n", {400}},
          {"a tunnel", "CONNECT b:443 HTTP/1.1\r\nHost: b:443\r\n\r\n", {400}},
          {"an asterisk", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", {400}},
          {"a method in small letters", "get /health HTTP/1.1\r\nHost: a\r\n\r\n", {400}},
          {"a protocol behind the protocol", "GET /health HTTP/1.1 HTTP/1.1\r\nHost: a\r\n\r\n", {400}},
          {"a later protocol", "GET /health HTTP/9.9\r\nHost: a\r\n\r\n", {505}},
          {"the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + hidden(), {400}},
          {"an upgrade to HTTP/2 is none",
           get("Host: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: "
               "AAMAAABkAARAAAAAAAIAAAAA"),
           {200, 200}},
          {"an upgrade to a socket is none", get("Host: a\r\nConnection: Upgrade\r\nUpgrade: websocket"), {200, 200}},
          {"a line of 40,000", "GET /" + long_text + " HTTP/1.1\r\nHost: a\r\n\r\n", {414}},
          {"a header of 40,000", get("Host: a\r\nX: " + long_text), {431}},
          {"a name of 40,000", get("Host: a\r\n" + long_text + ": x"), {431}}};
}

TEST_F(Abuse, SmugglesNoSecondRequest) {
  std::vector<Shape> shapes;
  for (const auto& table : {both_lengths(), odd_lengths(), odd_chunks(), odd_heads()})
    shapes.insert(shapes.end(), table.begin(), table.end());
  std::vector<site::Wire> wires;
  for (const auto& shape : shapes) wires.emplace_back(office().port()).send(shape.bytes);
  hear(wires, std::chrono::seconds{1});
  // What is still open is asked the way that a browser would go on.
  for (auto& wire : wires) wire.send(get("Host: a\r\nConnection: close"));
  hear(wires, std::chrono::seconds{5});

  for (std::size_t i = 0; i < shapes.size(); ++i) {
    SCOPED_TRACE(shapes[i].name);
    const auto answers = site::answers_in(wires[i].heard());
    EXPECT_EQ(statuses_of(answers), shapes[i].statuses) << wires[i].heard().substr(0, 400);
    EXPECT_FALSE(wires[i].is_open()) << "it still waits for something";
    const bool goes_on = shapes[i].statuses.back() == 200;
    EXPECT_EQ(!answers.empty() && answers.back().body.find("healthy") != std::string::npos, goes_on);
  }
  std::printf("%zu shapes\n", shapes.size());
}

// What no head ends is no request, and HTTP/0.9 knows no second one.
TEST_F(Abuse, AnswersHttp09OnceAndCloses) {
  std::vector<site::Wire> wires;
  wires.emplace_back(office().port()).send("GET /health\r\n" + hidden());
  wires.emplace_back(office().port()).send("GET /view_data\r\n" + hidden());
  wires.emplace_back(office().port()).send("GET /health HTTP/1.1\r\nHost: a\r\nX: y\r\n");
  hear(wires, std::chrono::seconds{1});
  EXPECT_NE(wires[0].heard().find("healthy"), std::string::npos);
  EXPECT_EQ(wires[0].heard().find("HTTP/1"), std::string::npos);
  EXPECT_EQ(wires[1].heard().find("HTTP/1"), std::string::npos);
  EXPECT_FALSE(wires[0].is_open() || wires[1].is_open());
  EXPECT_EQ(wires[2].heard(), "");
}

// The control: what is not hidden is a request of its own.
TEST_F(Abuse, CountsTwoRequestsThatAreTwo) {
  std::vector<site::Wire> wires;
  wires.emplace_back(office().port())
      .send(get("Host: a") + post("Content-Length: 2", "{}") + get("Host: a\r\nConnection: close"));
  hear(wires, std::chrono::seconds{5});
  EXPECT_EQ(statuses_of(site::answers_in(wires[0].heard())), (std::vector<int>{200, 422, 200})) << wires[0].heard();
}

}  // namespace
