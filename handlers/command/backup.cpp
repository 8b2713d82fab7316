// guichet backup: a sealed copy of the office in one file. guichet backups: those that there are.
#include "command/backup.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <ranges>

#include "base/unavailable.h"
#include "command/command.h"
#include "command/records.h"
#include "command/trail.h"
#include "intake/model/erasures.h"
#include "intake/model/records.h"

namespace command {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view partial_ending = ".partial";

[[noreturn]] void fail(std::string_view what, const fs::path& path) {
  throw base::BadStart(fmt::format("{} cannot be {}: {}.", path.string(), what, std::strerror(errno)));
}

/// The folder of backups, in which one is made at a time.
class Folder {
 public:
  explicit Folder(fs::path folder) : path(std::move(folder)), turn_(made(path) / ".lock", O_RDWR | O_CREAT) {
    if (turn_.get() < 0) fail("written to", path);
    while (flock(turn_.get(), LOCK_EX) != 0) {
      if (errno != EINTR) fail("locked", path);
    }
    // Nobody else is at it: it was cut off.
    std::vector<fs::path> left;
    for (const auto& entry : fs::directory_iterator(path)) {
      if (entry.path().string().ends_with(partial_ending)) left.push_back(entry.path());
    }
    for (const auto& each : left) fs::remove(each);
  }
  const fs::path path;

 private:
  static const fs::path& made(const fs::path& folder) {
    std::error_code failure;
    if (fs::create_directories(folder, failure)) fs::permissions(folder, fs::perms::owner_all);
    return folder;
  }
  const base::File turn_;
};

/// A file that its owner alone may read, gone at the end unless it is kept.
class Partial {
 public:
  explicit Partial(const Folder& folder)
      : folder_(folder.path),
        path_(folder.path / (std::string(".backup") + std::string(partial_ending))),
        file_(path_, O_WRONLY | O_CREAT | O_EXCL) {
    struct stat status {};
    // Root makes it for the user whose folder it is.
    if (file_.get() < 0 || fchmod(file_.get(), 0600) != 0 || stat(folder_.c_str(), &status) != 0 ||
        (geteuid() == 0 && fchown(file_.get(), status.st_uid, status.st_gid) != 0)) {
      fail("made", path_);
    }
  }
  Partial(const Partial&) = delete;
  Partial& operator=(const Partial&) = delete;
  ~Partial() { unlink(path_.c_str()); }

  [[nodiscard]] int get() const { return file_.get(); }
  [[nodiscard]] const fs::path& path() const { return path_; }
  /// On the disk, and no longer in memory: what is read next is what the disk holds.
  void sync() const {
    if (fsync(file_.get()) != 0) fail("synced", path_);
    (void)posix_fadvise(file_.get(), 0, 0, POSIX_FADV_DONTNEED);
  }
  void keep_as(const fs::path& path) const {
    if (std::rename(path_.c_str(), path.c_str()) != 0 || !base::sync_folder(folder_)) fail("kept", path);
  }

 private:
  const fs::path folder_, path_;
  const base::File file_;
};

Manifest describe(const base::Config& config, const std::vector<Database>& databases,
                  const std::vector<std::unique_ptr<store::Snapshot>>& snapshots, base::Time now) {
  Manifest manifest{.time = now,
                    .expires = now + std::chrono::days{std::stoi(config.get("GUICHET_BACKUP_DAYS"))},
                    .erasures = std::ssize(intake::open_erasures(config).ids()),
                    .key_ids = {},
                    .databases = {}};
  for (std::size_t i = 0; i < databases.size(); ++i) {
    snapshots[i]->check();
    manifest.databases.push_back({databases[i].name, snapshots[i]->contents()});
    if (databases[i].name != intake_database) continue;
    manifest.reports = manifest.databases.back().contents.rows[std::string(intake::submissions_collection)];
    for (const auto collection : intake::sealed_collections) {
      // What a restore saves may be older than notes.
      if (!manifest.databases.back().contents.rows.contains(std::string(collection))) continue;
      const auto keys = snapshots[i]->count_by(collection, intake::key_label);
      std::ranges::copy(keys | std::views::keys, std::inserter(manifest.key_ids, manifest.key_ids.end()));
    }
  }
  return manifest;
}

void list(const base::Config& config, bool is_json) {
  const fs::path folder = config.get("GUICHET_BACKUPS");
  if (!fs::is_directory(folder)) throw base::BadStart(fmt::format("{} is not there.", folder.string()));
  bool is_one_unreadable = false;
  for (const auto& found : find_backups(folder)) {
    const auto name = found.path.filename().string();
    try {
      const BackupFile file(found.path);
      const auto& manifest = file.manifest();
      tell(is_json,
           {{"file", found.path.string()},
            {"time", base::rfc3339(manifest.time)},
            {"expires", base::rfc3339(manifest.expires)},
            {"bytes", file.bytes()},
            {"reports", manifest.reports},
            {"key_ids", manifest.key_ids},
            {"sealed_to", file.key_id()}},
           fmt::format("{}  {:>10.1f} MiB  {:>10} reports  expires {}  opened by {}, its reports by {}", name,
                       static_cast<double>(file.bytes()) / (1 << 20), manifest.reports,
                       base::rfc3339(manifest.expires).substr(0, 10), file.key_id(),
                       manifest.key_ids.empty() ? "none" : fmt::to_string(fmt::join(manifest.key_ids, ", "))));
    } catch (const base::BadStart& reason) {
      is_one_unreadable = true;
      tell(is_json, {{"file", found.path.string()}, {"unreadable", reason.what()}},
           fmt::format("{}  cannot be read: {}", name, reason.what()));
    }
  }
  end_with(is_one_unreadable ? something_is_wrong : all_is_well);
}

}  // namespace

Made make_backup(const base::Config& config, const std::vector<Database>& databases) {
  const auto to = crypto::PublicKey::read(config.get("GUICHET_BACKUP_PUBLIC_KEY_FILE"));
  const Folder folder(config.get("GUICHET_BACKUPS"));
  // In this turn, so that no other bears the same name.
  const auto now = base::now();
  try {
    // The desk's moment comes first: the trail is told of a deed before it is done, and so holds every deed of it.
    std::vector<std::unique_ptr<store::Snapshot>> snapshots;
    for (const auto& database : databases) snapshots.push_back(store::Snapshot::open(database.url, database.schema));
    Made made{.path = folder.path / backup_name(now), .manifest = describe(config, databases, snapshots, now)};
    const Partial partial(folder);
    const auto key = write_backup(partial.get(), to, made.manifest, snapshots);
    partial.sync();
    BackupFile written(partial.path());
    written.open(key);
    written.check();
    audit("backed_up", made.path.filename(), fmt::format("{} reports", made.manifest.reports));
    partial.keep_as(made.path);
    made.expired = expire_backups(config, now);
    return made;
  } catch (const base::Unavailable& reason) {
    throw base::BadStart(fmt::format("No backup was made: {}.", reason.what()));
  }
}

bool is_backup_due(const base::Config& config, base::Time now) {
  const auto hours = config.get("GUICHET_BACKUP_HOURS");
  if (hours == "off") return false;
  const fs::path folder = config.get("GUICHET_BACKUPS");
  const auto found = fs::is_directory(folder) ? find_backups(folder) : std::vector<Found>{};
  // One of tomorrow was made before the clock was put back.
  return found.empty() || found.back().time > now || now - found.back().time >= std::chrono::hours{std::stoi(hours)};
}

std::size_t expire_backups(const base::Config& config, base::Time now) {
  const fs::path folder = config.get("GUICHET_BACKUPS");
  const auto oldest = now - std::chrono::days{std::stoi(config.get("GUICHET_BACKUP_DAYS"))};
  if (!fs::is_directory(folder)) return 0;
  std::size_t expired = 0;
  for (const auto& found : find_backups(folder)) {
    if (found.time < oldest) expired += fs::remove(found.path) ? 1 : 0;
  }
  return expired;
}

void add_backup(CommandLine program) {
  const auto is_json = std::make_shared<bool>(false);
  const auto backup = program.add("backup", "Makes a sealed backup of the office in GUICHET_BACKUPS.");
  backup.flag("--json", *is_json, "JSON, one object a line");
  backup.footer(
      "The office goes on working. The file is sealed to GUICHET_BACKUP_PUBLIC_KEY_FILE and checked before it takes "
      "its name;\n"
      "backups older than GUICHET_BACKUP_DAYS are deleted. It holds no secret key and not the ledger of erasures: keep "
      "copies\n"
      "of those elsewhere.\n" +
      exit_codes("no backup was made"));
  backup.does([is_json] {
    const auto config = base::Config::read(environ);
    const auto all = databases(config);
    // As the office's own user: root would leave files beside a database that they cannot write.
    for (const auto& database : all) (void)open_existing(database);
    const auto made = make_backup(config, all);
    tell(*is_json,
         {{"file", made.path.string()},
          {"reports", made.manifest.reports},
          {"bytes", fs::file_size(made.path)},
          {"expired", made.expired}},
         fmt::format("{} holds {} reports and is whole; {} expired ones were deleted.", made.path.string(),
                     made.manifest.reports, made.expired));
  });

  const auto backups = program.add("backups", "Prints each backup: its size, reports, keys, when it expires.");
  backups.flag("--json", *is_json, "JSON, one object a line");
  backups.footer(exit_codes("one of them cannot be read"));
  backups.does([is_json] { list(base::Config::read(environ), *is_json); });
}

}  // namespace command
