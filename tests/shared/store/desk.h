// A desk's database for a test on SQLite: one file, and what SQL of the test's own says of it.
#pragma once

#include "engines/desk.h"
#include "ground/folder.h"
#include "store/sqlite/connection.h"

namespace desk {

inline constexpr auto day = std::chrono::hours{24};

inline std::unique_ptr<store::Documents> open(const std::string& path) { return open_at("sqlite:" + path); }

/// Counted row by row, by SQL of the test's own.
inline store::Tally recount(const std::string& path) {
  store::sqlite::Connection connection(path);
  auto row = connection.prepare("SELECT bracket, bank FROM report");
  store::Tally tally;
  while (row.step()) {
    ++tally.total;
    ++tally.by_label["bracket"][std::string(row.bytes(0))];
    ++tally.by_label["bank"][std::string(row.bytes(1))];
  }
  return tally;
}

inline std::string text(const std::string& path, const std::string& sql) {
  store::sqlite::Connection connection(path);
  auto row = connection.prepare(sql);
  return row.step() ? std::string(row.bytes(0)) : "no row";
}

/// Whole, no id or unique value twice, tallies equal to a recount and what is retired.
inline void expect_sound(const std::string& path) {
  EXPECT_EQ(text(path, "PRAGMA integrity_check"), "ok");
  EXPECT_EQ(text(path, "SELECT count(*) - count(DISTINCT id) FROM report"), "0");
  EXPECT_EQ(text(path, "SELECT count(*) - count(DISTINCT unique_value) FROM report"), "0");
  EXPECT_EQ(text(path,
                 "SELECT count(*) - count(DISTINCT sequence) FROM (SELECT sequence FROM report UNION ALL"
                 " SELECT sequence FROM report_erased)"),
            "0");
  const auto documents = open(path);
  EXPECT_EQ(documents->tally(reports), sum(recount(path), documents->retired(reports)));
}

}  // namespace desk
