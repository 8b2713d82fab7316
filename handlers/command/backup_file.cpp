// A backup.
#include "command/backup_file.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <numeric>
#include <stdexcept>

#include "base/config.h"

namespace command {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

constexpr std::string_view beginning = "guichet-";
constexpr std::string_view ending = ".backup";
constexpr std::size_t row_max_bytes = 16 * store::value_max_bytes;
constexpr std::size_t length_bytes = 4;

std::string length_of(std::size_t row_bytes) {
  std::string bytes(length_bytes, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(row_bytes >> (8 * i));
  return bytes;
}

std::size_t read_length(std::string_view bytes) {
  std::size_t length = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) length |= std::size_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  return length;
}

std::int64_t rows_of(const store::Contents& contents) {
  return std::accumulate(contents.rows.begin(), contents.rows.end(), std::int64_t{0},
                         [](std::int64_t sum, const auto& table) { return sum + table.second; });
}

std::string write_manifest(const Manifest& manifest) {
  auto databases = ordered_json::array();
  for (const auto& [name, contents] : manifest.databases) {
    databases.push_back({{"name", name},
                         {"epoch", contents.epoch},
                         {"version", contents.version},
                         {"rows", contents.rows},
                         {"heads", contents.heads}});
  }
  return ordered_json{{"time", base::rfc3339(manifest.time)}, {"expires", base::rfc3339(manifest.expires)},
                      {"reports", manifest.reports},          {"erasures", manifest.erasures},
                      {"key_ids", manifest.key_ids},          {"databases", std::move(databases)}}
      .dump();
}

/// A count that is one, and of which as many as a manifest holds can be added up. Throws std::out_of_range.
std::int64_t count_in(const nlohmann::json& value) {
  constexpr std::uint64_t count_max = std::uint64_t{1} << 40;
  if (!value.is_number_unsigned() || value.get<std::uint64_t>() > count_max) throw std::out_of_range("no count");
  return value;
}

std::map<std::string, std::int64_t> counts_in(const nlohmann::json& object) {
  std::map<std::string, std::int64_t> counts;
  for (const auto& [name, value] : object.items()) counts.emplace(name, count_in(value));
  return counts;
}

/// Throws what nlohmann/json throws, std::out_of_range, or std::bad_optional_access, when it is none.
Manifest read_manifest(const std::string& text) {
  // Deeper than ours, it would only cost the stack.
  const auto json = nlohmann::json::parse(text, [](int depth, auto, auto&) { return depth <= 4; });
  const auto time = [&](const char* name) { return base::read_rfc3339(json.at(name).get<std::string>()).value(); };
  Manifest manifest{.time = time("time"),
                    .expires = time("expires"),
                    .reports = count_in(json.at("reports")),
                    .erasures = count_in(json.at("erasures")),
                    .key_ids = json.at("key_ids"),
                    .databases = {}};
  for (const auto& part : json.at("databases")) {
    manifest.databases.push_back({part.at("name"),
                                  {.epoch = part.at("epoch"),
                                   .version = count_in(part.at("version")),
                                   .rows = counts_in(part.at("rows")),
                                   .heads = counts_in(part.at("heads"))}});
  }
  return manifest;
}

/// When the backup of that name was made; none: it is no backup's name.
std::optional<base::Time> time_in(std::string_view name) {
  constexpr std::size_t to_minutes = 13, minutes = 2;
  if (!name.starts_with(beginning) || name.size() < beginning.size() + to_minutes + minutes + ending.size())
    return std::nullopt;
  const auto moment = name.substr(beginning.size(), name.size() - beginning.size() - ending.size());
  const auto time =
      base::read_rfc3339(fmt::format("{}:{}:{}", moment.substr(0, to_minutes), moment.substr(to_minutes, minutes),
                                     moment.substr(to_minutes + minutes)));
  return time && name == backup_name(*time) ? time : std::nullopt;
}

}  // namespace

std::string backup_name(base::Time time) {
  auto moment = base::rfc3339(time);
  std::erase(moment, ':');
  return fmt::format("{}{}{}", beginning, moment, ending);
}

std::vector<Found> find_backups(const fs::path& folder) {
  std::vector<Found> found;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (const auto time = time_in(entry.path().filename().string())) found.push_back({entry.path(), *time});
  }
  std::ranges::sort(found, {}, &Found::time);
  return found;
}

crypto::StreamKey write_backup(int descriptor, const crypto::PublicKey& to, const Manifest& manifest,
                               const std::vector<std::unique_ptr<store::Snapshot>>& snapshots) {
  crypto::SealedWriter writer(descriptor, to, write_manifest(manifest));
  for (const auto& snapshot : snapshots) {
    store::RecordWriter records;
    snapshot->read_all([&](const store::Record& record) {
      records.write(record, [&](std::string_view piece) {
        writer.write(length_of(piece.size()));
        writer.write(piece);
      });
    });
    writer.write(length_of(0));
  }
  writer.finish();
  return writer.take_key();
}

BackupFile::BackupFile(const std::string& path) : path_(path), file_(path, O_RDONLY) {
  if (file_.get() < 0) throw base::BadStart(fmt::format("{} cannot be read: {}.", path, std::strerror(errno)));
  guard([&] { reader_.emplace(file_.get()); });
  try {
    manifest_ = read_manifest(reader_->clear());
  } catch (const std::exception&) {
    throw base::BadStart(fmt::format("{} is no backup that this Guichet can read.", path_));
  }
}

std::uintmax_t BackupFile::bytes() const { return fs::file_size(path_); }

void BackupFile::read(const store::RecordReader::Each& each) {
  guard([&] {
    store::RecordReader records;
    std::int64_t rows = 0;
    while (const auto length = read_length(reader_->read(length_bytes))) {
      if (length > row_max_bytes) throw crypto::Forged("it holds a row that is too long");
      const auto piece = reader_->read(length);
      rows += piece.front() == 'r' ? 1 : 0;
      records.read(piece, each);
    }
    if (rows != rows_of(manifest_.databases.at(databases_read_++).contents)) {
      throw crypto::Forged("it does not hold as many rows as it says");
    }
  });
}

void BackupFile::end() {
  guard([&] {
    if (!reader_->is_at_end()) throw crypto::Forged("it holds more than it says");
  });
}

void BackupFile::check() {
  for (std::size_t i = 0; i < manifest_.databases.size(); ++i) read([](store::Record&&) {});
  end();
}

void BackupFile::guard(const std::function<void()>& work) const {
  try {
    work();
  } catch (const crypto::Forged& reason) {
    throw base::BadStart(fmt::format("{} is no whole backup: {}.", path_, reason.what()));
  } catch (const base::Unavailable& reason) {
    throw base::BadStart(fmt::format("{}: {}.", path_, reason.what()));
  }
}

}  // namespace command
