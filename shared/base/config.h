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

/// Every setting there is, in the order of the README's table. One whose name is another's and `_FILE` names a file
/// that holds the other's value, so that a password stands in no environment.
[[nodiscard]] std::span<const Setting> settings();

/// Whether a URL of the settings names a server, and no file.
[[nodiscard]] bool names_server(std::string_view url);

/// The settings in force, read once at start. Immutable, so safe from any thread.
class Config {
 public:
  /// Throws BadStart for a GUICHET_ variable that is unknown or has a value that its setting does not accept, for one
  /// that is given twice, by a file too, and when such a file cannot be read.
  [[nodiscard]] static Config read(const char* const* environment);

  /// The value or its preset; throws BadStart when there is neither.
  [[nodiscard]] std::string get(std::string_view name) const;

  /// The path that the office lives under, as the beginning of each of its links; empty: the whole host.
  [[nodiscard]] std::string base_path() const { return has("GUICHET_BASE_PATH") ? get("GUICHET_BASE_PATH") : ""; }

  /// Whether the environment gives it, or a file.
  [[nodiscard]] bool has(std::string_view name) const { return values_.contains(name); }

 private:
  void take(const Setting& setting, std::string_view value);
  std::map<std::string, std::string, std::less<>> values_;
};

}  // namespace base
