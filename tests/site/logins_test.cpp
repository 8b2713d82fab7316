// Logins through the real Nginx: those that fail slow down their account and their address, in all processes together,
// and leave a line each that fail2ban reads.
#include <fmt/format.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <set>

#include "auth/office.h"
#include "auth/users.h"
#include "base/file.h"
#include "crypto/password.h"
#include "ground/nginx.h"
#include "ground/pattern.h"
#include "site/visitor.h"

namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr const char* password = "correct cheval pile agrafe";

class Logins : public site::OfficeTest<Logins> {
 public:
  static ground::Environment settings() {
    return {{"GUICHET_LOGIN_PROCESSES", "3"}, {"GUICHET_TRUSTED_PROXIES", "127.0.0.2"}};
  }

 protected:
  static std::string add(const std::string& name) {
    static const auto hash = crypto::Passwords().hash(password);
    const auto documents = store::Documents::open(office().office_documents(), auth::office_schema());
    auth::User user{.email = name + "@example.org",
                    .name = name,
                    .role = "agent",
                    .must_change_password = false,
                    .password_hash = hash};
    EXPECT_EQ(auth::Users(*documents).add(user, base::now()), auth::Users::Outcome::done);
    return user.email;
  }
  static site::Answer log_in(site::Visitor& visitor, const std::string& email, const std::string& typed,
                             site::Headers headers = {}, const std::string& path = "/login") {
    headers.emplace_back("Sec-Fetch-Site", "same-origin");
    return visitor.send({.method = "POST",
                         .path = path,
                         .headers = std::move(headers),
                         .body = ground::form_body({{"email", email}, {"password", typed}}),
                         .type = site::form_type});
  }
  /// Not `Busy`, which is another 429 and asks for a second at most.
  static site::Answer log_in_in_turn(site::Visitor& visitor, const std::string& email, const std::string& typed) {
    site::Answer answer;
    EXPECT_TRUE(site::holds_within(20s, [&] {
      answer = log_in(visitor, email, typed);
      if (answer.status == 429) std::this_thread::sleep_for(100ms);
      return answer.status != 429;
    }));
    return answer;
  }
  static std::string log() { return base::read_file(office().path("log/logins.log")); }
  /// The addresses that fail2ban finds in a file, a line each.
  static std::vector<std::string> found_by_fail2ban(const std::string& file) {
    const auto ended =
        ground::run({"fail2ban-regex", "--out", "ip", file, SOURCE_FOLDER "/nginx/fail2ban/filter.d/guichet.conf"}, {});
    EXPECT_EQ(ended.status, 0) << ended.err;
    std::vector<std::string> addresses;
    std::istringstream lines(ended.out);
    for (std::string line; std::getline(lines, line);) addresses.push_back(line);
    return addresses;
  }
};

TEST_F(Logins, SlowDownTheirAddressWhateverItClaims) {
  site::Visitor visitor(office());
  visitor.come_from("127.0.1.1");
  const auto email = add("camille");
  for (int i = 0; i < 5; ++i) {
    const site::Headers claims{{"X-Forwarded-For", fmt::format("198.51.100.{}", i)},
                               {"X-Real-IP", fmt::format("198.51.100.{}", i)},
                               {"REMOTE_ADDR", fmt::format("198.51.100.{}", i)}};
    EXPECT_EQ(log_in(visitor, fmt::format("person{}@example.org", i), "wrong", claims).status, 401);
  }
  const auto slowed =
      log_in(visitor, email, password, {{"X-Forwarded-For", "198.51.100.9"}}, "/login?REMOTE_ADDR=198.51.100.9");
  EXPECT_EQ(slowed.status, 429);
  EXPECT_EQ(slowed.header("Retry-After"), "1");
  EXPECT_EQ(slowed.header("Set-Cookie"), "");
  visitor.come_from("127.0.1.2");
  EXPECT_EQ(log_in_in_turn(visitor, email, password).status, 303) << "from elsewhere";
  visitor.come_from("127.0.1.1");
  EXPECT_EQ(log_in_in_turn(visitor, email, password).status, 303) << "nobody is locked out for good";
}

TEST_F(Logins, SlowDownEachVisitorOfATrustedProxy) {
  const ground::Nginx front(fmt::format(
      "proxy_bind 127.0.0.2; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; proxy_set_header Host "
      "$http_host;\nlocation / {{ proxy_pass http://127.0.0.1:{}; }}",
      office().port()));
  site::Visitor visitor(front.port());
  visitor.come_from("127.0.1.11");
  for (int i = 0; i < 5; ++i) EXPECT_EQ(log_in(visitor, fmt::format("front{}@example.org", i), "wrong").status, 401);
  EXPECT_EQ(log_in(visitor, "front6@example.org", "wrong").status, 429);
  visitor.come_from("127.0.1.12");
  EXPECT_EQ(log_in(visitor, "front7@example.org", "wrong").status, 401) << "the proxy itself was counted";
}

TEST_F(Logins, AreCountedByAllProcessesTogether) {
  ASSERT_EQ(office().processes("account_login").size(), 3U);
  std::atomic<int> refused = 0;
  site::together(office(), 12, [&](site::Visitor& visitor, int i) {
    visitor.come_from("127.0.1.21");
    for (int tries = 0; tries < 2; ++tries) {
      const auto answer = log_in(visitor, fmt::format("crowd{}.{}@example.org", i, tries), "wrong");
      if (answer.status == 401) {
        ++refused;
      } else {
        EXPECT_EQ(answer.status, 429);
      }
    }
  });
  // Five, and those that came after the second or more that they had to wait.
  EXPECT_GE(refused, 3) << "a process hashes two at once";
  EXPECT_LE(refused, 9);
}

TEST_F(Logins, NeverTireATownHallBehindOneAddress) {
  std::vector<std::string> emails;
  for (int i = 0; i < 12; ++i) emails.push_back(add(fmt::format("colleague{}", i)));
  std::atomic<int> longest = 0;
  std::atomic<int> let_in = 0;
  site::together(office(), 6, [&](site::Visitor& visitor, int i) {
    visitor.come_from("127.0.1.31");
    for (int each = i; each < 12; each += 6) {
      EXPECT_TRUE(site::holds_within(20s, [&] {
        const auto answer = log_in(visitor, emails[static_cast<std::size_t>(each)], password);
        if (answer.status != 429) return answer.status == 303;
        longest = std::max(longest.load(), std::stoi(answer.header("Retry-After")));
        std::this_thread::sleep_for(50ms);
        return false;
      }));
      ++let_in;
    }
  });
  EXPECT_EQ(let_in, 12);
  EXPECT_LE(longest, 1) << "more than a turn was asked for";
}

TEST_F(Logins, LeaveALineForFail2banEachAndNothingOfWhatWasSent) {
  const auto before = log().size();
  const auto email = add("dominique");
  const ground::Nginx front(fmt::format(
      "proxy_bind 127.0.0.2; proxy_set_header X-Forwarded-For \"$http_x_test\"; proxy_set_header Host $http_host;\n"
      "location / {{ proxy_pass http://127.0.0.1:{}; }}",
      office().port()));
  const auto from = [](const char* address) { return site::Headers{{"X-Test", address}}; };
  site::Visitor visitor(front.port());
  // What is refused, from where.
  const struct {
    const char* address;
    std::string email, path;
  } refused[] = {
      {"192.0.2.1", "nobody@example.org", "/login"},
      {"2001:db8::1", "nobody@example.org", "/login"},
      {"192.0.2.2", "x\n2030-01-01T00:00:00+00:00 login refused 401 from 198.51.100.1", "/login"},
      {"192.0.2.3", "\" login refused 401 from 198.51.100.2", "/login?from 198.51.100.3"},
      {"192.0.2.4", "nobody@example.org",
       "/%6cogin?x=%0a2030-01-01T00:00:00+00:00%20login%20refused%20401%20from%20198.51.100.4"},
      {"192.0.2.5", "nobody@example.org", "/./login"},
  };
  std::vector<std::string> expected;
  for (const auto& [address, typed, path] : refused) {
    auto quoted = ground::replace_all(path, " ", "%20");
    EXPECT_EQ(log_in(visitor, typed, "wrong", from(address), quoted).status, 401) << address;
    expected.emplace_back(address);
  }
  for (int i = 0; i < 6; ++i) {
    const auto status = log_in(visitor, fmt::format("many{}@example.org", i), "wrong", from("192.0.2.6")).status;
    EXPECT_EQ(status, i < 5 ? 401 : 429);
    expected.emplace_back("192.0.2.6");
  }
  // What is no refused login.
  EXPECT_EQ(log_in(visitor, email, password, from("198.51.100.11")).status, 303);
  EXPECT_EQ(visitor.get("/login", from("198.51.100.12")).status, 200);
  EXPECT_EQ(log_in(visitor, email, password, {{"X-Test", "198.51.100.13"}, {"Origin", "null"}}, "/logout").status, 303);
  for (const auto* path : {"/view_data", "/account/session", "/account/audit", "/view_data?x=/login"}) {
    EXPECT_EQ(visitor.get(path, {{"X-Test", "198.51.100.14"}, {"Accept", site::json_type}}).status, 401) << path;
  }
  EXPECT_EQ(log_in(visitor, "x", "wrong", from("198.51.100.15"), "/login/x").status, 404);
  EXPECT_EQ(visitor.send({.method = "PUT", .path = "/login", .headers = from("198.51.100.16"), .body = "x", .type = {}})
                .status,
            405);

  const auto lines = log().substr(before);
  const std::string line(
      "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d[+-]\\d\\d:\\d\\d login refused (401|429) from [0-9a-f.:]+\n");
  EXPECT_EQ(ground::replace_all(lines, line, ""), "") << "a line that is not of this form";
  EXPECT_EQ(lines.find("198.51.100"), std::string::npos) << lines;
  const ground::Folder folder;
  std::ofstream(folder / "logins.log") << lines;
  EXPECT_EQ(found_by_fail2ban(folder / "logins.log"), expected);
  // The office's own logs name no address.
  for (const auto* file : {"log/nginx.log", "log/nginx.errors.log", "log/account_login.log"}) {
    const auto text = base::read_file(office().path(file));
    for (const auto* hidden : {"192.0.2", "2001:db8", "198.51.100", "example.org", "127.0.1."}) {
      EXPECT_EQ(text.find(hidden), std::string::npos) << file << " holds " << hidden;
    }
  }
}

// A configuration of the test's own, with Debian's defaults: nothing is started, nothing banned.
TEST_F(Logins, AreWatchedByAJailThatFail2banTakes) {
  const ground::Folder folder;
  const auto configuration = folder / "fail2ban";
  fs::copy("/etc/fail2ban", configuration, fs::copy_options::recursive);
  fs::remove_all(configuration + "/jail.d");
  fs::copy(SOURCE_FOLDER "/nginx/fail2ban", configuration,
           fs::copy_options::recursive | fs::copy_options::overwrite_existing);
  const auto jail = configuration + "/jail.d/guichet.conf";
  const auto text =
      ground::replace_all(base::read_file(jail), "logpath = .*", "logpath = " + office().path("log/logins.log"));
  std::ofstream(jail, std::ios::trunc) << text;
  const auto tested = ground::run({"fail2ban-client", "-c", configuration, "-t"}, {});
  EXPECT_EQ(tested.status, 0) << tested.out << tested.err;
  const auto dumped = ground::run({"fail2ban-client", "-c", configuration, "-d"}, {});
  EXPECT_EQ(dumped.status, 0);
  for (const auto* part :
       {"'guichet', 'maxretry', 20", "'guichet', 'addfailregex'", "['start', 'guichet']", "logins.log"}) {
    EXPECT_NE(dumped.out.find(part), std::string::npos) << part << "\n" << dumped.out;
  }
}

}  // namespace
