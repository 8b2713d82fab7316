// The audit trail: who saw, revealed, extended, exported or erased what, when and why; each entry holds the hash of the
// one before it.
//
// One document of the office's database an entry, numbered from 1 without a gap: `unique` is the position (8 bytes, big
// endian), `body` one JSON object with position, id, time, who, action, record, reason and the previous hash, `seal`
// BLAKE2b("guichet audit", previous hash ‖ body), 32 bytes; before the first entry the hash is 32 zero bytes. Labels
// repeat who, action and record for filters. `received` never goes back, so that the list's order is the chain's, also
// when the clock is put back; the time in the body is what the clock said.
//
// What it proves: an entry edited, dropped or moved breaks the chain from there on. What it cannot prove by itself:
// whoever can write the database can cut its tail or compute the whole chain anew, and only a head that was noted
// elsewhere (printed, mailed, on another disk) shows it. `verify` therefore takes one.
//
// No personal data of those who reported belongs here: nothing is ever erased from a trail. A record is named by its
// id. Limits: who and record 64 bytes, reason `reason_max_bytes`. Text that is not plain (base::is_plain_text), too
// long, or an action that is no word of `actions` throws std::logic_error: callers judge what people typed first.
// Errors: Unavailable as the store throws it; what was not durable then is not told as done.
// Threads: safe from several threads, and from several processes on one database: the position that two want is taken
// by one, and the other chains itself to it.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "store/documents.h"

namespace auth {

inline constexpr std::string_view audit_collection = "audit";

/// All that is ever done, in the past tense: what the trail says has been done or is about to be.
inline constexpr std::array<std::string_view, 29> actions{"saw",
                                                          "revealed",
                                                          "exported",
                                                          "erased",
                                                          "extended",
                                                          "corrected",
                                                          "rotated",
                                                          "imported",
                                                          "backed_up",
                                                          "restored",
                                                          "retired",
                                                          "destroyed",
                                                          "logged_in",
                                                          "logged_out",
                                                          "login_failed",
                                                          "created",
                                                          "edited",
                                                          "disabled",
                                                          "enabled",
                                                          "reset",
                                                          "changed_password",
                                                          "ended_sessions",
                                                          "noted",
                                                          "set_status",
                                                          "took",
                                                          "handed_over",
                                                          "moved",
                                                          "move_failed",
                                                          "reopened"};

struct Entry {
  base::Time when;
  std::string who;
  std::string action;
  std::string record;  // an id, or what stands for several
  std::string reason;
};

class Trail {
 public:
  static constexpr std::size_t name_max_bytes = 64;
  static constexpr std::size_t reason_max_bytes = 2048;
  static constexpr std::size_t page_size = 100;

  /// `office` must outlive the trail.
  explicit Trail(store::Documents& office) : office_(office) {}
  Trail(const Trail&) = delete;
  Trail& operator=(const Trail&) = delete;

  /// Durable when it returns.
  void append(const Entry& entry);

  /// Under an id that the fact behind it has already: the second time nothing is added, and false.
  bool append_once(std::string_view id, const Entry& entry);

  /// At most `most` of that action by that person within `span` before the entry's time: false when there are as many
  /// already, and nothing is added. Exact, also while others append.
  [[nodiscard]] bool append_within(const Entry& entry, std::size_t most, std::chrono::milliseconds span);

  struct Head {
    std::int64_t position = 0;
    std::string hash;  // hexadecimal, to be noted elsewhere
  };
  [[nodiscard]] Head head();

  struct Verdict {
    std::int64_t entries = 0;               // that were checked
    std::optional<std::int64_t> broken_at;  // the first position that is not what was appended
    std::string finding;                    // what is wrong there, in one sentence; empty: nothing
    bool misses_noted_head = false;         // and nothing else is wrong
    Head head;
    [[nodiscard]] bool is_whole() const { return finding.empty(); }
  };
  /// Reads every entry. With a head (its hash), the chain must also pass through it: else its tail was cut or it was
  /// computed anew. Entries that are appended meanwhile are read too.
  [[nodiscard]] Verdict verify(const std::optional<std::string>& noted_head = std::nullopt);

  struct Kept {
    std::int64_t position;
    Entry entry;
    std::string hash;
  };
  struct Page {
    std::vector<Kept> entries;
    std::optional<std::string> next;
  };
  /// Newest first, narrowed by labels (who, action, record). None for a cursor that this did not give. An entry whose
  /// body is no longer what was written is shown as far as it can be read.
  [[nodiscard]] std::optional<Page> list(std::string_view cursor, const store::Labels& labels = {});

  /// The newest entry of these labels, or nothing.
  [[nodiscard]] std::optional<store::Document> newest(const store::Labels& labels);

 private:
  struct Limit {
    std::size_t most;
    std::chrono::milliseconds span;
  };
  bool append(std::string id, const Entry& entry, const std::optional<Limit>& limit);
  [[nodiscard]] bool is_reached(const Limit& limit, const Entry& entry);

  store::Documents& office_;
  std::mutex turn_;  // of this process's threads: each would meet the other's position
};

}  // namespace auth
