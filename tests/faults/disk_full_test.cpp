// A disk that fills up under running processes: nothing is acknowledged that is not kept, what only reads goes on, and
// all is well again when there is room.
#include <sys/mount.h>

#include <filesystem>
#include <fstream>

#include "ground/folder.h"
#include "ground/seed.h"
#include "shared/web/served.h"

namespace {

using served::Answer;
using served::json_client;
using served::Served;

/// A disk of its own for the intake database, small enough to be filled.
class SmallDisk {
 public:
  SmallDisk() { is_there_ = mount("tmpfs", path().c_str(), "tmpfs", 0, "size=16m") == 0; }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  ~SmallDisk() { umount2(path().c_str(), MNT_DETACH); }

  [[nodiscard]] bool is_there() const { return is_there_; }
  [[nodiscard]] std::string path() const { return folder_ / ""; }
  void fill() const {
    std::ofstream filling(path() + "/filling", std::ios::binary);
    const std::string block(4096, 'x');
    while (filling.write(block.data(), static_cast<std::streamsize>(block.size())).flush()) {
    }
  }
  void make_room() const { std::filesystem::remove(path() + "/filling"); }

 private:
  ground::Folder folder_;
  bool is_there_ = false;
};

TEST(DiskFull, LosesNothingThatWasAcknowledgedAndHealsByItself) {
  const SmallDisk disk;
  if (!disk.is_there()) GTEST_SKIP() << "only root can mount a small disk, and not everywhere";
  const ground::Desk desk({{"GUICHET_INTAKE_DOCUMENTS", "sqlite:" + disk.path() + "intake.db"}});
  const Served submit("intake_submit", desk.environment("intake_submit"));
  const Served stats("intake_stats", desk.environment("intake_stats"));
  ground::Reporter reporter(ground::seed());
  const auto post = [&] { return submit.ask("POST /submit", json_client, ground::form_body(reporter.next())); };
  const auto total = [&] { return nlohmann::json::parse(stats.ask("GET /stats", json_client).body)["total"]; };
  ASSERT_EQ(post().status, 201);

  disk.fill();
  int kept = 1;
  Answer refused;
  for (int i = 0; i < 2000 && refused.status != 503; ++i) {
    refused = post();
    if (refused.status == 201) ++kept;
  }
  ASSERT_EQ(refused.status, 503);
  EXPECT_FALSE(refused.header("Retry-After").empty());
  EXPECT_EQ(refused.body.find("SQL"), std::string::npos) << refused.body;
  EXPECT_EQ(submit.ask("GET /").status, 200);
  EXPECT_EQ(total(), kept);

  disk.make_room();
  EXPECT_TRUE(served::holds_within(std::chrono::seconds{5}, [&] { return post().status == 201; }));
  EXPECT_EQ(total(), kept + 1);
}

}  // namespace
