// The operator's subcommands: each adds itself to the program.
#pragma once

#include <CLI/CLI.hpp>

namespace command {

/// guichet keys new | new-index | new-backup | list | rotate | check | retire | destroy.
void add_keys(CLI::App& program);
void add_rotate(CLI::App& keys);
void add_check(CLI::App& keys);
void add_destroy(CLI::App& keys);

/// guichet import --fernet-key FILE DUMP: seals the records of another office's dump.
void add_import(CLI::App& program);

/// guichet export: every record, opened, as JSON Lines.
void add_export(CLI::App& program);

/// guichet audit verify | list: whether the trail of what staff did is whole, and what it says.
void add_audit(CLI::App& program);

/// guichet users first | add | list | edit | disable | enable | reset | import: the accounts of those who work here.
void add_users(CLI::App& program);
void add_users_import(CLI::App& users);

/// guichet settings list | check: every GUICHET_* variable, and whether those of this environment are right.
void add_settings(CLI::App& program);

/// guichet error-pages FOLDER: writes the pages that Nginx shows by itself, in our layout.
void add_error_pages(CLI::App& program);

/// guichet sweep: erases what is past its retention.
void add_sweep(CLI::App& program);

/// guichet backup | backups: sealed copies of the office.
void add_backup(CLI::App& program);

/// guichet restore: one of them put back.
void add_restore(CLI::App& program);

/// guichet move: a database copied to another engine or place while the office works.
void add_move(CLI::App& program);

}  // namespace command
