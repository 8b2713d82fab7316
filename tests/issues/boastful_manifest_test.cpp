// A backup's manifest stands in clear, and whoever has the public key can seal one: counts such as 1e300, or rows that
// add up past an integer, were taken, which is undefined behaviour. Each is now a count, or the file is no backup.
#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

#include "base/config.h"
#include "base/file.h"
#include "command/backup_file.h"
#include "ground/folder.h"

namespace {

class BoastfulManifest : public testing::Test {
 protected:
  BoastfulManifest() { crypto::make_key_files(folder_ / "public", folder_ / "secret"); }

  /// Reads a backup of one database without rows whose manifest says so.
  void read(std::string_view reports, std::string_view rows) const {
    const auto path = folder_ / "backup";
    {
      const base::File file(path, O_WRONLY | O_CREAT | O_TRUNC);
      crypto::SealedWriter writer(
          file.get(), crypto::PublicKey::read(folder_ / "public"),
          fmt::format(R"({{"time":"2026-11-21T08:43:00.123Z","expires":"2026-12-21T08:43:00.123Z","reports":{},)"
                      R"("erasures":0,"key_ids":[],"databases":[{{"name":"intake","epoch":"e","version":1,)"
                      R"("rows":{},"heads":{{}}}}]}})",
                      reports, rows));
      writer.write(std::string(4, '\0'));
      writer.finish();
    }
    command::BackupFile backup(path);
    backup.open(crypto::Keyring::read(folder_ / "secret"));
    backup.check();
  }

 private:
  ground::Folder folder_;
};

TEST_F(BoastfulManifest, IsReadWhenItsCountsAreTrue) { EXPECT_NO_THROW(read("3", "{}")); }

TEST_F(BoastfulManifest, IsRefusedForACountThatIsNone) {
  for (const auto* count : {"1e300", "-1", "1.5", "\"3\"", "9223372036854775807", "18446744073709551615"}) {
    EXPECT_THROW(read(count, "{}"), base::BadStart) << count;
  }
}

TEST_F(BoastfulManifest, IsRefusedForRowsThatCannotBeAddedUp) {
  EXPECT_THROW(read("3", R"({"a":9223372036854775807,"b":9223372036854775807})"), base::BadStart);
  EXPECT_THROW(read("3", R"({"a":-1})"), base::BadStart);
}

}  // namespace
