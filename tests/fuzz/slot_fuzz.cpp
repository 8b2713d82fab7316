// Slots of shared memory, as a handler that was taken over could leave them: each is one line of text a field.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <string>

#include "base/file.h"
#include "fuzz/expect.h"
#include "ground/folder.h"
#include "web/slot.h"

using fuzz::expect;

namespace {

constexpr const char* owner = "intake_submit";

/// A slot that a process has left.
std::string left_slot() {
  const ground::Folder folder;
  {
    const web::Slot slot(
        folder.path(), owner, {"POST /submit"},
        {{"guichet_commits_total", "store=\"intake\"", "Commits.", web::Measure::Kind::counter, [] { return 1.0; }}});
  }
  return base::read_file(folder / "intake_submit.0");
}

void expect_line(const std::string& text) {
  expect(std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) >= ' '; }), "one line");
}

}  // namespace

/// Pieces of the slot that are other bytes: where in it (two bytes), how many (one), and the bytes.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const ground::Folder folder;
  static const auto whole = left_slot();
  auto bytes = whole;
  for (auto rest = fuzz::view(data, size); !rest.empty();) {
    const auto high = fuzz::take_byte(rest);
    const std::size_t at = (std::size_t{high} << 8 | fuzz::take_byte(rest)) % bytes.size();
    const std::size_t length = fuzz::take_byte(rest);
    const auto piece = rest.substr(0, std::min(length, bytes.size() - at));
    rest.remove_prefix(piece.size());
    std::ranges::copy(piece, bytes.begin() + static_cast<std::ptrdiff_t>(at));
  }
  {
    const base::File file(folder / "intake_submit.0", O_WRONLY | O_CREAT | O_TRUNC);
    expect(write(file.get(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()), "a file");
  }
  for (const auto& reading : web::read_slots(folder.path())) {
    expect(reading.owner == owner && reading.number == 0 && !reading.is_alive, "the slot that is there");
    expect_line(reading.version);
    expect_line(reading.release);
    expect(reading.routes.size() <= 24 && reading.told.size() <= 32, "as many rows as a slot has");
    for (const auto& route : reading.routes) expect_line(route.route);
    for (const auto& told : reading.told) {
      expect_line(told.name);
      expect_line(told.labels);
      expect_line(told.help);
    }
  }
  return 0;
}
