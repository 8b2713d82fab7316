// What a process counts of itself.
#include "web/slot.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <limits>
#include <new>
#include <tuple>

#include "base/file.h"
#include "base/log.h"
#include "web/memory.h"

namespace web {
namespace {

constexpr auto magic = std::bit_cast<std::uint64_t>(std::to_array("guichet"));
constexpr std::uint64_t layout_version = 1;
constexpr int slots_max = 256;
constexpr std::size_t rows_max = 24;
constexpr std::size_t values_max = 32;
constexpr auto unknown = std::numeric_limits<double>::quiet_NaN();

/// A word of a file that others read meanwhile.
std::atomic_ref<std::uint64_t> word(std::uint64_t& value) { return std::atomic_ref(value); }
void set(std::uint64_t& value, std::uint64_t to) { word(value).store(to, std::memory_order_relaxed); }
void add(std::uint64_t& value, std::uint64_t by) { word(value).fetch_add(by, std::memory_order_relaxed); }

template <std::size_t size>
void write(std::array<char, size>& field, std::string_view text) {
  field.fill('\0');
  text.copy(field.data(), size - 1);
}
template <std::size_t size>
std::string_view read(const std::array<char, size>& field) {
  return {field.data(), strnlen(field.data(), size)};
}

/// For readers: whatever the bytes, one line.
template <std::size_t size>
std::string line(const std::array<char, size>& field) {
  std::string text(read(field));
  std::ranges::replace_if(
      text, [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
  return text;
}

std::uint64_t now_ms() { return static_cast<std::uint64_t>(base::now().time_since_epoch().count()); }
base::Time time_of(std::uint64_t ms) { return base::Time{std::chrono::milliseconds{static_cast<std::int64_t>(ms)}}; }

/// The folder that `bin/` lies in: the release.
std::string release_name() {
  std::error_code gone;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", gone);
  return program.parent_path().parent_path().filename().string();
}

struct flock whole_file() {
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  return lock;
}

/// Whether a living process holds the lock; asking takes nothing.
bool is_held(int file) {
  auto lock = whole_file();
  return fcntl(file, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

}  // namespace

struct Slot::Row {
  std::array<char, 64> route;
  std::array<std::uint64_t, 4> by_status;
  std::array<std::uint64_t, duration_bounds_seconds.size() + 1> by_duration;
  std::uint64_t nanoseconds;
};

/// The file: plain words and names, so that it can be read as it lies.
struct Slot::Layout {
  struct Value {
    std::array<char, 64> name, labels;
    std::array<char, 128> help;
    std::uint64_t is_counter;
    std::uint64_t bits;  // of a double
  };
  std::uint64_t magic_word;
  std::uint64_t version, size;
  std::array<char, 64> owner, build, release;
  std::uint64_t pid, started_ms, sampled_ms, starts, in_flight, resident, has_ended, is_activated;
  std::array<Row, rows_max> rows;  // the first is that of no route
  std::array<Value, values_max> values;

  [[nodiscard]] bool is_of(std::string_view name) const {
    return magic_word == magic && version == layout_version && size == sizeof(Layout) && read(owner) == name;
  }
};

/// The slot's memory: a file's, shared, or the process's own.
struct Slot::Mapping {
  Mapping(const std::string& folder, std::string_view owner) : file(take(folder, owner)) {
    static_assert(std::is_trivially_copyable_v<Layout>);
    const int flags = file ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS;
    address = mmap(nullptr, sizeof(Layout), PROT_READ | PROT_WRITE, flags, file ? file->get() : -1, 0);
    if (address == MAP_FAILED) throw std::bad_alloc();
  }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping() { munmap(address, sizeof(Layout)); }

  /// The lowest slot that nobody holds; none when the folder has none for this process.
  static std::unique_ptr<base::File> take(const std::string& folder, std::string_view owner) {
    int cause = 0;
    for (int number = 0; !folder.empty() && number < slots_max; ++number) {
      auto file = std::make_unique<base::File>(fmt::format("{}/{}.{}", folder, owner, number), O_RDWR | O_CREAT);
      auto lock = whole_file();
      if (file->get() >= 0 && fcntl(file->get(), F_OFD_SETLK, &lock) == 0) {
        // A hole in a file on a full disk would end the process at its first count.
        cause = posix_fallocate(file->get(), 0, sizeof(Layout));
        if (cause == 0) return file;
        break;
      }
      cause = errno;
      // Another process's, or another user's: the next one.
      if (cause != EAGAIN && cause != EACCES) break;
    }
    if (cause != 0) base::log({{"event", "counts_are_not_kept"}, {"cause", std::strerror(cause)}});
    return nullptr;
  }

  const std::unique_ptr<base::File> file;  // its lock is held as long as this is open
  void* address;
};

Slot::Slot(const std::string& folder, std::string_view owner, const std::vector<std::string>& routes,
           std::vector<Measure> measures)
    : mapping_(std::make_unique<Mapping>(folder, owner)), layout_(*static_cast<Layout*>(mapping_->address)) {
  if (!layout_.is_of(owner)) std::memset(static_cast<void*>(&layout_), 0, sizeof(Layout));
  write(layout_.owner, owner);
  write(layout_.build, GUICHET_VERSION);
  write(layout_.release, release_name());
  layout_.version = layout_version;
  layout_.size = sizeof(Layout);
  set(layout_.pid, static_cast<std::uint64_t>(getpid()));
  set(layout_.started_ms, now_ms());
  set(layout_.sampled_ms, now_ms());
  set(layout_.in_flight, 0);
  set(layout_.has_ended, 0);
  set(layout_.is_activated, std::getenv("LISTEN_FDS") != nullptr ? 1 : 0);
  set(layout_.resident, own_memory().resident_bytes);
  add(layout_.starts, 1);

  for (const auto& route : routes) {
    auto row = std::find_if(layout_.rows.begin() + 1, layout_.rows.end(),
                            [&](const Row& each) { return read(each.route) == route || read(each.route).empty(); });
    // Those past the last row count as of no route.
    if (row == layout_.rows.end()) row = layout_.rows.begin();
    if (row != layout_.rows.begin()) write(row->route, route);
    rows_.push_back(&*row);
  }
  rows_.push_back(&layout_.rows.front());

  for (auto& value : layout_.values) {
    if (value.is_counter == 0) set(value.bits, std::bit_cast<std::uint64_t>(unknown));
  }
  for (auto& measure : measures) {
    const auto value = std::ranges::find_if(layout_.values, [&](const Layout::Value& each) {
      return read(each.name).empty() || (read(each.name) == measure.name && read(each.labels) == measure.labels);
    });
    if (value == layout_.values.end()) break;
    const bool is_counter = measure.kind == Measure::Kind::counter;
    const bool goes_on = !read(value->name).empty() && value->is_counter != 0 && is_counter;
    if (!goes_on) set(value->bits, std::bit_cast<std::uint64_t>(is_counter ? 0.0 : unknown));
    write(value->name, measure.name);
    write(value->labels, measure.labels);
    write(value->help, measure.help);
    value->is_counter = is_counter ? 1 : 0;
    measures_.push_back({std::move(measure), &value->bits, goes_on ? std::bit_cast<double>(value->bits) : 0.0});
  }
  word(layout_.magic_word).store(magic, std::memory_order_release);
}

Slot::~Slot() {
  sample();
  set(layout_.in_flight, 0);
  set(layout_.has_ended, 1);
}

void Slot::begin() noexcept { add(layout_.in_flight, 1); }

void Slot::end(std::size_t route, int status, std::chrono::nanoseconds took) noexcept {
  auto& row = *rows_[route];
  const auto seconds = std::chrono::duration<double>(took).count();
  const auto bucket = std::ranges::find_if(duration_bounds_seconds, [&](double bound) { return seconds <= bound; }) -
                      duration_bounds_seconds.begin();
  add(row.by_status[static_cast<std::size_t>(std::clamp(status / 100, 2, 5) - 2)], 1);
  add(row.by_duration[static_cast<std::size_t>(bucket)], 1);
  add(row.nanoseconds, static_cast<std::uint64_t>(took.count()));
  word(layout_.in_flight).fetch_sub(1, std::memory_order_relaxed);
}

void Slot::sample() noexcept {
  set(layout_.sampled_ms, now_ms());
  set(layout_.resident, own_memory().resident_bytes);
  for (const auto& [measure, bits, base] : measures_) {
    auto value = unknown;
    try {
      value = base + measure.read();
    } catch (const std::exception&) {
      // What is away cannot be measured; that it is away is told by who waits for it.
    }
    if (!std::isnan(value) || measure.kind == Measure::Kind::gauge) set(*bits, std::bit_cast<std::uint64_t>(value));
  }
}

std::vector<SlotReading> read_slots(const std::string& folder) {
  std::vector<SlotReading> readings;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(folder, none)) {
    const auto name = entry.path().filename().string();
    const auto dot = name.rfind('.');
    int number = -1;
    if (dot != std::string::npos) std::from_chars(name.data() + dot + 1, name.data() + name.size(), number);
    if (number < 0) continue;
    const base::File file(entry.path(), O_RDONLY);
    const auto layout = std::make_unique<Slot::Layout>();
    // Copied, not mapped: whoever cuts the file short ends no reader. An aligned word arrives whole.
    if (file.get() < 0 || pread(file.get(), layout.get(), sizeof *layout, 0) != sizeof *layout) continue;
    const auto owner = name.substr(0, dot);
    if (!layout->is_of(owner)) continue;
    const bool is_alive = is_held(file.get());
    SlotReading reading{.owner = owner,
                        .number = number,
                        .is_alive = is_alive,
                        .has_ended = !is_alive && layout->has_ended != 0,
                        .is_activated = layout->is_activated != 0,
                        .version = line(layout->build),
                        .release = line(layout->release),
                        .starts = layout->starts,
                        .in_flight = is_alive ? layout->in_flight : 0,
                        .resident_bytes = is_alive ? layout->resident : 0,
                        .started = time_of(layout->started_ms),
                        .sampled = time_of(layout->sampled_ms),
                        .routes = {},
                        .told = {}};
    for (const auto& row : layout->rows) {
      if (read(row.route).empty() && &row != &layout->rows.front()) break;
      reading.routes.push_back(
          {line(row.route), row.by_status, row.by_duration, static_cast<double>(row.nanoseconds) / 1e9});
    }
    for (const auto& value : layout->values) {
      if (read(value.name).empty()) break;
      const bool is_counter = value.is_counter != 0;
      reading.told.push_back({line(value.name), line(value.labels), line(value.help),
                              is_counter ? Measure::Kind::counter : Measure::Kind::gauge,
                              is_alive || is_counter ? std::bit_cast<double>(value.bits) : unknown});
    }
    readings.push_back(std::move(reading));
  }
  std::ranges::sort(readings, {}, [](const auto& each) { return std::tie(each.owner, each.number); });
  return readings;
}

}  // namespace web
