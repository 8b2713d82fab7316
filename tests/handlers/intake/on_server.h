// The intake desk with its documents on a server, in the programs that ship, confined as they are.
#pragma once

#include "shared/web/served.h"
#include "store/documents.h"
#include "web/confine.h"

namespace served {

/// Tests whose documents are in a new database each, on a server that they share.
template <typename Server>
class OnServer : public testing::Test {
 protected:
  static Server& server() {
    static const ground::Folder folder;
    static Server server(folder / "server");
    return server;
  }
  [[nodiscard]] static std::int64_t total(const Answer& stats) {
    EXPECT_EQ(stats.status, 200) << stats.text;
    return nlohmann::json::parse(stats.body)["total"];
  }

  /// From the report to its erasure by the person, past all who read it meanwhile.
  void take_a_report_and_let_it_be_erased() {
    const Desk here({{"GUICHET_INTAKE_DOCUMENTS", url}});
    const auto kept = here.ask("intake_submit", "POST /submit", json_client, report_body());
    ASSERT_EQ(kept.status, 201) << kept.text;
    const std::string id = nlohmann::json::parse(kept.body)["id"];
    const std::string receipt = nlohmann::json::parse(kept.body)["receipt"];
    EXPECT_EQ(total(here.ask("intake_stats", "GET /stats", json_client)), 1);
    EXPECT_EQ(total(here.ask("intake_stats_jours", "GET /stats_jours", json_client)), 1);
    EXPECT_NE(here.ask("intake_view_data", "GET /view_data", json_client).body.find(id), std::string::npos);
    const auto erased =
        here.ask("intake_my_data", "POST /my_data/erase", json_client, "confirmation=effacer&receipt=" + receipt);
    EXPECT_LT(erased.status, 400) << erased.text;
    EXPECT_EQ(total(here.ask("intake_stats", "GET /stats", json_client)), 0);
    EXPECT_FALSE(std::filesystem::exists(here.database()));
  }

  /// Confined processes reach the server by a URL that names it in that way. What they logged.
  std::string answer_by(const std::string& way) {
    const Desk here({{"GUICHET_INTAKE_DOCUMENTS", way}});
    const Served submit("intake_submit", here.environment("intake_submit"));
    const Served stats("intake_stats", here.environment("intake_stats"));
    for (int i = 0; i < 3; ++i) {
      const auto body = report_body(static_cast<std::uint64_t>(++sent_));
      EXPECT_EQ(submit.ask("POST /submit", json_client, body).status, 201) << submit.log();
      EXPECT_EQ(total(stats.ask("GET /stats", json_client)), sent_);
    }
    auto log = submit.log() + stats.log();
    EXPECT_EQ(log.find("\"level\":\"error\""), std::string::npos) << log;
    const auto status = base::read_file("/proc/" + std::to_string(stats.pid()) + "/status");
    EXPECT_EQ(status.find("\nSeccomp:\t2\n") != std::string::npos, web::has_list) << status;
    return log;
  }

  const std::string url = server().fresh();

 private:
  std::int64_t sent_ = 0;
};

}  // namespace served
