// A disk that remembers what was asked of it, and what it may hold when the power goes: below every SQLite connection
// of the test's process, for the files of one folder.
//
// A file holds what was written before its last sync that ended began. Of each later write some sectors may be there,
// in any order, all or none; of each later change of its length nothing or all. A name stands for the file that it had
// when the folder was last synced, or for what later changes left of it, each of which may have happened or not.
// SQLite's shared memory is no file that matters: after a loss of power it holds anything.
//
// The model is as strict as POSIX: a sync of a file does not make its name durable. Writes do not tear a sector.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <variant>
#include <vector>

namespace faults {

class Disk {
 public:
  /// What a disk makes of a sync that it was asked for: all of them are kept, or lies are told about some.
  enum class Syncs { kept, ignored, ignored_of_logs };

  /// Remembers what SQLite does below `folder` until it is dropped. One at a time in a process.
  explicit Disk(std::string folder, Syncs syncs = Syncs::kept);
  Disk(const Disk&) = delete;
  Disk& operator=(const Disk&) = delete;
  ~Disk();

  /// A moment, as a place in the order of everything that was asked. Later calls give later ones.
  using Moment = std::size_t;
  [[nodiscard]] Moment now() const;

  /// Makes `folder`, an empty one, what the disk may hold if the power goes at that moment.
  template <typename Random>
  void lose_power(Moment at, const std::string& folder, Random& random) const {
    std::mt19937_64 chance(random());
    write_out(at, folder, chance);
  }

  // What SQLite asks for. Safe from any thread.
  using File = std::size_t;
  [[nodiscard]] std::optional<File> open(const std::string& path);
  void write(File file, std::int64_t offset, std::string bytes);
  void truncate(File file, std::int64_t size);
  void remove(const std::string& path);
  void sync(File file, const std::string& path, Moment began);
  void sync_folder(const std::string& path, Moment began);

 private:
  struct Write {
    File file;
    std::int64_t offset;
    std::string bytes;
  };
  struct Truncate {
    File file;
    std::int64_t size;
  };
  struct Sync {
    File file;
    Moment began;
  };
  struct Name {
    std::string name;
    std::optional<File> file;  // none: removed
  };
  struct SyncFolder {
    Moment began;
  };
  using Event = std::variant<Write, Truncate, Sync, Name, SyncFolder>;

  void write_out(Moment at, const std::string& folder, std::mt19937_64& random) const;
  [[nodiscard]] std::map<std::string, File> names_at(Moment at, std::mt19937_64& random) const;
  [[nodiscard]] std::string name_of(const std::string& path) const;  // empty: of no file here

  const std::string folder_;
  const Syncs syncs_;
  mutable std::mutex mutex_;
  std::vector<Event> events_;
  std::map<std::string, File> names_;  // as they stand while the power is on
  File files_ = 0;
};

}  // namespace faults
