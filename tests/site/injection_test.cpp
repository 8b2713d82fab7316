// What would be a header or a line of its own, if anything repeated it as it came: line ends, colours of a terminal,
// separators of Unicode, quotes of JSON.

#include "base/file.h"
#include "ground/pattern.h"
#include "site/abuse.h"
#include "site/wire.h"

namespace {

using site::Abuse;

/// What no header, log or setting of ours would ever say.
constexpr std::string_view mark = "Forged-By";

const std::vector<std::string> breaks{
    "\r\n", "\n",   "\r",     "\r\n\r\n", "\x1b[2K\x1b[1A",   "\x0b",   "\x0c",
    "\x1c", "\x7f", "\u0085", "\u2028",   "\u2029",           "\u202e", "\xe5\x98\x8a\xe5\x98\x8d",
    "\xff", "\x9b", "\",\"",  "\\r\\n",   "${jndi:ldap://b}", "%0d%0a", "$request_id",
    "{{{"};

std::string percent_encoded(std::string_view text) { return ground::percent_encoded(text); }

/// Everything that a client can put a text into and that a program might repeat, with one text in it. A text that ends
/// a line as it stands begins a header of the client's own, and so goes only where it can be escaped.
std::vector<std::string> requests_with(const std::string& text) {
  const auto injected = "x" + text + std::string(mark) + ": 1";
  const auto escaped = percent_encoded(injected);
  const std::string end = " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n";
  const auto post = [&](std::string_view path, std::string_view type, std::string_view accept, std::string_view body) {
    return fmt::format("POST {}{}Content-Type: {}\r\nAccept: {}\r\nContent-Length: {}\r\n\r\n{}", path, end, type,
                       accept, body.size(), body);
  };
  const auto json = nlohmann::json{{"prenom", injected}, {injected, "x"}}.dump(
      -1, ' ', false, nlohmann::json::error_handler_t::replace);
  std::vector<std::string> requests{
      "GET /" + escaped + end + "\r\n",
      "GET /css/" + escaped + end + "\r\n",
      "GET /?" + escaped + "=" + escaped + end + "\r\n",
      "GET /stats?" + escaped + end + "\r\n",
      "GET /view_data?next=" + escaped + "&cursor=" + escaped + end + "\r\n",
      post("/submit", site::form_type, "text/html", "prenom=" + escaped + "&token=" + escaped),
      post("/submit", site::form_type, "text/html", "prenom=" + escaped + "&banque=" + escaped),
      post("/submit", site::form_type, site::json_type, escaped + "=" + escaped),
      post("/submit", site::json_type, site::json_type, json),
      post("/my_data", site::form_type, "text/html", "receipt=" + escaped),
      post("/my_data/export", site::form_type, site::json_type, "receipt=" + escaped),
      post("/view_data/find", site::form_type, "text/html", "valeur=" + escaped)};
  if (text.find_first_of("\r\n") != std::string::npos) return requests;
  for (const auto* name : {"Traceparent", "Idempotency-Key", "Cookie", "Referer", "Origin", "Accept", "User-Agent",
                           "Sec-Fetch-Site", "X-Forwarded-For", "X-Request-Id", "Accept-Language", "Authorization"}) {
    const std::string value = name == std::string_view("Cookie") ? "guichet-receipt=" + injected : injected;
    requests.push_back(fmt::format("GET /submitted{}{}: {}\r\n\r\n", end, name, value));
    requests.push_back(fmt::format("POST /submit{}{}: {}\r\nContent-Type: {}\r\nContent-Length: 2\r\n\r\na=", end, name,
                                   value, site::form_type));
  }
  requests.push_back("GET / HTTP/1.1\r\nHost: " + injected + "\r\nConnection: close\r\n\r\n");
  requests.push_back("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" + injected + "\r\n\r\n");
  requests.push_back("GET /" + injected + end + "\r\n");
  requests.push_back(injected + " /" + end + "\r\n");
  return requests;
}

/// The logs of the office as they are now.
std::map<std::string, std::string> logs(const ground::Office& office) {
  std::map<std::string, std::string> logs;
  for (const auto& entry : std::filesystem::directory_iterator(office.path("log")))
    logs[entry.path().filename()] = base::read_file(entry.path());
  return logs;
}

TEST_F(Abuse, MakesNoHeaderAndNoLogLineOfAnothers) {
  const auto before = logs(office());
  std::vector<std::string> requests;
  for (const auto& text : breaks) {
    for (auto& request : requests_with(text)) requests.push_back(std::move(request));
  }
  std::vector<site::Wire> wires;
  for (const auto& request : requests) wires.emplace_back(office().port()).send(request);
  hear(wires, std::chrono::seconds{5});

  for (std::size_t i = 0; i < wires.size(); ++i) {
    SCOPED_TRACE(percent_encoded(requests[i]));
    const auto answers = site::answers_in(wires[i].heard());
    ASSERT_EQ(answers.size(), 1u) << wires[i].heard();
    EXPECT_EQ(answers[0].head.find("\r\n" + std::string(mark)), std::string::npos) << answers[0].head;
    EXPECT_TRUE(ground::matches(answers[0].head, "HTTP/1\\.1 [0-9]{3} [A-Za-z -]+\r\n([A-Za-z-]+: [ -~]*\r\n)+"))
        << answers[0].head;
    EXPECT_TRUE(answers[0].status < 500 && answers[0].status >= 200) << answers[0].head;
  }

  std::size_t lines = 0;
  for (const auto& [name, text] : logs(office())) {
    SCOPED_TRACE(name);
    const auto found = before.find(name);
    std::istringstream added(text.substr(found == before.end() ? 0 : found->second.size()));
    for (std::string line; std::getline(added, line); ++lines) {
      EXPECT_TRUE(nlohmann::json::parse(line, nullptr, false).is_object()) << line;
      EXPECT_TRUE(std::ranges::all_of(line, [](char c) { return c >= ' ' && c <= '~'; })) << line;
      EXPECT_EQ(line.find(mark), std::string::npos) << line;
    }
  }
  std::printf("%zu requests, %zu log lines\n", requests.size(), lines);
  EXPECT_GT(lines, requests.size() / 2);
}

}  // namespace
