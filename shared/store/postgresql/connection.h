// PostgreSQL as values: a server, a connection, results, and errors that are thrown. By libpq, never blocking: whatever
// the server or the network does, a call ends within the patience.
//
// Statements travel in pipelines (libpq, "Pipeline Mode"): what is sent waits for the next `receive`, so that many of
// them share one round trip.
// What a connection throws ends it: another one is made instead. Errors name neither a value nor the password.
#pragma once

#include <libpq-fe.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "store/documents.h"
#include "store/postgresql/column.h"

namespace store::postgresql {

/// A database on a server, as a URL names it: postgresql://USER:PASSWORD@HOST:PORT/DATABASE?PARAMETER=VALUE, with the
/// parameters of libpq ("Connection URIs"). Immutable, so safe from any thread.
class Server {
 public:
  /// Throws base::BadStart, without a word of the URL.
  explicit Server(std::string url);
  [[nodiscard]] const std::string& url() const { return url_; }  // with its password
  /// For people: the URL without its password and parameters.
  [[nodiscard]] std::string name() const;

 private:
  std::string url_;
};

/// The values of a statement, as $1, $2 and so on. Bytes must outlive the sending.
class Values {
 public:
  Values& text(std::string_view value);  // Unicode, and no NUL in it
  Values& blob(std::optional<std::string_view> value);
  Values& integer(std::optional<std::int64_t> value);
  Values& column(const Column& values);

 private:
  friend class Connection;
  struct Value {
    Oid type;
    std::optional<std::string_view> bytes;      // of what is no integer
    std::optional<std::array<char, 8>> number;  // big endian
  };
  std::vector<Value> all_;
};

/// What a statement gave.
class Result {
 public:
  explicit Result(PGresult* result) : result_(result) {}
  [[nodiscard]] int rows() const { return PQntuples(result_.get()); }
  [[nodiscard]] std::string_view bytes(int row, int column) const;
  [[nodiscard]] std::int64_t number(int row, int column) const;
  [[nodiscard]] bool is_null(int row, int column) const { return PQgetisnull(result_.get(), row, column) != 0; }
  /// How many rows the statement made, changed or deleted.
  [[nodiscard]] std::size_t changes() const;
  /// What the server says that it did, such as COMMIT.
  [[nodiscard]] std::string_view command() const { return PQcmdStatus(result_.get()); }

 private:
  friend class Connection;
  struct Clear {
    void operator()(PGresult* result) const { PQclear(result); }
  };
  std::unique_ptr<PGresult, Clear> result_;
};

/// One connection, for one thread at a time. Its commits are durable whatever the server's preset is.
class Connection {
 public:
  using Then = std::function<void(Result&)>;

  /// No call takes longer than `patience`, and no lock is waited for longer. Throws Unavailable, as all of it does.
  Connection(const Server& server, std::chrono::milliseconds patience);

  /// From now on.
  void set_patience(std::chrono::milliseconds patience);

  /// Whether a statement would find the server, as far as this side knows. Asked between two uses.
  [[nodiscard]] bool is_alive() const;
  /// Whether the connection itself broke or did not answer; else the server refused a statement.
  [[nodiscard]] bool is_lost() const { return is_lost_; }

  /// Sends the statement, which is prepared once for each connection; `then` is called by `receive`.
  void send(std::string_view sql, const Values& values = {}, Then then = {});
  /// Waits for the results of all that was sent and hands them over in their order. What they lead to may use the
  /// connection.
  void receive();
  /// Sends the statement and receives.
  [[nodiscard]] Result ask(std::string_view sql, const Values& values = {});
  void run(std::string_view sql, const Values& values = {}) { (void)ask(sql, values); }
  /// Runs statements that have no values, all in one transaction unless they say otherwise.
  void execute(const std::string& sql, std::chrono::milliseconds patience);

 private:
  using Deadline = std::chrono::steady_clock::time_point;
  struct Close {
    void operator()(PGconn* connection) const { PQfinish(connection); }
  };

  void connect(const Server& server);
  void settle(std::chrono::milliseconds patience);
  [[nodiscard]] const std::string& prepare(std::string_view sql, const Values& values);
  /// The next result; empty between two statements.
  [[nodiscard]] Result next(Deadline deadline);
  void flush(Deadline deadline);
  void await(short events, Deadline deadline);
  void require(bool is_done);
  [[noreturn]] void lose(std::string_view cause);

  std::unique_ptr<PGconn, Close> connection_;
  std::chrono::milliseconds patience_;
  std::map<std::string, std::string, std::less<>> statements_;  // text -> name
  std::vector<Then> sent_;
  bool is_lost_ = false;
};

}  // namespace store::postgresql
