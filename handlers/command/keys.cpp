// guichet keys new: makes the office's pair of keys.
#include <memory>
#include <string>

#include "command/command.h"
#include "crypto/keyring.h"

namespace command {

void add_keys(CLI::App& program) {
  struct Paths {
    std::string public_key, secret_key;
  };
  const auto paths = std::make_shared<Paths>();
  auto* keys = program.add_subcommand("keys", "The keys that seal and open records.");
  keys->require_subcommand(1);
  auto* make = keys->add_subcommand("new", "Makes a pair of keys in two new files, readable by their owner alone.");
  make->add_option("--public", paths->public_key, "File for the half that seals (given to submit)")->required();
  make->add_option("--secret", paths->secret_key, "File for the half that opens (given to view_data)")->required();
  make->callback([paths] { crypto::make_key_files(paths->public_key, paths->secret_key); });
}

}  // namespace command
