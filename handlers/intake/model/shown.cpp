// What a page showed of a report.
#include "intake/model/shown.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/ids.h"
#include "intake/model/status.h"

namespace intake {
namespace {

template <typename Number>
bool read_number(std::string_view text, Number& number) {
  const auto* end = text.data() + text.size();
  const auto [last, error] = std::from_chars(text.data(), end, number);
  return error == std::errc{} && last == end && number >= 0;
}

std::string name_of(std::string_view agent, const Reader& reader) {
  if (agent.empty()) return "personne";
  return agent == reader.id ? "moi" : reader.names(agent);
}

}  // namespace

Shown shown_of(const Report& report, const std::vector<Note>& notes) {
  return {report.sequence, report.status, report.agent, notes.size()};
}

std::string write(const Shown& shown) {
  return fmt::format("{}.{}.{}.{}", shown.sequence, shown.status, shown.agent, shown.notes);
}

std::optional<Shown> read_shown(std::string_view text) {
  if (std::ranges::count(text, '.') != 3) return std::nullopt;
  std::array<std::string_view, 4> parts;
  for (auto rest = text; auto& part : parts) {
    part = rest.substr(0, rest.find('.'));
    rest.remove_prefix(std::min(part.size() + 1, rest.size()));
  }
  Shown shown{.sequence = 0, .status = std::string(parts[1]), .agent = std::string(parts[2]), .notes = 0};
  const bool is_agent = shown.agent.empty() || base::is_id(shown.agent);
  const bool is_read = read_number(parts[0], shown.sequence) && is_status(shown.status) && is_agent &&
                       read_number(parts[3], shown.notes) && write(shown) == text;
  return is_read ? std::optional(shown) : std::nullopt;
}

std::vector<Difference> differences(const Shown& then, const Shown& now, const Reader& reader) {
  std::vector<Difference> found;
  if (then.status != now.status) {
    found.push_back({"Statut", std::string(label_of_status(then.status)), std::string(label_of_status(now.status))});
  }
  if (then.agent != now.agent) {
    found.push_back({"Suivi par", name_of(then.agent, reader), name_of(now.agent, reader)});
  }
  if (then.notes != now.notes) found.push_back({"Notes", std::to_string(then.notes), std::to_string(now.notes)});
  if (found.empty() && then.sequence != now.sequence) {
    found.push_back({"Signalement", "tel que vous l’avez lu", "corrigé par la personne, ou conservé plus longtemps"});
  }
  return found;
}

}  // namespace intake
