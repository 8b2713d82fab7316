// Staff and nobody else read the reports, through the real Nginx.
#include <filesystem>
#include <set>

#include "ground/folder.h"
#include "ground/pattern.h"
#include "ground/seed.h"
#include "site/visitor.h"

namespace {

class Staff : public site::OfficeTest<Staff> {
 protected:
  static constexpr int count = 120;

  static void SetUpTestSuite() {
    OfficeTest::SetUpTestSuite();
    ground::Reporter reporter(ground::seed());
    site::Visitor visitor(office());
    for (int i = 0; i < count; ++i) {
      posted_.push_back(reporter.next());
      EXPECT_EQ(visitor.post_json(posted_.back()).status, 201);
    }
  }
  static nlohmann::json read(const std::string& path) {
    auto headers = site::staff_headers(office());
    headers.emplace_back("Accept", site::json_type);
    return site::Visitor(office()).get(path, headers).json();
  }
  static std::string digits(const std::string& text) { return ground::replace_all(text, "[^0-9]", ""); }

  static inline std::vector<ground::Fields> posted_;
};

TEST_F(Staff, KeepEveryoneElseOut) {
  struct Stranger {
    const char* name;
    site::Headers headers;
  };
  const auto cookie = office().staff().cookie();
  for (const auto& [name, headers] :
       std::vector<Stranger>{{"nobody", {}},
                             {"an invented session", {{"Cookie", "guichet-session=" + std::string(43, 'A')}}},
                             {"an empty session", {{"Cookie", "guichet-session="}}},
                             {"half a session", {{"Cookie", cookie.substr(0, 32)}}},
                             {"a longer session", {{"Cookie", cookie + "x"}}},
                             {"another cookie", {{"Cookie", "session" + cookie.substr(cookie.find('='))}}},
                             {"the cookie of TLS", {{"Cookie", "__Host-" + cookie}}},
                             {"a password of old", {site::basic_authentication("staff", "x")}},
                             {"a claim in a header", {{"Remote-User", "staff"}, {"X-Remote-User", "staff"}}}}) {
    SCOPED_TRACE(name);
    for (const auto* accept : {"text/html", site::json_type}) {
      const bool is_page = std::string(accept) == "text/html";
      auto asked = headers;
      asked.emplace_back("Accept", accept);
      site::Visitor visitor(office());
      for (const auto* path : {"/view_data", "/view_data?cursor=0-0", "/%76iew_data"}) {
        const auto answer = visitor.get(path, asked);
        EXPECT_EQ(answer.status, is_page ? 303 : 401) << path;
        EXPECT_EQ(answer.header("Location").find("/login?next=/view_data") == 0, is_page);
        EXPECT_EQ(answer.header("WWW-Authenticate").find("Cookie ") == 0, !is_page);
        EXPECT_EQ(answer.body.find("example.org"), std::string::npos);
      }
    }
  }
}

TEST_F(Staff, ReadEveryReportOncePageByPage) {
  std::set<std::string> ids;
  std::set<std::string> emails;
  std::string path = "/view_data";
  int pages = 0;
  std::string newest = "9999";
  while (!path.empty()) {
    const auto page = read(path);
    ASSERT_TRUE(page.contains("documents")) << page;
    EXPECT_LE(page["documents"].size(), 50u);
    for (const auto& report : page["documents"]) {
      EXPECT_TRUE(ids.insert(report["id"]).second) << "shown twice";
      emails.insert(report["email"].get<std::string>());
      EXPECT_LE(report["received"].get<std::string>(), newest) << "not newest first";
      newest = report["received"];
    }
    path = page["next"].is_string() ? "/view_data?cursor=" + page["next"].get<std::string>() : "";
    ASSERT_LT(++pages, 10);
  }
  EXPECT_EQ(pages, 3);
  std::set<std::string> posted;
  for (const auto& report : posted_) posted.insert(ground::field(report, "email"));
  EXPECT_EQ(emails, posted);
  EXPECT_EQ(read("/view_data")["window"]["total"], count);
}

TEST_F(Staff, FilterByBankBracketAndDay) {
  const auto first = posted_.front();
  const auto bank = ground::field(first, "banque");
  const auto total = [](const std::vector<ground::Fields>& reports) { return ground::figures_of(reports); };
  const auto figures = total(posted_);
  EXPECT_EQ(read("/view_data?banque=" + ground::percent_encoded(bank))["documents"].size(),
            std::min<std::size_t>(50, figures["by_bank"][bank].get<std::size_t>()));
  for (const auto& report : read("/view_data?banque=" + ground::percent_encoded(bank))["documents"])
    EXPECT_EQ(report["banque"], bank);
  EXPECT_EQ(read("/view_data?tranche=18-25")["documents"].size(),
            std::min<std::size_t>(50, figures["by_age"]["18-25"].get<std::size_t>()));
  EXPECT_EQ(read("/view_data?au=2020-01-01")["documents"].size(), 0u);
  EXPECT_EQ(read("/view_data?du=2020-01-01")["documents"].size(), 50u);
  for (const auto* wrong :
       {"/view_data?banque=Nulle", "/view_data?tranche=1-2", "/view_data?du=hier", "/view_data?cursor=x"}) {
    EXPECT_EQ(read(wrong).value("status", 0), 400) << wrong;
  }
}

TEST_F(Staff, SeeTelephonesAndNoCardNumber) {
  const auto headers = site::staff_headers(office());
  site::Visitor visitor(office());
  auto as_json = headers;
  as_json.emplace_back("Accept", site::json_type);
  for (const auto& body : {visitor.get("/view_data", headers).body, visitor.get("/view_data", as_json).body}) {
    for (auto report = posted_.end() - 50; report != posted_.end(); ++report) {
      const auto card = digits(ground::field(*report, "cc-number"));
      EXPECT_EQ(body.find(card), std::string::npos);
      EXPECT_EQ(body.find(card.substr(0, 12)), std::string::npos);
      EXPECT_NE(body.find("**** **** **** " + card.substr(12)), std::string::npos);
      const auto telephone = digits(ground::field(*report, "telephone"));
      EXPECT_NE(body.find("+33" + telephone.substr(telephone.size() - 9)), std::string::npos);
    }
    EXPECT_FALSE(ground::contains(body, "497010[0-9 -]{4,}"));
  }
  const auto page = visitor.get("/view_data", headers);
  EXPECT_EQ(page.header("Cache-Control"), "no-store");
  EXPECT_NE(page.body.find("noindex"), std::string::npos);
}

TEST_F(Staff, HaveAPasswordThatLiesNowhere) {
  // Also after it was used, rightly and wrongly.
  EXPECT_TRUE(read("/view_data").contains("documents"));
  ASSERT_FALSE(office().password().empty());
  const std::vector<std::string> forms{office().password(), office().staff().token};
  int files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(office().path(""))) {
    if (!entry.is_regular_file()) continue;
    const auto bytes = ground::bytes_in(entry.path());
    for (const auto& form : forms) EXPECT_EQ(bytes.find(form), std::string::npos) << entry.path();
    ++files;
  }
  EXPECT_GT(files, 20);
  for (const auto* log : {"log/intake_view_data.log", "log/nginx.log"})
    EXPECT_TRUE(std::filesystem::exists(office().path(log)));
}

class StaffOnly : public site::OfficeTest<StaffOnly> {
 public:
  static ground::Environment settings() { return {{"GUICHET_STATS", "staff"}}; }
};

TEST_F(StaffOnly, ReadTheFiguresOfAnOfficeThatHidesThem) {
  site::Visitor visitor(office());
  for (const std::string path : {"/stats", "/stats_jours"}) {
    EXPECT_EQ(visitor.get(path, {{"Accept", site::json_type}}).status, 401) << path;
    EXPECT_EQ(visitor.get(path).header("Location"), "/login?next=" + path);
    for (const auto* role : {"observer", "agent", "administrator"}) {
      auto headers = site::staff_headers(office(), role);
      headers.emplace_back("Accept", site::json_type);
      EXPECT_EQ(visitor.get(path, headers).json().value("total", -1), 0) << path << " " << role;
    }
  }
  EXPECT_EQ(visitor.get("/").status, 200);
  EXPECT_EQ(visitor.get("/@behind").status, 404);
}

}  // namespace
