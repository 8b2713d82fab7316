// guichet keys new | new-index | new-backup | list | rotate | check | retire | destroy: the keys that seal and open
// records.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "command/command.h"
#include "command/owner.h"
#include "command/records.h"
#include "command/trail.h"
#include "crypto/index_key.h"
#include "crypto/key_files.h"
#include "crypto/keyring.h"
#include "intake/model/records.h"
#include "intake/model/rotation.h"

namespace command {
namespace {

std::map<std::string, std::int64_t> counts_of(const std::string& url) {
  const AsOwnerOf owner(url);
  return intake::count_by_key(*store::Documents::open(url, intake::schema()));
}

std::int64_t count_of(const std::string& url, const std::string& id) {
  const auto counts = counts_of(url);
  const auto found = counts.find(id);
  return found == counts.end() ? 0 : found->second;
}

void make_pair(const Places& places) {
  const bool is_public = std::filesystem::exists(places.public_key);
  const bool is_secret = std::filesystem::exists(places.secret_key);
  if (is_public != is_secret) {
    throw base::BadStart(fmt::format("Of the pair only {} is there: put the other back, or name two new files.",
                                     is_public ? places.public_key : places.secret_key));
  }
  if (is_public) {
    crypto::add_pair(places.public_key, places.secret_key);
  } else {
    crypto::make_key_files(places.public_key, places.secret_key);
  }
  const auto id = crypto::PublicKey::read(places.public_key).id();
  tell(places.is_json, {{"id", id}, {"state", "current"}}, fmt::format("{} seals new records from now on.", id));
}

void list(const Places& places) {
  const auto current = crypto::PublicKey::read(places.public_key).id();
  const auto keyring = crypto::Keyring::read(places.secret_key);
  auto counts = counts_of(places.documents);
  for (const auto& id : keyring.ids()) counts.try_emplace(id, 0);
  counts.try_emplace(current, 0);
  bool is_one_missing = false;
  for (const auto& [id, records] : counts) {
    const bool is_held = keyring.find(id) != nullptr;
    const auto* state = id == current ? "current" : "older";
    is_one_missing = is_one_missing || !is_held;
    tell(
        places.is_json, {{"id", id}, {"state", state}, {"held", is_held}, {"records", records}},
        fmt::format("{}  {:<7}  {:>10} records{}", id, state, records, is_held ? "" : "  (no secret here opens them)"));
  }
  end_with(is_one_missing ? something_is_wrong : all_is_well);
}

/// A writer looks at the public file once a second, and may still be sealing what it began before.
void require_settled(const std::string& public_path) {
  constexpr auto settled = std::chrono::seconds{10};
  const auto age = std::filesystem::file_time_type::clock::now() - std::filesystem::last_write_time(public_path);
  if (age >= std::chrono::seconds{0} && age < settled) {
    throw base::BadStart(
        "The current key is only seconds old, and a record may still be on its way to the one before: "
        "wait ten seconds, rotate, then retire.");
  }
}

void refuse_used(std::int64_t records, const std::string& id) {
  if (records == 0) return;
  throw base::BadStart(fmt::format("{} records are sealed to {}: rotate first.", records, id));
}

void retire(const Places& places, const std::string& id, const std::string& to) {
  if (crypto::PublicKey::read(places.public_key).id() == id) {
    throw base::BadStart(fmt::format("{} is the current key: make a new one first.", id));
  }
  require_settled(places.public_key);
  refuse_used(count_of(places.documents, id), id);
  audit("retired", id, "");
  crypto::put_away(places.secret_key, id, to);
  // What came in while the file was replaced is not left without a key.
  if (const auto records = count_of(places.documents, id); records != 0) {
    crypto::undo_put_away(places.secret_key, id, to);
    refuse_used(records, id);
  }
  tell(places.is_json, {{"id", id}, {"retired_to", to}},
       fmt::format("{} is now in {} alone: take that file off this machine.", id, to));
}

void add_new(CommandLine keys) {
  const auto places = std::make_shared<Places>();
  const auto make = keys.add("new", "Makes a pair of keys and lets it seal new records from now on.");
  places->ask_public_key(make);
  places->ask_secret_key(make);
  places->ask_json(make);
  make.footer(
      "Without the two files, makes them, readable by their owner alone. With them, adds a pair: older records stay\n"
      "readable, and running handlers take the new key up within a second. Then `guichet keys rotate`.");
  make.does([places] { make_pair(*places); });

  const auto file = std::make_shared<std::string>();
  const auto index = keys.add("new-index", "Makes the key of the reading side's index, in a new file.");
  index.option("file", *file, "The file to make, readable by its owner alone").required();
  index.does([file] { crypto::make_index_key_file(*file); });

  const auto folder = std::make_shared<std::string>();
  const auto backup = keys.add("new-backup", "Makes the backups' pair of keys: backup.public and backup.secret.");
  backup.option("folder", *folder, "The folder for the two new files").required().existing_folder();
  backup.footer(
      "The office needs backup.public alone. Keep backup.secret off this machine: who has it opens every backup, and\n"
      "without it nobody does.");
  backup.does([folder] { crypto::make_key_files(*folder + "/backup.public", *folder + "/backup.secret"); });
}

void add_list(CommandLine keys) {
  const auto places = std::make_shared<Places>();
  const auto command = keys.add("list", "Prints each key: its id, current or older, and how many records use it.");
  places->ask_documents(command);
  places->ask_public_key(command);
  places->ask_secret_key(command);
  places->ask_json(command);
  command.footer(exit_codes("a key that records or submit use is not in the secret file"));
  command.does([places] { list(*places); });
}

void add_retire(CommandLine keys) {
  const auto places = std::make_shared<Places>();
  const auto id = std::make_shared<std::string>();
  const auto to = std::make_shared<std::string>();
  const auto command = keys.add("retire", "Moves an older key, which no record uses, to a file to be kept offline.");
  command.option("id", *id, "The key's id, as `guichet keys list` prints it").required();
  command.option("--to", *to, "The file to make, readable by its owner alone").required();
  places->ask_documents(command);
  places->ask_public_key(command);
  places->ask_secret_key(command);
  places->ask_json(command);
  command.footer(
      "Refused while a record is sealed to it: `guichet keys rotate` first. Backups made before still need the key:\n"
      "keep the file until they are gone, then `guichet keys destroy`.\n" +
      exit_codes("it was refused"));
  command.does([places, id, to] { retire(*places, *id, *to); });
}

}  // namespace

void add_keys(CommandLine program) {
  const auto keys = program.add_group("keys", "The keys that seal and open records.");
  keys.footer(
      "The life of a key: new (seals from now on), rotate (older records too), retire (put away), destroy (gone).");
  add_new(keys);
  add_list(keys);
  add_rotate(keys);
  add_check(keys);
  add_retire(keys);
  add_destroy(keys);
}

}  // namespace command
