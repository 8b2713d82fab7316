// What the writes of one transaction come to. They are gathered; then whom they meet is read at once, they are done in
// memory in their order, and what has come of them is written at once: many additions cost as few commands as one.
// For the writer's thread; throws Unavailable.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "store/mongodb/connection.h"
#include "store/mongodb/known.h"

namespace store::mongodb {

class Changes {
 public:
  /// `office`: the document of that name, which has the heads.
  Changes(Connection& connection, Bson office) : connection_(&connection), office_(std::move(office)) {}

  /// What a write has to know before it is done; views must last until then.
  struct Need {
    const Layout* layout;
    std::string_view id;
    const std::string* unique = nullptr;  // none: it asks for nobody's
  };
  /// `then` does it, on what is known by then.
  void gather(const std::vector<Need>& needs, std::function<void(Changes&)> then);
  /// Does all that was gathered, and writes it.
  void settle();

  /// Of a layout that outlives this.
  [[nodiscard]] Known& known(const Layout& layout);
  void begin_change();
  void end_change();
  void undo_change();

  /// Those that are due, oldest first; known afterwards.
  [[nodiscard]] std::vector<std::string> find_due(const Layout& layout, base::Time received_before, base::Time now,
                                                  std::size_t limit);
  [[nodiscard]] Connection& connection() { return *connection_; }
  /// As the transaction has read it: the turn is a write of the document that has it, so nobody has changed it since.
  [[nodiscard]] std::string mark() const { return std::string(office_.bytes("mark").value_or("")); }
  [[nodiscard]] std::int64_t head(const std::string& collection) const {
    return office_.number("heads." + collection).value_or(0);
  }

  /// The heads that have moved, as operators of an update of `office`; nothing when none has.
  [[nodiscard]] Bson take_heads();

 private:
  void look_for(Known& known, const std::vector<Need>& needs);
  void look_for(Known& known, const std::string& field, const Bson& values);

  Connection* connection_;
  Bson office_;
  std::map<std::string, Known, std::less<>> known_;
  std::vector<Need> needs_;
  std::vector<std::function<void(Changes&)>> gathered_;
};

}  // namespace store::mongodb
