// What a transaction knows of one collection: the documents that it has looked for, as its writes leave them, and what
// is to be written of them. All in memory, so that many writes share what is read and written. For one thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "store/mongodb/connection.h"
#include "store/mongodb/layout.h"
#include "store/record.h"
#include "store/tallies.h"

namespace store::mongodb {

class Known {
 public:
  Known(const Layout& layout, std::int64_t head) : layout_(&layout), head_(head), head_written_(head) {}

  [[nodiscard]] const Layout& layout() const { return *layout_; }
  [[nodiscard]] bool knows(std::string_view id) const { return by_id_.contains(id); }
  [[nodiscard]] bool knows_unique(std::string_view unique) const { return owners_.contains(unique); }
  /// A document or a trace that stands in the database.
  void learn(const Bson& found);
  /// Nobody has it but those that were learnt before.
  void learn_id(const std::string& id) { (void)by_id_.try_emplace(id); }
  void learn_unique(const std::string& unique) { (void)owners_.try_emplace(unique); }

  // What the steps of the contract do; all that they name is known. False when it is not there as it should be.

  /// Gives the document its sequence; or what it met, and changes nothing.
  [[nodiscard]] std::optional<Added> add(Document& document, Tallies& tallies);
  [[nodiscard]] bool replace(const Document& document, Tallies& tallies);
  [[nodiscard]] bool erase(const Erase& step, Tallies& tallies);
  [[nodiscard]] bool reseal(const Reseal& step, std::string_view label);
  /// A kept one is counted out.
  void retire(const std::string& id, Tallies& tallies);

  /// What arrives from another database, as `Arrival::add` says.
  void put(const Kept& kept, Tallies& tallies);
  void put(const Trace& trace, Tallies& tallies);

  /// What follows can be undone.
  void begin_change() { undo_.emplace(Undo{{}, {}, head_}); }
  void end_change() { undo_.reset(); }
  void undo_change();

  /// What has come of it all since the last time, in an order in which no `unique` is taken before it is given up.
  [[nodiscard]] Writes take_writes();
  /// The collection's last sequence, when it has moved since the last time.
  [[nodiscard]] std::optional<std::int64_t> take_head();

 private:
  enum class State { absent, kept, erased };
  struct Stored {  // in the database, as far as it matters
    State state = State::absent;
    std::optional<std::string> unique;
    std::int64_t sequence = 0;
    friend bool operator==(const Stored&, const Stored&) = default;
  };
  struct Entry {
    Stored now, stored;
    Document document;  // its unique and sequence stand in `now`
    bool is_changed = false;
    bool is_touched = false;
    bool is_put = false;  // written whole
  };
  using Owners = std::map<std::string, std::optional<std::string>, std::less<>>;
  struct Undo {
    std::vector<std::pair<std::string, Entry>> entries;
    std::vector<std::pair<std::string, std::optional<std::string>>> owners;
    std::int64_t head;
  };

  [[nodiscard]] Entry* find_kept(std::string_view id);
  [[nodiscard]] const Entry* owner_of(std::string_view unique) const;
  [[nodiscard]] static Added meet(const Entry& entry);
  [[nodiscard]] Entry& touch(const std::string& id);
  void own(const std::string& unique, std::optional<std::string> id);
  void take_out(Entry& entry, bool keeps_unique);
  [[nodiscard]] bool makes_way(const std::string& unique, const std::string& id, std::int64_t sequence,
                               Tallies& tallies);
  void write(const Entry& entry, Writes& writes) const;

  const Layout* layout_;
  std::int64_t head_, head_written_;
  std::map<std::string, Entry, std::less<>> by_id_;
  Owners owners_;  // ids by unique; none: nobody has it
  std::optional<Undo> undo_;
};

}  // namespace store::mongodb
