// The operator's subcommands: each adds itself to the program.
#pragma once

#include "command/command_line.h"

namespace command {

/// guichet keys new | new-index | new-backup | list | rotate | check | retire | destroy.
void add_keys(CommandLine program);
void add_rotate(CommandLine keys);
void add_check(CommandLine keys);
void add_destroy(CommandLine keys);

/// guichet import --fernet-key FILE DUMP: seals the records of another office's dump.
void add_import(CommandLine program);

/// guichet export: every record, opened, as JSON Lines.
void add_export(CommandLine program);

/// guichet audit verify | list: whether the trail of what staff did is whole, and what it says.
void add_audit(CommandLine program);

/// guichet users first | add | list | edit | disable | enable | reset | import: the accounts of those who work here.
void add_users(CommandLine program);
void add_users_import(CommandLine users);

/// guichet settings list | check: every GUICHET_* variable, and whether those of this environment are right.
void add_settings(CommandLine program);

/// guichet error-pages FOLDER: writes the pages that Nginx shows by itself, in our layout.
void add_error_pages(CommandLine program);

/// guichet sweep: erases what is past its retention.
void add_sweep(CommandLine program);

/// guichet backup | backups: sealed copies of the office.
void add_backup(CommandLine program);

/// guichet restore: one of them put back.
void add_restore(CommandLine program);

/// guichet move: a database copied to another engine or place while the office works.
void add_move(CommandLine program);

}  // namespace command
