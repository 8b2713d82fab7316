// The only loop as a command (CGI), and what it tells and hides in any case.

#include "shared/web/served.h"

using namespace served;

TEST(Serve, HoldsRequestsToTheRoutesRules) {
  const std::string form = "application/x-www-form-urlencoded";
  desk().play(
      "intake_submit",
      {
          {.name = "a path of another process", .request = "GET /stats", .status = 404, .contains = {"text/html"}},
          {.name = "a path that begins like one", .request = "GET /submit/", .status = 404},
          {.name = "a path in capitals", .request = "POST /SUBMIT", .status = 404},
          {.name = "an empty path", .request = "GET ", .status = 404},
          {.name = "a program asks for no page",
           .request = "GET /nothing",
           .headers = json_client,
           .status = 404,
           .contains = {"application/problem+json", "\"status\":404", "\"request_id\""},
           .lacks = {"<html"}},
          {.name = "reading what is written to",
           .request = "GET /submit",
           .status = 405,
           .contains = {"Allow: POST\r\n"}},
          {.name = "HEAD of what is written to",
           .request = "HEAD /submit",
           .status = 405,
           .contains = {"Allow: POST\r\n"}},
          {.name = "writing what is read", .request = "POST /", .status = 405, .contains = {"Allow: GET, HEAD\r\n"}},
          {.name = "a method in small letters",
           .request = "get /",
           .status = 405,
           .contains = {"Allow: GET, HEAD\r\n"}},
          {.name = "PUT", .request = "PUT /submit", .status = 405, .contains = {"Allow: POST\r\n"}},
          {.name = "DELETE", .request = "DELETE /", .status = 405, .contains = {"Allow: GET, HEAD\r\n"}},
          {.name = "OPTIONS", .request = "OPTIONS /submit", .status = 405, .contains = {"Allow: POST\r\n"}},
          {.name = "no length",
           .request = "POST /submit",
           .headers = {{"Content-Length", ""}},
           .body = "a=b",
           .status = 411},
          {.name = "a length of words",
           .request = "POST /submit",
           .headers = {{"Content-Length", "ten"}},
           .body = "a=b",
           .status = 400},
          {.name = "a negative length",
           .request = "POST /submit",
           .headers = {{"Content-Length", "-1"}},
           .body = "a=b",
           .status = 400},
          {.name = "a signed length",
           .request = "POST /submit",
           .headers = {{"Content-Length", "+3"}},
           .body = "a=b",
           .status = 400},
          {.name = "a length with a tail",
           .request = "POST /submit",
           .headers = {{"Content-Length", "3 "}},
           .body = "a=b",
           .status = 400},
          {.name = "two lengths",
           .request = "POST /submit",
           .headers = {{"Content-Length", "3, 3"}},
           .body = "a=b",
           .status = 400},
          {.name = "a body cut short",
           .request = "POST /submit",
           .headers = {{"Content-Length", "4"}},
           .body = "a=b",
           .status = 400},
          {.name = "a body that is not there",
           .request = "POST /submit",
           .headers = {{"Content-Length", "8192"}},
           .status = 400},
          {.name = "a body as large as allowed",
           .request = "POST /submit",
           .body = "a=" + std::string(8190, 'x'),
           .status = 422},
          {.name = "a body one byte larger",
           .request = "POST /submit",
           .body = "a=" + std::string(8191, 'x'),
           .status = 413},
          {.name = "a length beyond all numbers",
           .request = "POST /submit",
           .headers = {{"Content-Length", std::string(40, '9')}},
           .status = 413},
          {.name = "a length of the largest number",
           .request = "POST /submit",
           .headers = {{"Content-Length", "18446744073709551615"}},
           .status = 413},
          {.name = "no type",
           .request = "POST /submit",
           .headers = {{"Content-Type", ""}},
           .body = "a=b",
           .status = 415},
          {.name = "another type",
           .request = "POST /submit",
           .headers = {{"Content-Type", "multipart/form-data; boundary=x"}},
           .body = "a=b",
           .status = 415},
          {.name = "a bad escape", .request = "POST /submit", .body = "a=%zz", .status = 400},
          {.name = "a field twice", .request = "POST /submit", .body = "a=1&a=2", .status = 400},
          {.name = "broken JSON, answered in JSON",
           .request = "POST /submit",
           .headers = {{"Content-Type", "application/json"}},
           .body = "{\"a\":",
           .status = 400,
           .contains = {"application/problem+json"}},
      });
}

TEST(Serve, RefusesPostsFromAnotherSite) {
  const auto post = [](const std::string& name, const Environment& headers, int status) {
    return ground::Scenario{
        .name = name, .request = "POST /submit", .headers = headers, .body = "a=b", .status = status};
  };
  // 422: the request went on to the handler, which misses the fields.
  desk().play(
      "intake_submit",
      {
          post("curl", {}, 422),
          post("our own page", {{"Sec-Fetch-Site", "same-origin"}}, 422),
          post("typed by the person", {{"Sec-Fetch-Site", "none"}}, 422),
          post("another site", {{"Sec-Fetch-Site", "cross-site"}}, 403),
          post("a sister site", {{"Sec-Fetch-Site", "same-site"}}, 403),
          post("an older browser, our page", {{"Origin", "https://guichet.example.org"}}, 422),
          post("an older browser, another site", {{"Origin", "https://other.example.org"}}, 403),
          post("a sandboxed frame", {{"Origin", "null"}}, 403),
          post("the oldest browser, our page", {{"Referer", "https://guichet.example.org/"}}, 422),
          post("the oldest browser, another site", {{"Referer", "https://other.example.org/guichet.example.org"}}, 403),
          {.name = "another site may link here",
           .request = "GET /",
           .headers = {{"Sec-Fetch-Site", "cross-site"}},
           .status = 200},
      });
}

TEST(Serve, AnswersHeadWithoutABody) {
  const auto get = ground::ask("system_health", {}, "GET /health");
  const auto head = ground::ask("system_health", {}, "HEAD /health");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.body, "");
  EXPECT_EQ(head.header("Content-Length"), std::to_string(get.body.size()));
  EXPECT_EQ(head.header("Content-Type"), get.header("Content-Type"));
}

TEST(Serve, DescribesItsAnswer) {
  const auto answer = desk().ask("intake_submit", "GET /");
  EXPECT_EQ(answer.header("Content-Length"), std::to_string(answer.body.size()));
  EXPECT_EQ(answer.header("Content-Type"), "text/html; charset=utf-8");
  EXPECT_EQ(answer.header("Cache-Control"), "no-store");
}

TEST(Serve, ShowsAHashOfTheRequestId) {
  const std::string id = "0123456789abcdef0123456789abcdef";
  for (const auto& [request, headers] :
       {std::pair{"GET /health", Environment{}}, std::pair{"GET /nothing", json_client}}) {
    auto with_id = headers;
    with_id["REQUEST_ID"] = id;
    const auto answer = ground::ask("system_health", {}, request, with_id);
    EXPECT_EQ(answer.header("X-Request-Id"), "abce653d956432c9e961b2bb9236af46");
    EXPECT_EQ((answer.text + answer.log).find(id.substr(0, 12)), std::string::npos);
    EXPECT_EQ(log_lines(answer.log).at(0).at("request_id"), "abce653d956432c9e961b2bb9236af46");
  }
  const auto page = desk().ask("intake_submit", "GET /nothing", {{"REQUEST_ID", id}});
  EXPECT_NE(page.body.find("abce653d956432c9e961b2bb9236af46"), std::string::npos);
  EXPECT_EQ((page.text + page.log).find(id), std::string::npos);
}

TEST(Serve, SendsABrowserOnBelowThePathOfTheOffice) {
  const Desk office(Environment{{"GUICHET_BASE_PATH", "/office/of-town"}});
  const auto sent =
      office.ask("intake_submit", "POST /submit", {{"Accept", "text/html"}, {"HTTPS", "on"}}, report_body());
  EXPECT_EQ(sent.status, 303);
  EXPECT_EQ(sent.header("Location"), "/office/of-town/submitted");
  const auto cookie = sent.header("Set-Cookie");
  EXPECT_NE(cookie.find("; Path=/office/of-town/submitted; Max-Age=300; HttpOnly; SameSite=Strict; Secure"),
            std::string::npos)
      << cookie;
  // Routes stay what they are: Nginx takes the path off.
  EXPECT_EQ(office.ask("intake_submit", "GET /office/of-town/").status, 404);
  EXPECT_NE(office.ask("intake_submit", "GET /").body.find("action=\"/office/of-town/submit\""), std::string::npos);
}

TEST(Serve, IsACommandWithoutAnyVariables) {
  const auto ended = ground::run({BINARY_FOLDER "/system_health"});
  EXPECT_EQ(ended.status, 0);
  EXPECT_EQ(ground::read_answer(ended.out).status, 200);
}

TEST(Serve, LogsOneLineWithoutPersonalData) {
  auto fields = ground::Reporter(7).next();
  ground::field(fields, "cc-number") = ground::with_luhn_digit(
      "497010"
      "000001234");
  const auto body = ground::form_body(fields);
  const auto answer = desk().ask("intake_submit", "POST /submit?person=secret-query",
                                 {{"REMOTE_ADDR", "192.0.2.7"},
                                  {"User-Agent", "secret-agent"},
                                  {"Cookie", "guichet_receipt=secret-cookie"},
                                  {"Idempotency-Key", "secret-key-0123456789abcdef"},
                                  {"Referer", "https://guichet.example.org/secret-page"}},
                                 body);
  ASSERT_EQ(answer.status, 303) << answer.text;
  const auto lines = log_lines(answer.log);
  ASSERT_EQ(lines.size(), 1u) << answer.log;
  EXPECT_EQ(lines[0]["level"], "info");
  EXPECT_EQ(lines[0]["handler"], "intake_submit");
  EXPECT_EQ(lines[0]["method"], "POST");
  EXPECT_EQ(lines[0]["route"], "/submit");
  EXPECT_EQ(lines[0]["status"], 303);
  EXPECT_GE(lines[0]["microseconds"].get<int>(), 0);
  for (const auto& personal :
       {std::string("192.0.2.7"), std::string("secret"), std::string("497010"), ground::field(fields, "prenom"),
        ground::field(fields, "email"), ground::field(fields, "banque")}) {
    EXPECT_EQ(answer.log.find(personal), std::string::npos) << personal << " in " << answer.log;
  }
}

TEST(Serve, LogsWhatItRefusesWithItsCause) {
  const auto answer = desk().ask("intake_submit", "POST /submit", {{"Sec-Fetch-Site", "cross-site"}}, "a=b");
  const auto lines = log_lines(answer.log);
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0]["status"], 403);
  EXPECT_EQ(lines[0]["route"], "/submit");
  EXPECT_NE(lines[0]["cause"].get<std::string>().find("Sec-Fetch-Site"), std::string::npos);
  EXPECT_EQ(answer.body.find("Sec-Fetch-Site"), std::string::npos);
}

TEST(Serve, LogsOneLineWhateverTheBytes) {
  const std::string nasty = "x\r\n{\"status\":200}\n\x1b[2J\x7f\xff\xc3 secret\"\\";
  const struct {
    std::string request;
    Environment headers;
  } cases[] = {
      {"GET /" + nasty, {}},
      {nasty.substr(0, 1) + "\r\n" + " /submit", {}},
      {"GET /nothing?" + nasty, {}},
      {"POST /submit", {{"Origin", nasty}, {"Host", nasty}}},
      {"POST /submit", {{"Sec-Fetch-Site", nasty}}},
      {"POST /submit", {{"Content-Type", nasty}}},
      {"POST /submit", {{"Content-Length", nasty}}},
      {"POST /submit", {{"Idempotency-Key", nasty}}},
      {"GET /submitted", {{"Cookie", "guichet_receipt=" + nasty}}},
      {"GET /", {{"REQUEST_ID", nasty}, {"Accept", nasty}, {"User-Agent", nasty}}},
  };
  for (const auto& [request, headers] : cases) {
    for (const auto* accept : {"text/html", "application/json"}) {
      auto all = headers;
      all.insert({"Accept", accept});
      const auto answer = desk().ask("intake_submit", request, all);
      EXPECT_GE(answer.status, 200) << answer.text;
      EXPECT_LT(answer.status, 500) << answer.text;
      const auto lines = log_lines(answer.log);
      ASSERT_EQ(lines.size(), 1u) << answer.log;
      EXPECT_FALSE(lines[0].is_discarded()) << answer.log;
      EXPECT_TRUE(std::all_of(answer.log.begin(), answer.log.end() - 1, [](char c) { return c >= ' ' && c <= '~'; }))
          << answer.log;
      EXPECT_EQ(answer.log.find("secret"), std::string::npos) << answer.log;
      const auto head = answer.text.substr(0, answer.text.find("\r\n\r\n"));
      EXPECT_EQ(head.find("secret"), std::string::npos) << head;
    }
  }
}

TEST(Serve, StopsABadStartWithOneLine) {
  const auto& good = desk();
  const ground::Folder folder;
  std::ofstream(folder / "garbage") << std::string(4096, 'g');
  std::ofstream(folder / "empty");
  const struct {
    const char *handler, *name;
    std::string value;
  } cases[] = {
      {"system_health", "GUICHET_TYPO", "s3cret"},
      {"system_health", "GUICHET_PORT", "s3cret"},
      {"intake_submit", "GUICHET_CARD_CHECK", "s3cret"},
      {"intake_submit", "GUICHET_INTAKE_PUBLIC_KEY_FILE", folder / "missing"},
      {"intake_submit", "GUICHET_INTAKE_PUBLIC_KEY_FILE", folder / "garbage"},
      {"intake_submit", "GUICHET_INTAKE_PUBLIC_KEY_FILE", good.secret_key()},
      {"intake_submit", "GUICHET_BANKS_FILE", folder / "empty"},
      {"intake_submit", "GUICHET_BANKS_FILE", folder / "missing"},
      {"intake_submit", "GUICHET_TEMPLATES", folder / "missing"},
      {"intake_view_data", "GUICHET_INTAKE_SECRET_KEY_FILE", good.public_key()},
      {"intake_stats", "GUICHET_INTAKE_DOCUMENTS", "sqlite:" + (folder / "missing/intake.db")},
      {"intake_stats", "GUICHET_INTAKE_DOCUMENTS", "sqlite:" + (folder / "garbage")},
      {"intake_stats_jours", "GUICHET_INTAKE_DOCUMENTS", "sqlite:" + folder.path()},
  };
  for (const auto& [handler, name, value] : cases) {
    auto environment = good.environment(handler);
    environment[name] = value;
    const auto answer = ground::ask(handler, environment, "GET /");
    EXPECT_NE(answer.exit_status, 0) << handler << " " << name << "=" << value;
    EXPECT_EQ(answer.text, "") << handler << " " << name << "=" << value;
    const auto lines = log_lines(answer.log);
    ASSERT_EQ(lines.size(), 1u) << answer.log;
    EXPECT_FALSE(lines[0].at("cause").get<std::string>().empty());
    EXPECT_EQ(answer.log.find("s3cret"), std::string::npos) << answer.log;
    EXPECT_EQ(answer.log.find("gggg"), std::string::npos) << answer.log;
  }
  auto without = good.environment("intake_submit");
  without.erase("GUICHET_INTAKE_PUBLIC_KEY_FILE");
  EXPECT_NE(ground::ask("intake_submit", without, "GET /").log.find("GUICHET_INTAKE_PUBLIC_KEY_FILE"),
            std::string::npos);
}

TEST(Serve, StopsABadStartBehindASocketToo) {
  Served served("system_health", {{"GUICHET_TYPO", "1"}});
  const int status = served.wait_for(std::chrono::seconds{15});
  EXPECT_GT(status, 0);
  EXPECT_LT(status, 128);
  EXPECT_EQ(log_lines(served.log()).size(), 1u);
}

TEST(Serve, NeverShowsTheCauseOfA500) {
  const Desk own;
  const auto body = report_body() + "&token=" + ground::form_token('A');
  ASSERT_EQ(own.ask("intake_submit", "POST /submit", {}, body).status, 303);
  // A replay opens the earlier record, which somebody has changed meanwhile.
  run_sql(own.database(), "UPDATE submission SET body = substr(body, 1, 80) || zeroblob(length(body) - 80)");
  own.play("intake_submit", {
                                {.name = "a person",
                                 .request = "POST /submit",
                                 .headers = {{"REQUEST_ID", "0123456789abcdef0123456789abcdef"}},
                                 .body = body,
                                 .status = 500,
                                 .contains = {"abce653d956432c9e961b2bb9236af46", "text/html"},
                                 .lacks = {"497010", "0123456789abcdef0"}},
                                {.name = "a program",
                                 .request = "POST /submit",
                                 .headers = json_client,
                                 .body = body,
                                 .status = 500,
                                 .contains = {"application/problem+json", "request_id"},
                                 .lacks = {"497010"}},
                            });
  const auto answer = own.ask("intake_submit", "POST /submit", {}, body);
  const auto cause = log_lines(answer.log).at(0).at("cause").get<std::string>();
  EXPECT_FALSE(cause.empty());
  EXPECT_EQ(answer.body.find(cause), std::string::npos);
  EXPECT_EQ(log_lines(answer.log).at(0).at("level"), "error");
}

TEST(Serve, AnswersWhileItsDatabaseIsGone) {
  const Desk own;
  const Served stats("intake_stats", own.environment("intake_stats"));
  const Served submit("intake_submit", own.environment("intake_submit"));
  // Both have opened it: reading and writing fail from now on.
  ASSERT_EQ(stats.ask("GET /stats").status, 200);
  ASSERT_EQ(submit.ask("POST /submit", {}, report_body(1)).status, 303);
  run_sql(own.database(), "ALTER TABLE submission RENAME TO elsewhere; ALTER TABLE office RENAME TO nowhere");
  for (const auto& headers : {Environment{}, json_client}) {
    for (const auto& answer : {stats.ask("GET /stats", headers), submit.ask("POST /submit", headers, report_body(2))}) {
      EXPECT_EQ(answer.status, 503) << answer.text;
      EXPECT_EQ(answer.header("Retry-After"), "2");
      EXPECT_NE(answer.body.find(answer.header("X-Request-Id")), std::string::npos);
      for (const auto* cause : {"sqlite", "SQL", "office", "submission", "497010", "database"}) {
        EXPECT_EQ(answer.body.find(cause), std::string::npos) << cause << " in " << answer.body;
      }
    }
  }
  for (const auto& log : {stats.log(), submit.log()}) {
    const auto last = log_lines(log).back();
    EXPECT_EQ(last["status"], 503);
    EXPECT_NE(last["cause"].get<std::string>().find("sqlite"), std::string::npos);
  }
  run_sql(own.database(), "ALTER TABLE elsewhere RENAME TO submission; ALTER TABLE nowhere RENAME TO office");
  EXPECT_EQ(stats.ask("GET /stats", json_client).status, 200);
  EXPECT_EQ(submit.ask("POST /submit", {}, report_body(3)).status, 303);
}
