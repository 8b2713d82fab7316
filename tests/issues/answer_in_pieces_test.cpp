// The library's own pool of connections to MongoDB watches the server by threads. One of them went on with a connection
// whose answer had broken off: it took what came next for a length, of two bytes, and read eight hundred into memory
// for two. submit ended by "free(): corrupted unsorted chunks" some time later. System calls that were made to fail in
// a running process met it, one time in ten; a line that halts within an answer for longer than a connection may take
// does so as well.
#include <gtest/gtest.h>

#include "faults/relay.h"
#include "ground/folder.h"
#include "shared/store/mongodb/server.h"
#include "store/mongodb/connection.h"

namespace {

using namespace std::chrono_literals;
using namespace store::mongodb;

/// As a URL has it.
std::string host_of(const std::string& socket) {
  std::string host;
  for (const char each : socket) host += each == '/' ? "%2F" : std::string(1, each);
  return host;
}

TEST(AnswerInPieces, IsNoAnswerAndHarmsNothing) {
  const ground::Folder folder;
  const auto socket = folder / "line.sock";
  faults::Relay line(socket, mongodb_server::server().port());
  // The server looked at twice a second, as often as can be, and not every ten.
  const auto options = "?directConnection=true&heartbeatFrequencyMS=500";
  Pool pool(Server("mongodb://" + host_of(socket) + "/pieces" + options, 1s));
  const auto is_there = [&pool] { return Connection(pool).find("any", {}).empty(); };
  EXPECT_TRUE(is_there());
  line.break_up(1500ms);
  for (int i = 0; i < 3; ++i) EXPECT_THROW((void)is_there(), store::Unavailable);
  line.break_up(0ms);
  EXPECT_TRUE(is_there());
}

}  // namespace
