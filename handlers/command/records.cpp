// What the subcommands that touch records share.
#include "command/records.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "base/config.h"

namespace command {

std::string exit_codes(const std::string& wrong) {
  return fmt::format(
      "Exit status: 0 when all is well; 1 when {}, or it could not be done; above 100 for a wrong command line.",
      wrong);
}

void Places::ask_documents(CommandLine command) {
  const auto option =
      command.option("--documents", documents, "The records, sqlite:PATH, postgresql://... or mongodb://...")
          .or_variable("GUICHET_INTAKE_DOCUMENTS");
  if (std::getenv("GUICHET_INTAKE_DOCUMENTS_FILE") == nullptr) {
    option.required();
    return;
  }
  command.when_read([this] {
    if (documents.empty()) documents = base::Config::read(environ).get("GUICHET_INTAKE_DOCUMENTS");
  });
}

void Places::ask_public_key(CommandLine command) {
  command.option("--public", public_key, "File of the current key's half that seals (given to submit)")
      .or_variable("GUICHET_INTAKE_PUBLIC_KEY_FILE")
      .required();
}

void Places::ask_secret_key(CommandLine command) {
  command.option("--secret", secret_key, "File of the halves that open (given to view_data)")
      .or_variable("GUICHET_INTAKE_SECRET_KEY_FILE")
      .required();
}

void Places::ask_json(CommandLine command) { command.flag("--json", is_json, "JSON, one object a line"); }

void tell(bool is_json, const nlohmann::ordered_json& object, const std::string& sentence) {
  fmt::print("{}\n", is_json ? object.dump() : sentence);
  std::fflush(stdout);
}

void tell_unreadable(bool is_json, const std::string& id, std::string_view why) {
  if (is_json) {
    fmt::print("{}\n", nlohmann::ordered_json{{"unreadable", id}, {"why", why}}.dump());
  } else {
    fmt::print(stderr, "\r{} cannot be opened: {}.\n", id, why);
  }
}

void end_with(int status) {
  std::fflush(stdout);
  if (status != all_is_well) throw Ended{status};
}

}  // namespace command
