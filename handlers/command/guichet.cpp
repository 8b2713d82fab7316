// guichet: the operator's desk. One program, one file a subcommand.
#include <sodium.h>

#include <cstdlib>

#include "command/command.h"

int main(int count, char** words) {
  if (sodium_init() < 0) return EXIT_FAILURE;
  return command::run(count, words, "guichet", "The operator's desk of a Guichet office.",
                      [](command::CommandLine program) {
                        command::add_keys(program);
                        command::add_audit(program);
                        command::add_users(program);
                        command::add_import(program);
                        command::add_export(program);
                        command::add_settings(program);
                        command::add_error_pages(program);
                        command::add_sweep(program);
                        command::add_backup(program);
                        command::add_restore(program);
                        command::add_move(program);
                      });
}
