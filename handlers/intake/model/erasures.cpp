// The ledger of erasures.
#include "intake/model/erasures.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <sstream>
#include <stdexcept>

#include "base/file.h"
#include "base/ids.h"
#include "intake/model/notes.h"
#include "intake/model/records.h"

namespace intake {
namespace {

constexpr std::size_t erased_at_once = 256;

[[noreturn]] void fail(std::string_view what) {
  throw base::Unavailable(fmt::format("erasures: {}: {}", what, std::strerror(errno)));
}

void write_whole(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail("the ledger cannot be written");
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

/// Whether the last line is whole, so that the next one begins after it.
bool ends_whole(int file) {
  const auto size = lseek(file, 0, SEEK_END);
  char last = '\n';
  if (size < 0 || (size > 0 && pread(file, &last, 1, size - 1) != 1)) fail("the ledger cannot be read");
  return last == '\n';
}

/// The report as it stands, first, and its notes; empty: it is not there.
std::vector<store::Step> erasure_of(store::Documents& documents, std::string_view id) {
  const auto document = documents.find(submissions_collection, id);
  if (!document) return {};
  auto steps = erase_notes(documents, id);
  steps.insert(steps.begin(), store::Erase{std::string(submissions_collection), std::string(id), document->sequence});
  return steps;
}

/// Again while somebody changes the report or adds a note. False: it is not there, or an extra step finds no place.
bool erase_with_notes(store::Documents& documents, std::string_view id, const std::vector<store::Step>& extra) {
  const auto sequence_in = [](const auto& steps) { return std::get<store::Erase>(steps.front()).sequence; };
  for (auto steps = erasure_of(documents, id); !steps.empty();) {
    const auto sequence = sequence_in(steps);
    std::ranges::copy(extra, std::back_inserter(steps));
    if (documents.change(steps)) return true;
    steps = erasure_of(documents, id);
    if (!steps.empty() && sequence_in(steps) == sequence) return false;
  }
  return false;
}

}  // namespace

void Erasures::add(std::string_view id) {
  if (!base::is_id(id)) throw std::logic_error("an erasure of what is no id");
  // Its folder's group writes it, whatever the umask of the first who does.
  const mode_t usual = 0660;
  const base::File file(path_, O_RDWR | O_APPEND | O_CREAT);
  if (file.get() < 0) fail("the ledger cannot be opened");
  struct stat status {};
  if (fstat(file.get(), &status) == 0 && status.st_uid == geteuid() && status.st_size == 0) {
    (void)!fchmod(file.get(), usual);
  }
  while (flock(file.get(), LOCK_EX) != 0) {
    if (errno != EINTR) fail("the ledger cannot be locked");
  }
  write_whole(file.get(), fmt::format("{}{}\n", ends_whole(file.get()) ? "" : "\n", id));
  if (fdatasync(file.get()) != 0) fail("the ledger cannot be synced");
  if (!base::sync_folder(base::folder_of(path_))) fail("the ledger's folder cannot be synced");
}

std::set<std::string> Erasures::ids() const {
  const base::File file(path_, O_RDONLY);
  if (file.get() < 0 && errno == ENOENT && std::filesystem::is_directory(base::folder_of(path_))) return {};
  if (file.get() < 0) fail("the ledger cannot be opened");
  std::string text;
  char bytes[65536];
  while (true) {
    const auto count = read(file.get(), bytes, sizeof bytes);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail("the ledger cannot be read");
    if (count == 0) break;
    text.append(bytes, static_cast<std::size_t>(count));
  }
  std::set<std::string> ids;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (base::is_id(line)) ids.insert(line);
  }
  return ids;
}

std::size_t Erasures::apply(store::Documents& documents) const { return erase_all(documents, ids()); }

std::size_t erase_all(store::Documents& documents, const std::set<std::string>& ids) {
  std::size_t erased = 0;
  std::vector<std::string> batch;
  std::vector<store::Step> steps;
  const auto take = [&] {
    if (documents.change(steps)) {
      erased += batch.size();
    } else {
      // One of them was changed or erased by another meanwhile, and undid the rest.
      for (const auto& id : batch) erased += erase_with_notes(documents, id, {}) ? 1 : 0;
    }
    batch.clear();
    steps.clear();
  };
  for (const auto& id : ids) {
    auto erasure = erasure_of(documents, id);
    if (erasure.empty()) continue;
    std::ranges::move(erasure, std::back_inserter(steps));
    batch.push_back(id);
    if (batch.size() == erased_at_once) take();
  }
  if (!batch.empty()) take();
  return erased;
}

Erasures open_erasures(const base::Config& config) {
  const auto path = config.get("GUICHET_ERASURES");
  const auto folder = base::folder_of(path);
  if (!std::filesystem::is_directory(folder)) {
    throw base::BadStart(fmt::format("GUICHET_ERASURES: the folder {} is not there.", folder));
  }
  return Erasures(path);
}

bool erase(store::Documents& documents, Erasures& erasures, store::Window& window, std::string_view id,
           const std::vector<store::Step>& extra) {
  if (!documents.find(submissions_collection, id)) return false;
  erasures.add(id);
  if (!erase_with_notes(documents, id, extra)) return false;
  window.catch_up(base::now());
  try {
    // A reader may stand in its way; `guichet sweep` comes by again.
    [[maybe_unused]] const bool is_scrubbed = documents.scrub();
  } catch (const base::Unavailable&) {
    // The erasure is durable, and that is what the caller is told.
  }
  return true;
}

}  // namespace intake
