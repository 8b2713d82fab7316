// A SQLite database that is being put back.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "store/copies.h"
#include "store/sqlite/arrival.h"

namespace store::sqlite {

/// Nobody has the database open, nor can begin to, while this lives: an open connection holds a lock on the file, and
/// one that begins waits for its turn to write. Throws base::BadStart.
class Alone {
 public:
  explicit Alone(const std::string& path);
  /// Gives a new file the owner, group and mode of the one that it will replace, or those that fit its folder.
  void hand_over_to(const std::string& path) const;

 private:
  const std::string path_;
  const base::File turn_, database_;
};

/// A database's files beside another's, gone at the end unless they have moved.
class Staged {
 public:
  explicit Staged(std::string at) : path(std::move(at)) { remove(); }
  Staged(const Staged&) = delete;
  Staged& operator=(const Staged&) = delete;
  ~Staged() { remove(); }
  const std::string path;

 private:
  void remove() const;
};

class Replacement final : public store::Replacement {
 public:
  Replacement(std::string path, const Schema& schema);

  void add(Record record) override;
  void complete(const Contents& expected, const std::function<void(store::Documents&)>& change) override;
  void take_place() override;

 private:
  void add_batch();

  const std::string path_;
  const Schema schema_;
  const Shape shape_;
  const Alone alone_;
  std::optional<Staged> loading_;  // until what it holds is checked
  const Staged prepared_;
  std::unique_ptr<Arrival> arrival_;  // while records come in
  std::vector<Record> batch_;
};

}  // namespace store::sqlite
