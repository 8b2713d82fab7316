// Handling of reports.
#include "intake/model/handling.h"

#include <fmt/format.h>

#include <utility>

#include "intake/model/notes.h"
#include "intake/model/records.h"
#include "intake/model/status.h"

namespace intake {
namespace {

constexpr int tries_max = 20;
constexpr const char* beaten = "sans effet : le signalement a changé entre-temps";
constexpr const char* gone = "sans effet : le signalement n’était plus là";
constexpr const char* repeated = "sans effet : la note était déjà écrite";

/// One label that changes: what the trail is told, and what the document becomes.
struct Move {
  std::string_view action;
  std::string reason;
  std::string_view label;
  std::string value;
};

std::string_view name_of(std::string_view agent) { return agent.empty() ? nobody : agent; }

std::vector<Move> moves_of(const store::Document& report, const std::string& who, const Handling::Wish& wish) {
  const auto& status = report.labels.find(status_label)->second;
  const auto& agent = report.labels.find(agent_label)->second;
  std::vector<Move> moves;
  if (wish.status && *wish.status != status) {
    moves.push_back({"set_status", fmt::format("{}{}{}", status, became, *wish.status), status_label, *wish.status});
  }
  if (wish.agent && *wish.agent != agent) {
    moves.push_back({*wish.agent == who ? "took" : "handed_over",
                     fmt::format("{}{}{}", name_of(agent), became, name_of(*wish.agent)), agent_label, *wish.agent});
  }
  return moves;
}

/// By whomever: who wished it closed is told that it is.
bool is_closed(store::Documents& documents, std::string_view id) {
  const auto report = documents.find(submissions_collection, id);
  return report && report->labels.find(status_label)->second == status_closed;
}

}  // namespace

void Handling::note(const std::string& who, std::string_view action, std::string_view id, std::string reason) {
  trail_.append({clock_(), who, std::string(action), std::string(id), std::move(reason)});
}

Handling::Outcome Handling::change(const std::string& who, std::string_view id, std::int64_t sequence,
                                   const Wish& wish) {
  auto document = documents_.find(submissions_collection, id);
  if (!document) return Outcome::not_there;
  if (document->sequence != sequence) return Outcome::changed_meanwhile;
  const auto moves = moves_of(*document, who, wish);
  if (moves.empty()) return Outcome::done;
  for (const auto& move : moves) {
    note(who, move.action, id, move.reason);
    document->labels.insert_or_assign(std::string(move.label), move.value);
  }
  if (documents_.change({store::Replace{std::string(submissions_collection), *document}})) return Outcome::done;
  const bool is_there = documents_.find(submissions_collection, id).has_value();
  for (const auto& move : moves) note(who, move.action, id, is_there ? beaten : gone);
  return is_there ? Outcome::changed_meanwhile : Outcome::not_there;
}

Handling::Written Handling::write(const std::string& who, std::string_view id, const std::string& text,
                                  const crypto::Token& token) {
  bool is_noted = false;
  for (int tries = 0; tries < tries_max; ++tries) {
    const auto report = documents_.find(submissions_collection, id);
    if (!report) {
      if (is_noted) note(who, "noted", id, gone);
      return Written::not_there;
    }
    auto sealed = seal_note({.author = who, .written = clock_(), .text = text}, *report, token, *office_.get());
    if (documents_.find_unique(notes_collection, sealed.unique)) {
      if (is_noted) note(who, "noted", id, repeated);
      return Written::done;
    }
    if (notes_of(documents_, id).size() >= notes_max) return Written::too_many;
    if (!std::exchange(is_noted, true)) note(who, "noted", id, {});
    // The report as it is: its sequence moves, and whoever changes or erases it meanwhile reads the notes again.
    if (documents_.change({store::Add{std::string(notes_collection), std::move(sealed)},
                           store::Replace{std::string(submissions_collection), *report}})) {
      return Written::done;
    }
  }
  throw base::Unavailable("intake: a report that changes all the time");
}

Handling::Closed Handling::close(const std::string& who, const std::vector<Chosen>& chosen) {
  Closed closed;
  for (const auto& [id, sequence] : chosen) {
    const auto outcome = change(who, id, sequence, {.status = std::string(status_closed)});
    if (outcome == Outcome::not_there) {
      closed.not_there.push_back(id);
    } else if (outcome == Outcome::done || is_closed(documents_, id)) {
      closed.done.push_back(id);
    } else {
      closed.changed_meanwhile.push_back(id);
    }
  }
  return closed;
}

}  // namespace intake
