// The audit trail as an administrator reads it.
#include "account/model/audit_view.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "base/ids.h"
#include "base/text.h"
#include "render/french.h"
#include "web/problem.h"

namespace account {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::pair<std::string_view, std::string_view>, 29> words{{
    {"saw", "Consultation"},
    {"revealed", "Carte affichée en entier"},
    {"exported", "Export"},
    {"erased", "Effacement"},
    {"extended", "Prolongation"},
    {"corrected", "Correction"},
    {"rotated", "Clés renouvelées"},
    {"imported", "Import"},
    {"backed_up", "Sauvegarde"},
    {"restored", "Restauration"},
    {"retired", "Clé retirée"},
    {"destroyed", "Clé détruite"},
    {"logged_in", "Connexion"},
    {"logged_out", "Déconnexion"},
    {"login_failed", "Connexion refusée"},
    {"created", "Compte créé"},
    {"edited", "Compte modifié"},
    {"disabled", "Compte désactivé"},
    {"enabled", "Compte réactivé"},
    {"reset", "Mot de passe réinitialisé"},
    {"changed_password", "Mot de passe changé"},
    {"ended_sessions", "Autres sessions fermées"},
    {"noted", "Note"},
    {"set_status", "Changement d’état"},
    {"took", "Prise en charge"},
    {"handed_over", "Transmission"},
    {"moved", "Déménagement"},
    {"move_failed", "Déménagement abandonné"},
    {"reopened", "Réouverture"},
}};

/// The last digits of a UUIDv7, which differ where the first tell the time.
constexpr std::size_t short_id_characters = 8;

/// Whoever has no account.
std::string name_of_other(std::string_view who) {
  constexpr std::string_view operator_prefix = "operator ";
  if (who == "guest") return "Visiteur";
  if (who == "person") return "Personne concernée";
  if (who.starts_with(operator_prefix)) {
    return std::string("Exploitation : ").append(who.substr(operator_prefix.size()));
  }
  return std::string(who);
}

}  // namespace

std::string_view words_of(std::string_view action) {
  const auto* const found = std::ranges::find(words, action, &std::pair<std::string_view, std::string_view>::first);
  return found == words.end() ? action : found->second;
}

AuditWish read_audit_wish(const web::Form& query) {
  const auto text = [&](const char* name) { return std::string(query.text(name).value_or("")); };
  AuditWish wish{
      .person = text("personne"), .action = text("action"), .record = text("dossier"), .cursor = text("cursor")};
  if (!wish.action.empty() && std::ranges::find(auth::actions, wish.action) == auth::actions.end()) {
    throw web::Problem(400, "Le journal ne connaît pas cette action.", "an action without a word");
  }
  return wish;
}

std::string url_of(const AuditWish& wish, std::string_view cursor) {
  std::string url = "/account/audit";
  char mark = '?';
  for (const auto& [name, value] : {std::pair<const char*, std::string_view>{"personne", wish.person},
                                    {"action", wish.action},
                                    {"dossier", wish.record},
                                    {"cursor", cursor}}) {
    if (value.empty()) continue;
    url.append(1, std::exchange(mark, '&')).append(name).append("=").append(web::percent_encode(value));
  }
  return url;
}

std::string Names::id_of(const std::string& text) const {
  const auto found =
      std::ranges::find(all_, base::lower(text), [](const auto& user) { return base::lower(user.email); });
  return found == all_.end() ? text : found->id;
}

const auth::User* Names::find(std::string_view id) const {
  const auto found = std::ranges::find(all_, id, &auth::User::id);
  return found == all_.end() ? nullptr : &*found;
}

store::Labels labels_of(const AuditWish& wish, const Names& names) {
  store::Labels labels;
  if (!wish.person.empty()) labels["who"] = names.id_of(wish.person);
  if (!wish.action.empty()) labels["action"] = wish.action;
  if (!wish.record.empty()) labels["record"] = names.id_of(wish.record);
  return labels;
}

Json json_of(const auth::Trail::Kept& kept, const Names& names) {
  const auto& [when, who, action, record, reason] = kept.entry;
  const auto* const user = names.find(who);
  return {{"position", kept.position},
          {"time", base::rfc3339(when)},
          {"who", who},
          {"name", user == nullptr ? Json() : Json(user->name)},
          {"action", action},
          {"record", record},
          {"reason", reason},
          {"hash", kept.hash}};
}

render::Data data_of(const auth::Trail::Kept& kept, const Names& names) {
  const auto& [when, who, action, record, reason] = kept.entry;
  render::Data row;
  row.set("position", render::french::number(kept.position));
  row.set("when", render::french::date_and_time(when));
  row.set("when_iso", base::rfc3339(when));
  const auto* const user = names.find(who);
  row.set("who", user == nullptr ? name_of_other(who) : user->name);
  if (user != nullptr) row.set("email", user->email);
  row.set("who_url", url_of({.person = user == nullptr ? who : user->email, .action = {}, .record = {}}));
  row.set("action", std::string(words_of(action)));
  row.set("is_refusal", action == "login_failed");
  row.set("reason", reason);
  row.set("has_reason", !reason.empty());
  row.set("has_record", !record.empty());
  row.set("record_url", url_of({.person = {}, .action = {}, .record = record}));
  row.set("record", record);
  const auto* const account = names.find(record);
  row.set("record_words", account != nullptr    ? account->name
                          : base::is_id(record) ? "…" + record.substr(record.size() - short_id_characters)
                                                : record);
  row.set("is_own", !record.empty() && record == who);
  return row;
}

render::Data filters_of(const AuditWish& wish, const Names& names, const std::vector<auth::Trail::Kept>& shown) {
  auto people = render::list();
  const auto add_person = [&](const std::string& value, const std::string& name) {
    render::Data row;
    row.set("value", value);
    row.set("name", name);
    people.push_back(row);
  };
  for (const auto& user : names.all()) add_person(user.email, user.name);
  std::set<std::string> others{"guest", "person"};
  for (const auto& kept : shown) {
    if (names.find(kept.entry.who) == nullptr) others.insert(kept.entry.who);
  }
  for (const auto& who : others) add_person(who, name_of_other(who));
  auto acts = render::list();
  for (const auto action : auth::actions) {
    render::Data row;
    row.set("value", std::string(action));
    row.set("name", std::string(words_of(action)));
    row.set("selected", action == wish.action);
    acts.push_back(row);
  }
  render::Data filters;
  filters.set("people", people);
  filters.set("actions", acts);
  filters.set("person", wish.person);
  filters.set("record", wish.record);
  return filters;
}

Json json_of(const auth::Trail::Verdict& verdict) {
  return {{"whole", verdict.is_whole()},
          {"entries", verdict.entries},
          {"broken_at", verdict.broken_at ? Json(*verdict.broken_at) : Json()},
          {"finding", verdict.is_whole() ? Json() : Json(verdict.finding)},
          {"head", verdict.head.hash}};
}

render::Data data_of(const auth::Trail::Verdict& verdict, bool has_noted_head) {
  render::Data data;
  data.set("whole", verdict.is_whole());
  data.set("cut", verdict.misses_noted_head);
  data.set("broken", !verdict.is_whole() && !verdict.misses_noted_head);
  data.set("entries", render::french::number(verdict.entries));
  data.set("plural", verdict.entries > 1);
  if (verdict.broken_at) data.set("broken_at", render::french::number(*verdict.broken_at));
  data.set("head", verdict.head.hash);
  data.set("unnoted", !has_noted_head);
  return data;
}

}  // namespace account
