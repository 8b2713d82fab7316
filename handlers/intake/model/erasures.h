// The ledger of erasures: which reports their people erased, in a file meant for another disk than the database's, so
// that an older copy put back is told what must not come back. It holds ids and nothing else, one a line.
//
// Durable: `add` returns after the line, and the file's name, are on the disk. A last line that a crash has torn is
// passed over, and the next begins on a line of its own. Safe from several threads and processes: each `add` holds the
// file's flock. Everything throws base::Unavailable when the ledger's folder is away, since a ledger that cannot be
// read must never pass for an empty one.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/config.h"
#include "store/documents.h"
#include "store/window.h"

namespace intake {

class Erasures {
 public:
  explicit Erasures(std::string path) : path_(std::move(path)) {}

  /// The id must be one that base::make_id gave, else std::logic_error.
  void add(std::string_view id);
  [[nodiscard]] std::set<std::string> ids() const;

  /// Erases from the documents every report of the ledger that is there again; how many.
  [[nodiscard]] std::size_t apply(store::Documents& documents) const;

 private:
  const std::string path_;
};

/// Erases every report of these ids that is there, with its notes, a few hundred in a transaction; how many.
std::size_t erase_all(store::Documents& documents, const std::set<std::string>& ids);

/// Opens GUICHET_ERASURES. Throws base::BadStart.
[[nodiscard]] Erasures open_erasures(const base::Config& config);

/// Erases a report: in the ledger first, then from the documents with its notes and the extra steps in the same
/// transaction, then from the window and the engine's older pages. False when it is not there, or an extra step finds
/// no place; nothing is then changed, but a ledger that has the id stands, and what it names is erased by the next
/// `apply`.
[[nodiscard]] bool erase(store::Documents& documents, Erasures& erasures, store::Window& window, std::string_view id,
                         const std::vector<store::Step>& extra = {});

}  // namespace intake
