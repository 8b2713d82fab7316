// The operator's subcommands: each adds itself to the program.
#pragma once

#include <CLI/CLI.hpp>

namespace command {

/// guichet keys new: makes the office's pair of keys.
void add_keys(CLI::App& program);

/// guichet settings list | check: every GUICHET_* variable, and whether those of this environment are right.
void add_settings(CLI::App& program);

/// guichet error-pages FOLDER: writes the pages that Nginx shows by itself, in our layout.
void add_error_pages(CLI::App& program);

}  // namespace command
