// The 24-hour window can be lost in every way, and nobody has to mend it: figures stay exact, reports are kept.
#include <signal.h>

#include <atomic>
#include <filesystem>

#include "faults/office_redis.h"
#include "ground/seed.h"
#include "site/records.h"
#include "site/visitor.h"

namespace {

class Window : public testing::Test {
 protected:
  static const ground::Office& office() { return faults::shared_office(); }
  static faults::OfficeRedis& redis() { return faults::shared_redis(); }

  void post(int count) {
    site::Visitor visitor(office());
    for (int i = 0; i < count; ++i) {
      posted_.push_back(reporter().next());
      EXPECT_EQ(visitor.post_json(posted_.back()).status, 201);
    }
  }

  /// Both endpoints show all that was posted; the second one read it from there.
  void expect_figures(const std::string& source) {
    site::Visitor visitor(office());
    const auto figures = ground::figures_of(posted_);
    EXPECT_EQ(visitor.json("/stats"), figures);
    const auto day = visitor.json("/stats_jours");
    EXPECT_EQ(site::without_source(day), figures);
    EXPECT_EQ(day.value("source", ""), source);
  }

  /// Redis is asked again only some time after it failed, so the window may be a moment late; its figures never.
  void expect_window_comes_back() {
    site::Visitor visitor(office());
    const auto figures = ground::figures_of(posted_);
    EXPECT_TRUE(site::holds_within(std::chrono::seconds{10}, [&] {
      const auto day = visitor.json("/stats_jours");
      EXPECT_EQ(site::without_source(day), figures);
      return day.value("source", "") == "window";
    }));
    expect_figures("window");
  }

 private:
  static ground::Reporter& reporter() {
    static ground::Reporter reporter(ground::seed());
    return reporter;
  }
  static inline std::vector<ground::Fields> posted_;
};

TEST_F(Window, IsCountedWhileRedisIsUp) {
  post(40);
  expect_figures("window");
}

TEST_F(Window, IsCountedInTheDocumentsWhileRedisIsAway) {
  redis().kill();
  post(40);
  expect_figures("documents");
  site::Visitor visitor(office());
  const auto page = visitor.get("/stats_jours", {{"Accept", "text/html"}});
  EXPECT_EQ(page.status, 200);
  EXPECT_NE(page.body.find("<table"), std::string::npos);
  const auto staff = visitor.get("/view_data", site::staff_headers(office()));
  EXPECT_EQ(staff.status, 200);
  EXPECT_NE(staff.body.find("example.org"), std::string::npos) << "the documents are not shown without Redis";
  redis().start();
  expect_window_comes_back();
}

TEST_F(Window, IsExactAgainAfterAFlush) {
  EXPECT_TRUE(redis().cli({"FLUSHALL"}).starts_with("OK"));
  expect_window_comes_back();
  EXPECT_TRUE(redis().cli({"FLUSHALL"}).starts_with("OK"));
  post(20);
  expect_window_comes_back();
}

TEST_F(Window, IsExactAgainAfterTheFileOfRedisIsGone) {
  redis().kill();
  post(10);
  for (const auto& entry : std::filesystem::directory_iterator(office().path("data/redis"))) {
    std::filesystem::remove_all(entry.path());
  }
  redis().start();
  post(10);
  expect_window_comes_back();
}

TEST_F(Window, IsExactAgainAfterTheFileOfRedisIsOlder) {
  post(10);
  redis().kill();
  std::filesystem::path file;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(office().path("data/redis"))) {
    if (entry.path().string().ends_with(".incr.aof")) file = entry.path();
  }
  ASSERT_FALSE(file.empty());
  std::filesystem::resize_file(file, std::filesystem::file_size(file) / 2);
  redis().start();
  expect_window_comes_back();
  post(10);
  expect_figures("window");
}

TEST_F(Window, KeepsReportsComingWhileRedisHangs) {
  const auto id = redis().pid();
  kill(id, SIGSTOP);
  post(20);
  expect_figures("documents");
  kill(id, SIGCONT);
  expect_window_comes_back();
}

TEST_F(Window, StaysExactWhileRedisIsKilledUnderLoad) {
  std::atomic<bool> is_over = false;
  std::thread killer([&] {
    for (int i = 0; i < 5; ++i) {
      redis().kill();
      std::this_thread::sleep_for(std::chrono::milliseconds{20});
      redis().start();
    }
    is_over = true;
  });
  while (!is_over) post(5);
  killer.join();
  expect_window_comes_back();
}

}  // namespace
