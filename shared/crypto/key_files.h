// What an operator does to the files of the office's keys: a pair is added, a secret is put away, a key is destroyed.
//
// A file is replaced by another of the same owner and mode in one rename, on the disk when the function returns: who
// reads it meanwhile has the old one or the new one. Two operators wait for each other (flock on the folder). What is
// impossible is thrown as base::BadStart, which never quotes a file.
#pragma once

#include <string>
#include <string_view>

namespace crypto {

/// Adds a pair to the two files and makes it the current one; its id. The reading side has the secret before the public
/// file names it, so that no record is ever sealed to a key that cannot be found.
std::string add_pair(const std::string& public_path, const std::string& secret_path);

/// Moves the secret of that id into the new file `offline_path` (mode 0400), which is on the disk before the secret
/// leaves `secret_path`. `undo_put_away` brings it back.
void put_away(const std::string& secret_path, std::string_view key_id, const std::string& offline_path);
void undo_put_away(const std::string& secret_path, std::string_view key_id, const std::string& offline_path);

/// Overwrites a file that holds that secret alone, and removes it. A disk of flash, a journal or a snapshot may keep
/// copies all the same.
void destroy_key_file(const std::string& path, std::string_view key_id);

}  // namespace crypto
