// SQLite's file system (sqlite3_vfs) with a disk below it that remembers.
#include "faults/disk_vfs.h"

#include <sqlite3.h>

#include <atomic>
#include <cstring>
#include <new>
#include <stdexcept>
#include <string>

#include "faults/disk.h"

namespace faults {
namespace {

std::atomic<Disk*> below = nullptr;

sqlite3_vfs* unix_vfs() {
  static sqlite3_vfs* const found = sqlite3_vfs_find("unix");
  return found;
}

using OpenFolder = int (*)(const char*, int*);
OpenFolder open_folder = nullptr;

/// SQLite opens a folder only to sync it: after a file's sync, or a removal.
int open_folder_to_sync(const char* path, int* descriptor) {
  auto* disk = below.load();
  const auto began = disk == nullptr ? 0 : disk->now();
  const int code = open_folder(path, descriptor);
  if (code != SQLITE_OK || disk == nullptr) return code;
  const std::string file(path);
  disk->sync_folder(file.substr(0, file.rfind('/')), began);
  return code;
}

/// Before the file that SQLite's own file system has made.
struct File {
  sqlite3_file base;
  Disk::File remembered;
  bool is_remembered;
  char path[512];
};

File& of(sqlite3_file* file) { return *reinterpret_cast<File*>(file); }
sqlite3_file* inner(sqlite3_file* file) { return reinterpret_cast<sqlite3_file*>(&of(file) + 1); }
Disk* disk_of(sqlite3_file* file) { return of(file).is_remembered ? below.load() : nullptr; }

// What is remembered has happened, so that no sync covers more than it did.
int write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 offset) {
  const int code = inner(file)->pMethods->xWrite(inner(file), bytes, size, offset);
  if (auto* disk = disk_of(file)) {
    disk->write(of(file).remembered, offset, {static_cast<const char*>(bytes), static_cast<std::size_t>(size)});
  }
  return code;
}

int truncate(sqlite3_file* file, sqlite3_int64 size) {
  const int code = inner(file)->pMethods->xTruncate(inner(file), size);
  if (auto* disk = disk_of(file)) disk->truncate(of(file).remembered, size);
  return code;
}

int sync(sqlite3_file* file, int flags) {
  auto* disk = disk_of(file);
  const auto began = disk == nullptr ? 0 : disk->now();
  const int code = inner(file)->pMethods->xSync(inner(file), flags);
  if (code == SQLITE_OK && disk != nullptr) disk->sync(of(file).remembered, of(file).path, began);
  return code;
}

const sqlite3_io_methods& methods() {
  static const sqlite3_io_methods made{
      .iVersion = 2,  // without memory maps, so that every write is seen
      .xClose = [](sqlite3_file* file) { return inner(file)->pMethods->xClose(inner(file)); },
      .xRead = [](sqlite3_file* file, void* bytes, int size,
                  sqlite3_int64 offset) { return inner(file)->pMethods->xRead(inner(file), bytes, size, offset); },
      .xWrite = write,
      .xTruncate = truncate,
      .xSync = sync,
      .xFileSize = [](sqlite3_file* file,
                      sqlite3_int64* size) { return inner(file)->pMethods->xFileSize(inner(file), size); },
      .xLock = [](sqlite3_file* file, int lock) { return inner(file)->pMethods->xLock(inner(file), lock); },
      .xUnlock = [](sqlite3_file* file, int lock) { return inner(file)->pMethods->xUnlock(inner(file), lock); },
      .xCheckReservedLock =
          [](sqlite3_file* file, int* is_held) {
            return inner(file)->pMethods->xCheckReservedLock(inner(file), is_held);
          },
      .xFileControl = [](sqlite3_file* file, int what,
                         void* value) { return inner(file)->pMethods->xFileControl(inner(file), what, value); },
      .xSectorSize = [](sqlite3_file* file) { return inner(file)->pMethods->xSectorSize(inner(file)); },
      .xDeviceCharacteristics =
          [](sqlite3_file* file) { return inner(file)->pMethods->xDeviceCharacteristics(inner(file)); },
      .xShmMap =
          [](sqlite3_file* file, int region, int size, int is_made, void volatile** memory) {
            return inner(file)->pMethods->xShmMap(inner(file), region, size, is_made, memory);
          },
      .xShmLock = [](sqlite3_file* file, int offset, int count,
                     int flags) { return inner(file)->pMethods->xShmLock(inner(file), offset, count, flags); },
      .xShmBarrier = [](sqlite3_file* file) { inner(file)->pMethods->xShmBarrier(inner(file)); },
      .xShmUnmap = [](sqlite3_file* file,
                      int is_removed) { return inner(file)->pMethods->xShmUnmap(inner(file), is_removed); },
      .xFetch = nullptr,
      .xUnfetch = nullptr};
  return made;
}

int open(sqlite3_vfs*, const char* path, sqlite3_file* file, int flags, int* given) {
  auto& opened = *new (file) File{};
  const int code = unix_vfs()->xOpen(unix_vfs(), path, inner(file), flags, given);
  // SQLite closes what has methods, whatever the code says.
  if (inner(file)->pMethods != nullptr) opened.base.pMethods = &methods();
  auto* disk = below.load();
  if (code != SQLITE_OK || disk == nullptr || path == nullptr) return code;
  std::strncpy(opened.path, path, sizeof opened.path - 1);
  const auto remembered = disk->open(path);
  opened.is_remembered = remembered.has_value();
  opened.remembered = remembered.value_or(0);
  return code;
}

int remove(sqlite3_vfs*, const char* path, int syncs_folder) {
  // Before it happens, since the folder is synced in the same call.
  if (auto* disk = below.load()) disk->remove(path);
  return unix_vfs()->xDelete(unix_vfs(), path, syncs_folder);
}

void take_the_place_of_the_preset() {
  static sqlite3_vfs remembering = *unix_vfs();
  remembering.zName = "remembering";
  remembering.szOsFile += static_cast<int>(sizeof(File));
  remembering.pNext = nullptr;
  remembering.xOpen = open;
  remembering.xDelete = remove;
  if (sqlite3_vfs_register(&remembering, 1) != SQLITE_OK) throw std::runtime_error("no file system for SQLite");
  open_folder = reinterpret_cast<OpenFolder>(unix_vfs()->xGetSystemCall(unix_vfs(), "openDirectory"));
  unix_vfs()->xSetSystemCall(unix_vfs(), "openDirectory", reinterpret_cast<sqlite3_syscall_ptr>(open_folder_to_sync));
}

}  // namespace

void put_below_sqlite(Disk* disk) {
  [[maybe_unused]] static const bool is_there = [] {
    sqlite3_initialize();
    take_the_place_of_the_preset();
    return true;
  }();
  below = disk;
}

}  // namespace faults
