// Reading a small file whole: keys, lists, templates.
#pragma once

#include <string>

namespace base {

/// The bytes of the file. Throws BadStart, naming the file and the reason, when it cannot be read.
[[nodiscard]] std::string read_file(const std::string& path);

}  // namespace base
