// SQLite as values: a connection, a statement, and errors that are thrown.
#pragma once

#include <sqlite3.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "store/documents.h"

namespace store::sqlite {

/// A prepared statement, in use until it is dropped; then it is reset, and its values are forgotten.
class Statement {
 public:
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement();

  /// Values are bound in order. Bytes must outlive the statement's use.
  Statement& text(std::string_view value);
  Statement& blob(std::string_view value);
  Statement& integer(std::int64_t value);
  Statement& null();

  /// Moves to the next row; false when there is none.
  [[nodiscard]] bool step();
  /// Runs a statement that gives no row.
  void run();

  [[nodiscard]] std::string_view bytes(int column) const;
  [[nodiscard]] std::int64_t number(int column) const;
  [[nodiscard]] bool is_null(int column) const;
  /// SQLITE_INTEGER, SQLITE_TEXT, SQLITE_BLOB, SQLITE_NULL or SQLITE_FLOAT.
  [[nodiscard]] int type(int column) const;

 private:
  void require(int code) const;
  sqlite3_stmt* statement_;
  int bound_ = 0;
};

/// One connection: WAL, every commit synced, what is deleted is overwritten. For one thread at a time.
class Connection {
 public:
  /// How long another's lock may keep a statement waiting.
  static constexpr std::chrono::milliseconds patience{2000};

  /// Throws Unavailable.
  explicit Connection(const std::string& path);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  void set_patience(std::chrono::milliseconds limit);

  /// The statement of that text, prepared once for each connection.
  [[nodiscard]] Statement prepare(std::string_view sql);
  void execute(const std::string& sql);
  [[nodiscard]] std::int64_t changes() const { return sqlite3_changes64(database_.get()); }
  [[nodiscard]] std::int64_t last_row() const { return sqlite3_last_insert_rowid(database_.get()); }

  /// Whether SQLite could open the file for reading alone.
  [[nodiscard]] bool is_read_only() const { return sqlite3_db_readonly(database_.get(), "main") == 1; }

  /// From now on its commits leave the checkpoint to its owner, who sees how many pages the log has grown to.
  void defer_checkpoints();
  [[nodiscard]] int log_pages() const { return log_pages_; }
  /// Takes the log's pages to their places, as far as no reader needs them where they are. Throws Unavailable.
  void checkpoint();
  /// Returns when what checkpoints took there is on the disk: SQLite itself sees to that when the log is at its end.
  void sync();

 private:
  struct Close {
    void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
  };
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  int log_pages_ = 0;
  std::unique_ptr<sqlite3, Close> database_;
  std::map<std::string, std::unique_ptr<sqlite3_stmt, Finalize>, std::less<>> statements_;
};

}  // namespace store::sqlite
