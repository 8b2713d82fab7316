// guichet settings list | check: every GUICHET_* variable, and whether those of this environment are right.
#include <fmt/format.h>
#include <unistd.h>

#include "base/config.h"
#include "base/file.h"
#include "command/command.h"

namespace command {

void add_settings(CommandLine program) {
  const auto settings = program.add_group("settings", "The GUICHET_* environment variables.");
  settings.add("list", "Prints each setting, its preset and its meaning, as rows of a Markdown table.").does([] {
    for (const auto& setting : base::settings()) {
      fmt::print("| `{}` | {} | {} |\n", setting.name,
                 setting.preset.empty() ? "" : fmt::format("`{}`", setting.preset), setting.meaning);
    }
  });
  settings.add("check", "Says what is wrong with the settings of this environment, if anything is.").does([] {
    const auto config = base::Config::read(environ);
    if (!config.has("GUICHET_BANKS_FILE")) return;
    try {
      [[maybe_unused]] const auto banks = base::read_file(config.get("GUICHET_BANKS_FILE"));
    } catch (const base::BadStart& failure) {
      throw base::BadStart(fmt::format("GUICHET_BANKS_FILE: {}", failure.what()));
    }
  });
}

}  // namespace command
