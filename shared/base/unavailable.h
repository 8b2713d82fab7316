// What a door throws when the machine behind it does not answer in time, or cannot.
#pragma once

#include <stdexcept>
#include <string>

namespace base {

/// The text is for the log and quotes no value.
struct Unavailable : std::runtime_error {
  enum class Outcome { not_done, unknown };
  explicit Unavailable(const std::string& cause, Outcome what = Outcome::not_done)
      : std::runtime_error(cause), outcome(what) {}
  Outcome outcome;
};

}  // namespace base
