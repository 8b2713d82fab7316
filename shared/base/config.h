// The settings of an office: environment variables that begin with GUICHET_ (12-factor, "Config").
#pragma once

#include <map>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace base {

/// What makes a start impossible; its text is one clear sentence for the operator.
struct BadStart : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Setting {
  std::string_view name;
  std::string_view preset;   // the value when the variable is unset; empty: none
  std::string_view expects;  // what a good value is, as the end of a sentence
  bool (*accepts)(std::string_view value);
  std::string_view meaning;  // one line for the README's table
};

/// Every setting there is, in the order of the README's table.
[[nodiscard]] std::span<const Setting> settings();

/// The settings in force, read once at start. Immutable, so safe from any thread.
class Config {
 public:
  /// Throws BadStart for a GUICHET_ variable that is unknown or has a value that its setting does not accept.
  [[nodiscard]] static Config read(const char* const* environment);

  /// The value or its preset; throws BadStart when there is neither.
  [[nodiscard]] std::string get(std::string_view name) const;

  /// The path that the office lives under, as the beginning of each of its links; empty: the whole host.
  [[nodiscard]] std::string base_path() const { return has("GUICHET_BASE_PATH") ? get("GUICHET_BASE_PATH") : ""; }

  /// Whether the environment gives it.
  [[nodiscard]] bool has(std::string_view name) const { return values_.contains(name); }

 private:
  std::map<std::string, std::string, std::less<>> values_;
};

}  // namespace base
