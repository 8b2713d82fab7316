// A disk that remembers what was asked of it.
#include "faults/disk.h"

#include <algorithm>
#include <fstream>

#include "faults/disk_vfs.h"

namespace faults {
namespace {

constexpr std::size_t sector_sizes[] = {512, 4096};

void put(std::string& content, std::int64_t offset, std::string_view bytes) {
  const auto begin = static_cast<std::size_t>(offset);
  if (content.size() < begin + bytes.size()) content.resize(begin + bytes.size());
  content.replace(begin, bytes.size(), bytes);
}

/// What may be there of a write that no sync covers.
void put_some(std::string& content, std::int64_t offset, std::string_view bytes, std::mt19937_64& random) {
  enum class Fate { whole, none, beginning, some };
  const auto fate = static_cast<Fate>(random() % 4);
  if (fate == Fate::none) {
    // A file can have its new length before it has its bytes.
    const auto end = static_cast<std::size_t>(offset) + bytes.size();
    if (content.size() < end && random() % 2 == 0) content.resize(end);
    return;
  }
  const auto sector = sector_sizes[random() % std::size(sector_sizes)];
  const auto cut = random() % (bytes.size() / sector + 1);
  for (std::size_t at = 0, number = 0; at < bytes.size(); ++number) {
    // Sectors are the disk's, not the write's.
    const auto place = static_cast<std::size_t>(offset) + at;
    const auto size = std::min(sector - place % sector, bytes.size() - at);
    const bool is_there =
        fate == Fate::whole || (fate == Fate::beginning && number < cut) || (fate == Fate::some && random() % 2 == 0);
    if (is_there) put(content, static_cast<std::int64_t>(place), bytes.substr(at, size));
    at += size;
  }
}

}  // namespace

Disk::Disk(std::string folder, Syncs syncs) : folder_(std::move(folder)), syncs_(syncs) { put_below_sqlite(this); }
Disk::~Disk() { put_below_sqlite(nullptr); }

Disk::Moment Disk::now() const {
  const std::lock_guard lock(mutex_);
  return events_.size();
}

std::string Disk::name_of(const std::string& path) const {
  if (!path.starts_with(folder_ + "/")) return {};
  return path.substr(folder_.size() + 1);
}

std::optional<Disk::File> Disk::open(const std::string& path) {
  const auto name = name_of(path);
  if (name.empty()) return std::nullopt;
  const std::lock_guard lock(mutex_);
  const auto [found, is_new] = names_.try_emplace(name, files_);
  if (is_new) events_.emplace_back(Name{name, files_++});
  return found->second;
}

void Disk::write(File file, std::int64_t offset, std::string bytes) {
  const std::lock_guard lock(mutex_);
  events_.emplace_back(Write{file, offset, std::move(bytes)});
}

void Disk::truncate(File file, std::int64_t size) {
  const std::lock_guard lock(mutex_);
  events_.emplace_back(Truncate{file, size});
}

void Disk::remove(const std::string& path) {
  const auto name = name_of(path);
  const std::lock_guard lock(mutex_);
  if (name.empty() || names_.erase(name) == 0) return;
  events_.emplace_back(Name{name, std::nullopt});
}

void Disk::sync(File file, const std::string& path, Moment began) {
  const bool is_log = path.ends_with("-wal");
  if (syncs_ == Syncs::ignored || (syncs_ == Syncs::ignored_of_logs && is_log)) return;
  const std::lock_guard lock(mutex_);
  events_.emplace_back(Sync{file, began});
}

void Disk::sync_folder(const std::string& path, Moment began) {
  if (syncs_ == Syncs::ignored || (path != folder_ && name_of(path).empty())) return;
  const std::lock_guard lock(mutex_);
  events_.emplace_back(SyncFolder{began});
}

std::map<std::string, Disk::File> Disk::names_at(Moment at, std::mt19937_64& random) const {
  Moment durable = 0;
  for (Moment i = 0; i < at; ++i) {
    if (const auto* sync = std::get_if<SyncFolder>(&events_[i])) durable = std::max(durable, sync->began);
  }
  // A journal loses the last changes; a folder without one may lose any.
  const bool has_journal = random() % 2 == 0;
  bool is_lost = false;
  std::map<std::string, File> names;
  for (Moment i = 0; i < at; ++i) {
    const auto* change = std::get_if<Name>(&events_[i]);
    if (change == nullptr) continue;
    if (i >= durable) is_lost = (has_journal && is_lost) || random() % 2 == 0;
    if (is_lost) continue;
    if (change->file) {
      names[change->name] = *change->file;
    } else {
      names.erase(change->name);
    }
  }
  return names;
}

void Disk::write_out(Moment at, const std::string& folder, std::mt19937_64& random) const {
  const std::lock_guard lock(mutex_);
  const auto names = names_at(at, random);
  std::vector<Moment> durable(files_, 0);
  for (Moment i = 0; i < at; ++i) {
    if (const auto* sync = std::get_if<Sync>(&events_[i])) {
      durable[sync->file] = std::max(durable[sync->file], sync->began);
    }
  }
  std::map<File, std::string> contents;
  for (const auto& [name, file] : names) contents.emplace(file, "");
  for (Moment i = 0; i < at; ++i) {
    if (const auto* written = std::get_if<Write>(&events_[i])) {
      const auto content = contents.find(written->file);
      if (content == contents.end()) continue;
      if (i < durable[written->file]) {
        put(content->second, written->offset, written->bytes);
      } else {
        put_some(content->second, written->offset, written->bytes, random);
      }
    }
    if (const auto* cut = std::get_if<Truncate>(&events_[i])) {
      const auto content = contents.find(cut->file);
      if (content == contents.end() || (i >= durable[cut->file] && random() % 2 == 0)) continue;
      content->second.resize(static_cast<std::size_t>(cut->size));
    }
  }
  for (const auto& [name, file] : names) std::ofstream(folder + "/" + name, std::ios::binary) << contents[file];
  if (random() % 2 == 0) return;
  std::vector<std::uint64_t> noise(32768 / sizeof(std::uint64_t));
  std::ranges::generate(noise, [&] { return random(); });
  std::ofstream(folder + "/desk.db-shm", std::ios::binary).write(reinterpret_cast<const char*>(noise.data()), 32768);
}

}  // namespace faults
