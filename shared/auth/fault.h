// What is wrong with one thing that somebody typed: a sentence for pages, and one for the operator's terminal.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "web/problem.h"

namespace auth {

struct Fault {
  std::string field;
  std::string_view french;   // of a text that lasts
  std::string_view english;  // the same
};

using Faults = std::vector<Fault>;

[[nodiscard]] inline std::vector<web::FieldError> in_french(const Faults& faults) {
  std::vector<web::FieldError> errors;
  for (const auto& fault : faults) errors.push_back({fault.field, std::string(fault.french)});
  return errors;
}

}  // namespace auth
