// FastCGI records that are cut, or lie about their length or kind (FastCGI 1.0, sections 3 to 5), sent to each handler
// by who may reach its socket: it answers the next request, as the same process, no heavier.
#include <fastcgi.h>

#include <functional>
#include <random>

#include "ground/fastcgi.h"
#include "ground/seed.h"
#include "site/abuse.h"

namespace {

using ground::bytes_of;
using ground::FastCgi;
using site::Abuse;

constexpr unsigned char unknown_type = 200;

const std::string begin = bytes_of({FCGI_BEGIN_REQUEST, ground::begin_content()});
const std::string params =
    bytes_of({FCGI_PARAMS, ground::params_content(ground::variables_of("GET /nothing"))}) + bytes_of({FCGI_PARAMS, {}});
const std::string end_of_body = bytes_of({FCGI_STDIN, {}});

std::string request_of(const ground::Environment& variables) {
  return begin + bytes_of({FCGI_PARAMS, ground::params_content(variables)}) + bytes_of({FCGI_PARAMS, {}});
}
std::string begin_with(std::string content) { return bytes_of({FCGI_BEGIN_REQUEST, content}); }
std::string lying_params(std::size_t name, std::size_t value, std::string_view rest = "SCRIPT_NAME/") {
  return begin + bytes_of({FCGI_PARAMS, ground::pair_lengths(name, value).append(rest)});
}

struct Lie {
  const char* name;
  std::string bytes;
};

constexpr std::size_t longest = 0x7fffffff;

std::vector<Lie> lies() {
  const auto post = [](const char* length) {
    return request_of(ground::variables_of("POST /nothing", {{"CONTENT_LENGTH", length}}));
  };
  const std::string kilobytes(60000, 'x');
  // Four are more than libfcgi has room for on its stack.
  std::string often;
  for (int i = 0; i < 100; ++i) often += ground::params_content({{"FCGI_MPXS_CONNS", ""}});
  return {
      {"nothing", ""},
      {"half a header", begin.substr(0, 5)},
      {"a header alone", begin.substr(0, 8)},
      {"half a beginning", begin.substr(0, 12)},
      {"a beginning alone", begin},
      {"a beginning that is too short", begin_with("\0\1\1")},
      {"a beginning that is too long", begin_with(ground::begin_content() + "x")},
      {"a beginning without a number", bytes_of({FCGI_BEGIN_REQUEST, ground::begin_content(), 0})},
      {"the largest number", bytes_of({FCGI_BEGIN_REQUEST, ground::begin_content(), 65535}) + params + end_of_body},
      {"no role", begin_with(std::string(8, '\0')) + params + end_of_body},
      {"an unknown role", begin_with(std::string("\x7f\x7f\1\0\0\0\0\0", 8)) + params + end_of_body},
      {"version 0", bytes_of({FCGI_BEGIN_REQUEST, ground::begin_content(), 1, 0})},
      {"version 255", bytes_of({FCGI_BEGIN_REQUEST, ground::begin_content(), 1, 255})},
      {"an unknown kind", begin + bytes_of({unknown_type, "x"})},
      {"an unknown kind of management", bytes_of({unknown_type, "x", 0})},
      {"kind 0", bytes_of({0, ""})},
      {"a question about values", bytes_of({FCGI_GET_VALUES, ground::params_content({{"FCGI_MAX_CONNS", ""}}), 0})},
      {"a question that is asked often", bytes_of({FCGI_GET_VALUES, often, 0}) + begin},
      {"values of nobody", bytes_of({FCGI_GET_VALUES, kilobytes, 0})},
      {"an answer instead of a question", begin + bytes_of({FCGI_STDOUT, "Status: 200\r\n\r\n"})},
      {"an end before the beginning", bytes_of({FCGI_END_REQUEST, std::string(8, '\0')})},
      {"an abortion before the beginning", bytes_of({FCGI_ABORT_REQUEST, ""})},
      {"an abortion before the parameters", begin + bytes_of({FCGI_ABORT_REQUEST, ""})},
      {"an abortion among the parameters",
       begin + params.substr(0, params.size() - 8) + bytes_of({FCGI_ABORT_REQUEST, ""})},
      {"an abortion in the body", post("100") + bytes_of({FCGI_STDIN, "prenom="}) + bytes_of({FCGI_ABORT_REQUEST, ""})},
      {"a body before the parameters", begin + bytes_of({FCGI_STDIN, "x"})},
      {"no parameters", begin + bytes_of({FCGI_PARAMS, {}}) + end_of_body},
      {"parameters without an end", begin + params.substr(0, params.size() - 8)},
      {"parameters that are cut", begin + params.substr(0, params.size() / 2)},
      {"more parameters than come", begin + bytes_of({FCGI_PARAMS, "x", 1, 1, 65535})},
      {"padding that does not come", begin + bytes_of({FCGI_PARAMS, "\1\1ab", 1, 1, -1, 255})},
      {"padding that holds a request", begin + bytes_of({FCGI_PARAMS, "", 1, 1, 0, 255}) + begin + params},
      {"a name as long as can be", lying_params(longest, 0)},
      {"a value as long as can be", lying_params(11, longest)},
      {"both, whose sum is 0 in 32 bits (CVE-2025-23016)", lying_params(longest, longest, kilobytes)},
      {"both, whose sum is past an int", lying_params(longest - 1, longest - 1, kilobytes)},
      {"a name whose sum is past an int", lying_params(longest - 1, 0, kilobytes)},
      {"a name of a megabyte", lying_params(1 << 20, 0)},
      {"a length that is cut", begin + bytes_of({FCGI_PARAMS, "\x80\xff"})},
      {"a name with a NUL",
       begin + bytes_of({FCGI_PARAMS, std::string("\3\1a\0bc", 6)}) + bytes_of({FCGI_PARAMS, {}}) + end_of_body},
      {"10,000 empty parameters",
       begin + bytes_of({FCGI_PARAMS, std::string(20000, '\0')}) + bytes_of({FCGI_PARAMS, {}}) + end_of_body},
      {"a body shorter than it says", post("100") + bytes_of({FCGI_STDIN, "prenom="}) + end_of_body},
      {"a body without an end", post("7") + bytes_of({FCGI_STDIN, "prenom="})},
      {"a body longer than it says", post("7") + bytes_of({FCGI_STDIN, kilobytes}) + end_of_body},
      {"a length past all lengths", post("99999999999999999999") + end_of_body},
      {"a negative length", post("-1") + end_of_body},
      {"two requests at once",
       begin + bytes_of({FCGI_BEGIN_REQUEST, ground::begin_content(), 2}) + params + end_of_body},
      {"the same request twice", begin + begin + params + end_of_body},
      {"a request in the body of another", post("100") + begin + params + end_of_body},
      {"what belongs to nobody", begin + bytes_of({FCGI_PARAMS, kilobytes, 9}) + params + end_of_body},
  };
}

std::string socket_of(const ground::Office& office, const std::string& handler) {
  return office.path(fmt::format("run/{}.sock", handler));
}

/// Asks what every handler knows: that it has no such page.
int asked_for_nothing(const std::string& socket) {
  return FastCgi(socket).ask(ground::variables_of("GET /nothing")).status;
}

TEST_F(Abuse, OutlivesRecordsThatLie) {
  const auto all = lies();
  for (const auto& handler : site::handlers(office())) {
    SCOPED_TRACE(handler);
    const auto socket = socket_of(office(), handler);
    const auto pids = office().processes(handler);
    for (const auto& [name, bytes] : all) {
      SCOPED_TRACE(name);
      // One leaves at once, one stays until the next request was answered.
      FastCgi(socket).send_bytes(bytes);
      FastCgi stays(socket);
      stays.send_bytes(bytes);
      ASSERT_EQ(asked_for_nothing(socket), 404);
    }
    EXPECT_EQ(office().processes(handler), pids);
  }
  std::printf("%zu lies to each of %zu handlers\n", all.size(), site::handlers(office()).size());
}

// A lie on a connection that is kept is the end of that connection, at most: what follows is never a request of its
// own.
TEST_F(Abuse, TakesNoBodyForARequest) {
  const auto socket = socket_of(office(), "system_health");
  const auto hidden = request_of(ground::variables_of("GET /health")) + end_of_body;
  for (const std::size_t size : {100u, 60000u, 300000u}) {
    FastCgi connection(socket);
    auto body = std::string(size, 'x');
    const auto variables = ground::variables_of("POST /nothing", {{"CONTENT_LENGTH", "7"}});
    EXPECT_EQ(connection.ask(variables, body + hidden).status, 404);
    // Either the next one is answered as it should be, or nothing is.
    const auto next = connection.ask(ground::variables_of("GET /nothing")).status;
    EXPECT_TRUE(next == 404 || next == 0) << next;
  }
}

TEST_F(Abuse, OutlivesRandomBytesAndRandomChanges) {
  std::mt19937_64 random(ground::seed());
  const auto whole = request_of(ground::variables_of("POST /nothing", {{"CONTENT_LENGTH", "7"}})) +
                     bytes_of({FCGI_STDIN, "prenom="}) + end_of_body;
  for (const auto& handler : site::handlers(office())) {
    SCOPED_TRACE(handler);
    const auto socket = socket_of(office(), handler);
    std::string noise(65536, '\0');
    for (auto& byte : noise) byte = static_cast<char>(random());
    FastCgi(socket).send_bytes(noise);
    // Noise past a good beginning is read as records.
    FastCgi(socket).send_bytes(begin + noise);
    for (int i = 0; i < 200; ++i) {
      auto changed = whole;
      for (auto changes = 1 + random() % 4; changes > 0; --changes)
        changed[random() % changed.size()] = static_cast<char>(random());
      changed.resize(1 + random() % changed.size());
      FastCgi(socket).send_bytes(changed);
    }
    EXPECT_EQ(asked_for_nothing(socket), 404);
  }
}

}  // namespace
