// guichet restore FILE --key SECRET: puts a backup back into an empty office, without what was erased since.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <ranges>
#include <set>

#include "auth/audit.h"
#include "base/unavailable.h"
#include "command/backup.h"
#include "command/command.h"
#include "command/owner.h"
#include "command/progress.h"
#include "command/records.h"
#include "command/trail.h"
#include "intake/model/erasures.h"
#include "intake/model/records.h"
#include "store/mark.h"

namespace command {
namespace {

namespace fs = std::filesystem;

struct RestoreWish {
  std::string file, key;
  bool without_ledger = false;
  bool replaces = false;
  bool checks_only = false;
  bool is_json = false;
};

/// A database that the backup holds: where it goes, what stands there now, and what comes.
struct Place {
  Database database;
  std::optional<store::Contents> present;  // none: nothing that anybody has begun
  store::Contents coming;
  std::unique_ptr<store::Replacement> replacement = {};  // none: what stands there stays
};

std::optional<store::Contents> look_at(const Database& database) {
  try {
    if (!store::mark_of(database.url)) return std::nullopt;
    return store::Snapshot::open(database.url, database.schema)->contents();
  } catch (const base::Unavailable& reason) {
    throw base::BadStart(
        fmt::format("The database {} cannot be read ({}): move it away, a file with its -wal and -shm, then restore.",
                    database.name, reason.what()));
  }
}

std::vector<Place> places_of(const Manifest& manifest, const std::vector<Database>& databases) {
  std::vector<Place> places;
  for (const auto& part : manifest.databases) {
    const auto found = std::ranges::find(databases, part.name, &Database::name);
    if (found == databases.end()) {
      throw base::BadStart(
          fmt::format("The backup holds the database {}, and no setting says where it is.", part.name));
    }
    const AsOwnerOf owner(found->url);
    store::require_unused(found->url);
    places.push_back({*found, look_at(*found), part.contents});
  }
  return places;
}

/// What the ledger names. It never shrinks: one that holds less than it did is not the office's, or not all of it.
std::set<std::string> read_ledger(const base::Config& config, const Manifest& manifest) {
  const auto path = config.get("GUICHET_ERASURES");
  const std::string advice = "Put the office's ledger there, or say --without-ledger: who was erased since comes back.";
  if (!fs::exists(path)) throw base::BadStart(fmt::format("The ledger of erasures {} is not there. {}", path, advice));
  auto ids = intake::open_erasures(config).ids();
  if (std::ssize(ids) < manifest.erasures) {
    throw base::BadStart(fmt::format("The ledger {} names {} erasures, and named {} when the backup was made. {}", path,
                                     ids.size(), manifest.erasures, advice));
  }
  return ids;
}

std::int64_t rows_in(const std::optional<store::Contents>& contents, std::string_view table) {
  if (!contents) return 0;
  const auto found = contents->rows.find(std::string(table));
  return found == contents->rows.end() ? 0 : found->second;
}

/// Whether the trail that stands there is the backup's, gone on: then it knows more, and no restore takes that away.
bool goes_on(const Place& place) {
  return place.database.name == office_database && place.present && place.present->epoch == place.coming.epoch &&
         std::ranges::all_of(place.coming.heads, [&](const auto& head) {
           const auto found = place.present->heads.find(head.first);
           return found != place.present->heads.end() && found->second >= head.second;
         });
}

/// Nothing is lost: what will be replaced is backed up first, and reports only when the operator said so.
void save_what_stands(const RestoreWish& wish, const base::Config& config, const std::vector<Place>& places) {
  std::int64_t reports = 0;
  std::int64_t entries = 0;
  std::vector<Database> present;
  for (const auto& place : places) {
    reports += rows_in(place.present, intake::submissions_collection);
    if (!goes_on(place)) entries += rows_in(place.present, auth::audit_collection);
    if (place.present) present.push_back(place.database);
  }
  if (reports != 0 && !wish.replaces) {
    throw base::BadStart(fmt::format(
        "The office holds {} reports: say --replace to back it up as it is, and to put the other in its place.",
        reports));
  }
  if (reports == 0 && entries == 0) return;
  const auto made = make_backup(config, present);
  tell(wish.is_json, {{"saved", made.path.string()}},
       fmt::format("What stands there now is kept in {}.", made.path.string()));
}

void put_back(const RestoreWish& wish, BackupFile& backup) {
  const auto config = base::Config::read(environ);
  const auto& manifest = backup.manifest();
  const auto ledger = wish.without_ledger ? std::set<std::string>{} : read_ledger(config, manifest);
  auto places = places_of(manifest, databases(config));
  save_what_stands(wish, config, places);

  std::size_t erased = 0;
  const auto reason = [&] {
    return fmt::format("{} reports, {}", manifest.reports,
                       wish.without_ledger ? "without the ledger" : fmt::format("{} erased again", erased));
  };
  const auto name = backup_name(manifest.time);
  bool is_told = false;
  Progress progress("restoring", manifest.reports);
  std::int64_t records = 0;
  for (auto& place : places) {
    const AsOwnerOf owner(place.database.url);
    if (goes_on(place)) {
      backup.read([](store::Record&&) {});
      continue;
    }
    place.replacement = store::Replacement::begin(place.database.url, place.database.schema);
    backup.read([&](store::Record&& record) {
      place.replacement->add(std::move(record));
      progress.at(++records);
    });
    place.replacement->complete(place.coming, [&](store::Documents& documents) {
      if (place.database.name == intake_database) erased = intake::erase_all(documents, ledger);
      if (place.database.name == office_database) audit(documents, "restored", name, reason());
      is_told = is_told || place.database.name == office_database;
    });
  }
  backup.end();
  if (!is_told) audit("restored", name, reason());
  // The reports last: until they are there, the office is empty and all of this can be done again.
  for (auto& place : places | std::views::reverse) {
    if (!place.replacement) continue;
    const AsOwnerOf owner(place.database.url);
    place.replacement->take_place();
  }
  if (wish.without_ledger) {
    fmt::print(stderr, "Without the ledger: whoever was erased after {} is back until you erase them again.\n",
               base::rfc3339(manifest.time));
  }
  tell(wish.is_json,
       {{"restored", wish.file},
        {"time", base::rfc3339(manifest.time)},
        {"reports", manifest.reports},
        {"erased_again", erased}},
       fmt::format("The office is as of {}: {} reports, of which {} were erased again.", base::rfc3339(manifest.time),
                   manifest.reports, erased));
}

void restore(const RestoreWish& wish) {
  const auto keyring = crypto::Keyring::read(wish.key);
  BackupFile backup(wish.file);
  if (keyring.find(backup.key_id()) == nullptr) {
    throw base::BadStart(
        fmt::format("{} is sealed to the key {}, which {} does not hold.", wish.file, backup.key_id(), wish.key));
  }
  backup.open(keyring);
  if (!wish.checks_only) {
    try {
      return put_back(wish, backup);
    } catch (const base::Unavailable& reason) {
      throw base::BadStart(fmt::format("{} cannot be put back: {}.", wish.file, reason.what()));
    }
  }
  backup.check();
  tell(wish.is_json, {{"whole", wish.file}, {"reports", backup.manifest().reports}},
       fmt::format("{} is whole: {} reports as of {}.", wish.file, backup.manifest().reports,
                   base::rfc3339(backup.manifest().time)));
}

}  // namespace

void add_restore(CommandLine program) {
  const auto wish = std::make_shared<RestoreWish>();
  const auto command = program.add("restore", "Puts a backup back, without what was erased since it was made.");
  command.option("file", wish->file, "The backup").required().existing_file();
  command.option("--key", wish->key, "File of the backups' secret key, backup.secret").required().existing_file();
  command.flag("--check", wish->checks_only, "Only reads it to its end and says whether it is whole");
  command.flag("--replace", wish->replaces, "Also into an office that holds reports: it is backed up first");
  command.flag("--without-ledger", wish->without_ledger,
               "Also without the ledger of erasures: who was erased since the backup is back");
  command.flag("--json", wish->is_json, "JSON, one object a line");
  command.footer(
      "The office must be down. Cut off at any moment it has changed nothing, or is simply run again. A trail that "
      "went "
      "on\n"
      "since the backup stays as it is.\n" +
      exit_codes("it was refused, and then nothing has changed"));
  command.does([wish] { restore(*wish); });
}

}  // namespace command
