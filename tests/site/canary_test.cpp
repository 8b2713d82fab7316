// What people typed lies nowhere in clear: known values are sent in every way, then looked for in every byte on disk.
#include <signal.h>
#include <sys/inotify.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "ground/seed.h"
#include "site/files.h"
#include "site/visitor.h"

namespace {

class Canary : public site::OfficeTest<Canary> {
 protected:
  static constexpr const char* names[] = {"Zéphyrine", "Évariste", "Philomène", "Barthélémy"};

  /// A report whose every personal value is found nowhere else, and the forms in which each could lie somewhere.
  ground::Fields report() {
    auto fields = reporter_.next();
    const auto number = reporter_.below(1000000000);
    ground::field(fields, "prenom") = fmt::format("{}-{:09}", names[number % 4], number);
    ground::field(fields, "email") = fmt::format("canari.{:09}@example.org", number);
    watch("card", ground::field(fields, "cc-number"));
    watch("telephone", ground::field(fields, "telephone"));
    watch("e-mail", ground::field(fields, "email"));
    watch("prenom", ground::field(fields, "prenom"));
    return fields;
  }

  /// Eight digits that no card has on its back; short ones would be found by chance.
  std::string security_code() {
    auto code = fmt::format("{:08}", 10000000 + reporter_.below(90000000));
    watch("security code", code);
    return code;
  }

  void watch(const std::string& kind, const std::string& value) {
    std::string digits;
    for (const char c : value) {
      if (c >= '0' && c <= '9') digits += c;
    }
    auto& forms = watched_[kind];
    forms.insert({value, ground::percent_encoded(value), ground::percent_encoded(value, false)});
    auto json = nlohmann::json(value).dump(-1, ' ', true);
    forms.insert(json.substr(1, json.size() - 2));
    // Without the national beginning a telephone is nine digits in every spelling; a name or an e-mail keeps its
    // number. The few digits of a token would be found by chance.
    if (digits.size() < 8) return;
    forms.insert(digits.size() > 9 && kind == "telephone" ? digits.substr(digits.size() - 9) : digits);
  }

  /// Reads every file of the office; gives how often the forms were found, and where.
  static std::map<std::string, int> find(const std::map<std::string, std::set<std::string>>& watched) {
    std::map<std::string, int> finds;
    const int files = site::read_files(office(), [&](const std::string& name, const std::string& bytes) {
      for (const auto& [kind, forms] : watched) {
        for (const auto& form : forms) {
          if (bytes.find(form) != std::string::npos) ++finds[kind + " in " + name];
        }
      }
    });
    EXPECT_GT(files, 20);
    return finds;
  }

  ground::Reporter reporter_{ground::seed()};
  std::map<std::string, std::set<std::string>> watched_;
};

/// Notices every file that Nginx makes for a body or an answer, however soon it is gone again.
class TemporaryFiles {
 public:
  explicit TemporaryFiles(const std::string& folder) : notices_(inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
      if (entry.is_directory()) inotify_add_watch(notices_, entry.path().c_str(), IN_CREATE);
    }
  }
  TemporaryFiles(const TemporaryFiles&) = delete;
  TemporaryFiles& operator=(const TemporaryFiles&) = delete;
  ~TemporaryFiles() { close(notices_); }
  [[nodiscard]] bool were_made() const {
    char buffer[4096];
    return read(notices_, buffer, sizeof buffer) > 0;
  }

 private:
  int notices_;
};

// The search must be able to find what lies in clear.
TEST_F(Canary, WouldBeFound) {
  auto fields = report();
  ground::field(fields, "age") = "40";
  ground::field(fields, "banque") = "Société Générale";
  site::Visitor visitor(office());
  EXPECT_EQ(visitor.post_form(fields).status, 303);
  EXPECT_EQ(visitor.json("/stats_jours")["total"], 1);
  const auto finds = find({{"bank", {"Société Générale"}}, {"bracket", {"36-45"}}});
  std::set<std::string> places;
  for (const auto& [place, count] : finds) places.insert(place);
  if (!ground::server_folder()) {
    EXPECT_TRUE(places.contains("bank in intake.db-wal") || places.contains("bank in intake.db"));
  }
  bool is_in_redis = false;
  for (const auto& place : places) is_in_redis = is_in_redis || place.starts_with("bank in appendonly.aof");
  EXPECT_TRUE(is_in_redis) << "the search does not reach Redis's file";

  const TemporaryFiles temporary(office().path("nginx/temporary"));
  std::ofstream(office().path("nginx/temporary/body/control")) << "x";
  EXPECT_TRUE(temporary.were_made());
}

TEST_F(Canary, IsFoundNowhere) {
  const TemporaryFiles temporary(office().path("nginx/temporary"));
  site::Visitor visitor(office());
  for (int i = 0; i < 60; ++i) {
    const auto fields = report();
    EXPECT_EQ((i % 2 == 0 ? visitor.post_form(fields) : visitor.post_json(fields)).status, i % 2 == 0 ? 303 : 201);
  }
  for (int i = 0; i < 10; ++i) {
    auto fields = report();
    fields.emplace_back(i % 2 == 0 ? "cvv" : "PIN", security_code());
    EXPECT_EQ(visitor.post_form(fields).status, 422);
    EXPECT_EQ(visitor.post_json(fields).status, 422);
    auto wrong = report();
    ground::field(wrong, "age") = "7";
    EXPECT_EQ(visitor.post_form(wrong).status, 422);
    ground::field(wrong, "cc-number") += "12";
    EXPECT_EQ(visitor.post_json(wrong).status, 422);
  }

  // Twice under one token with other answers; a name that no form has; JSON with something behind it.
  auto fields = report();
  const auto token = crypto::make_form_token();
  watch("token", token);
  EXPECT_EQ(visitor.post_form(fields, token).status, 303);
  auto others = report();
  EXPECT_EQ(visitor.post_form(others, token).status, 409);
  const auto key = crypto::make_form_token();
  watch("token", key);
  EXPECT_EQ(visitor.post_json(report(), {}, {{"Idempotency-Key", key}}).status, 201);

  for (const auto* type : {"text/plain", "application/xml", "multipart/form-data; boundary=x"}) {
    EXPECT_EQ(visitor.send({"POST", "/submit", {}, ground::form_body(report()), type}).status, 415);
  }
  EXPECT_EQ(visitor.send({"POST", "/submit", {}, ground::form_body(report()) + "&x=%zz", site::form_type}).status, 400);
  EXPECT_EQ(visitor.send({"POST", "/submit", {}, ground::form_body(report()) + "&age=20", site::form_type}).status,
            400);
  EXPECT_EQ(visitor.send({"POST", "/submit", {}, ground::json_body(report()) + "x", site::json_type}).status, 400);
  const auto card = ground::field(report(), "cc-number");
  EXPECT_EQ(visitor.send({"POST", "/submit", {}, card + "=" + card, site::form_type}).status, 422);
  EXPECT_EQ(
      visitor
          .send({"POST", "/submit", {{"Origin", "https://example.com"}}, ground::form_body(report()), site::form_type})
          .status,
      403);

  // Where nobody should put them: paths, queries, headers, cookies, user names, methods.
  for (const auto* path : {"/", "/stats", "/stats_jours", "/view_data", "/my_data", "/my_data/erase", "/nowhere",
                           "/css/guichet.css", "/submit", "/health"}) {
    const auto query = ground::form_body(report());
    EXPECT_NE(site::Visitor(office()).get(path + ("?" + query)).status, 0);
    site::Headers headers{
        {"User-Agent", ground::field(report(), "email")},
        {"Referer", "http://127.0.0.1/?" + ground::form_body(report())},
        {"Cookie", "guichet_receipt=" + ground::percent_encoded(ground::field(report(), "cc-number"))},
        {"X-Forwarded-For", ground::field(report(), "telephone")},
        {"Accept-Language", ground::percent_encoded(ground::field(report(), "prenom"))},
        {"X-Card", ground::field(report(), "cc-number")}};
    EXPECT_NE(visitor.get(path, headers).status, 0);
  }
  EXPECT_EQ(visitor.get("/" + ground::percent_encoded(ground::field(report(), "cc-number"))).status, 404);
  EXPECT_EQ(visitor.get("/css/" + ground::percent_encoded(ground::field(report(), "email"))).status, 404);
  EXPECT_EQ(visitor
                .get("/view_data", {site::basic_authentication(ground::field(report(), "email"),
                                                               ground::field(report(), "cc-number"))})
                .status,
            303);
  EXPECT_EQ(visitor
                .get("/view_data?banque=" + ground::percent_encoded(ground::field(report(), "prenom")),
                     site::staff_headers(office()))
                .status,
            400);

  // Too large for a form, a buffer, a header, a line.
  for (const std::size_t size : {8200u, 9000u, 20000u, 500000u}) {
    const auto body = ground::form_body(report()) + "&x=" + std::string(size, 'x');
    EXPECT_EQ(site::Visitor(office()).send({"POST", "/submit", {}, body, site::form_type}).status, 413);
    EXPECT_EQ(site::Visitor(office()).send({"POST", "/stats", {}, body, site::form_type}).status, 413);
  }
  EXPECT_EQ(site::Visitor(office()).get("/?" + ground::form_body(report()) + std::string(20000, 'x')).status, 414);
  EXPECT_EQ(
      site::Visitor(office()).get("/", {{"X-Long", ground::form_body(report()) + std::string(20000, 'x')}}).status,
      431);

  // Cut, slow, in chunks, and no HTTP at all.
  const auto head = [](std::size_t length) {
    return fmt::format(
        "POST /submit HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: {}\r\nContent-Length: {}\r\n\r\n",
        site::form_type, length);
  };
  const auto cut = ground::form_body(report());
  EXPECT_EQ(site::send_bytes(office(), head(cut.size() + 100) + cut), "") << "Nginx gives up without an answer";
  EXPECT_EQ(site::send_bytes(office(), head(cut.size() + 100) + cut, std::chrono::seconds{1}), "");
  const auto chunk = ground::form_body(report());
  EXPECT_NE(site::send_bytes(office(),
                             fmt::format("POST /submit HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: {}\r\n"
                                         "Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{}\r\n0\r\n\r\n",
                                         site::form_type, chunk.size(), chunk))
                .find(" 411 "),
            std::string::npos);
  EXPECT_NE(site::send_bytes(office(), ground::form_body(report()) + "\r\n\r\n").find(" 400 "), std::string::npos);
  EXPECT_NE(
      site::send_bytes(office(), "GET /\x01" + ground::form_body(report()) + " HTTP/1.1\r\nHost: a\r\n\r\n").size(),
      0u);

  // While the handler dies, and while nobody answers.
  for (int i = 0; i < 5; ++i) {
    for (const pid_t pid : office().processes("intake_submit")) kill(pid, SIGKILL);
    EXPECT_NE(visitor.post_form(report()).status, 0);
  }
  pid_t supervisor = 0;
  std::ifstream(office().path("run/intake_submit.pid")) >> supervisor;
  ASSERT_GT(supervisor, 1);
  kill(supervisor, SIGKILL);
  for (const pid_t pid : office().processes("intake_submit")) kill(pid, SIGKILL);
  ASSERT_TRUE(site::holds_within(std::chrono::seconds{5}, [] { return office().processes("intake_submit").empty(); }));
  EXPECT_EQ(visitor.post_form(report()).status, 502);
  EXPECT_EQ(visitor.get("/?" + ground::form_body(report())).status, 502);

  // What staff write, as long as a note may be, and what they must not.
  auto headers = site::staff_headers(office());
  headers.emplace_back("Accept", site::json_type);
  site::Visitor agent(office());
  const auto id = agent.get("/view_data", headers).json()["documents"][0]["id"].get<std::string>();
  std::string note = fmt::format("Canari {:09} :", reporter_.below(1000000000));
  watch("note", note);
  for (int i = 0; i < 1900; ++i) note += "😀";
  for (const auto* act : {"notes", "status", "assign"}) {
    const auto shown = agent.get("/view_data/record?id=" + id, headers);
    auto posted = headers;
    posted.emplace_back("If-Match", shown.header("ETag"));
    const ground::Fields form{{"id", id}, {"note", note + act}, {"status", "called_back"}, {"agent", "me"}};
    EXPECT_LT(
        agent.send({"POST", std::string("/view_data/") + act, posted, ground::form_body(form), site::form_type}).status,
        300)
        << act;
    const ground::Fields wrong{{"id", id}, {"note", ground::field(report(), "cc-number")}, {"status", "closed"}};
    EXPECT_EQ(agent.send({"POST", std::string("/view_data/") + act, posted, ground::form_body(wrong), site::form_type})
                  .status,
              422)
        << act;
  }
  EXPECT_EQ(agent.get("/view_data/record?id=" + id, headers).json()["notes"].size(), 3U);

  EXPECT_FALSE(temporary.were_made()) << "Nginx wrote a body or an answer to a file";
  EXPECT_EQ(office().guichet({"backup"}).status, 0) << "which is searched too";
  EXPECT_EQ(find(watched_), (std::map<std::string, int>{}));
}

}  // namespace
