// What an operator does to the files of the office's keys.
#include "crypto/key_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <vector>

#include "base/config.h"
#include "base/file.h"
#include "crypto/hash.h"
#include "crypto/key_lines.h"
#include "crypto/keyring.h"

namespace crypto {
namespace {

constexpr std::string_view secret_kind = "guichet-secret";

[[noreturn]] void fail(std::string_view what, const std::string& path) {
  throw base::BadStart(fmt::format("The key file {} cannot be {}: {}.", path, what, std::strerror(errno)));
}

/// The folder of a key file: holds its lock until dropped.
class Folder {
 public:
  explicit Folder(const std::string& path) : folder_(base::folder_of(path), O_RDONLY | O_DIRECTORY) {
    if (folder_.get() < 0 || flock(folder_.get(), LOCK_EX) != 0) fail("reached", path);
  }

 private:
  const base::File folder_;
};

void sync_folder_of(const std::string& path) {
  if (!base::sync_folder(base::folder_of(path))) fail("kept", path);
}

/// Puts `text` in the place of the file, with its owner and mode.
void replace_file(const std::string& path, std::string_view text) {
  struct stat before {};
  if (stat(path.c_str(), &before) != 0) fail("read", path);
  const auto made = path + ".new";
  unlink(made.c_str());  // of a replacement that was cut off
  write_new_key_file(made, text);
  struct stat after {};
  const bool is_equal =
      stat(made.c_str(), &after) == 0 && after.st_uid == before.st_uid && after.st_gid == before.st_gid;
  const bool is_given = (is_equal || chown(made.c_str(), before.st_uid, before.st_gid) == 0) &&
                        chmod(made.c_str(), before.st_mode & 07777) == 0;
  if (!is_given || std::rename(made.c_str(), path.c_str()) != 0) {
    const int reason = errno;
    unlink(made.c_str());
    errno = reason;
    fail("replaced", path);
  }
  sync_folder_of(path);
}

SecretText joined(std::string_view first, std::string_view second) {
  const bool needs_break = !first.empty() && !first.ends_with('\n');
  SecretText text(first.size() + (needs_break ? 1 : 0) + second.size());
  auto* out = std::ranges::copy(first, text.data()).out;
  if (needs_break) *out++ = '\n';
  std::ranges::copy(second, out);
  return text;
}

/// The line of that id in a file of secrets, and the other lines.
struct Split {
  SecretText line;
  SecretText others;
};

Split split(const std::string& path, std::string_view key_id) {
  static_cast<void>(Keyring::read(path));  // each line is what it says
  Split split;
  for_each_key(path, secret_kind, [&](std::string_view id, const Secret<32>& bytes) {
    const auto line = key_line(fmt::format("{} {} ", secret_kind, id), bytes);
    auto& part = id == key_id ? split.line : split.others;
    part = joined(part.view(), line.view());
    return true;
  });
  if (split.line.size() == 0) throw base::BadStart(fmt::format("The key file {} holds no key {}.", path, key_id));
  return split;
}

}  // namespace

std::string add_pair(const std::string& public_path, const std::string& secret_path) {
  const Folder secret_folder(secret_path);
  static_cast<void>(PublicKey::read(public_path));
  static_cast<void>(Keyring::read(secret_path));
  const auto pair = make_pair_lines();
  const auto secrets = joined(read_key_file(secret_path).view(), pair.secret_line.view());
  if (secrets.size() > key_file_max_bytes) {
    throw base::BadStart(fmt::format("The key file {} is full: retire keys first.", secret_path));
  }
  replace_file(secret_path, secrets.view());
  replace_file(public_path, pair.public_line);
  return pair.id;
}

void put_away(const std::string& secret_path, std::string_view key_id, const std::string& offline_path) {
  const Folder folder(secret_path);
  const auto parts = split(secret_path, key_id);
  if (parts.others.size() == 0) {
    throw base::BadStart(fmt::format("The key file {} would be empty without {}.", secret_path, key_id));
  }
  write_new_key_file(offline_path, parts.line.view());
  sync_folder_of(offline_path);
  replace_file(secret_path, parts.others.view());
}

void undo_put_away(const std::string& secret_path, std::string_view key_id, const std::string& offline_path) {
  const Folder folder(secret_path);
  const auto parts = split(offline_path, key_id);
  replace_file(secret_path, joined(read_key_file(secret_path).view(), parts.line.view()).view());
  if (unlink(offline_path.c_str()) != 0) fail("removed", offline_path);
}

void destroy_key_file(const std::string& path, std::string_view key_id) {
  if (split(path, key_id).others.size() != 0) {
    throw base::BadStart(fmt::format("The key file {} holds other keys besides {}.", path, key_id));
  }
  struct stat status {};
  if (lstat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) {
    throw base::BadStart(fmt::format("The key file {} is not a file itself.", path));
  }
  if (status.st_nlink != 1) throw base::BadStart(fmt::format("The key file {} has a second name.", path));
  if (chmod(path.c_str(), 0600) != 0) fail("overwritten", path);
  const int file = ::open(path.c_str(), O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
  if (file < 0) fail("overwritten", path);
  const auto size = static_cast<std::size_t>(status.st_size);
  bool is_overwritten = true;
  for (const auto& bytes : {random_bytes(size), std::string(size, '\0')}) {
    is_overwritten =
        is_overwritten && pwrite(file, bytes.data(), size, 0) == static_cast<ssize_t>(size) && fsync(file) == 0;
  }
  close(file);
  if (!is_overwritten || unlink(path.c_str()) != 0) fail("overwritten", path);
  sync_folder_of(path);
}

}  // namespace crypto
