// Reading a small file whole.
#include "base/file.h"

#include <fmt/format.h>

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

}  // namespace base
