// guichet audit verify | list: whether the trail of what staff did is whole, and what it says.
#include "auth/audit.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "auth/office.h"
#include "base/config.h"
#include "command/command.h"
#include "command/databases.h"
#include "command/records.h"
#include "intake/model/person_deeds.h"
#include "intake/model/records.h"

namespace command {
namespace {

using Json = nlohmann::ordered_json;

struct AuditWish {
  bool is_json = false;
  std::string head, cursor, who, action, record;
  bool is_whole_list = false;
};

/// A trail that is not there is not an empty one: opening it would make it.
std::unique_ptr<store::Documents> open_office(const base::Config& config) {
  return open_existing({"office", config.get("GUICHET_OFFICE_DOCUMENTS"), auth::office_schema()});
}

/// What people did since staff's last request belongs to the list too.
void tell_deeds(const base::Config& config, auth::Trail& trail) {
  if (!config.has("GUICHET_INTAKE_DOCUMENTS")) return;
  const auto documents = open_existing({"intake", config.get("GUICHET_INTAKE_DOCUMENTS"), intake::schema()});
  intake::PersonDeeds deeds(*documents, trail);
  while (!deeds.catch_up(store::list_max)) {
  }
}

int verify(const AuditWish& wish) {
  const auto office = open_office(base::Config::read(environ));
  const auto noted = wish.head.empty() ? std::nullopt : std::optional(wish.head);
  const auto verdict = auth::Trail(*office).verify(noted);
  if (wish.is_json) {
    const Json json{{"whole", verdict.is_whole()},
                    {"entries", verdict.entries},
                    {"broken_at", verdict.broken_at ? Json(*verdict.broken_at) : Json(nullptr)},
                    {"finding", verdict.is_whole() ? Json(nullptr) : Json(verdict.finding)},
                    {"head", verdict.head.hash}};
    fmt::print("{}\n", json.dump());
  } else if (verdict.is_whole()) {
    fmt::print("The trail is whole: {} entries.\nHead {}\n", verdict.entries, verdict.head.hash);
    if (!noted) {
      fmt::print(
          "Note this head elsewhere and give it to the next `guichet audit verify --head`: without one, a tail that "
          "was cut or a chain that was computed anew goes unseen.\n");
    }
  } else {
    fmt::print("The trail is broken at entry {}: {}.\n", *verdict.broken_at, verdict.finding);
  }
  return verdict.is_whole() ? EXIT_SUCCESS : EXIT_FAILURE;
}

void print(const auth::Trail::Kept& kept, bool is_json) {
  const auto& [when, who, action, record, reason] = kept.entry;
  if (is_json) {
    const Json json{{"position", kept.position},
                    {"time", base::rfc3339(when)},
                    {"who", who},
                    {"action", action},
                    {"record", record},
                    {"reason", reason},
                    {"hash", kept.hash}};
    fmt::print("{}\n", json.dump(-1, ' ', false, Json::error_handler_t::replace));
  } else {
    fmt::print("{:>6}  {}  {:<10} {:<10} {}  {}\n", kept.position, base::rfc3339(when), who, action, record, reason);
  }
}

int list(const AuditWish& wish) {
  const auto config = base::Config::read(environ);
  const auto office = open_office(config);
  auth::Trail trail(*office);
  tell_deeds(config, trail);
  store::Labels labels;
  for (const auto& [label, value] :
       {std::pair{"who", &wish.who}, std::pair{"action", &wish.action}, std::pair{"record", &wish.record}}) {
    if (!value->empty()) labels.emplace(label, *value);
  }
  auto cursor = wish.cursor;
  while (true) {
    const auto page = trail.list(cursor, labels);
    if (!page) throw base::BadStart("This page of the trail does not exist.");
    for (const auto& kept : page->entries) print(kept, wish.is_json);
    if (!page->next) return EXIT_SUCCESS;
    cursor = *page->next;
    if (wish.is_whole_list) continue;
    fmt::print(stderr, "Older ones: guichet audit list --cursor {}\n", cursor);
    return EXIT_SUCCESS;
  }
}

}  // namespace

void add_audit(CommandLine program) {
  const auto wish = std::make_shared<AuditWish>();
  const auto audit = program.add_group("audit", "The trail of what was seen, revealed, extended, exported or erased.");
  const auto verify_command = audit.add("verify", "Says whether the trail is whole: 0, or 1 where it is broken.");
  verify_command.option("--head", wish->head, "A head that was noted earlier: the chain must pass through it");
  verify_command.flag("--json", wish->is_json, "Answers in JSON");
  verify_command.does([wish] { end_with(verify(*wish)); });
  const auto list_command = audit.add("list", "Prints the trail, newest first, 100 entries at a time.");
  list_command.option("--who", wish->who, "Only what this person did");
  list_command.option("--action", wish->action, "Only this action")
      .one_of(std::vector<std::string>(auth::actions.begin(), auth::actions.end()));
  list_command.option("--record", wish->record, "Only what was done to the record of this id");
  list_command.option("--cursor", wish->cursor, "Goes on past this position, towards older ones");
  list_command.flag("--all", wish->is_whole_list, "To the first entry");
  list_command.flag("--json", wish->is_json, "Prints one JSON object a line");
  list_command.does([wish] { end_with(list(*wish)); });
}

}  // namespace command
