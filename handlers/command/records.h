// What the subcommands that touch records share: where records and keys are, and how an end is told.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "command/command_line.h"

namespace command {

inline constexpr int all_is_well = 0;
inline constexpr int something_is_wrong = 1;

/// The end of a help text: what the exit status says. `wrong`: when it is 1.
[[nodiscard]] std::string exit_codes(const std::string& wrong);

/// Options that the office's settings preset.
struct Places {
  std::string documents, public_key, secret_key;
  bool is_json = false;

  /// It must outlive the command.
  void ask_documents(CommandLine command);
  void ask_public_key(CommandLine command);
  void ask_secret_key(CommandLine command);
  void ask_json(CommandLine command);
};

/// Prints one line: the object where `is_json`, else the sentence.
void tell(bool is_json, const nlohmann::ordered_json& object, const std::string& sentence);

/// A record that cannot be opened: on standard error, or as an object among the others where `is_json`.
void tell_unreadable(bool is_json, const std::string& id, std::string_view why);

/// Ends the program with that status, silently: all was told.
void end_with(int status);

}  // namespace command
