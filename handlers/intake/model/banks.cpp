// The banks that a report can name.
#include "intake/model/banks.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/config.h"
#include "base/file.h"
#include "base/text.h"

namespace intake {

Banks Banks::read(const std::string& path) {
  Banks banks;
  const auto text = base::read_file(path);
  std::string_view rest = text;
  while (!rest.empty()) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    const auto name = base::trim(line);
    if (name.empty()) continue;
    if (!base::is_plain_text(name) || banks.has(name)) {
      throw base::BadStart(fmt::format("{} names a bank twice or in unreadable characters.", path));
    }
    banks.names_.emplace_back(name);
  }
  if (banks.names_.empty()) throw base::BadStart(fmt::format("{} names no bank.", path));
  return banks;
}

bool Banks::has(std::string_view name) const { return std::ranges::find(names_, name) != names_.end(); }

}  // namespace intake
