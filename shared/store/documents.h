// The door to the facts: one durable document for each thing that happened. One contract, every engine keeps it.
//
// Durable: `add` returns after the document is on the disk (fsync'd), or it throws and says which of the two it is:
//   Unavailable{.outcome = not_done} nothing was kept; {.outcome = unknown} it may have been, and a repeat finds out.
// A database whose office has moved away refuses every write that way, and answers readings (store/mark.h).
// Once: two documents of one collection never share an id or a `unique` value; the second `add` meets the first.
// Order: `sequence` grows in the order in which documents become visible, without reuse, also after an erasure; what is
// changed or erased takes a new one, so that whoever follows the facts hears of it. What comes to nothing may leave one
// unused, never the newest.
// Tallies move in the transaction of the document that they count, so at every moment they equal a recount and what
// retention has counted out (`retired`).
// Limits: a value at most `value_max_bytes`, a list at most `list_max` documents. Waiting is bounded, then Unavailable.
// A caller's mistake (an unknown collection or label, a label left out, a value too long) throws std::logic_error.
// Threads: every function is safe from several threads at once, and from several processes on one database.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/unavailable.h"

namespace store {

using base::Unavailable;

using Labels = std::map<std::string, std::string, std::less<>>;

struct Document {
  std::string id;  // UUIDv7
  base::Time received;
  Labels labels;                              // in clear, searchable: those that the collection declares, all of them
  std::string unique;                         // bytes that only one document of the collection may have
  std::string seal;                           // opaque bytes that can be replaced alone
  std::string body;                           // opaque bytes
  std::int64_t sequence = 0;                  // given by the store
  std::optional<base::Time> keep_until = {};  // retention spares it until then; none: as long as the others
};

/// What a projection needs of a document: its latest state, once, in the order of `sequence`.
struct Fact {
  enum class Kind { added, changed, erased };  // changed: it had another sequence, and perhaps other labels, before
  std::int64_t sequence;
  std::string id;
  base::Time received;
  Labels labels;  // none of an erased one
  Kind kind = Kind::added;
};

/// One collection of a desk's database.
struct Collection {
  std::string name;                        // a word: letters and underscores
  std::vector<std::string> labels;         // searchable, and all that `Document::labels` holds
  std::vector<std::string> tallied;        // those of them that are counted, and indexed for filters
  std::vector<std::string> searched = {};  // those indexed for filters but where they are empty, the most telling first
};

/// More labels of a collection that an earlier step made. What is there has their preset values, and what an older
/// program adds gets them too; what it replaces keeps those that it has.
struct Extension {
  struct Label {
    std::string name;
    std::string preset;  // printable ASCII without a quote
  };
  std::string collection;
  std::vector<Label> labels;               // none of them is tallied: what is there was never counted by it
  std::vector<std::string> searched = {};  // of these labels and of those that were there
};

using Migration = std::variant<Collection, Extension>;

/// A desk's schema, step by step. A step that has shipped never changes, and only adds: so it may land while older
/// programs, which know fewer steps, are at work on the database, and they may be started again.
///
/// `readable_from`: how many migrations a program must know to go on with a database that this one has opened; kept in
/// it, and never lowered. A release that has to break with older ones raises it, only to what the release before knew
/// already: that one's processes still run then, and `nginx/up --previous` leads back to it. A program that knows fewer
/// refuses to start.
struct Schema {
  std::vector<Migration> migrations;
  std::size_t readable_from = 0;

  /// The collections as the first so many steps leave them.
  [[nodiscard]] std::vector<Collection> collections(std::size_t steps) const;
  [[nodiscard]] std::vector<Collection> collections() const { return collections(migrations.size()); }
  /// The one of that name as all steps leave it. Throws std::logic_error.
  [[nodiscard]] Collection collection(std::string_view name) const;
};

/// How many there are of each value.
using Counts = std::map<std::string, std::int64_t, std::less<>>;

/// How many there are, in all and for each value of each tallied label (values never met are absent).
struct Tally {
  std::int64_t total = 0;
  std::map<std::string, Counts, std::less<>> by_label;
  friend bool operator==(const Tally&, const Tally&) = default;
};

/// The half-open span (after, until], as "the last 24 hours" is meant.
struct Span {
  base::Time after;
  base::Time until;
};

/// Where a list goes on: past this document, towards older ones.
struct Position {
  base::Time received;
  std::int64_t sequence;
};

struct Filter {
  Labels labels;                     // equal to all of these
  std::optional<base::Time> from;    // received at or after
  std::optional<base::Time> before;  // received before
};

/// How far the facts go. The epoch is another one after a restore or on another database.
struct Head {
  std::string epoch;
  std::int64_t sequence = 0;
  friend bool operator==(const Head&, const Head&) = default;
};

struct Added {
  Document document;  // what is kept: the new one, or the one that had this `unique` value or id already
  bool is_new;
  bool is_erased = false;  // that one was erased: only its id and received are known, and nothing is kept
};

/// Steps of one transaction.
struct Add {
  std::string collection;
  Document document;
};
/// The one of that id, if it still is at `document.sequence`, takes this `unique`, labels, seal, body and keep_until.
struct Replace {
  std::string collection;
  Document document;
};
/// If it is still there, and at that sequence when one is given.
struct Erase {
  std::string collection;
  std::string id;
  std::optional<std::int64_t> sequence = {};
};
using Step = std::variant<Add, Replace, Erase>;

/// A seal replaced by another that holds the same key, and the label that names what opens it.
struct Reseal {
  std::string id;
  std::string seal_now;
  std::string seal_new;
  std::string label_new;
};

/// What this process's commits have come to so far.
struct Commits {
  std::uint64_t count = 0;
  std::uint64_t writes = 0;              // that shared them
  std::chrono::nanoseconds waited{};     // for other processes' commits
  std::chrono::nanoseconds committed{};  // until they were on the disk
};

inline constexpr std::size_t list_max = 1000;
inline constexpr std::size_t value_max_bytes = 1 << 20;

class Documents {
 public:
  /// Opens `sqlite:PATH`, `postgresql://...` or `mongodb://...`, makes or migrates it. Throws base::BadStart.
  [[nodiscard]] static std::unique_ptr<Documents> open(const std::string& url, const Schema& schema);

  Documents() = default;
  Documents(const Documents&) = delete;
  Documents& operator=(const Documents&) = delete;
  virtual ~Documents() = default;

  [[nodiscard]] virtual Added add(std::string_view collection, Document document) = 0;

  /// All steps in one durable transaction, in their order, or none: false when a Replace or an Erase does not find its
  /// document as it should be, or an Add or a Replace meets a taken or erased id or `unique`. An erased document leaves
  /// its id, received and `unique` behind, so that a repeat meets it.
  [[nodiscard]] virtual bool change(const std::vector<Step>& steps) = 0;

  /// Those whose seal is still `seal_now` get the new one, and `label`, which must not be tallied, its new value, in
  /// one transaction; how many. Not a fact: no projection sees a seal.
  [[nodiscard]] virtual std::size_t reseal(std::string_view collection, std::string_view label,
                                           const std::vector<Reseal>& batch) = 0;

  /// Erases at most `limit` of those received before `received_before` and not kept past `now`, oldest first; how many.
  /// They stay counted, in `tally` as in `retired`, and leave their id and received behind, but not their `unique`.
  [[nodiscard]] virtual std::size_t expire(std::string_view collection, base::Time received_before, base::Time now,
                                           std::size_t limit) = 0;

  /// What `expire` has counted out so far: the tally is a recount and this.
  [[nodiscard]] virtual Tally retired(std::string_view collection) = 0;

  /// Overwrites what was erased also in the log that the engine keeps beside its pages. Best effort: false when others
  /// were in its way. Bytes that a page kept when its rows moved stay until `compact`.
  [[nodiscard]] virtual bool scrub() = 0;

  /// Writes the whole database anew, so that no page keeps what was erased. Writers wait meanwhile; the cost grows with
  /// what is kept. Throws Unavailable.
  virtual void compact() = 0;

  /// Gives the database a new epoch, so that its projections are rebuilt.
  virtual void renew_epoch() = 0;

  [[nodiscard]] virtual std::optional<Document> find(std::string_view collection, std::string_view id) = 0;
  [[nodiscard]] virtual std::optional<Document> find_unique(std::string_view collection, std::string_view unique) = 0;

  /// Newest first, at most `limit`, beginning past `after`; stable while documents are added.
  [[nodiscard]] virtual std::vector<Document> list(std::string_view collection, const Filter& filter,
                                                   const std::optional<Position>& after, std::size_t limit) = 0;

  /// The facts past `sequence`, in order, at most `limit`.
  [[nodiscard]] virtual std::vector<Fact> since(std::string_view collection, std::int64_t sequence,
                                                std::size_t limit) = 0;

  /// The lowest sequence of the documents received after `time`; none when there is none.
  [[nodiscard]] virtual std::optional<std::int64_t> first_after(std::string_view collection, base::Time time) = 0;

  [[nodiscard]] virtual Head head(std::string_view collection) = 0;

  /// Of all time, at a cost that does not grow with what is kept.
  [[nodiscard]] virtual Tally tally(std::string_view collection) = 0;

  /// The tally less what was received after `time`, both read at one moment; what is retired counts as received before.
  /// The cost grows with what came after.
  [[nodiscard]] virtual Tally tally_at(std::string_view collection, base::Time time) = 0;

  /// Counted anew over the span; the cost grows with what lies in it.
  [[nodiscard]] virtual Tally count(std::string_view collection, const Span& span) = 0;

  [[nodiscard]] virtual Commits commits() const = 0;
};

}  // namespace store
