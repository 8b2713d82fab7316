// SQLite as values.
#include "store/sqlite/connection.h"

#include <fmt/format.h>

namespace store::sqlite {
namespace {

// SQLite's own words for a code never quote a value; sqlite3_errmsg may name columns, which is fine too.
[[noreturn]] void fail(sqlite3* database, int code) {
  throw Unavailable(fmt::format("sqlite: {} ({})", sqlite3_errstr(code), sqlite3_extended_errcode(database)));
}

}  // namespace

Statement::~Statement() {
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

void Statement::require(int code) const {
  if (code != SQLITE_OK) fail(sqlite3_db_handle(statement_), code);
}

Statement& Statement::text(std::string_view value) {
  require(sqlite3_bind_text64(statement_, ++bound_, value.data(), value.size(), SQLITE_STATIC, SQLITE_UTF8));
  return *this;
}

Statement& Statement::blob(std::string_view value) {
  require(sqlite3_bind_blob64(statement_, ++bound_, value.data(), value.size(), SQLITE_STATIC));
  return *this;
}

Statement& Statement::integer(std::int64_t value) {
  require(sqlite3_bind_int64(statement_, ++bound_, value));
  return *this;
}

Statement& Statement::null() {
  require(sqlite3_bind_null(statement_, ++bound_));
  return *this;
}

bool Statement::step() {
  const int code = sqlite3_step(statement_);
  if (code != SQLITE_ROW && code != SQLITE_DONE) fail(sqlite3_db_handle(statement_), code);
  return code == SQLITE_ROW;
}

void Statement::run() {
  while (step()) {
  }
}

std::string_view Statement::bytes(int column) const {
  const auto* data = static_cast<const char*>(sqlite3_column_blob(statement_, column));
  return {data, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

std::int64_t Statement::number(int column) const { return sqlite3_column_int64(statement_, column); }

int Statement::type(int column) const { return sqlite3_column_type(statement_, column); }

bool Statement::is_null(int column) const { return type(column) == SQLITE_NULL; }

Connection::Connection(const std::string& path) {
  // SQLite would count every allocation under one lock of the whole process.
  [[maybe_unused]] static const int configured = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  sqlite3* database = nullptr;
  constexpr int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  const int code = sqlite3_open_v2(path.c_str(), &database, flags, nullptr);
  database_.reset(database);
  if (code != SQLITE_OK) fail(database, code);
  // Writers queue at the lock file; only WAL recovery and checkpoints can make a connection wait here.
  set_patience(patience);
  auto journal = prepare("PRAGMA journal_mode=WAL");
  if (!journal.step() || journal.bytes(0) != "wal") throw Unavailable("sqlite: no write-ahead log on this file system");
  execute("PRAGMA synchronous=FULL");
  execute("PRAGMA secure_delete=ON");
  // 80 MiB: a burst lets the log grow; the next checkpoint gives the disk back.
  execute("PRAGMA journal_size_limit=83886080");
  execute("PRAGMA cache_size=-512");
  // 64 MiB of log: fewer checkpoints write a page that many commits touched once.
  execute("PRAGMA wal_autocheckpoint=16000");
  execute("PRAGMA temp_store=MEMORY");
}

void Connection::set_patience(std::chrono::milliseconds limit) {
  sqlite3_busy_timeout(database_.get(), static_cast<int>(limit.count()));
}

void Connection::defer_checkpoints() {
  const auto note = [](void* self, sqlite3*, const char*, int pages) {
    static_cast<Connection*>(self)->log_pages_ = pages;
    return SQLITE_OK;
  };
  sqlite3_wal_hook(database_.get(), note, this);
}

void Connection::checkpoint() {
  [[maybe_unused]] const bool is_told = prepare("PRAGMA wal_checkpoint(PASSIVE)").step();
  log_pages_ = 0;
}

void Connection::sync() {
  sqlite3_file* file = nullptr;
  int code = sqlite3_file_control(database_.get(), "main", SQLITE_FCNTL_FILE_POINTER, &file);
  if (code == SQLITE_OK) code = file->pMethods->xSync(file, SQLITE_SYNC_NORMAL | SQLITE_SYNC_DATAONLY);
  if (code != SQLITE_OK) fail(database_.get(), code);
}

Statement Connection::prepare(std::string_view sql) {
  auto found = statements_.find(sql);
  if (found == statements_.end()) {
    sqlite3_stmt* statement = nullptr;
    const int code = sqlite3_prepare_v3(database_.get(), sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    if (code != SQLITE_OK) fail(database_.get(), code);
    found = statements_.emplace(sql, statement).first;
  }
  return Statement(found->second.get());
}

void Connection::execute(const std::string& sql) {
  const int code = sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) fail(database_.get(), code);
}

}  // namespace store::sqlite
