// A SQLite database that is being put back.
#include "store/sqlite/replacement.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/config.h"
#include "store/sqlite/documents.h"
#include "store/sqlite/snapshot.h"

namespace store::sqlite {
namespace {

constexpr std::size_t batch_max = 500;

/// The bytes that SQLite's connections lock (file format, "File Locking": PENDING_BYTE to the last of the shared ones).
constexpr off_t locked_first = 0x40000000;
constexpr off_t locked_bytes = 512;

[[noreturn]] void fail(std::string_view what, const std::string& path) {
  throw base::BadStart(fmt::format("{} {}: {}.", path, what, std::strerror(errno)));
}

/// An empty file that its owner alone may read, for SQLite to fill.
void make_file(const std::string& path) {
  const base::File made(path, O_WRONLY | O_CREAT | O_EXCL);
  if (made.get() < 0 || fchmod(made.get(), 0600) != 0) fail("cannot be made", path);
}

}  // namespace

Alone::Alone(const std::string& path) : path_(path), turn_(path + ".lock", O_RDWR | O_CREAT), database_(path, O_RDWR) {
  if (turn_.get() < 0) fail("cannot be locked", path);
  struct flock all {};
  all.l_type = F_WRLCK;
  all.l_whence = SEEK_SET;
  all.l_start = locked_first;
  all.l_len = locked_bytes;
  const bool is_free = flock(turn_.get(), LOCK_EX | LOCK_NB) == 0 &&
                       (database_.get() < 0 || fcntl(database_.get(), F_OFD_SETLK, &all) == 0);
  if (!is_free) throw base::BadStart(fmt::format("{} is in use: stop the office first.", path));
  // It may be new, and is every writer's.
  if (struct stat lock{}; fstat(turn_.get(), &lock) == 0 && lock.st_uid == geteuid()) hand_over_to(path + ".lock");
}

void Alone::hand_over_to(const std::string& path) const {
  struct stat status {};
  if (database_.get() >= 0 ? fstat(database_.get(), &status) != 0
                           : stat(base::folder_of(path_).c_str(), &status) != 0) {
    fail("cannot be looked at", path_);
  }
  if (chown(path.c_str(), status.st_uid, status.st_gid) != 0) {
    // A user who is not root keeps the file, and shares it with the same group where that is allowed.
    if (chown(path.c_str(), static_cast<uid_t>(-1), status.st_gid) != 0) fail("cannot be given its group", path);
  }
  const auto shared = database_.get() >= 0 ? 0777U : 0660U;
  if (chmod(path.c_str(), status.st_mode & shared) != 0) fail("cannot be given its mode", path);
}

void Staged::remove() const {
  for (const char* ending : {"", "-wal", "-shm", "-journal", ".lock"}) unlink((path + ending).c_str());
}

Replacement::Replacement(std::string path, const Schema& schema)
    : path_(std::move(path)),
      schema_(schema),
      shape_(schema),
      alone_(path_),
      loading_(path_ + ".restoring"),
      prepared_(path_ + ".restored") {
  make_file(loading_->path);
  arrival_ = std::make_unique<Arrival>(loading_->path, schema_, Mark{Mark::State::arriving, "restore", ""},
                                       Arrival::Durability::staged);
}

void Replacement::add(Record record) {
  shape_.fit(record);
  batch_.push_back(std::move(record));
  if (batch_.size() == batch_max) add_batch();
}

void Replacement::add_batch() {
  arrival_->add(batch_);
  batch_.clear();
}

void Replacement::complete(const Contents& expected, const std::function<void(store::Documents&)>& change) {
  add_batch();
  arrival_->complete(expected.heads);
  arrival_.reset();
  {
    Snapshot snapshot(loading_->path, schema_);
    snapshot.check();
    if (!holds(snapshot.contents(), expected)) throw base::BadStart("The copy does not hold what it says.");
  }
  {
    Documents documents(loading_->path, schema_);
    change(documents);
  }
  // Written once more: pages that held what `change` erased are not taken along.
  make_file(prepared_.path);
  Connection(loading_->path).prepare("VACUUM INTO ?").text(prepared_.path).run();
  const base::File file(prepared_.path, O_RDONLY);
  if (file.get() < 0 || fsync(file.get()) != 0) fail("cannot be synced", prepared_.path);
  // What was erased must not outlive a restore that is cut off after this.
  loading_.reset();
}

void Replacement::take_place() {
  alone_.hand_over_to(prepared_.path);
  // Before the new file stands there: a log of the old one must never be read into it.
  for (const char* ending : {"-wal", "-shm"}) {
    if (unlink((path_ + ending).c_str()) != 0 && errno != ENOENT) fail("cannot be replaced", path_ + ending);
  }
  if (std::rename(prepared_.path.c_str(), path_.c_str()) != 0) fail("cannot be replaced", path_);
  if (!base::sync_folder(base::folder_of(path_))) fail("cannot be synced", path_);
}

}  // namespace store::sqlite
