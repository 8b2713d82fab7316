// One line of another office's dump, as mongoexport writes it: what it says, as the fields of our form.
#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "command/fernet.h"
#include "web/form.h"

namespace command {

/// Why a line is refused; the text names fields, never a value.
struct RefusedLine : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct DumpLine {
  web::Form form;
  base::Time received;   // the line's date, else the first four bytes of its ObjectId, else `now`
  std::string identity;  // its `_id`, or the whole line
};

/// Reads extended JSON, canonical or relaxed (`{"$oid":...}`, `{"$date":...}`, `{"$numberInt":...}`,
/// `{"$binary":...}`). `telephone` and `cc-number` are Fernet tokens. Throws RefusedLine.
[[nodiscard]] DumpLine read_dump_line(std::string_view line, const fernet::Key& key, base::Time now);

}  // namespace command
