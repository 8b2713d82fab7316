// Who may do what, whole: every endpoint of the menu, each method, everyone who may come, through the real Nginx.
//
// What is expected of a cell follows from the office's table of grants and from one row below for each route. An entry
// of the menu, or a route, that lacks its row fails here by name.
#include <fmt/format.h>

#include <atomic>
#include <map>
#include <set>

#include "auth/office.h"
#include "auth/rights.h"
#include "auth/sessions.h"
#include "auth/users.h"
#include "base/file.h"
#include "ground/pattern.h"
#include "ground/seed.h"
#include "site/visitor.h"

namespace {

/// Whose record `{id}` of a row's query or body stands for, once their own and once another's.
enum class Names { nothing, report, account };

struct Row {
  std::string method;               // GET answers HEAD too; what is not here is 405 for everyone
  std::string target;               // the path, with a query where it needs one
  std::optional<web::Right> needs;  // none: it is everyone's
  int page = 200;                   // where it is allowed, for a browser and for a program
  int json = 200;
  std::string body = {};  // harmless: it is refused, or changes nothing that others need
  Names names = Names::nothing;
  bool ends_session = false;

  [[nodiscard]] std::string path() const { return target.substr(0, target.find('?')); }
};

constexpr auto everyone = std::nullopt;

std::vector<Row> rows(bool staff_read_statistics) {
  using namespace auth;
  const auto statistics = staff_read_statistics ? std::optional(read_statistics) : everyone;
  return {
      {"GET", "/", everyone},
      {"POST", "/submit", everyone, 422, 422, "prenom=x"},
      {"GET", "/submitted", everyone},
      {"GET", "/stats", statistics},
      {"GET", "/stats_jours", statistics},
      {"GET", "/my_data", everyone},
      {"POST", "/my_data", everyone, 404, 404, "receipt=x"},
      {"POST", "/my_data/correct", everyone, 404, 404, "receipt=x"},
      {"POST", "/my_data/export", everyone, 404, 404, "receipt=x"},
      {"POST", "/my_data/erase", everyone, 404, 404, "receipt=x"},
      {"GET", "/health", everyone},
      {"GET", "/api/services-status", everyone},

      {"GET", "/view_data", read_reports},
      {"GET", "/view_data/record?id={id}", read_reports, 200, 200, "", Names::report},
      {"POST", "/view_data/find", read_reports, 200, 200, "valeur=a%40example.org"},
      {"PATCH", "/view_data/record?id={id}", handle_reports, 428, 428, "status=closed", Names::report},
      {"POST", "/view_data/status", handle_reports, 422, 422, "id={id}", Names::report},
      {"POST", "/view_data/assign", handle_reports, 422, 422, "id={id}", Names::report},
      {"POST", "/view_data/notes", handle_reports, 422, 422, "id={id}", Names::report},
      {"POST", "/view_data/close", handle_reports, 422, 422, "a=b"},
      {"POST", "/view_data/reveal", reveal_cards, 422, 422, "id={id}", Names::report},
      {"POST", "/view_data/extend", extend_reports, 422, 422, "id={id}", Names::report},
      {"POST", "/view_data/erase", erase_reports, 422, 422, "id={id}", Names::report},

      {"GET", "/login", everyone},
      {"POST", "/login", everyone, 400, 400, "email=%"},
      {"POST", "/logout", use_session, 303, 204, "", Names::nothing, true},
      {"POST", "/logout/everywhere", use_session, 303, 200},
      {"GET", "/account/session", use_session},
      {"GET", "/account/password", change_password},
      {"POST", "/account/password", change_password, 400, 400, "old=%"},
      {"GET", "/account/users", manage_accounts},
      {"POST", "/account/users", manage_accounts, 422, 422, "email=x"},
      {"GET", "/account/users/user?id={id}", manage_accounts, 200, 200, "", Names::account},
      {"PATCH", "/account/users/user?id={id}", manage_accounts, 428, 428, "name=x", Names::account},
      {"DELETE", "/account/users/user?id={id}", manage_accounts, 428, 428, "", Names::account},
      {"POST", "/account/users/edit", manage_accounts, 428, 428, "id={id}", Names::account},
      {"POST", "/account/users/disable", manage_accounts, 400, 400, "id=%"},
      {"POST", "/account/users/enable", manage_accounts, 303, 200, "id={id}", Names::account},
      {"POST", "/account/users/reset", manage_accounts, 400, 400, "id=%"},
      {"GET", "/account/audit?dossier={id}", read_audit, 200, 200, "", Names::account},
      {"POST", "/account/audit/verify", read_audit, 200, 200, "head="},
  };
}

/// The exact entries of the menu.
std::set<std::string> menu() {
  const auto text = base::read_file(SOURCE_FOLDER "/nginx/menu.conf");
  const auto paths = ground::find_all(text, "location = \\$\\{BASE\\}(/[^ ]*) ");
  return {paths.begin(), paths.end()};
}

const std::vector<std::string> methods{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"};

struct Actor {
  std::string name;
  std::string role = {};  // none: nobody who is let in
  std::string id = {};
  std::string token = {};
  bool must_change_password = false;
};

struct Cell {
  const Actor& actor;
  const Row* row;  // none: the path has no such method
  std::string method, path;
  bool is_json;
};

/// What the tables say that a cell is.
int expected(const Cell& cell) {
  if (cell.row == nullptr) return 405;
  const auto allowed = cell.is_json ? cell.row->json : cell.row->page;
  if (!cell.row->needs) return allowed;
  if (cell.actor.role.empty()) return cell.is_json ? 401 : 303;
  const bool is_of_entrance = *cell.row->needs == auth::use_session || *cell.row->needs == auth::change_password;
  if (cell.actor.must_change_password && !is_of_entrance) return cell.is_json ? 403 : 303;
  return auth::scope_of(cell.actor.role, *cell.row->needs) ? allowed : 404;
}

std::string without_ids(const std::string& body) {
  const std::string id("\\s*(<p class=\"problem-id\">[^\n]*\\s*)?(?=</section>)|,\"request_id\":\"[0-9a-f]*\"");
  return ground::replace_all(body, id, "");
}

template <typename Suite>
class MatrixOf : public site::OfficeTest<Suite> {
 protected:
  using Base = site::OfficeTest<Suite>;

  void SetUp() override {
    Base::SetUp();
    documents_ = store::Documents::open(Base::office().office_documents(), auth::office_schema());
    site::Visitor visitor(Base::office());
    ground::Reporter reporter(ground::seed());
    for (auto& id : reports_) id = visitor.post_json(reporter.next()).json().value("id", "");
    unknown_page_ = without_ids(visitor.get("/nothing", {{"Accept", "text/html"}}).body);
    unknown_json_ = without_ids(visitor.get("/nothing", {{"Accept", site::json_type}}).body);
    for (const auto role : auth::roles) actors_.push_back(add(std::string(role), std::string(role)));
    actors_.push_back({.name = "guest"});
    add_former("disabled account", {}, [&](auth::User& user) { user.is_active = false; });
    add_former("session unused for half an hour", std::chrono::minutes{31});
    add_former("session of this morning", std::chrono::hours{12} + std::chrono::minutes{1});
    auto left = add("logged-out session", "administrator");
    EXPECT_EQ(visitor.send(asked({left, nullptr, "POST", "/logout", false}, {})).status, 303);
    left.role.clear();
    actors_.push_back(left);
    auto beginner = add("first password", "administrator", [](auth::User& user) { user.must_change_password = true; });
    beginner.must_change_password = true;
    actors_.push_back(beginner);
  }

  Actor add(const std::string& name, const std::string& role, const std::function<void(auth::User&)>& changed = {},
            std::chrono::milliseconds ago = {}) {
    const auto staff = ground::add_staff(Base::office().office_documents(), role);
    if (changed) {
      auth::Users users(*documents_);
      auto user = users.find(staff.id).value();
      changed(user);
      EXPECT_EQ(users.change(user), auth::Users::Outcome::done);
    }
    return {name, role, staff.id, begin_session(staff.id, ago)};
  }
  std::string begin_session(const std::string& id, std::chrono::milliseconds ago = {}) {
    return auth::Sessions(*documents_, [ago] { return base::now() - ago; }).begin(id, std::nullopt);
  }
  /// An administrator who is one no longer, or not in this session.
  void add_former(const std::string& name, std::chrono::milliseconds ago,
                  const std::function<void(auth::User&)>& changed = {}) {
    auto actor = add(name, "administrator", changed, ago);
    actor.role.clear();
    actors_.push_back(actor);
  }

  /// What the cell's browser or program sends; `{id}` is that id.
  site::Asked asked(const Cell& cell, const std::string& id) {
    const auto with_id = [&](const std::string& text) { return ground::replace_all(text, "\\{id\\}", id); };
    site::Asked asked{
        .method = cell.method,
        .path = cell.path,
        .headers = {{"Accept", cell.is_json ? site::json_type : "text/html"}, {"Sec-Fetch-Site", "same-origin"}},
        .body = {},
        .type = {}};
    if (cell.row != nullptr) asked.path = with_id(cell.row->target);
    if (cell.method != "GET" && cell.method != "HEAD" && cell.method != "TRACE") {
      asked.body = cell.row == nullptr ? "a=b" : with_id(cell.row->body);
      asked.type = site::form_type;
    }
    const bool is_spent = cell.row != nullptr && cell.row->ends_session && !cell.actor.role.empty();
    const auto token = is_spent ? begin_session(cell.actor.id) : cell.actor.token;
    if (!token.empty()) asked.headers.emplace_back("Cookie", "guichet-session=" + token);
    return asked;
  }

  /// The same, with all that somebody might claim besides.
  static site::Asked with_claims(site::Asked asked, const Actor& administrator) {
    for (const auto& [name, value] : site::Headers{{"Remote-User", administrator.id},
                                                   {"REMOTE_USER", administrator.id},
                                                   {"X-Remote-User", "administrator"},
                                                   {"X_Remote_User", "administrator"},
                                                   {"X-Role", "administrator"},
                                                   {"X-Forwarded-User", "administrator"},
                                                   {"X-Accel-Redirect", "@behind"},
                                                   {"X-Original-URL", "/health"},
                                                   {"X-Rewrite-URL", "/health"},
                                                   {"X-HTTP-Method-Override", "GET"},
                                                   {"X-Forwarded-For", "127.0.0.1"},
                                                   {"X-Forwarded-Proto", "https"},
                                                   {"Forwarded", "for=127.0.0.1;proto=https"},
                                                   {"Authorization", "Basic YWRtaW46YWRtaW4="},
                                                   {"HTTP_COOKIE", "guichet-session=" + administrator.token}}) {
      asked.headers.emplace_back(name, value);
    }
    const auto claim = "__Host-guichet-session=" + administrator.token +
                       "; role=administrator; guichet-session=" + std::string(43, 'A');
    const auto cookie =
        std::ranges::find(asked.headers, std::string("Cookie"), [](const auto& each) { return each.first; });
    if (cookie == asked.headers.end()) {
      asked.headers.emplace_back("Cookie", claim);
    } else {
      cookie->second += "; " + claim;
    }
    asked.path += (asked.path.find('?') == std::string::npos ? "?" : "&") +
                  std::string("REMOTE_USER=administrator&SCRIPT_NAME=/health&REQUEST_METHOD=GET&HTTPS=on");
    if (asked.method == "POST") asked.body += "&REMOTE_USER=administrator&role=administrator";
    return asked;
  }

  void expect_as_the_tables_say(const Cell& cell, const site::Answer& answer) {
    const auto status = expected(cell);
    SCOPED_TRACE(
        fmt::format("{} {} ({}), {}", cell.method, cell.path, cell.is_json ? "JSON" : "page", cell.actor.name));
    EXPECT_EQ(answer.status, status) << (cell.row == nullptr ? "a route without a row, or a wrong one" : "")
                                     << answer.body.substr(0, 600);
    if (cell.row == nullptr || !cell.row->needs) return;
    EXPECT_EQ(answer.header("Cache-Control"), "no-store");
    EXPECT_EQ(answer.header("X-Frame-Options"), "DENY");
    EXPECT_NE(answer.header("Content-Security-Policy").find("frame-ancestors 'none'"), std::string::npos);
    if (cell.actor.role.empty() && status == 303) {
      EXPECT_EQ(answer.header("Location").substr(0, cell.method == "POST" ? 99 : 12),
                cell.method == "POST" ? "/login" : "/login?next=");
    }
    if (cell.actor.role.empty() || status == 404) {
      EXPECT_EQ(answer.header("Set-Cookie"), "");
      EXPECT_EQ(answer.header("X-Accel-Redirect"), "");
    }
    if (status == 404 && cell.method != "HEAD") {
      EXPECT_EQ(without_ids(answer.body), cell.is_json ? unknown_json_ : unknown_page_) << "it differs from no page";
    }
  }

  /// Every cell once, plainly or with claims; how many.
  int play(const std::vector<Row>& table, bool with_claims_too) {
    const auto paths = menu();
    for (const auto& row : table) EXPECT_TRUE(paths.contains(row.path())) << row.path() << " is not in the menu";
    std::atomic<int> cells = 0;
    std::vector<std::thread> threads;
    std::atomic<std::size_t> next = 0;
    for (int i = 0; i < 2; ++i) {
      threads.emplace_back([&] {
        site::Visitor visitor(Base::office());
        for (auto at = next++; at < actors_.size(); at = next++) {
          for (const auto& path : paths) cells += play(visitor, table, actors_[at], path, with_claims_too);
        }
      });
    }
    for (auto& thread : threads) thread.join();
    return cells;
  }
  int play(site::Visitor& visitor, const std::vector<Row>& table, const Actor& actor, const std::string& path,
           bool with_claims_too) {
    int cells = 0;
    bool has_row = false;
    for (const auto& method : methods) {
      const auto row = std::ranges::find_if(table, [&](const Row& each) {
        return each.path() == path && each.method == (method == "HEAD" ? "GET" : method);
      });
      has_row = has_row || row != table.end();
      const auto* const found = row == table.end() ? nullptr : &*row;
      for (const bool is_json : {false, true}) {
        for (const auto& id : ids(found, actor)) {
          const Cell cell{actor, found, method, path, is_json};
          const auto request = asked(cell, id);
          expect_as_the_tables_say(cell,
                                   visitor.send(with_claims_too ? with_claims(request, actors_.front()) : request));
          ++cells;
        }
      }
    }
    EXPECT_TRUE(has_row) << path << " is in the menu and has no row in this test";
    return cells;
  }
  /// The actor's own and another's, where the row names one.
  std::vector<std::string> ids(const Row* row, const Actor& actor) const {
    if (row == nullptr || row->names == Names::nothing) return {""};
    if (row->names == Names::report) return reports_;
    return {actor.id, actors_.front().id == actor.id ? actors_[1].id : actors_.front().id};
  }

  void expect_the_whole_matrix(bool staff_read_statistics) {
    const auto table = rows(staff_read_statistics);
    const auto begun = std::chrono::steady_clock::now();
    const int plain = play(table, false);
    const int claimed = play(table, true);
    std::printf("%d cells, and as many with claims, of %zu entries, %zu who come: %.1f s\n", plain, menu().size(),
                actors_.size(), site::milliseconds_since(begun) / 1000);
    EXPECT_EQ(claimed, plain);
    EXPECT_GE(plain, static_cast<int>(menu().size() * methods.size() * actors_.size() * 2));
    EXPECT_EQ(site::Visitor(Base::office()).json("/stats").value("total", -1), staff_read_statistics ? -1 : 2);
  }

  std::unique_ptr<store::Documents> documents_;
  std::vector<std::string> reports_{2};
  std::string unknown_page_, unknown_json_;
  std::vector<Actor> actors_;
};

class Matrix : public MatrixOf<Matrix> {};

TEST_F(Matrix, IsWhatTheTableOfGrantsSays) { expect_the_whole_matrix(false); }

class MatrixOfStaffStatistics : public MatrixOf<MatrixOfStaffStatistics> {
 public:
  static ground::Environment settings() { return {{"GUICHET_STATS", "staff"}}; }
};

TEST_F(MatrixOfStaffStatistics, IsWhatTheTableOfGrantsSays) { expect_the_whole_matrix(true); }

}  // namespace
