// The limit of a process's memory.
#include "web/memory.h"

#include "shared/web/served.h"
#include "web/confine.h"
#include "web/connection.h"

using namespace served;

TEST(Memory, CountsWhatIsOneProcessAlone) {
  if (!web::has_list) GTEST_SKIP() << "a sanitizer's runtime takes more memory than the process";
  const auto before = web::own_memory().private_bytes;
  EXPECT_GT(before, std::size_t{100} << 10);
  const std::string grown(std::size_t{50} << 20, 'x');
  const auto after = web::own_memory().private_bytes;
  EXPECT_GE(after - before, grown.size());
  EXPECT_LT(after - before, grown.size() + (std::size_t{10} << 20));
}

TEST(Memory, EndsAProcessPastItsLimit) {
  if (!web::has_list) GTEST_SKIP() << "a sanitizer's runtime takes more memory than the process";
  const struct {
    const char* limit;
    bool ends;
  } cases[] = {{"32", true}, {"256", false}, {"off", false}};
  // It keeps each head, twice, as long as the request lasts.
  const auto variables =
      ground::variables_of("GET /health", {{"X-Large", std::string(web::Connection::params_max_bytes - 1000, 'x')}});
  for (const auto& [limit, ends] : cases) {
    SCOPED_TRACE(limit);
    Served served("system_health", {{"GUICHET_MEMORY_MAX_MB", limit}});
    std::vector<ground::FastCgi> connections;
    for (int i = 0; i < web::threads - 4; ++i) {
      connections.push_back(served.connect());
      connections.back().begin(variables);
    }
    const auto has_said_so = [&] { return served.log().find("GUICHET_MEMORY_MAX_MB is 32") != std::string::npos; };
    EXPECT_EQ(holds_within(ends ? std::chrono::seconds{10} : std::chrono::seconds{2}, has_said_so), ends);
    for (auto& connection : connections) {
      connection.finish();
      EXPECT_EQ(connection.answer().status, 200);
    }
    EXPECT_EQ(served.wait_for(ends ? std::chrono::seconds{10} : std::chrono::milliseconds{100}), ends ? 0 : -1);
  }
}
