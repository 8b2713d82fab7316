// How SQLite commits a group of writes: one transaction, one sync, and a lock file (flock) that processes queue at.
#pragma once

#include <functional>
#include <future>
#include <memory>
#include <string>
#include <string_view>

#include "base/file.h"
#include "store/group_commit.h"
#include "store/sqlite/connection.h"

namespace store::sqlite {

/// This process's turn to write.
class Turn {
 public:
  /// Throws Unavailable.
  explicit Turn(int lock_file);
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn();

 private:
  const int lock_file_;
};

/// For the group commit.
class Engine {
 public:
  using Connection = sqlite::Connection;
  static constexpr std::string_view name = "sqlite";

  /// `first` is what each transaction begins with; it throws Unavailable to refuse all of it. Throws Unavailable when
  /// the lock file cannot be opened.
  explicit Engine(std::string path, std::function<void(Connection&)> first = {});

  [[nodiscard]] std::unique_ptr<Connection> connect() const;
  [[nodiscard]] Turn take_turn() const;
  void begin(Connection& connection) const;
  void write(Connection& connection, const Tallies& tallies) const;
  void commit(Connection& connection) const;
  void settle(Connection& connection);

 private:
  std::string path_;
  std::function<void(Connection&)> first_;
  std::shared_ptr<const base::File> lock_file_;
  std::future<void> copying_;
};

using Writer = GroupCommit<Engine>;

}  // namespace store::sqlite
