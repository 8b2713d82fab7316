// Puts a copy in the place of a database that nobody has open.
#include "store/sqlite/restore.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "base/config.h"
#include "base/file.h"
#include "store/sqlite/documents.h"

namespace store::sqlite {
namespace {

/// The bytes that SQLite's connections lock (file format, "File Locking": PENDING_BYTE to the last of the shared ones).
constexpr off_t locked_first = 0x40000000;
constexpr off_t locked_bytes = 512;

[[noreturn]] void fail(std::string_view what, const std::string& path) {
  throw base::BadStart(fmt::format("{} {}: {}.", path, what, std::strerror(errno)));
}

/// Nobody has the database open, nor can begin to, while this lives: an open connection holds a lock on the file, and
/// one that begins waits for its turn to write.
class Alone {
 public:
  explicit Alone(const std::string& path) : turn_(path + ".lock", O_RDWR | O_CREAT), database_(path, O_RDWR) {
    if (turn_.get() < 0) fail("cannot be locked", path);
    struct flock all {};
    all.l_type = F_WRLCK;
    all.l_whence = SEEK_SET;
    all.l_start = locked_first;
    all.l_len = locked_bytes;
    const bool is_free = flock(turn_.get(), LOCK_EX | LOCK_NB) == 0 &&
                         (database_.get() < 0 || fcntl(database_.get(), F_OFD_SETLK, &all) == 0);
    if (!is_free) throw base::BadStart(fmt::format("{} is in use: stop the office first.", path));
  }

  /// Gives a new file the owner, group and mode of the one that it will replace.
  void hand_over_to(const std::string& path) const {
    struct stat status {};
    if (database_.get() < 0 || fstat(database_.get(), &status) != 0) return;
    if (chown(path.c_str(), status.st_uid, status.st_gid) != 0) {
      // A user who is not root keeps the file, and shares it with the same group where that is allowed.
      if (chown(path.c_str(), static_cast<uid_t>(-1), status.st_gid) != 0) fail("cannot be given its group", path);
    }
    if (chmod(path.c_str(), status.st_mode & 0777) != 0) fail("cannot be given its mode", path);
  }

 private:
  const base::File turn_, database_;
};

/// A database's files, gone at the end unless they have moved.
class Staged {
 public:
  explicit Staged(std::string at) : path(std::move(at)) { remove(); }
  Staged(const Staged&) = delete;
  Staged& operator=(const Staged&) = delete;
  ~Staged() { remove(); }
  const std::string path;

 private:
  void remove() const {
    for (const char* ending : {"", "-wal", "-shm", ".lock"}) unlink((path + ending).c_str());
  }
};

}  // namespace

void put_back(const std::string& path, const Schema& schema, const std::string& copy,
              const std::function<void(store::Documents&)>& prepare) {
  const Alone alone(path);
  const Staged staged(path + ".restoring");
  const Staged prepared(path + ".restored");
  try {
    const base::File made(staged.path, O_WRONLY | O_CREAT | O_EXCL);
    if (made.get() < 0 || fchmod(made.get(), 0600) != 0) fail("cannot be made", staged.path);
    std::filesystem::copy_file(copy, staged.path, std::filesystem::copy_options::overwrite_existing);
    Documents documents(staged.path, schema);
    documents.renew_epoch();
    prepare(documents);
    // Copied once more: pages that held what `prepare` erased are not taken along.
    documents.back_up(prepared.path);
  } catch (const std::filesystem::filesystem_error& failure) {
    throw base::BadStart(fmt::format("{} cannot be copied: {}.", copy, failure.code().message()));
  } catch (const Unavailable& failure) {
    throw base::BadStart(fmt::format("{} cannot be put back: {}.", copy, failure.what()));
  }
  alone.hand_over_to(prepared.path);
  // Before the new file stands there: a log of the old one must never be read into it.
  for (const char* ending : {"-wal", "-shm"}) {
    if (unlink((path + ending).c_str()) != 0 && errno != ENOENT) fail("cannot be replaced", path + ending);
  }
  if (std::rename(prepared.path.c_str(), path.c_str()) != 0) fail("cannot be replaced", path);
  if (!base::sync_folder(base::folder_of(path))) fail("cannot be synced", path);
}

}  // namespace store::sqlite
