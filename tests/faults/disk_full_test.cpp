// A disk that fills up while the office works: nothing is acknowledged that is not kept, what only reads goes on, and
// all is well again when there is room.
#include <sys/mount.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "ground/folder.h"
#include "ground/seed.h"
#include "site/visitor.h"

namespace {

/// A disk of its own for the intake database, small enough to be filled.
class Disk {
 public:
  Disk() {
    is_there_ = mount("tmpfs", path().c_str(), "tmpfs", 0, "size=64m,mode=0777") == 0;
    if (!is_there_) return;
    // As nginx/up makes the database where it is asked to: each handler's user can write it.
    umask(0);
    std::ofstream(path() + "/intake.db").close();
    std::ofstream(path() + "/intake.db.lock").close();
    umask(022);
  }
  Disk(const Disk&) = delete;
  Disk& operator=(const Disk&) = delete;
  ~Disk() { umount2(path().c_str(), MNT_DETACH); }

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
  const Disk disk;
  if (!disk.is_there()) GTEST_SKIP() << "only root can mount a small disk, and not everywhere";
  const ground::Office office({{"GUICHET_INTAKE_DOCUMENTS", "sqlite:" + disk.path() + "intake.db"}});
  site::Visitor visitor(office);
  ground::Reporter reporter(ground::seed());
  ASSERT_EQ(visitor.post_json(reporter.next()).status, 201);

  disk.fill();
  int kept = 1;
  site::Answer refused;
  for (int i = 0; i < 2000 && refused.status != 503; ++i) {
    refused = visitor.post_json(reporter.next());
    if (refused.status == 201) ++kept;
  }
  ASSERT_EQ(refused.status, 503);
  EXPECT_FALSE(refused.header("Retry-After").empty());
  EXPECT_EQ(refused.body.find("SQL"), std::string::npos) << refused.body;
  EXPECT_EQ(visitor.get("/").status, 200);
  EXPECT_EQ(visitor.json("/stats")["total"], kept);

  disk.make_room();
  EXPECT_TRUE(
      site::holds_within(std::chrono::seconds{5}, [&] { return visitor.post_json(reporter.next()).status == 201; }));
  EXPECT_EQ(visitor.json("/stats")["total"], kept + 1);
}

}  // namespace
