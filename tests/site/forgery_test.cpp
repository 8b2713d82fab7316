// Paths, hosts and headers that claim to be what they are not: none opens a page that is for staff, or passes for
// another request.
#include "site/abuse.h"
#include "site/wire.h"

namespace {

using site::Abuse;

struct Forgery {
  const char* name;
  std::string line;     // of the request, without the protocol
  const char* headers;  // each line ended
  int status;
};

const std::vector<Forgery> forgeries{
    {"the page itself", "GET /view_data", "", 401},
    {"two slashes", "GET //view_data", "", 401},
    {"a dot", "GET /./view_data", "", 401},
    {"a way round", "GET /stats/../view_data", "", 401},
    {"an escaped way round", "GET /stats/%2e%2e/view_data", "", 401},
    {"an escaped letter", "GET /%76iew_data", "", 401},
    {"a query that looks like a path", "GET /view_data?/../stats", "", 401},
    {"a fragment", "GET /view_data#/stats", "", 401},
    {"another site's URL", "GET http://b/view_data", "", 401},
    {"a URL with a user", "GET http://staff:x@b/view_data", "", 400},
    {"a slash behind", "GET /view_data/", "", 404},
    {"an escaped slash behind", "GET /view_data%2f", "", 404},
    {"an escaped slash in front", "GET /%2fview_data", "", 401},
    {"an escaped back slash", "GET /view_data%5c", "", 404},
    {"a path of Tomcat's", "GET /view_data/..;/", "", 404},
    {"a path's parameter", "GET /view_data;a=b", "", 404},
    {"an ending", "GET /view_data.css", "", 404},
    {"a path below", "GET /view_data/x.js", "", 404},
    {"capitals", "GET /VIEW_DATA", "", 404},
    {"a space behind", "GET /view_data%20", "", 404},
    {"a line end behind", "GET /view_data%0d%0aX-User:%20staff", "", 404},
    {"an escape that is escaped", "GET /%2576iew_data", "", 404},
    {"two bytes for one", "GET /%c0%aeview_data", "", 404},
    {"a NUL behind", "GET /view_data%00", "", 400},
    {"a NUL and an ending", "GET /view_data%00.css", "", 400},
    {"a way out", "GET /../view_data", "", 400},
    {"no path", "GET view_data", "", 400},
    {"a file through the page", "GET /view_data/../css/../../keys/intake.secret", "", 400},
    {"what is Nginx's own", "GET /errors/404.html", "", 404},
    {"a file that Nginx sends for a handler", "GET /health", "X-Accel-Redirect: /view_data\r\n", 200},
    {"a file that Apache sends for a handler", "GET /health", "X-Sendfile: /etc/passwd\r\n", 200},
    {"another path by a header", "GET /health", "X-Original-URL: /view_data\r\nX-Rewrite-URL: /view_data\r\n", 200},
    {"another path by a parameter", "GET /health", "SCRIPT_NAME: /view_data\r\nPATH_INFO: /view_data\r\n", 200},
    {"another path by a header's name", "GET /health", "Script-Name: /view_data\r\nRoute: /view_data\r\n", 200},
    {"another method by a header", "GET /submit", "X-HTTP-Method-Override: POST\r\nX-Method: POST\r\n", 405},
    {"a method behind a method", "POST /health", "X-HTTP-Method-Override: GET\r\nContent-Length: 0\r\n", 405},
    {"a method by the query", "GET /submit?_method=POST", "", 405},
    {"a user by a parameter", "GET /view_data", "REMOTE_USER: staff\r\nHTTP_REMOTE_USER: staff\r\n", 401},
    {"a user by a header", "GET /view_data", "Remote-User: staff\r\nX-Remote-User: staff\r\nX-User: staff\r\n", 401},
    {"a user with an underscore", "GET /view_data", "Remote_User: staff\r\nAuth_User: staff\r\n", 401},
    {"a user of another proxy", "GET /view_data", "X-Forwarded-User: staff\r\nX-Auth-Request-User: staff\r\n", 401},
    {"an address of the inside", "GET /view_data", "X-Forwarded-For: 127.0.0.1\r\nX-Real-IP: 127.0.0.1\r\n", 401},
    {"an address by a parameter", "GET /view_data", "REMOTE_ADDR: 127.0.0.1\r\nForwarded: for=127.0.0.1\r\n", 401},
    {"a host of the inside", "GET /metrics", "X-Forwarded-Host: inside\r\n", 404},
    {"a proxy for the handler", "GET /health", "Proxy: http://b/\r\nHTTP_PROXY: http://b/\r\n", 200},
    {"a setting by a header", "GET /health", "GUICHET_STATS: staff\r\nGuichet-Stats: staff\r\n", 200},
    {"an id that is not a token", "POST /submit", "REQUEST_ID: x\r\nRequest-Id: x\r\nContent-Length: 0\r\n", 415},
};

TEST_F(Abuse, OpensNothingToAForgery) {
  std::vector<site::Wire> wires;
  for (const auto& each : forgeries) {
    wires.emplace_back(office().port())
        .send(fmt::format("{} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAccept: application/json\r\n{}\r\n",
                          each.line, each.headers));
  }
  hear(wires, std::chrono::seconds{5});
  for (std::size_t i = 0; i < forgeries.size(); ++i) {
    SCOPED_TRACE(forgeries[i].name);
    const auto answers = site::answers_in(wires[i].heard());
    ASSERT_EQ(answers.size(), 1u) << wires[i].heard();
    EXPECT_EQ(answers[0].status, forgeries[i].status) << wires[i].heard();
    EXPECT_EQ(answers[0].status == 200, answers[0].body.starts_with(R"({"status":"healthy")")) << answers[0].body;
    for (const auto* secret : {"\"documents\"", "X-User", "root:", "BEGIN", "guichet_requests"})
      EXPECT_EQ(wires[i].heard().find(secret), std::string::npos) << secret;
  }
}

}  // namespace
