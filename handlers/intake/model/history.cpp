// What was done to a report, in words.
#include "intake/model/history.h"

#include <fmt/format.h>

#include <utility>

#include "intake/model/handling.h"
#include "intake/model/person_deeds.h"
#include "intake/model/status.h"

namespace intake {
namespace {

constexpr int pages_max = 20;

std::pair<std::string_view, std::string_view> sides_of(std::string_view change) {
  const auto at = change.find(became);
  if (at == std::string_view::npos) return {};
  return {change.substr(0, at), change.substr(at + became.size())};
}

std::string who_is(std::string_view who, const Names& names) {
  constexpr std::string_view operators = "operator ";
  if (who == PersonDeeds::person) return "La personne";
  if (who.starts_with(operators)) return fmt::format("Opérateur {}", who.substr(operators.size()));
  return names(who);
}

/// Says what was done, and whether the reason was part of it.
std::pair<std::string, bool> words_of(const auth::Entry& entry, const Names& names) {
  const auto& [from, to] = sides_of(entry.reason);
  const bool is_change = !to.empty();
  if (entry.action == "set_status" && is_change) {
    return {fmt::format("a passé le statut de « {} » à « {} »", label_of_status(from), label_of_status(to)), true};
  }
  if (entry.action == "took" && is_change) {
    return {from == nobody ? "a pris le signalement" : fmt::format("a repris le signalement à {}", names(from)), true};
  }
  if (entry.action == "handed_over" && is_change) {
    return {to == nobody ? "a rendu le signalement : il n’est à personne"
                         : fmt::format("a confié le signalement à {}", names(to)),
            true};
  }
  static constexpr std::pair<std::string_view, const char*> words[] = {
      {"noted", "a écrit une note"},
      {"set_status", "a changé le statut"},
      {"took", "a pris le signalement"},
      {"handed_over", "a confié le signalement"},
      {"revealed", "a affiché le numéro de carte entier"},
      {"extended", "a prolongé la conservation"},
      {"corrected", "a corrigé ses coordonnées"},
      {"exported", "a emporté une copie"},
      {"erased", "a effacé le signalement"}};
  for (const auto& [action, said] : words) {
    if (action == entry.action) return {said, false};
  }
  return {entry.action, false};
}

}  // namespace

std::vector<Deed> history_of(auth::Trail& trail, std::string_view report, const Names& names) {
  std::vector<Deed> history;
  std::string cursor;
  for (int pages = 0; pages < pages_max; ++pages) {
    auto page = trail.list(cursor, {{"record", std::string(report)}});
    if (!page) break;
    for (auto& [position, entry, hash] : page->entries) {
      if (entry.action == "saw") continue;
      if (history.size() == deeds_max) return history;
      auto [words, has_told] = words_of(entry, names);
      history.push_back({.when = entry.when,
                         .name = who_is(entry.who, names),
                         .words = std::move(words),
                         .reason = has_told ? "" : entry.reason,
                         .entry = std::move(entry)});
    }
    if (!page->next) break;
    cursor = *page->next;
  }
  return history;
}

nlohmann::ordered_json json_of(const std::vector<Deed>& history) {
  auto list = nlohmann::ordered_json::array();
  for (const auto& deed : history) {
    list.push_back({{"time", base::rfc3339(deed.when)},
                    {"who", deed.entry.who},
                    {"name", deed.name},
                    {"action", deed.entry.action},
                    {"reason", deed.entry.reason}});
  }
  return list;
}

}  // namespace intake
