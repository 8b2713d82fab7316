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

/// guichet sweep: erases what is past its retention.
void add_sweep(CLI::App& program);

/// guichet backup | restore: copies of the databases, and one of them put back.
void add_backup(CLI::App& program);

}  // namespace command
