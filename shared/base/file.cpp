// Files.
#include "base/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/config.h"

namespace base {

std::string read_file(const std::string& path) {
  std::error_code unknown;
  if (std::filesystem::is_directory(path, unknown)) throw BadStart(fmt::format("{} is a folder, not a file.", path));
  std::ifstream file(path, std::ios::binary);
  if (!file) throw BadStart(fmt::format("{} cannot be read: {}.", path, std::strerror(errno)));
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

File::File(const std::string& path, int flags) : descriptor_(open(path.c_str(), flags | O_CLOEXEC, 0660)) {}

File::~File() {
  if (descriptor_ >= 0) close(descriptor_);
}

std::string folder_of(const std::string& path) {
  const auto folder = std::filesystem::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

bool sync_folder(const std::string& folder) {
  const File file(folder, O_RDONLY | O_DIRECTORY);
  return file.get() >= 0 && fsync(file.get()) == 0;
}

}  // namespace base
