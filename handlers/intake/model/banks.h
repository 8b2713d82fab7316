// The banks that a report can name, in the order of the office's file. Ties in the statistics follow this order.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace intake {

class Banks {
 public:
  /// One bank a line, UTF-8; empty lines are passed over. Throws base::BadStart for a doubled or unreadable name, or
  /// none.
  [[nodiscard]] static Banks read(const std::string& path);

  [[nodiscard]] bool has(std::string_view name) const;
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }

 private:
  std::vector<std::string> names_;
};

}  // namespace intake
