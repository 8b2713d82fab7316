// guichet: the operator's desk. One program, one file a subcommand.
#include <fmt/format.h>
#include <sodium.h>

#include <cstdio>
#include <cstdlib>

#include "command/command.h"

int main(int count, char** arguments) {
  if (sodium_init() < 0) return EXIT_FAILURE;
  CLI::App program("The operator's desk of a Guichet office.", "guichet");
  program.require_subcommand(1);
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
  try {
    program.parse(count, arguments);
  } catch (const CLI::ParseError& error) {
    return program.exit(error);
  } catch (const std::exception& failure) {
    fmt::print(stderr, "guichet: {}\n", failure.what());
    return EXIT_FAILURE;
  }
  return EXIT_SUCCESS;
}
