// A FastCGI connection, read strictly: requests one after the other, and nothing out of its turn.
#include "web/connection.h"

#include <fastcgi.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <random>

#include "ground/fastcgi.h"
#include "ground/seed.h"

using ground::bytes_of;
using web::Connection;
using namespace std::string_literals;

namespace {

const std::string begin_request = bytes_of({FCGI_BEGIN_REQUEST, ground::begin_content()});
const std::string no_more_params = bytes_of({FCGI_PARAMS, {}});
const std::string end_of_body = bytes_of({FCGI_STDIN, {}});

std::string params(const std::string& content) { return bytes_of({FCGI_PARAMS, content}) + no_more_params; }
const std::string head = begin_request + params("\4\3NAMEone\1\0Q"s);

/// Both ends: what is sent stands ready, and the other side has left.
class Ends {
 public:
  explicit Ends(std::string_view bytes) {
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends_) != 0) throw std::runtime_error("no socket pair");
    send(ends_[1], bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    shutdown(ends_[1], SHUT_WR);
  }
  Ends(const Ends&) = delete;
  Ends& operator=(const Ends&) = delete;
  ~Ends() { close(ends_[1]); }

  /// For the one connection, which owns it.
  [[nodiscard]] int theirs() const { return ends_[0]; }
  [[nodiscard]] std::string heard() const {
    std::string text(1 << 20, '\0');
    const auto size = recv(ends_[1], text.data(), text.size(), MSG_DONTWAIT);
    text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return text;
  }

 private:
  int ends_[2];
};

std::string body_of(Connection& connection) {
  std::string body(100000, '\0');
  body.resize(connection.read(body.data(), body.size()));
  return body;
}

}  // namespace

TEST(Connection, ReadsOneRequestAfterTheOther) {
  const Ends ends(head + bytes_of({FCGI_STDIN, "bo"}) + bytes_of({FCGI_STDIN, std::string("dy\0\0\0", 5), 1, 1, 2, 3}) +
                  end_of_body + begin_request + params("\1\1AB"s) + end_of_body);
  Connection connection(ends.theirs());
  ASSERT_TRUE(connection.begin());
  EXPECT_STREQ(connection.environment()[0], "NAME=one");
  EXPECT_STREQ(connection.environment()[1], "Q=");
  EXPECT_EQ(connection.environment()[2], nullptr);
  EXPECT_EQ(body_of(connection), "body");
  EXPECT_TRUE(connection.finish("Status: 200 OK\r\n\r\n"));
  EXPECT_EQ(ends.heard(), bytes_of({FCGI_STDOUT, "Status: 200 OK\r\n\r\n"}) + bytes_of({FCGI_STDOUT, {}}) +
                              bytes_of({FCGI_END_REQUEST, "\0\0\0\0\0\0\0\0"s}));
  EXPECT_TRUE(connection.has_more());
  ASSERT_TRUE(connection.begin());
  EXPECT_STREQ(connection.environment()[0], "A=B");
  EXPECT_TRUE(connection.finish(""));
  EXPECT_FALSE(connection.has_more());
  EXPECT_FALSE(connection.begin());
}

TEST(Connection, LeavesAConnectionThatIsNotKept) {
  const Ends ends(bytes_of({FCGI_BEGIN_REQUEST, ground::begin_content(false)}) + no_more_params + end_of_body);
  Connection connection(ends.theirs());
  ASSERT_TRUE(connection.begin());
  EXPECT_FALSE(connection.finish("x"));
  EXPECT_FALSE(ends.heard().empty());
}

TEST(Connection, SendsALongAnswerInSeveralRecords) {
  const Ends ends(head + end_of_body);
  Connection connection(ends.theirs());
  ASSERT_TRUE(connection.begin());
  const std::string text(100000, 'x');
  EXPECT_TRUE(connection.finish(text));
  EXPECT_EQ(ends.heard(), bytes_of({FCGI_STDOUT, text.substr(0, 65528)}) + bytes_of({FCGI_STDOUT, text.substr(65528)}) +
                              bytes_of({FCGI_STDOUT, {}}) + bytes_of({FCGI_END_REQUEST, "\0\0\0\0\0\0\0\0"s}));
}

TEST(Connection, PassesOverABodyThatNobodyRead) {
  for (const std::size_t records : {1u, 3u, 5u}) {
    std::string bytes = head;
    for (std::size_t i = 0; i < records; ++i) bytes += bytes_of({FCGI_STDIN, std::string(30000, 'x')});
    const Ends ends(bytes + end_of_body + head + end_of_body);
    Connection connection(ends.theirs());
    ASSERT_TRUE(connection.begin());
    EXPECT_TRUE(connection.finish("x")) << records;
    EXPECT_TRUE(connection.begin()) << records;
  }
}

TEST(Connection, EndsWithAHeadThatIsNone) {
  const auto all = begin_request + no_more_params;
  for (const auto& bytes : {""s,
                            begin_request,
                            begin_request.substr(0, 7),
                            begin_request.substr(0, 15),
                            no_more_params,
                            head.substr(0, head.size() - 1),
                            begin_request + begin_request,
                            begin_request + end_of_body,
                            begin_request + bytes_of({FCGI_PARAMS, "", 2}),
                            bytes_of({FCGI_BEGIN_REQUEST, "\0\1\1"s}),
                            bytes_of({FCGI_BEGIN_REQUEST, ground::begin_content(), 0}) + no_more_params,
                            bytes_of({FCGI_BEGIN_REQUEST, ground::begin_content(), 1, 2}) + no_more_params,
                            bytes_of({FCGI_BEGIN_REQUEST, "\0\2\1\0\0\0\0\0"s}) + no_more_params,  // an authorizer
                            bytes_of({FCGI_GET_VALUES, "", 0}) + all,
                            begin_request + bytes_of({FCGI_GET_VALUES, "", 0}) + no_more_params,
                            begin_request + bytes_of({FCGI_ABORT_REQUEST, ""}) + no_more_params,
                            begin_request + params("\1"s),
                            begin_request + params("\1\1A"s),
                            begin_request + params("\2\1A=B"s),
                            begin_request + params("\1\2A\0B"s),
                            begin_request + params("\2\1A\0B"s),
                            begin_request + params("\x80\0\0"s),
                            begin_request + params("\xff\xff\xff\xff\xff\xff\xff\xff"s),
                            begin_request + params("\xff\xff\xff\xfe\1A"s)}) {
    const Ends ends(bytes);
    Connection connection(ends.theirs());
    EXPECT_FALSE(connection.begin()) << ::testing::PrintToString(bytes);
    EXPECT_EQ(ends.heard(), "");
  }
}

TEST(Connection, EndsWithAHeadPastItsLimit) {
  const auto large = [](std::size_t size) {
    std::string bytes = begin_request;
    const auto content = ground::params_content({{"X", std::string(size - 6, 'x')}});
    for (std::size_t at = 0; at < content.size(); at += 60000)
      bytes += bytes_of({FCGI_PARAMS, content.substr(at, 60000)});
    return bytes + no_more_params + end_of_body;
  };
  for (const auto& [size, is_taken] :
       {std::pair{Connection::params_max_bytes, true}, std::pair{Connection::params_max_bytes + 1, false}}) {
    int ends[2];
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    const int room = 1 << 20;
    setsockopt(ends[1], SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room);
    setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
    const auto bytes = large(size);
    ASSERT_EQ(send(ends[1], bytes.data(), bytes.size(), MSG_DONTWAIT), static_cast<ssize_t>(bytes.size()));
    Connection connection(ends[0]);
    EXPECT_EQ(connection.begin(), is_taken);
    close(ends[1]);
  }
}

TEST(Connection, CutsABodyWhereItIsBroken) {
  for (const auto& rest :
       {""s, bytes_of({FCGI_STDIN, "bo"}).substr(0, 9), bytes_of({FCGI_ABORT_REQUEST, ""}), begin_request,
        bytes_of({FCGI_STDIN, "x", 2}), bytes_of({FCGI_PARAMS, "x"}), bytes_of({FCGI_STDIN, "x", 1, 0})}) {
    const Ends ends(head + bytes_of({FCGI_STDIN, "bo"}) + rest);
    Connection connection(ends.theirs());
    ASSERT_TRUE(connection.begin());
    EXPECT_EQ(body_of(connection).substr(0, 2), "bo");
    EXPECT_FALSE(connection.finish("x")) << ::testing::PrintToString(rest);
    EXPECT_EQ(ends.heard(), "");
  }
}

// Else 72 halves would be all that a handler has threads for.
TEST(Connection, GivesUpAWebServerThatFallsSilent) {
  for (const auto& [half, is_head] : {std::pair{head.substr(0, 20), false}, std::pair{head, true}}) {
    int ends[2];
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    send(ends[1], half.data(), half.size(), 0);
    Connection connection(ends[0], std::chrono::milliseconds{20});
    EXPECT_EQ(connection.begin(), is_head);
    EXPECT_FALSE(is_head && connection.finish("x"));
    close(ends[1]);
  }
}

TEST(Connection, SurvivesRandomChanges) {
  std::mt19937_64 random(ground::seed());
  const auto whole = head + bytes_of({FCGI_STDIN, "body"}) + end_of_body + head + end_of_body;
  for (int i = 0; i < 20000; ++i) {
    auto changed = whole;
    for (auto changes = 1 + random() % 4; changes > 0; --changes)
      changed[random() % changed.size()] = static_cast<char>(random());
    changed.resize(random() % (changed.size() + 1));
    const Ends ends(changed);
    Connection connection(ends.theirs());
    for (int requests = 0; requests < 3 && connection.begin(); ++requests) {
      for (char** entry = connection.environment(); *entry != nullptr; ++entry)
        EXPECT_NE(std::strchr(*entry, '='), nullptr);
      EXPECT_LT(body_of(connection).size(), changed.size());
      if (!connection.finish("x")) break;
    }
  }
}
