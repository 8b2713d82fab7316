// One report below /view_data: GET /view_data/record, PATCH of it, POST /view_data/status, /assign, /notes (its
// handling), /reveal, /extend and /erase: pages or JSON.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "auth/rights.h"
#include "base/ids.h"
#include "base/text.h"
#include "intake/model/records.h"
#include "intake/model/shown.h"
#include "intake/model/staff_acts.h"
#include "intake/model/status.h"
#include "intake/view_data.h"
#include "web/condition.h"
#include "web/refusal.h"

namespace view_data {
namespace {

using Handling = intake::Handling;

constexpr std::size_t others_max = 20;

[[noreturn]] void not_there() {
  web::Problem problem(404, "Ce signalement n’existe pas, ou il a été effacé.", "no such report");
  problem.title = "Signalement introuvable";
  throw problem;
}

std::string read_id(const web::Form& form) {
  const auto id = form.text("id");
  if (!id || !base::is_id(*id)) not_there();
  return std::string(*id);
}

std::string etag_of(std::int64_t sequence) { return fmt::format("\"{}\"", sequence); }

/// Those to whom the person may hand a report, by name.
std::vector<auth::User> colleagues_of(Desk& desk, const web::Person& person) {
  const auto scope = auth::scope_of(person.role, auth::hand_over_reports);
  if (!scope || *scope == web::Scope::own) return {};
  auth::Users::Sought sought{.active_only = true};
  if (*scope == web::Scope::department) sought.department = person.department;
  auto users = desk.users.all(sought);
  std::erase_if(users, [&](const auth::User& user) {
    return user.id == person.id || !auth::scope_of(user.role, auth::handle_reports);
  });
  std::ranges::sort(users, {}, [](const auth::User& user) { return std::pair(base::lower(user.name), user.id); });
  return users;
}

/// What was wrong with an act, and what was typed for it.
struct Refused {
  std::string act;
  Errors errors;
  std::string typed;
};

/// An act that came too late: from what state it set out, and what it wished.
struct Late {
  intake::Shown shown;
  Handling::Wish wish;
  bool is_noted;  // what came with it is written
};

struct Notice {
  std::string done = {};
  Refused refused = {};
  std::optional<Late> late = {};
};

render::Data others_of(Desk& desk, const intake::ReportIndex::Found& others) {
  auto links = render::list();
  for (const auto& other : others.ids) {
    if (const auto document = desk.documents->find(intake::submissions_collection, other)) {
      links.push_back(intake::data_of(other, document->received,
                                      document->labels.find(intake::age_bracket_label)->second,
                                      document->labels.find(intake::bank_label)->second));
    }
  }
  return links;
}

/// The form of a report's handling: what can be chosen, and what is.
void set_handling_form(Desk& desk, const web::Request& request, render::Data& data, const intake::Report& report,
                       const intake::Shown& now) {
  auto choices = render::list();
  for (const auto& [name, label] : intake::statuses) {
    render::Data choice;
    choice.set("name", std::string(name));
    choice.set("label", std::string(label));
    choice.set("current", name == report.status);
    choices.push_back(choice);
  }
  data.set("statuses", choices);
  auto colleagues = render::list();
  const auto all = colleagues_of(desk, request.person());
  for (const auto& user : all) {
    render::Data colleague;
    colleague.set("id", user.id);
    colleague.set("name", user.name);
    colleagues.push_back(colleague);
  }
  data.set("colleagues", colleagues);
  data.set("has_colleagues", !all.empty());
  data.set("may_handle", auth::scope_of(request.person().role, auth::handle_reports).has_value());
  data.set("shown", intake::write(now));
  data.set("token", crypto::make_form_token());
}

/// What changed meanwhile, and the same act again on the report as it is now.
void set_late(render::Data& data, const Late& late, intake::Shown now, const intake::Reader& reader) {
  if (late.is_noted) --now.notes;  // their own is no news
  auto rows = render::list();
  for (const auto& [what, then, is] : intake::differences(late.shown, now, reader)) {
    render::Data row;
    row.set("what", what);
    row.set("then", then);
    row.set("now", is);
    rows.push_back(row);
  }
  data.set("differences", rows);
  data.set("is_noted", late.is_noted);
  const auto& [status, agent] = late.wish;
  if (status) {
    data.set("again_path", "/view_data/status");
    data.set("again_name", "status");
    data.set("again_value", *status);
    data.set("again_words", fmt::format("Passer quand même à « {} »", intake::label_of_status(*status)));
  } else {
    data.set("again_path", "/view_data/assign");
    data.set("again_name", "agent");
    data.set("again_value", *agent);
    data.set("again_words", agent->empty()        ? "Rendre quand même"
                            : *agent == reader.id ? "Prendre quand même"
                                                  : fmt::format("Confier quand même à {}", reader.names(*agent)));
  }
}

web::Response as_json(Desk& desk, const web::Request& request, const intake::Report& report) {
  const bool is_complete = catch_up(desk);
  const auto others = find_others(desk, report, others_max);
  const auto reader = reader_of(desk, request);
  auto json = intake::json_of(report, desk.terms());
  json["already_reported"] = {{"count", others.count}, {"complete", is_complete}, {"ids", others.ids}};
  json["agent_name"] = report.agent.empty() ? "" : reader.names(report.agent);
  json["notes"] = intake::json_of(desk.reports.notes(report.id), reader.names);
  json["history"] = intake::json_of(intake::history_of(desk.trail, report.id, reader.names));
  return web::json(json).with("ETag", etag_of(report.sequence));
}

web::Response record_page(Desk& desk, const web::Request& request, const std::string& id, const Notice& notice) {
  const auto report = desk.staff.see(request.person().id, id);
  if (!report) not_there();
  if (request.wants_json()) return as_json(desk, request, *report);
  const bool is_complete = catch_up(desk);
  const auto others = find_others(desk, *report, others_max);
  const auto reader = reader_of(desk, request);
  const auto notes = desk.reports.notes(id);
  const auto now = intake::shown_of(*report, notes);
  auto data = intake::data_of(*report, desk.terms());
  intake::set_handling(data, *report, reader);
  set_handling_form(desk, request, data, *report, now);
  data.set("notes", intake::data_of(notes, reader.names));
  data.set("no_notes", notes.empty());
  data.set("history", intake::data_of(intake::history_of(desk.trail, id, reader.names)));
  data.set("extended_now", notice.done == "prolonge");
  data.set("handled_now", notice.done == "suivi");
  data.set("others_count", others.count > 0 ? times(others.count) : "");
  data.set("has_others", others.count > 0);
  data.set("no_others", others.count == 0);
  data.set("more_others", others.count > static_cast<std::int64_t>(others.ids.size()));
  data.set("incomplete", !is_complete);
  data.set("others", others_of(desk, others));
  data.set("may_reveal", desk.staff.rules().cards_are_whole && report->opened && report->opened->card.is_whole());
  data.set("late", notice.late.has_value());
  if (notice.late) set_late(data, *notice.late, now, reader);
  const auto& refused = notice.refused;
  data.set("has_errors", !refused.errors.empty());
  for (const auto& [field, message] : refused.errors) {
    data.set(refused.act + "_error", message);
    data.set("error", message);
    data.set("error_field", refused.act + "-" + field);
  }
  if (!refused.act.empty()) data.set(refused.act + "_typed", refused.typed);
  const int status = notice.late ? 409 : refused.errors.empty() ? 200 : 422;
  const auto title = "Signalement " + intake::short_id(id);
  return page(desk, request, "intake/view_data/record",
              notice.late     ? "Changé entre-temps : " + title
              : status == 422 ? "Erreur : " + title
                              : title,
              data, status);
}

web::Response refuse(Desk& desk, const web::Request& request, const web::Form& form, const char* act, Errors errors) {
  if (request.wants_json()) web::refuse_fields(std::move(errors));
  const auto typed = form.text("motif").value_or("");
  return record_page(
      desk, request, read_id(form),
      {.done = {}, .refused = {act, std::move(errors), intake::holds_card_number(typed) ? "" : std::string(typed)}});
}

web::Response refuse_handling(Desk& desk, const web::Request& request, const web::Form& form, Errors errors) {
  if (request.wants_json()) web::refuse_fields(std::move(errors));
  return record_page(
      desk, request, read_id(form),
      {.done = {}, .refused = {"handle", std::move(errors), intake::without_cards(form.lines("note").value_or(""))}});
}

[[noreturn]] void changed_meanwhile(int status) {
  web::Problem problem(status, "Le signalement a changé depuis cette lecture : relisez-le, puis recommencez.",
                       "a report that has moved on");
  problem.title = "Changé entre-temps";
  throw problem;
}

/// What a program says of the state that it read (RFC 9110 section 13.1.1): the sequence of now, if it is that.
std::int64_t require_match(Desk& desk, const web::Request& request, const std::string& id) {
  const auto wanted = request.header_once("IF_MATCH");
  if (wanted.empty()) {
    throw web::Problem(428, "Dites par l’en-tête If-Match de quel état du signalement vous partez.", "no If-Match");
  }
  const auto document = desk.documents->find(intake::submissions_collection, id);
  if (!document) not_there();
  if (!web::is_matched(wanted, etag_of(document->sequence))) changed_meanwhile(412);
  return document->sequence;
}

/// From what state the act sets out, as its form, or a program, says.
intake::Shown read_start(Desk& desk, const web::Request& request, const web::Form& form, const std::string& id) {
  if (const auto shown = intake::read_shown(form.text("etat").value_or(""))) return *shown;
  if (request.wants_json()) return {require_match(desk, request, id), {}, {}, 0};
  throw web::Problem(400, "Cet envoi ne dit pas de quel état du signalement il part : affichez-le de nouveau.",
                     "no state in the form");
}

/// Whether the report is what was wished, whoever made it so: the second click of a double one is no conflict.
bool is_so(Desk& desk, const std::string& id, const Handling::Wish& wish) {
  const auto document = desk.documents->find(intake::submissions_collection, id);
  if (!document) return false;
  const auto is = [&](std::string_view label, const std::optional<std::string>& wanted) {
    return !wanted || document->labels.find(label)->second == *wanted;
  };
  return is(intake::status_label, wish.status) && is(intake::agent_label, wish.agent);
}

web::Response handled(Desk& desk, const web::Request& request, const std::string& id, int status = 200) {
  if (!request.wants_json()) return web::see_other(intake::record_url(id) + "&fait=suivi");
  const auto report = desk.reports.find(id);
  if (!report) not_there();
  return web::json({{"id", id}, {"status", report->status}, {"agent", report->agent}, {"sequence", report->sequence}},
                   status)
      .with("ETag", etag_of(report->sequence));
}

/// The note of a form is written whatever becomes of the rest.
web::Response handle(Desk& desk, const web::Request& request, const web::Form& form, const Handling::Wish& wish) {
  const auto id = read_id(form);
  const auto& who = request.person().id;
  const auto note = intake::read_note(form);
  if (!note) return refuse_handling(desk, request, form, note.errors());
  const bool is_a_change = wish.status || wish.agent;
  const auto start = is_a_change ? std::optional(read_start(desk, request, form, id)) : std::nullopt;
  const auto outcome = start ? desk.handling.change(who, id, start->sequence, wish) : Handling::Outcome::done;
  if (outcome == Handling::Outcome::not_there) not_there();
  if (!note->empty()) {
    const auto written = desk.handling.write(who, id, *note, request.token(form));
    if (written == Handling::Written::not_there) not_there();
    if (written == Handling::Written::too_many) {
      return refuse_handling(desk, request, form, {{"note", "Ce signalement porte déjà 200 notes : c’est la limite."}});
    }
  }
  if (outcome == Handling::Outcome::changed_meanwhile && !is_so(desk, id, wish)) {
    if (request.wants_json()) changed_meanwhile(409);
    Notice notice;
    notice.late = Late{*start, wish, !note->empty()};
    return record_page(desk, request, id, notice);
  }
  return handled(desk, request, id, is_a_change ? 200 : 201);
}

web::Checked<std::string> read_status(const web::Form& form) {
  const auto status = form.text("status").value_or("");
  if (!intake::is_status(status)) return Errors{{"status", "Choisissez un statut : new, called_back ou closed."}};
  return std::string(status);
}

/// Whose it is to be: `me`, nobody's when it is empty, a colleague's who may have it; or the colleague chosen in a
/// list.
web::Checked<std::string> read_agent(Desk& desk, const web::Request& request, const web::Form& form) {
  auto agent = form.text("agent").value_or("?");
  if (agent == "me") return request.person().id;
  if (agent.empty() || agent == request.person().id) return std::string(agent);
  if (agent == "colleague") agent = form.text("colleague").value_or("");
  const auto colleagues = colleagues_of(desk, request.person());
  if (std::ranges::find(colleagues, agent, &auth::User::id) == colleagues.end()) {
    return Errors{{"colleague", "Choisissez un collègue de la liste."}};
  }
  return std::string(agent);
}

}  // namespace

web::Response record(Desk& desk, const web::Request& request) {
  const auto query = request.query();
  return record_page(desk, request, read_id(query), {.done = std::string(query.text("fait").value_or(""))});
}

web::Response change(Desk& desk, const web::Request& request) {
  const auto id = read_id(request.query());
  const auto form = request.form();
  const auto sequence = require_match(desk, request, id);
  Errors errors;
  Handling::Wish wish;
  const auto take = [&](std::optional<std::string>& into, const web::Checked<std::string>& read) {
    if (read) into = *read;
    std::ranges::copy(read.errors(), std::back_inserter(errors));
  };
  if (form.has("status")) take(wish.status, read_status(form));
  if (form.has("agent")) take(wish.agent, read_agent(desk, request, form));
  if (!form.has("status") && !form.has("agent")) errors.push_back({"status", "Dites ce qui change : status ou agent."});
  if (!errors.empty()) web::refuse_fields(std::move(errors));
  switch (desk.handling.change(request.person().id, id, sequence, wish)) {
    case Handling::Outcome::done: break;
    case Handling::Outcome::not_there: not_there();
    case Handling::Outcome::changed_meanwhile: changed_meanwhile(412);
  }
  return handled(desk, request, id);
}

web::Response set_status(Desk& desk, const web::Request& request) {
  const auto form = request.form();
  const auto status = read_status(form);
  if (!status) return refuse_handling(desk, request, form, status.errors());
  return handle(desk, request, form, {.status = *status});
}

web::Response assign(Desk& desk, const web::Request& request) {
  const auto form = request.form();
  const auto agent = read_agent(desk, request, form);
  if (!agent) return refuse_handling(desk, request, form, agent.errors());
  return handle(desk, request, form, {.agent = *agent});
}

web::Response write_note(Desk& desk, const web::Request& request) {
  const auto form = request.form();
  if (const auto note = intake::read_note(form); note && note->empty()) {
    return refuse_handling(desk, request, form, {{"note", "Écrivez une note."}});
  }
  return handle(desk, request, form, {});
}

web::Response reveal(Desk& desk, const web::Request& request) {
  const auto form = request.form();
  const auto id = read_id(form);
  const auto reason = intake::read_reason(form);
  if (!reason) return refuse(desk, request, form, "reveal", reason.errors());
  const auto revealed = desk.staff.reveal(request.person().id, id, *reason);
  if (revealed.is_too_often) {
    web::Problem problem(429, fmt::format("Vous avez déjà affiché {} numéros complets en une heure : c’est la limite.",
                                          desk.staff.rules().reveals_max));
    problem.title = "Trop de numéros affichés";
    throw problem;
  }
  if (!revealed.report || !revealed.report->opened) not_there();
  const auto& opened = *revealed.report->opened;
  const auto card = revealed.is_whole ? intake::in_groups(opened.card) : opened.card.masked();
  if (request.wants_json()) {
    return web::json({{"id", id},
                      {"whole", revealed.is_whole},
                      {"cc-number", revealed.is_whole ? std::string(opened.card.reveal()) : card},
                      {"exp-date", opened.exp_date}});
  }
  auto data = intake::data_of(*revealed.report, desk.terms());
  data.set("whole", revealed.is_whole);
  data.set("number", card);
  return page(desk, request, "intake/view_data/reveal", "Numéro de carte", data);
}

web::Response extend(Desk& desk, const web::Request& request) {
  const auto form = request.form();
  const auto id = read_id(form);
  const auto reason = intake::read_reason(form);
  if (!reason) return refuse(desk, request, form, "extend", reason.errors());
  const auto longer = intake::read_extension(form);
  if (!longer) return refuse(desk, request, form, "extend", longer.errors());
  const auto until = desk.staff.extend(request.person().id, id, *longer, *reason);
  if (!until) not_there();
  if (request.wants_json()) return web::json({{"id", id}, {"kept_until", base::rfc3339(*until)}});
  return web::see_other(intake::record_url(id) + "&fait=prolonge");
}

web::Response erase(Desk& desk, const web::Request& request) {
  const auto form = request.form();
  const auto id = read_id(form);
  const auto reason = intake::read_reason(form);
  if (!reason) return refuse(desk, request, form, "erase", reason.errors());
  if (!desk.staff.erase(request.person().id, id, *reason)) not_there();
  if (request.wants_json()) return web::json({{"id", id}, {"erased", true}});
  return web::see_other("/view_data?fait=efface");
}

}  // namespace view_data
