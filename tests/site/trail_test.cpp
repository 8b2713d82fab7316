// Staff's acts through the real Nginx: their session says who, and only the staff's handlers reach the trail.
#include <unistd.h>

#include <filesystem>

#include "auth/audit.h"
#include "auth/office.h"
#include "ground/engine.h"
#include "site/visitor.h"

namespace {

class Trail : public site::OfficeTest<Trail> {
 protected:
  static site::Headers staff() {
    auto headers = site::staff_headers(office());
    headers.emplace_back("Accept", site::json_type);
    return headers;
  }
  static site::Answer post(const std::string& path, const ground::Fields& fields, site::Headers headers = staff()) {
    return site::Visitor(office()).send(
        {"POST", "/view_data/" + path, std::move(headers), ground::form_body(fields), site::form_type});
  }
  static std::vector<auth::Trail::Kept> entries() {
    const auto documents = store::Documents::open(office().office_documents(), auth::office_schema());
    auth::Trail trail(*documents);
    EXPECT_TRUE(trail.verify().is_whole());
    return trail.list("")->entries;
  }
};

TEST_F(Trail, NamesWhoeverTheSessionIsOf) {
  site::Visitor visitor(office());
  const auto fields = ground::Reporter(1).next();
  ASSERT_EQ(visitor.post_json(fields).status, 201);
  auto headers = staff();
  headers.emplace_back("Remote-User", "somebody else");
  const auto id = visitor.get("/view_data", headers).json()["documents"][0]["id"].get<std::string>();
  const ground::Fields wish{{"id", id}, {"motif", "la personne a rappelé"}, {"jours", "30"}};

  EXPECT_EQ(visitor.get("/view_data/record?id=" + id, headers).json()["id"], id);
  EXPECT_EQ(post("find", {{"valeur", ground::field(fields, "email")}}).json()["count"], 1);
  const auto revealed = post("reveal", wish);
  EXPECT_EQ(revealed.json()["whole"], true);
  EXPECT_EQ(revealed.header("Cache-Control"), "no-store");
  EXPECT_EQ(post("extend", wish).status, 200);
  EXPECT_EQ(post("erase", wish).json()["erased"], true);
  EXPECT_EQ(visitor.get("/view_data/record?id=" + id, headers).status, 404);

  std::vector<std::string> actions;
  for (const auto& [position, entry, hash] : entries()) {
    if (entry.action == "created") continue;  // the first administrator, by whoever started the office
    EXPECT_EQ(entry.who, office().staff().id) << entry.action;
    actions.insert(actions.begin(), entry.action);
  }
  EXPECT_EQ(actions, (std::vector<std::string>{"saw", "saw", "saw", "revealed", "extended", "erased"}));
}

TEST_F(Trail, IsWrittenForNobodyWithoutASession) {
  const auto before = entries().size();
  for (const auto* path : {"reveal", "extend", "erase", "find"}) {
    EXPECT_EQ(post(path, {{"id", "x"}},
                   {{"Accept", site::json_type}, {"Sec-Fetch-Site", "same-origin"}, {"Remote-User", "staff"}})
                  .status,
              401)
        << path;
  }
  EXPECT_EQ(site::Visitor(office()).get("/view_data/record?id=x").status, 303);
  EXPECT_EQ(entries().size(), before);
}

TEST_F(Trail, IsOutOfReachForWhoIsPostedTo) {
  if (geteuid() != 0) GTEST_SKIP() << "only root's office has users of its own";
  const bool is_on_server = ground::server_folder().has_value();
  const auto* documents = is_on_server ? "keys/office.documents" : "data/office/office.db";
  for (const auto* user : {"guichet-submit", "guichet-stats", "guichet-my-data", "guichet-system", "guichet-web"}) {
    if (ground::run({"getent", "passwd", user}).status != 0) continue;
    for (const auto* path : {documents, "data/reading/lookup.db", "keys/intake.index"}) {
      ASSERT_TRUE(std::filesystem::exists(office().path(path))) << path;
      for (const auto* right : {"-r", "-w"}) {
        const auto reached = ground::run(
            {"setpriv", "--reuid", user, "--regid", user, "--init-groups", "test", right, office().path(path)});
        EXPECT_NE(reached.status, 0) << user << " " << right << " " << path;
      }
    }
    if (is_on_server) continue;
    const auto opened = ground::run({"setpriv", "--reuid", user, "--regid", user, "--init-groups",
                                     office().path("release/bin/guichet"), "audit", "verify"},
                                    {{"GUICHET_OFFICE_DOCUMENTS", office().office_documents()}});
    EXPECT_NE(opened.status, 0) << user;
  }
}

}  // namespace
