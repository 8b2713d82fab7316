// A line that tells how far a command is.
#include "command/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace command {

Progress::Progress(std::string verb, std::int64_t total)
    : verb_(std::move(verb)), total_(total), is_shown_(isatty(STDERR_FILENO) != 0) {}

Progress::~Progress() {
  if (is_shown_) fmt::print(stderr, "\r\x1b[K");
}

void Progress::at(std::int64_t done, std::int64_t total) {
  total_ = total;
  at(done);
}

void Progress::at(std::int64_t done) {
  const auto now = std::chrono::steady_clock::now();
  if (!is_shown_ || now - written_ < std::chrono::milliseconds{200}) return;
  written_ = now;
  const double seconds = std::chrono::duration<double>(now - begin_).count();
  const double rate = static_cast<double>(done) / std::max(seconds, 0.001);
  const auto left = static_cast<double>(std::max<std::int64_t>(total_ - done, 0));
  const auto ahead = total_ > 0 && rate > 0 ? fmt::format(" of {}, {:.0f} s left", total_, left / rate) : "";
  fmt::print(stderr, "\r\x1b[K{} {}{} ({:.0f}/s)", verb_, done, ahead, rate);
}

}  // namespace command
