// Which reports staff asked to see.
#include "intake/model/wish.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "intake/model/age_bracket.h"
#include "intake/model/records.h"
#include "intake/model/status.h"
#include "render/french.h"
#include "web/problem.h"

namespace intake {

Wish read_wish(const web::Form& query, const Banks& banks, const Terms& terms, const std::string& who) {
  const auto refuse = [](const char* sentence) { throw web::Problem(400, sentence, "bad filter"); };
  const auto text = [&](const char* name) {
    const auto value = query.text(name);
    if (query.has(name) && !value) refuse("Un filtre contient des caractères illisibles.");
    return std::string(value.value_or(""));
  };
  Wish wish{.bank = text("banque"),
            .age_bracket = text("tranche"),
            .status = text("statut"),
            .agent = text("agent"),
            .from = text("du"),
            .to = text("au"),
            .expiring = text("expirent"),
            .cursor = text("cursor"),
            .filter = {},
            .kept_before = {}};
  if (!wish.bank.empty()) {
    if (!banks.has(wish.bank)) refuse("Cette banque n’est pas dans la liste.");
    wish.filter.labels.emplace(bank_label, wish.bank);
  }
  if (!wish.age_bracket.empty()) {
    if (std::ranges::find(age_brackets, wish.age_bracket, &AgeBracket::name) == age_brackets.end()) {
      refuse("Cette tranche d’âge n’existe pas.");
    }
    wish.filter.labels.emplace(age_bracket_label, wish.age_bracket);
  }
  if (!wish.status.empty()) {
    if (!is_status(wish.status)) refuse("Ce statut n’existe pas.");
    wish.filter.labels.emplace(status_label, wish.status);
  }
  if (!wish.agent.empty()) {
    if (wish.agent != "moi" && wish.agent != "personne") refuse("Ce filtre n’existe pas.");
    wish.filter.labels.emplace(agent_label, wish.agent == "moi" ? who : "");
  }
  if (!wish.from.empty() && !(wish.filter.from = render::french::start_of_day(wish.from))) {
    refuse("La date de début n’est pas une date.");
  }
  if (!wish.to.empty() && !(wish.filter.before = render::french::start_of_day(wish.to, 1))) {
    refuse("La date de fin n’est pas une date.");
  }
  if (!wish.expiring.empty()) {
    if (wish.expiring != "bientot") refuse("Ce filtre n’existe pas.");
    wish.kept_before = terms.now + expires_soon_within;
    const base::Time received_before = *wish.kept_before - terms.retention;
    wish.filter.before = std::min(wish.filter.before.value_or(base::Time::max()), received_before);
  }
  return wish;
}

std::string url_of(const Wish& wish, std::string_view cursor) {
  std::string url = "/view_data";
  auto add = [&, mark = '?'](std::string_view name, std::string_view value) mutable {
    if (value.empty()) return;
    url += fmt::format("{}{}={}", std::exchange(mark, '&'), name, web::percent_encode(value));
  };
  add("banque", wish.bank);
  add("tranche", wish.age_bracket);
  add("statut", wish.status);
  add("agent", wish.agent);
  add("du", wish.from);
  add("au", wish.to);
  add("expirent", wish.expiring);
  add("cursor", cursor);
  return url;
}

}  // namespace intake
