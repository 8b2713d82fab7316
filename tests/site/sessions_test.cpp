// What may be tried with sessions, through the real Nginx: fixed, stolen, tossed and replayed ones, posts of other
// sites, addresses to be led to, headers and log lines to be slipped in.
#include "auth/sessions.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <set>

#include "auth/office.h"
#include "auth/users.h"
#include "base/file.h"
#include "crypto/password.h"
#include "ground/pattern.h"
#include "site/files.h"
#include "site/visitor.h"

namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr const char* password = "correct cheval pile agrafe";
const site::Headers as_own_page{{"Accept", "text/html"}, {"Sec-Fetch-Site", "same-origin"}};

class Sessions : public site::OfficeTest<Sessions> {
 protected:
  struct Account {
    std::string id, email;
  };
  static std::unique_ptr<store::Documents> open() {
    return store::Documents::open(office().office_documents(), auth::office_schema());
  }
  static Account add(const std::string& role = "agent") {
    static const auto hash = crypto::Passwords().hash(password);
    static int number = 0;
    auth::User user{.email = fmt::format("person{}@example.org", ++number),
                    .name = "Camille Martin",
                    .role = role,
                    .must_change_password = false,
                    .password_hash = hash};
    EXPECT_EQ(auth::Users(*open()).add(user, base::now()), auth::Users::Outcome::done);
    return {user.id, user.email};
  }
  static void change(const Account& account, const std::function<void(auth::User&)>& changed) {
    const auto documents = open();
    auth::Users users(*documents);
    auto user = users.find(account.id).value();
    changed(user);
    EXPECT_EQ(users.change(user), auth::Users::Outcome::done);
  }
  /// Each from an address of its own, so that no one is slowed for another.
  static site::Visitor newcomer() {
    static int number = 0;
    site::Visitor visitor(office());
    visitor.come_from(fmt::format("127.0.2.{}", ++number));
    return visitor;
  }
  static site::Headers with_cookie(const std::string& cookie, site::Headers headers = as_own_page) {
    headers.emplace_back("Cookie", cookie);
    return headers;
  }
  static site::Answer post(site::Visitor& visitor, const std::string& path, const ground::Fields& fields,
                           site::Headers headers) {
    return visitor.send({.method = "POST",
                         .path = path,
                         .headers = std::move(headers),
                         .body = ground::form_body(fields),
                         .type = site::form_type});
  }
  static site::Answer log_in(site::Visitor& visitor, const std::string& email, const std::string& typed = password,
                             const std::string& next = {}, const site::Headers& headers = as_own_page) {
    return post(visitor, "/login", {{"email", email}, {"password", typed}, {"next", next}}, headers);
  }
  /// What the browser then sends, or nothing.
  static std::string cookie_of(const site::Answer& answer) {
    const auto cookie = answer.header("Set-Cookie");
    return cookie.substr(0, cookie.find(';'));
  }
  static int status_of_session(const std::string& cookie) {
    return site::Visitor(office()).get("/account/session", with_cookie(cookie)).status;
  }
};

TEST_F(Sessions, AreNeverOnesThatWereThereBefore) {
  const auto account = add();
  const auto other = add();
  auto visitor = newcomer();
  const auto others = cookie_of(log_in(visitor, other.email));
  for (const auto& fixed : {"guichet-session=" + std::string(43, 'A'), std::string("guichet-session="),
                            std::string("__Host-guichet-session=") + std::string(43, 'B'), others}) {
    const auto answer = log_in(visitor, account.email, password, "", with_cookie(fixed));
    ASSERT_EQ(answer.status, 303) << fixed;
    const auto begun = cookie_of(answer);
    EXPECT_EQ(begun.size(), std::string("guichet-session=").size() + 43);
    EXPECT_NE(begun, fixed);
    EXPECT_EQ(status_of_session(fixed), 303) << "what was planted opens nothing";
    EXPECT_EQ(status_of_session(begun), 200);
  }
}

TEST_F(Sessions, AreWorthNothingOnceTheyHaveEnded) {
  const struct {
    const char* name;
    std::function<void(const Account&, const std::string&)> end;
  } cases[] = {
      {"logged out",
       [](const Account&, const std::string& cookie) {
         site::Visitor visitor(office());
         const auto answer = post(visitor, "/logout", {}, with_cookie(cookie));
         EXPECT_EQ(answer.status, 303);
         EXPECT_EQ(answer.header("Clear-Site-Data"), R"("cache", "cookies", "storage")");
         EXPECT_EQ(answer.header("Set-Cookie"), "guichet-session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax");
       }},
      {"logged out everywhere else",
       [](const Account& account, const std::string&) {
         const auto elsewhere = "guichet-session=" + auth::Sessions(*open(), base::now).begin(account.id, std::nullopt);
         site::Visitor visitor(office());
         EXPECT_EQ(post(visitor, "/logout/everywhere", {}, with_cookie(elsewhere)).status, 303);
         EXPECT_EQ(status_of_session(elsewhere), 200);
       }},
      {"a disabled account",
       [](const Account& account, const std::string&) {
         change(account, [](auth::User& user) { user.is_active = false; });
       }},
      {"logged in anew with it",
       [](const Account& account, const std::string& cookie) {
         auto visitor = newcomer();
         EXPECT_EQ(log_in(visitor, account.email, password, "", with_cookie(cookie)).status, 303);
       }},
  };
  for (const auto& [name, end] : cases) {
    SCOPED_TRACE(name);
    const auto account = add();
    auto visitor = newcomer();
    const auto stolen = cookie_of(log_in(visitor, account.email));
    EXPECT_EQ(status_of_session(stolen), 200);
    EXPECT_EQ(visitor.get("/view_data", with_cookie(stolen)).status, 200);
    end(account, stolen);
    EXPECT_EQ(status_of_session(stolen), 303);
    // On a connection that was there before, and to change something, too.
    EXPECT_EQ(visitor.get("/view_data", with_cookie(stolen)).status, 303);
    EXPECT_EQ(post(visitor, "/logout/everywhere", {}, with_cookie(stolen)).header("Location"), "/login");
  }
}

TEST_F(Sessions, HaveTheRightsOfThisMoment) {
  const auto account = add("agent");
  auto visitor = newcomer();
  const auto cookie = cookie_of(log_in(visitor, account.email));
  for (const auto& [role, status] : {std::pair{"observer", 404}, {"agent", 200}, {"nothing", 404}, {"", 404}}) {
    change(account, [role = role](auth::User& user) { user.role = role; });
    EXPECT_EQ(visitor.get("/view_data", with_cookie(cookie)).status, status) << role;
  }
}

TEST_F(Sessions, AreNotTakenFromWhatOnlyLooksLikeThem) {
  const auto account = add();
  auto visitor = newcomer();
  const auto cookie = cookie_of(log_in(visitor, account.email));
  const auto token = cookie.substr(cookie.find('=') + 1);
  const auto planted = "guichet-session=" + std::string(43, 'A');
  const struct {
    const char* name;
    std::string cookie;
    int status;
  } cases[] = {{"alone", cookie, 200},
               {"between others", "a=b; " + cookie + "; c=d", 200},
               {"before one that was planted", cookie + "; " + planted, 200},
               // Of a narrower path, as a neighbouring host would toss it: nobody is let in, nor as somebody else.
               {"after one that was planted", planted + "; " + cookie, 303},
               {"after an empty one", "guichet-session=; " + cookie, 303},
               {"a name in capitals", "Guichet-Session=" + token, 303},
               {"a name of TLS", "__Host-" + cookie, 303},
               {"a name with a space", "guichet-session =" + token, 303},
               {"a name that ends alike", "xguichet-session=" + token, 303},
               {"within quotes", "guichet-session=\"" + token + "\"", 303},
               {"within another's value", "a=\"" + cookie + "\"", 303},
               {"after a comma", "a=b, " + cookie, 303},
               {"cut", cookie.substr(0, cookie.size() - 1), 303},
               {"with its last letter changed", cookie.substr(0, cookie.size() - 1) + "!", 303},
               {"percent-encoded", "guichet-session=%" + token, 303},
               {"its hash's size of zeros", "guichet-session=" + std::string(32, '0'), 303},
               {"very long", "guichet-session=" + std::string(6000, 'A'), 303}};
  for (const auto& [name, sent, status] : cases) EXPECT_EQ(status_of_session(sent), status) << name;
  EXPECT_EQ(visitor.get("/account/session?" + cookie, as_own_page).status, 303) << "in an address";
  EXPECT_EQ(visitor.get("/account/session", {{"Authorization", "Bearer " + token}}).status, 303);
}

TEST_F(Sessions, ArePostedWithByOurPagesAlone) {
  const auto account = add("administrator");
  const auto cookie = "guichet-session=" + auth::Sessions(*open(), base::now).begin(account.id, std::nullopt);
  site::Visitor visitor(office());
  const auto own = fmt::format("http://127.0.0.1:{}", office().port());
  for (const auto& [name, headers] : std::vector<std::pair<const char*, site::Headers>>{
           {"no word", {}},
           {"another site", {{"Sec-Fetch-Site", "cross-site"}}},
           {"a neighbour", {{"Sec-Fetch-Site", "same-site"}}},
           {"another site that names us", {{"Sec-Fetch-Site", "cross-site"}, {"Origin", own}}},
           {"another origin", {{"Origin", "https://evil.example.org"}}},
           {"another port", {{"Origin", "http://127.0.0.1:1"}}},
           {"an origin that begins as ours", {{"Origin", own + ".evil.example.org"}}},
           {"an origin that ends as ours", {{"Origin", "https://evil.example.org/" + own}}},
           {"a name before ours", {{"Origin", fmt::format("http://evil@127.0.0.1:{}", office().port())}}},
           {"nowhere", {{"Origin", "null"}}},
           {"another page", {{"Referer", "https://evil.example.org/" + own + "/"}}},
           {"an empty origin", {{"Origin", ""}}}}) {
    for (const auto* path :
         {"/logout", "/logout/everywhere", "/account/audit/verify", "/view_data/find", "/view_data/erase"}) {
      for (const auto* accept : {"text/html", site::json_type}) {
        auto sent = with_cookie(cookie, headers);
        sent.emplace_back("Accept", accept);
        EXPECT_EQ(post(visitor, path, {{"head", ""}}, sent).status, 403) << name << " " << path;
      }
    }
  }
  EXPECT_EQ(status_of_session(cookie), 200) << "and nothing happened";
  for (const auto& [name, value] : {std::pair<std::string, std::string>{"Origin", own},
                                    {"Referer", own + "/account/audit"},
                                    {"Sec-Fetch-Site", "same-origin"}}) {
    EXPECT_EQ(post(visitor, "/account/audit/verify", {{"head", ""}}, with_cookie(cookie, {{name, value}})).status, 200)
        << name;
  }
  // Nobody is logged in as somebody else by another site's form.
  EXPECT_EQ(log_in(visitor, account.email, password, "", {{"Sec-Fetch-Site", "cross-site"}}).status, 403);
  EXPECT_EQ(log_in(visitor, account.email, password, "", {{"Origin", "null"}}).status, 403);
}

TEST_F(Sessions, DoNothingTwiceForAFormThatIsReplayed) {
  const auto account = add();
  auto visitor = newcomer();
  const auto first = cookie_of(log_in(visitor, account.email));
  EXPECT_EQ(post(visitor, "/logout", {}, with_cookie(first)).status, 303);
  const auto again = post(visitor, "/logout", {}, with_cookie(first));
  EXPECT_EQ(again.header("Location"), "/login");
  EXPECT_EQ(again.header("Set-Cookie"), "");
  // The form of a login, with the cookie of then: another session, and the old one stays closed.
  const auto replayed = log_in(visitor, account.email, password, "", with_cookie(first));
  EXPECT_NE(cookie_of(replayed), first);
  EXPECT_EQ(status_of_session(first), 303);
}

TEST_F(Sessions, BeginOnAPageOfOursWhateverIsAskedFor) {
  const auto account = add();
  auto visitor = newcomer();
  const std::vector<std::string> shapes{"https://evil.example.org",
                                        "http:evil.example.org",
                                        "//evil.example.org",
                                        "///evil.example.org",
                                        "/\\evil.example.org",
                                        "\\/evil.example.org",
                                        "\\\\evil.example.org",
                                        "/\t/evil.example.org",
                                        "/\n/evil.example.org",
                                        "\t//evil.example.org",
                                        " //evil.example.org",
                                        "/%09/evil.example.org\r\n",
                                        "/@evil.example.org:80",
                                        "@evil.example.org",
                                        "javascript:alert(1)",
                                        "JaVaScRiPt://%0aalert(1)",
                                        "data:text/html,evil",
                                        "evil.example.org",
                                        ".evil.example.org",
                                        "?//evil.example.org",
                                        "#//evil.example.org",
                                        "/\xe2\x80\xae/evil.example.org",
                                        "/\xc2\xa0/evil.example.org",
                                        "/view_data\r\nSet-Cookie: a=b",
                                        "/view_data\nLocation: https://evil.example.org",
                                        "/\"><script>evil",
                                        "/'onmouseover='evil",
                                        "/<evil>",
                                        "//evil.example.org/%2e%2e",
                                        "/" + std::string(600, 'a') + "evil",
                                        "\x01//evil.example.org",
                                        "/\x7f/evil.example.org",
                                        "https:/evil.example.org",
                                        "////evil.example.org/",
                                        "/\\\\evil.example.org",
                                        "//\\evil.example.org"};
  for (const auto& next : shapes) {
    const auto page = visitor.get("/login?next=" + ground::percent_encoded(next), as_own_page);
    const std::string field = "name=\"next\" value=\"([^\"]*)\"";
    ASSERT_TRUE(page.status == 400 || ground::contains(page.body, field)) << next;
    const auto kept = page.status == 400 ? std::string() : ground::find_first(page.body, field);
    EXPECT_TRUE(kept.empty() || (kept.find("//") == std::string::npos && kept.starts_with("/")))
        << next << ": " << kept;
    EXPECT_TRUE(page.body.find("evil") == std::string::npos || kept == next || kept.starts_with("/%09/")) << page.body;
  }
  for (const std::string next :
       {"//evil.example.org", "/\\evil.example.org", "/view_data\r\nSet-Cookie: a=b", "/@evil.example.org:80"}) {
    const auto answer = log_in(visitor, account.email, password, next);
    ASSERT_EQ(answer.status, 303) << next;
    // As a browser reads it: a path of this host.
    const auto location = answer.header("Location");
    EXPECT_TRUE(location == "/view_data" || location == "/@evil.example.org:80") << location;
    EXPECT_EQ(answer.headers.count("Set-Cookie"), 1U);
    EXPECT_FALSE(answer.has("a"));
  }
}

TEST_F(Sessions, SlipNothingIntoHeadersAndLogs) {
  auto visitor = newcomer();
  const std::string mark = "slipped-in";
  for (const auto& text :
       {mark + "\r\nSet-Cookie: " + mark + "=1", mark + "\n{\"level\":\"error\"}", mark + std::string(1, '\0') + "x",
        mark + "\x1b[2J", mark + "\xe2\x80\xa8" + "x", "\"" + mark + "\\", "%0d%0aX-" + mark + ": 1"}) {
    auto headers = as_own_page;
    // No header can hold a line's end on its way, and httplib sends none.
    headers.emplace_back("Cookie", "guichet-session=" + mark + "%0d%0aX-" + mark + ": 1; " + mark + "=\x1b[2J");
    const auto answer = log_in(visitor, text, text, text, headers);
    EXPECT_TRUE(answer.status == 401 || answer.status == 429 || answer.status == 400) << answer.status;
    for (const auto& [name, value] : answer.headers) {
      EXPECT_EQ(name.find(mark), std::string::npos) << name;
      EXPECT_EQ(value.find(mark), std::string::npos) << name << ": " << value;
    }
    EXPECT_EQ(answer.header("Set-Cookie"), "");
  }
  EXPECT_EQ(visitor.get("/login?next=%0d%0aX-" + mark + ":1", as_own_page).headers.count("X-" + mark), 0U);
  EXPECT_EQ(visitor.get("/view_data?%0d%0aX-" + mark + "=1", as_own_page).headers.count("X-" + mark), 0U);
  // Neither into a log, nor into the trail.
  const int files = site::read_files(office(), [&](const std::string& name, const std::string& bytes) {
    EXPECT_EQ(bytes.find(mark), std::string::npos) << name;
  });
  EXPECT_GT(files, 20);
}

// The figure is for people: a machine at work on other things cannot be held to a tight one.
TEST_F(Sessions, TakeAsMuchWorkToRefuseAnUnknownAccountAsAWrongPassword) {
  constexpr int rounds = 5;
  double known = 0;
  double unknown = 0;
  for (int i = 0; i < rounds; ++i) {
    const auto account = add();
    for (const bool is_known : {true, false}) {
      auto visitor = newcomer();
      EXPECT_EQ(visitor.get("/health").status, 200);
      const auto begun = std::chrono::steady_clock::now();
      EXPECT_EQ(log_in(visitor, is_known ? account.email : fmt::format("nobody{}@example.org", i), "wrong").status,
                401);
      (is_known ? known : unknown) += site::milliseconds_since(begun);
    }
  }
  std::printf("a wrong password takes %.1f ms, an unknown account %.1f ms: ratio %.2f\n", known / rounds,
              unknown / rounds, unknown / known);
  EXPECT_GT(unknown, known / 4);
  EXPECT_LT(unknown, known * 4);
}

}  // namespace
