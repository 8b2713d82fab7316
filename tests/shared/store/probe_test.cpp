// Whether a store's engine answers.
#include "store/probe.h"

#include <filesystem>
#include <fstream>

#include "ground/redis.h"
#include "shared/store/desk.h"

namespace {

constexpr std::chrono::milliseconds patience{500};

}  // namespace

TEST(Probe, HearsTheDocumentsThatAnswer) {
  const ground::Folder folder;
  const auto path = folder / "desk.db";
  EXPECT_THROW(store::ask_documents("sqlite:" + path, patience), store::Unavailable);
  EXPECT_FALSE(std::filesystem::exists(path)) << "who asks makes nothing";
  const auto documents = desk::open(path);
  store::ask_documents("sqlite:" + path, patience);
  EXPECT_GT(store::free_bytes("sqlite:" + path).value(), 0u);
  std::ofstream(folder / "broken.db") << std::string(4096, 'x');
  EXPECT_THROW(store::ask_documents("sqlite:" + (folder / "broken.db"), patience), store::Unavailable);
  EXPECT_THROW((void)store::free_bytes("sqlite:" + (folder / "nothing/desk.db")), store::Unavailable);
}

TEST(Probe, HearsTheRedisThatAnswers) {
  const ground::Folder folder;
  EXPECT_THROW(store::ask_window("unix:" + (folder / "nothing"), patience), store::Unavailable);
  ground::Redis redis(folder / "redis");
  store::ask_window(redis.url(), patience);
  redis.stop_answering();
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_THROW(store::ask_window(redis.url(), patience), store::Unavailable);
  EXPECT_GE(std::chrono::steady_clock::now() - begun, patience);
  redis.answer_again();
  store::ask_window(redis.url(), 10 * patience);
}
