// The office's databases, as an operator's command opens them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/config.h"
#include "store/documents.h"

namespace command {

inline constexpr std::string_view intake_database = "intake";
inline constexpr std::string_view office_database = "office";

struct Database {
  std::string name;
  std::string url;
  store::Schema schema;
  [[nodiscard]] std::string path() const;
};

/// The intake desk's, and the office's when one is named. Throws BadStart when there is no intake desk's.
[[nodiscard]] std::vector<Database> databases(const base::Config& config);

/// Throws BadStart when it is not there, or when this user (root, most often) would leave files beside it that the
/// office's own users cannot write. One on a server is there when the server has it.
[[nodiscard]] std::unique_ptr<store::Documents> open_existing(const Database& database);

}  // namespace command
