// guichet keys destroy ID --file FILE: overwrites and removes a key that nothing needs any more.
#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/config.h"
#include "command/backup_file.h"
#include "command/command.h"
#include "command/owner.h"
#include "command/records.h"
#include "command/trail.h"
#include "crypto/key_files.h"
#include "crypto/keyring.h"
#include "intake/model/records.h"
#include "intake/model/rotation.h"

namespace command {
namespace {

/// Whether the backup may still need the key; one that cannot be read may.
bool needs(const std::filesystem::path& backup, const std::string& id) {
  try {
    const BackupFile file(backup);
    return file.manifest().key_ids.contains(id) && file.manifest().expires >= base::now();
  } catch (const base::BadStart&) {
    return true;
  }
}

std::vector<std::string> backups_needing(const std::string& folder, const std::string& id) {
  std::vector<std::string> names;
  if (!std::filesystem::is_directory(folder)) {
    throw base::BadStart(fmt::format("The folder of backups {} is not there.", folder));
  }
  for (const auto& found : find_backups(folder)) {
    if (needs(found.path, id)) names.push_back(found.path.filename());
  }
  return names;
}

struct DestroyWish {
  Places places;
  std::string id, file, backups;
  bool is_forced = false;
};

void destroy(const DestroyWish& wish) {
  if (crypto::PublicKey::read(wish.places.public_key).id() == wish.id) {
    throw base::BadStart(fmt::format("{} is the current key: new records need it.", wish.id));
  }
  if (!wish.is_forced) {
    std::int64_t records = 0;
    {
      const AsOwnerOf owner(wish.places.documents);
      records = intake::count_by_key(*store::Documents::open(wish.places.documents, intake::schema()))[wish.id];
    }
    if (records != 0) {
      throw base::BadStart(
          fmt::format("{} records are sealed to {}: nobody could ever read them again.", records, wish.id));
    }
    if (wish.backups.empty()) {
      throw base::BadStart("Say with --backups where the backups are, which may need the key, or --force.");
    }
    if (const auto names = backups_needing(wish.backups, wish.id); !names.empty()) {
      throw base::BadStart(fmt::format("Backups that have not expired need {}: {}.", wish.id, fmt::join(names, ", ")));
    }
  }
  audit("destroyed", wish.id, wish.is_forced ? "forced" : "");
  crypto::destroy_key_file(wish.file, wish.id);
  tell(wish.places.is_json, {{"id", wish.id}, {"destroyed", wish.file}},
       fmt::format("{} is overwritten and gone from {}.", wish.id, wish.file));
}

}  // namespace

void add_destroy(CommandLine keys) {
  const auto wish = std::make_shared<DestroyWish>();
  const auto command = keys.add("destroy", "Overwrites and removes a retired key's file.");
  command.option("id", wish->id, "The key's id").required();
  command.option("--file", wish->file, "The file that `retire` made, which holds that key alone").required();
  command.option("--backups", wish->backups, "The folder of backups").or_variable("GUICHET_BACKUPS");
  command.flag("--force", wish->is_forced, "Also while records or backups need it: nobody will ever read them again");
  wish->places.ask_documents(command);
  wish->places.ask_public_key(command);
  wish->places.ask_json(command);
  command.footer(
      "Refused while a record or a backup that has not expired needs the key. A disk of flash (SSD, USB stick), a "
      "journal,\n"
      "a snapshot or a copy of the file may keep the key all the same: destroy the medium where that matters.\n" +
      exit_codes("it was refused"));
  command.does([wish] { destroy(*wish); });
}

}  // namespace command
