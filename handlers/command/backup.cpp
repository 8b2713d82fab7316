// guichet backup: consistent copies of the databases. guichet restore FILE: puts one back, without what was erased
// since.
#include "command/backup.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sodium.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>

#include "base/clock.h"
#include "base/log.h"
#include "command/command.h"
#include "command/databases.h"
#include "crypto/hash.h"
#include "intake/model/erasures.h"
#include "intake/model/records.h"

namespace command {
namespace {

namespace fs = std::filesystem;

/// A folder's name for a moment: names sort as their moments do.
std::string folder_name(base::Time time) {
  auto name = base::rfc3339(time);
  std::erase(name, ':');
  return name;
}

bool is_backup(const std::string& name) {
  static const std::regex moment(R"(\d{4}-\d\d-\d\dT\d{6}\.\d{3}Z)");
  return std::regex_match(name, moment);
}

/// BLAKE2b of a whole file, as `b2sum --length=256` prints it.
std::string hash_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  crypto_generichash_state state;
  crypto_generichash_init(&state, nullptr, 0, crypto_generichash_BYTES);
  std::array<char, 65536> bytes{};
  while (file.read(bytes.data(), bytes.size()) || file.gcount() > 0) {
    crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(bytes.data()),
                              static_cast<unsigned long long>(file.gcount()));
  }
  if (!file.eof()) throw base::BadStart(fmt::format("{} cannot be read.", path.string()));
  std::string hash(crypto_generichash_BYTES, '\0');
  crypto_generichash_final(&state, reinterpret_cast<unsigned char*>(hash.data()), hash.size());
  return crypto::to_hex(hash);
}

/// The keys that open a copy's reports: none of them may be destroyed while the copy is kept.
std::set<std::string> key_ids_in(const Database& original, const fs::path& copy) {
  std::set<std::string> ids;
  if (original.name != "intake") return ids;
  {
    const auto documents = store::Documents::open("sqlite:" + copy.string(), original.schema);
    std::int64_t reached = 0;
    while (true) {
      const auto facts = documents->since(intake::submissions_collection, reached, store::list_max);
      if (facts.empty()) break;
      reached = facts.back().sequence;
      for (const auto& fact : facts) {
        if (fact.kind != store::Fact::Kind::erased) ids.insert(fact.labels.at(std::string(intake::key_label)));
      }
    }
  }
  fs::remove(copy.string() + ".lock");
  return ids;
}

void write_synced(const fs::path& path, const std::string& text) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  const bool is_written =
      file >= 0 && write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && fsync(file) == 0;
  if (file >= 0) close(file);
  if (!is_written) throw base::BadStart(fmt::format("{} cannot be written.", path.string()));
}

void back_up(const base::Config& config, base::Time now) {
  const fs::path backups = config.get("GUICHET_BACKUPS");
  const std::chrono::days days{std::stoi(config.get("GUICHET_BACKUP_DAYS"))};
  const auto name = folder_name(now);
  // Under another name until it is whole: what bears a moment's name is a backup.
  const auto partial = backups / ("." + name);
  fs::create_directories(backups);
  fs::create_directory(partial);
  fs::permissions(partial, fs::perms::owner_all);
  try {
    auto files = nlohmann::ordered_json::array();
    std::set<std::string> key_ids;
    for (const auto& database : databases(config)) {
      const auto copy = partial / (database.name + ".db");
      open_existing(database)->back_up(copy);
      key_ids.merge(key_ids_in(database, copy));
      files.push_back({{"name", copy.filename()}, {"bytes", fs::file_size(copy)}, {"blake2b_256", hash_of(copy)}});
    }
    const nlohmann::ordered_json manifest{
        {"time", base::rfc3339(now)}, {"expires", base::rfc3339(now + days)}, {"key_ids", key_ids}, {"files", files}};
    write_synced(partial / "manifest.json", manifest.dump(2) + "\n");
    fs::rename(partial, backups / name);
  } catch (...) {
    fs::remove_all(partial);
    throw;
  }
  base::log({{"event", "backup"}, {"folder", (backups / name).string()}, {"expired", expire_backups(config, now)}});
}

void restore(const base::Config& config, const std::string& file) {
  const auto all = databases(config);
  const auto name = fs::path(file).filename().string();
  const auto target = std::ranges::find(all, name, [](const auto& database) { return database.name + ".db"; });
  if (target == all.end()) {
    throw base::BadStart(fmt::format("{} is no copy of a database of this office: its name says which.", file));
  }
  const auto erasures = intake::open_erasures(config);
  std::size_t erased = 0;
  store::Documents::put_back(target->url, target->schema, file, [&](store::Documents& documents) {
    if (target->name == "intake") erased = erasures.apply(documents);
  });
  base::log({{"event", "restore"}, {"database", target->name}, {"erased_again", erased}});
}

}  // namespace

std::size_t expire_backups(const base::Config& config, base::Time now) {
  const fs::path backups = config.get("GUICHET_BACKUPS");
  const auto oldest = folder_name(now - std::chrono::days{std::stoi(config.get("GUICHET_BACKUP_DAYS"))});
  std::vector<fs::path> gone;
  if (!fs::is_directory(backups)) return 0;
  for (const auto& entry : fs::directory_iterator(backups)) {
    const auto name = entry.path().filename().string();
    if (is_backup(name) && name < oldest) gone.push_back(entry.path());
  }
  for (const auto& path : gone) fs::remove_all(path);
  return gone.size();
}

void add_backup(CLI::App& program) {
  auto* backup = program.add_subcommand("backup", "Copies the databases to GUICHET_BACKUPS, and deletes old copies.");
  backup->callback([] { back_up(base::Config::read(environ), base::now()); });

  const auto file = std::make_shared<std::string>();
  auto* put_back =
      program.add_subcommand("restore", "Puts a copy back, without what was erased since; the office must be down.");
  put_back->add_option("file", *file, "The copy: intake.db or office.db of a backup")
      ->required()
      ->check(CLI::ExistingFile);
  put_back->callback([file] { restore(base::Config::read(environ), *file); });
}

}  // namespace command
