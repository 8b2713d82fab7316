// Every page and every error as a browser, a program or a stranger meets it.
#include <signal.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "ground/pattern.h"
#include "ground/seed.h"
#include "site/visitor.h"

namespace {

/// The headers that no response may lack.
void expect_security_headers(const site::Answer& answer) {
  const auto policy = answer.header("Content-Security-Policy");
  EXPECT_NE(policy.find("default-src 'none'"), std::string::npos) << policy;
  EXPECT_NE(policy.find("frame-ancestors 'none'"), std::string::npos);
  EXPECT_EQ(policy.find("unsafe"), std::string::npos);
  EXPECT_EQ(answer.headers.count("Content-Security-Policy"), 1u);
  EXPECT_EQ(answer.header("X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(answer.header("X-Frame-Options"), "DENY");
  EXPECT_EQ(answer.header("Referrer-Policy"), "same-origin");
  EXPECT_EQ(answer.header("Server"), "nginx") << "the server tells its version";
}

struct Scenario {
  const char* name;
  site::Asked asked;
  int status;
  const char* type;  // how Content-Type begins
  std::vector<std::string> contains;
  std::vector<std::string> lacks;
  site::Headers headers;  // those the answer has, besides the security headers
};

const site::Headers as_reader{{"Accept", "text/html,application/xhtml+xml"}};
const site::Headers as_json{{"Accept", site::json_type}};
constexpr const char* problem_json = "application/problem+json";

site::Headers with(site::Headers headers, const char* name, const char* value) {
  headers.emplace_back(name, value);
  return headers;
}

site::Asked get(const char* path, site::Headers headers = as_reader) {
  return {.method = "GET", .path = path, .headers = std::move(headers), .body = {}, .type = {}};
}
site::Asked ask(const char* method, const char* path, site::Headers headers = as_reader) {
  return {.method = method, .path = path, .headers = std::move(headers), .body = {}, .type = {}};
}
site::Asked post(const char* path, std::string body, const char* type = site::form_type,
                 site::Headers headers = as_reader) {
  return {.method = "POST", .path = path, .headers = std::move(headers), .body = std::move(body), .type = type};
}

const std::vector<Scenario> scenarios{
    {"a person opens the form",
     get("/"),
     200,
     "text/html",
     {"<form", "name=\"cc-number\"", "action=\"/submit\""},
     {"cvv\""},
     {{"Cache-Control", "no-store"}}},
    {"a person opens the form with a query", get("/?utm_source=x"), 200, "text/html", {"<form"}, {"utm_source"}, {}},
    {"a person comes to the thanks without a receipt",
     get("/submitted"),
     200,
     "text/html",
     {"reçu"},
     {},
     {{"Cache-Control", "no-store"}}},
    {"a person reads the statistics",
     get("/stats"),
     200,
     "text/html",
     {"<table", "LCL"},
     {},
     {{"Cache-Control", "no-store"}}},
    {"a person reads the last day",
     get("/stats_jours"),
     200,
     "text/html",
     {"<table", "LCL"},
     {},
     {{"Cache-Control", "no-store"}}},
    {"a person opens their own data",
     get("/my_data"),
     200,
     "text/html",
     {"name=\"receipt\"", "action=\"/my_data\""},
     {},
     {{"Cache-Control", "no-store"}}},
    {"a receipt that was never given finds nothing",
     post("/my_data", "receipt=1PYG-0QYP-ZATS-15CF-ZZ98-7HC9-9Y"),
     404,
     "text/html",
     {"name=\"receipt\""},
     {},
     {{"Cache-Control", "no-store"}}},
    {"what is no receipt finds nothing",
     post("/my_data/export", "receipt=x", site::form_type, as_json),
     404,
     problem_json,
     {"\"status\":404"},
     {"<"},
     {}},
    {"nobody gets an erasure", get("/my_data/erase"), 405, "text/html", {"Guichet"}, {}, {{"Allow", "POST"}}},
    {"a path below /my_data is no endpoint", post("/my_data/see", "receipt=x"), 404, "text/html", {"Guichet"}, {}, {}},
    {"a program reads the statistics",
     get("/stats", as_json),
     200,
     "application/json",
     {"\"total\":"},
     {"<"},
     {{"Cache-Control", "no-store"}}},
    {"a program reads the last day",
     get("/stats_jours", as_json),
     200,
     "application/json",
     {"\"source\":\"window\""},
     {"<"},
     {}},
    {"a monitor asks for health",
     get("/health", {}),
     200,
     "application/json",
     {"\"healthy\"", "\"timestamp\""},
     {},
     {}},
    {"a crawler asks for the head alone", ask("HEAD", "/stats"), 200, "text/html", {}, {"<"}, {}},
    {"a browser fetches the style", get("/css/guichet.css"), 200, "text/css", {}, {}, {}},
    {"a browser fetches the script", get("/js/charts.js"), 200, "application/javascript", {}, {}, {}},
    {"a browser fetches the icon", get("/favicon.svg"), 200, "image/svg+xml", {"<svg"}, {}, {}},
    {"Bootstrap is served here",
     get("/assets/bootstrap/css/bootstrap.min.css"),
     200,
     "text/css",
     {"Bootstrap"},
     {},
     {}},
    {"Chart.js is served here", get("/assets/chart/chart.min.js"), 200, "application/javascript", {"Chart"}, {}, {}},

    {"an unknown page is our own",
     get("/nowhere"),
     404,
     "text/html",
     {"Guichet", "href=\"/\""},
     {"<center>", "nowhere"},
     {{"Cache-Control", "no-store"}}},
    {"an unknown page for a program",
     get("/nowhere", as_json),
     404,
     problem_json,
     {"\"status\":404"},
     {"<", "nowhere"},
     {{"Cache-Control", "no-store"}}},
    {"paths know capitals", get("/Stats"), 404, "text/html", {"Guichet"}, {}, {}},
    {"paths know capitals in a post", post("/SUBMIT", "a=b"), 404, "text/html", {}, {}, {}},
    {"a path with a slash behind it is another", get("/stats/"), 404, "text/html", {"Guichet"}, {}, {}},
    {"a path below an endpoint is another", get("/stats/x"), 404, "text/html", {"Guichet"}, {}, {}},
    {"a dot file is not there", get("/.git/config"), 404, "text/html", {"Guichet"}, {}, {}},
    {"a dot file in a folder is not there", get("/css/.hidden"), 404, "text/html", {"Guichet"}, {}, {}},
    {"a folder shows no list", get("/css/"), 404, "text/html", {"Guichet"}, {"guichet.css\">guichet"}, {}},
    {"a folder without its slash shows no list", get("/css"), 404, "text/html", {"Guichet"}, {}, {}},
    {"Bootstrap's folder shows no list", get("/assets/bootstrap/css/"), 404, "text/html", {"Guichet"}, {}, {}},
    {"the error pages are not pages", get("/errors/404.html"), 404, "text/html", {"404"}, {}, {}},
    {"nobody climbs out by dots", get("/css/../../keys/intake.secret"), 400, "text/html", {}, {"GUICHET"}, {}},
    {"nobody climbs out by escapes", get("/css/%2e%2e/%2e%2e/keys/intake.secret"), 400, "text/html", {}, {}, {}},
    {"nobody climbs out of Bootstrap",
     get("/assets/bootstrap/..%2f..%2f..%2f..%2f..%2fetc/passwd.css"),
     400,
     "text/html",
     {},
     {"root:"},
     {}},
    {"nobody climbs out of Chart.js",
     get("/assets/chart/..%2f..%2f..%2fetc/hostname.js"),
     400,
     "text/html",
     {},
     {},
     {}},
    {"templates are not served", get("/templates/layout.mustache"), 404, "text/html", {}, {"{{"}, {}},
    {"an escaped path is its path", get("/%73tats"), 200, "text/html", {"<table"}, {}, {}},

    {"nobody posts to a static file",
     post("/css/guichet.css", "a=b"),
     405,
     "text/html",
     {"Guichet"},
     {"<center>"},
     {{"Allow", "GET, HEAD"}}},
    {"no program posts to a static file",
     post("/css/guichet.css", "a=b", site::form_type, as_json),
     405,
     problem_json,
     {"\"status\":405"},
     {"<"},
     {{"Allow", "GET, HEAD"}}},
    {"nobody deletes a static file",
     ask("DELETE", "/css/guichet.css"),
     405,
     "text/html",
     {},
     {},
     {{"Allow", "GET, HEAD"}}},
    {"nobody posts to the statistics",
     post("/stats", "a=b"),
     405,
     "text/html",
     {"Guichet"},
     {},
     {{"Allow", "GET, HEAD"}}},
    {"nobody gets /submit", get("/submit"), 405, "text/html", {"Guichet"}, {}, {{"Allow", "POST"}}},
    {"no program puts to /submit",
     ask("PUT", "/submit", as_json),
     405,
     problem_json,
     {"\"status\":405"},
     {},
     {{"Allow", "POST"}}},
    {"nobody traces", ask("TRACE", "/"), 405, "text/html", {}, {}, {}},

    {"an empty report names all eight fields",
     post("/submit", "", site::form_type, as_json),
     422,
     problem_json,
     {"\"prenom\"", "\"age\"", "\"email\"", "\"telephone\"", "\"cc-number\"", "\"exp-date\"", "\"zip-code\"",
      "\"banque\""},
     {},
     {{"Cache-Control", "no-store"}}},
    {"what was typed is shown again, the card never",
     post("/submit", "prenom=Aim%C3%A9e&cc-number=4970+1000+12"),
     422,
     "text/html",
     {"value=\"Aimée\"", "href=\"#age\""},
     {"4970 1000", "49701000"},
     {}},
    {"what was typed is no markup",
     post("/submit", "prenom=%3Cscript%3Ealert%281%29%3C%2Fscript%3E"),
     422,
     "text/html",
     {"&lt;script&gt;"},
     {"<script>alert"},
     {}},
    {"a security code is refused",
     post("/submit", "cvv=737", site::form_type, as_json),
     422,
     problem_json,
     {"\"cvv\""},
     {"737"},
     {}},
    {"a post from another site is refused",
     post("/submit", "a=b", site::form_type, with(as_reader, "Sec-Fetch-Site", "cross-site")),
     403,
     "text/html",
     {"Guichet"},
     {},
     {}},
    {"a post from another origin is refused",
     post("/submit", "a=b", site::form_type, with(as_json, "Origin", "https://example.org")),
     403,
     problem_json,
     {"\"status\":403"},
     {},
     {}},
    {"a file is not a form", post("/submit", "a=b", "text/plain"), 415, "text/html", {"Guichet"}, {}, {}},
    {"a multipart form is not taken",
     post("/submit", "--x--", "multipart/form-data; boundary=x", as_json),
     415,
     problem_json,
     {"\"status\":415"},
     {},
     {}},
    {"a broken escape is refused",
     post("/submit", "prenom=%zz", site::form_type, as_json),
     400,
     problem_json,
     {"\"status\":400"},
     {},
     {}},
    {"a doubled field is refused",
     post("/submit", "age=20&age=30", site::form_type, as_json),
     400,
     problem_json,
     {},
     {},
     {}},
    {"broken JSON is refused", post("/submit", "{\"age\":", site::json_type, {}), 400, problem_json, {}, {}, {}},
    {"deep JSON is refused",
     post("/submit", std::string(4000, '['), site::json_type, {}),
     400,
     problem_json,
     {},
     {},
     {}},
    {"too large a report is refused with a page",
     post("/submit", "prenom=" + std::string(9000, 'x')),
     413,
     "text/html",
     {"Guichet"},
     {"xxxx", "<center>"},
     {}},
    {"too large a report is refused with JSON",
     post("/submit", "prenom=" + std::string(9000, 'x'), site::form_type, as_json),
     413,
     problem_json,
     {"\"status\":413"},
     {"<", "xxxx"},
     {}},
    {"much too large a report is refused",
     post("/submit", "prenom=" + std::string(3000000, 'x'), site::form_type, as_json),
     413,
     problem_json,
     {},
     {"xxxx"},
     {}},
    {"too long an address is refused",
     get(("/" + std::string(20000, 'x')).c_str()),
     414,
     "text/html",
     {"Guichet"},
     {"xxxx"},
     {}},
    {"too long a header is refused",
     get("/", {{"Accept", "text/html"}, {"X-Long", std::string(20000, 'x')}}),
     431,
     "text/html",
     {"Guichet"},
     {"xxxx"},
     {}},
    {"staff must say who they are, as a page",
     get("/view_data"),
     303,
     "",
     {},
     {"<center>", "example.org"},
     {{"Location", "/login?next=/view_data"}}},
    {"staff must say who they are, as JSON",
     get("/view_data", as_json),
     401,
     problem_json,
     {"\"status\":401"},
     {"<"},
     {}},
};

class Pages : public site::OfficeTest<Pages> {
 protected:
  static void SetUpTestSuite() {
    OfficeTest::SetUpTestSuite();
    ground::Reporter reporter(ground::seed());
    site::Visitor visitor(office());
    for (int i = 0; i < 30; ++i) EXPECT_EQ(visitor.post_form(reporter.next()).status, 303);
  }
};

TEST_F(Pages, AnswerAsPromised) {
  for (const auto& [name, asked, status, type, contains, lacks, headers] : scenarios) {
    SCOPED_TRACE(name);
    // A refused body may close the connection: each scenario has its own.
    site::Visitor visitor(office());
    const auto answer = visitor.send(asked);
    EXPECT_EQ(answer.status, status) << answer.body.substr(0, 300);
    EXPECT_EQ(answer.header("Content-Type").substr(0, std::string(type).size()), type);
    for (const auto& text : contains) EXPECT_NE(answer.body.find(text), std::string::npos) << "lacks " << text;
    for (const auto& text : lacks) EXPECT_EQ(answer.body.find(text), std::string::npos) << "contains " << text;
    for (const auto& [header, value] : headers) EXPECT_EQ(answer.header(header), value) << header;
    expect_security_headers(answer);
    if (status >= 400) {
      EXPECT_EQ(answer.header("Cache-Control"), "no-store");
      EXPECT_FALSE(answer.has("ETag"));
    }
  }
}

TEST_F(Pages, AnswerBytesThatAreNoGoodRequest) {
  struct Bytes {
    const char* name;
    std::string bytes;
    const char* status;
  };
  const std::string form = "Content-Type: application/x-www-form-urlencoded\r\nConnection: close\r\n";
  for (const auto& [name, bytes, status] : std::vector<Bytes>{
           {"no host", "GET / HTTP/1.1\r\n\r\n", "400"},
           {"no request at all", "hello\r\n\r\n", "400"},
           {"a post without its length", "POST /submit HTTP/1.1\r\nHost: a\r\n" + form + "\r\n", "411"},
           {"chunks",
            "POST /submit HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n" + form + "\r\n3\r\na=b\r\n0\r\n\r\n",
            "411"},
           {"a length that is none", "POST /submit HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n" + form + "\r\n",
            "400"},
           {"a negative length", "POST /submit HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n" + form + "\r\n", "400"},
           {"two lengths",
            "POST /submit HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n" + form + "\r\na=b",
            "400"}}) {
    SCOPED_TRACE(name);
    const auto answer = site::send_bytes(office(), bytes, std::chrono::seconds{20});
    EXPECT_EQ(answer.substr(0, 12), std::string("HTTP/1.1 ") + status) << answer.substr(0, 200);
    for (const auto* header :
         {"Content-Security-Policy: ", "X-Content-Type-Options: nosniff", "Referrer-Policy: same-origin"}) {
      EXPECT_NE(answer.find(header), std::string::npos) << header;
    }
    EXPECT_EQ(answer.find("<center>"), std::string::npos) << "the page is not our own";
  }
}

TEST_F(Pages, BeginWithAStatusLineThatTheProtocolKnows) {
  for (const auto* path : {"/", "/stats", "/css/guichet.css", "/nowhere"}) {
    const auto answer =
        site::send_bytes(office(), std::string("GET ") + path + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    EXPECT_TRUE(ground::contains(answer, "^HTTP/1\\.1 [0-9]{3} [^\r]*\r\n")) << answer.substr(0, 40);
  }
}

TEST_F(Pages, LetStaticFilesBeKept) {
  site::Visitor visitor(office());
  for (const auto* path : {"/css/guichet.css", "/js/form.js", "/favicon.svg", "/assets/bootstrap/css/bootstrap.min.css",
                           "/assets/chart/chart.min.js"}) {
    SCOPED_TRACE(path);
    const auto first = visitor.get(path);
    EXPECT_EQ(first.status, 200);
    const auto tag = first.header("ETag");
    EXPECT_FALSE(tag.empty());
    EXPECT_NE(first.header("Cache-Control").find("max-age="), std::string::npos);
    // cpp-httplib waits for a body behind a 304 until the connection ends.
    const auto again = visitor.get(path, {{"If-None-Match", tag}, {"Connection", "close"}});
    EXPECT_EQ(again.status, 304);
    EXPECT_TRUE(again.body.empty());
    expect_security_headers(again);
    const auto small = visitor.get(path, {{"Accept-Encoding", "gzip"}});
    if (first.body.size() > 2000) {
      EXPECT_EQ(small.header("Content-Encoding"), "gzip");
      EXPECT_LT(small.body.size(), first.body.size());
    }
  }
  // A page that answers to what was sent is never squeezed beside secrets (BREACH).
  EXPECT_FALSE(visitor.get("/", {{"Accept-Encoding", "gzip"}}).has("Content-Encoding"));
}

TEST_F(Pages, GiveEachFormATokenOfItsOwn) {
  site::Visitor visitor(office());
  std::set<std::string> tokens;
  for (int i = 0; i < 20; ++i) {
    const auto page = visitor.get("/").body;
    const auto token = ground::find_first(page, "name=\"token\" value=\"([A-Za-z0-9_-]{43})\"");
    ASSERT_FALSE(token.empty()) << page;
    tokens.insert(token);
  }
  EXPECT_EQ(tokens.size(), 20u);
}

TEST_F(Pages, LoadNothingFromAnotherHost) {
  site::Visitor visitor(office());
  const std::string reference(R"re((?:src|href|action|srcset|poster|data)\s*=\s*["']([^"']*)["'])re");
  const std::string local(R"re(/(?!/).*|#.*|tel:.*|mailto:.*|data:image/svg\+xml.*|)re");
  std::size_t count = 0;
  for (const auto* path : {"/", "/submitted", "/stats", "/stats_jours", "/my_data", "/nowhere", "/view_data"}) {
    SCOPED_TRACE(path);
    const auto page = visitor.get(path, site::staff_headers(office())).body;
    const auto targets = ground::find_all(page, reference);
    for (const auto& target : targets) EXPECT_TRUE(ground::matches(target, local)) << target;
    count += targets.size();
    EXPECT_EQ(page.find(" style="), std::string::npos) << "the policy forbids inline styles";
    EXPECT_FALSE(ground::contains(page, "<script(?![^>]*src=)|\\son[a-z]+\\s*=")) << "inline script";
    // What a page loads is there.
    for (const auto& target : targets) {
      if (target.ends_with(".css") || target.ends_with(".js") || target.ends_with(".svg")) {
        EXPECT_EQ(visitor.get(target).status, 200) << target;
      }
    }
  }
  EXPECT_GT(count, 30u);
  const std::string style_reference(R"re((?:url\(\s*["']?|@import\s+["'])([^"')]*))re");
  for (const auto* path : {"/css/guichet.css", "/assets/bootstrap/css/bootstrap.min.css"}) {
    const auto style = visitor.get(path).body;
    for (const auto& target : ground::find_all(style, style_reference)) {
      EXPECT_TRUE(ground::matches(target, local)) << target;
    }
  }
}

TEST_F(Pages, ShowTablesWithoutJavaScript) {
  site::Visitor visitor(office());
  for (const auto* path : {"/stats", "/stats_jours"}) {
    SCOPED_TRACE(path);
    const auto page = visitor.get(path, as_reader).body;
    for (const auto* text : {"id=\"ages\"", "id=\"banks\"", "plus de 65 ans", "Société Générale", "<caption"}) {
      EXPECT_NE(page.find(text), std::string::npos) << text;
    }
    const auto figures = visitor.json(path);
    for (const auto& [name, count] : figures["by_bank"].items()) {
      // Mustache writes the apostrophe of a name as an entity.
      const auto plain = name.substr(0, name.find('\''));
      EXPECT_TRUE(ground::contains(page, "data-label=\"" + plain + "[^\"]*\" data-count=\"" + count.dump() + "\""))
          << name << " " << count;
    }
  }
}

// In the long run alone: Nginx waits 30 seconds for a handler that hangs.
TEST_F(Pages, SayThatAHandlerHangs) {
  if (!ground::is_full()) GTEST_SKIP() << "tests/run --full waits for it";
  const auto hanging = office().processes("intake_stats");
  for (const pid_t pid : hanging) kill(pid, SIGSTOP);
  site::Visitor visitor(office());
  const auto problem = visitor.get("/stats", as_json);
  for (const pid_t pid : hanging) kill(pid, SIGCONT);
  EXPECT_EQ(problem.status, 504);
  EXPECT_EQ(problem.json().value("status", 0), 504);
  expect_security_headers(problem);
  EXPECT_EQ(visitor.get("/stats", as_reader).status, 200);
}

// The last of this office: a supervisor that is killed with its handler is nobody's to replace but nginx/up's.
TEST_F(Pages, SayThatAHandlerIsGone) {
  pid_t supervisor = 0;
  std::ifstream(office().path("run/intake_stats.pid")) >> supervisor;
  ASSERT_GT(supervisor, 1);
  kill(supervisor, SIGKILL);
  for (const pid_t pid : office().processes("intake_stats")) kill(pid, SIGKILL);
  ASSERT_TRUE(site::holds_within(std::chrono::seconds{5}, [] { return office().processes("intake_stats").empty(); }));
  site::Visitor visitor(office());
  const auto page = visitor.get("/stats", as_reader);
  EXPECT_EQ(page.status, 502);
  EXPECT_EQ(page.header("Content-Type").substr(0, 9), "text/html");
  EXPECT_NE(page.body.find("Guichet"), std::string::npos);
  EXPECT_EQ(page.body.find("<center>"), std::string::npos);
  expect_security_headers(page);
  const auto problem = visitor.get("/stats", as_json);
  EXPECT_EQ(problem.status, 502);
  EXPECT_EQ(problem.header("Content-Type").substr(0, 24), problem_json);
  EXPECT_EQ(problem.json().value("status", 0), 502);
  expect_security_headers(problem);
  EXPECT_EQ(visitor.get("/", as_reader).status, 200) << "one handler took another with it";
  EXPECT_EQ(visitor.get("/stats_jours", as_reader).status, 200);
}

}  // namespace
