// The limit of a process's memory.
#include "web/memory.h"

#include "shared/web/served.h"

using namespace served;

TEST(Memory, CountsWhatIsOneProcessAlone) {
  const auto before = web::own_memory().private_bytes;
  EXPECT_GT(before, std::size_t{100} << 10);
  const std::string grown(std::size_t{50} << 20, 'x');
  const auto after = web::own_memory().private_bytes;
  EXPECT_GE(after - before, grown.size());
  EXPECT_LT(after - before, grown.size() + (std::size_t{10} << 20));
}

TEST(Memory, EndsAProcessPastItsLimit) {
  const struct {
    const char* limit;
    std::size_t megabytes;
    bool ends;
  } cases[] = {{"32", 60, true}, {"256", 60, false}, {"off", 60, false}};
  for (const auto& [limit, megabytes, ends] : cases) {
    SCOPED_TRACE(limit);
    Served served("system_health", {{"GUICHET_MEMORY_MAX_MB", limit}});
    auto connection = served.connect();
    // A head of this size is not read in the time that a drain gives to the first one of a connection.
    ASSERT_EQ(connection.ask(ground::variables_of("GET /health")).status, 200);
    auto variables = ground::variables_of("GET /health");
    variables["HTTP_X_LARGE"] = std::string(megabytes << 20, 'x');
    connection.begin(variables);
    const auto has_said_so = [&] { return served.log().find("GUICHET_MEMORY_MAX_MB is 32") != std::string::npos; };
    EXPECT_EQ(holds_within(ends ? std::chrono::seconds{10} : std::chrono::seconds{2}, has_said_so), ends);
    connection.finish();
    EXPECT_EQ(connection.answer().status, 200);
    EXPECT_EQ(served.wait_for(ends ? std::chrono::seconds{10} : std::chrono::milliseconds{100}), ends ? 0 : -1);
  }
}
