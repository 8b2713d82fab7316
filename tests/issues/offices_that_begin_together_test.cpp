// Two offices that began together on a machine without their users both found them missing: whoever made one second
// ended, since it was there already.
#include <gtest/gtest.h>
#include <unistd.h>

#include "ground/process.h"

namespace {

// On a copy of the machine's /etc, which no other process sees.
constexpr const char* begin_together = R"(
set -euo pipefail
etc=$(mktemp -d)
trap 'umount --lazy /etc "$etc"; rmdir "$etc"' EXIT
mount -t tmpfs none "$etc"
cp --archive /etc/. "$etc"
mount --bind "$etc" /etc
sed --in-place '/^guichet/d' /etc/{passwd,shadow,group,gshadow}
export PATH=$PATH:/usr/sbin
source "$1/office.sh"
source "$1/rights.sh"
offices=()
for _ in {1..6}; do
  make_users &
  offices+=($!)
done
for office in "${offices[@]}"; do wait "$office"; done
id guichet-submit)";

TEST(OfficesThatBeginTogether, MakeTheirUsersOnce) {
  if (geteuid() != 0) GTEST_SKIP() << "a plain user's office has no users of its own";
  if (ground::run({"unshare", "--mount", "mount", "-t", "tmpfs", "none", "/mnt"}).status != 0) {
    GTEST_SKIP() << "nothing can be mounted here";
  }
  const auto begun = ground::run({"unshare", "--mount", "bash", "-c", begin_together, "-", SOURCE_FOLDER "/nginx"});
  EXPECT_EQ(begun.status, 0) << begun.err;
  EXPECT_NE(begun.out.find("guichet-watched"), std::string::npos) << begun.out;
}

}  // namespace
