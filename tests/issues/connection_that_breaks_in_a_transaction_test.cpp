// A connection to MongoDB that broke in a transaction was reset, so that its session would tell the server nothing of
// its end: the transaction stayed open there, and its own process, which began anew, waited with everybody else for the
// turn that it still had. The report was refused after two and a half seconds, and the next one took three. Nor is a
// client of the library's pool one to reset: it clears what all clients of the process share (CDRIVER-3492). System
// calls that were made to fail in a running process met it.
#include <gtest/gtest.h>

#include "shared/store/mongodb/server.h"

namespace {

TEST(ConnectionThatBreaksInATransaction, CostsNobodyAWrite) {
  const auto url = mongodb_server::server().fresh();
  const auto documents = desk::open_at(url);
  (void)documents->add(desk::reports, desk::report(desk::noon));
  // At the first of its commands, with which it asks for the turn, it once was refused at once.
  for (const std::string command : {"insert", "findAndModify"}) {
    mongodb_server::fail(url, "{'times': 1}", "{'failCommands': ['" + command + "'], 'closeConnection': True}");
    EXPECT_FALSE(mongodb_server::failure(*documents, desk::report(desk::noon))) << command;
  }
  EXPECT_EQ(documents->tally(desk::reports).total, 3);
}

}  // namespace
