// A report as staff read it.
#include "intake/model/report_view.h"

#include <fmt/format.h>

#include "intake/model/age_bracket.h"
#include "intake/model/status.h"
#include "render/french.h"
#include "web/form.h"

namespace intake {
namespace {

/// The end of a sentence: `expire dans 3 jours`.
std::string left_of(base::Time until, base::Time now) {
  if (until <= now) return "conservation échue";
  const auto days = std::chrono::floor<std::chrono::days>(until - now).count();
  if (days == 0) return "expire dans moins d’un jour";
  return days == 1 ? "expire dans 1 jour" : fmt::format("expire dans {} jours", days);
}

bool expires_soon(base::Time until, base::Time now) { return until < now + expires_soon_within; }

}  // namespace

std::string record_url(std::string_view id) { return "/view_data/record?id=" + web::percent_encode(id); }

nlohmann::ordered_json json_of(const Report& report, const Terms& terms) {
  const auto until = kept_until(report.received, report.keep_until, terms.retention);
  nlohmann::ordered_json json{{"id", report.id},
                              {"received", base::rfc3339(report.received)},
                              {"kept_until", base::rfc3339(until)},
                              {"expires_soon", expires_soon(until, terms.now)},
                              {"age_bracket", report.age_bracket},
                              {"banque", report.bank},
                              {"status", report.status},
                              {"agent", report.agent},
                              {"sequence", report.sequence},
                              {"readable", report.opened.has_value()}};
  if (!report.opened) return json;
  const auto& opened = *report.opened;
  json.update({{"prenom", opened.prenom},
               {"age", opened.age},
               {"email", opened.email},
               {"telephone", opened.telephone.e164()},
               {"cc-number", opened.card.masked()},
               {"exp-date", opened.exp_date},
               {"zip-code", opened.zip_code}});
  return json;
}

render::Data data_of(const std::string& id, base::Time received, const std::string& age_bracket,
                     const std::string& bank) {
  render::Data data;
  data.set("id", id);
  data.set("short_id", short_id(id));
  data.set("url", record_url(id));
  data.set("received", render::french::date_and_time(received));
  data.set("received_iso", base::rfc3339(received));
  data.set("age_label", std::string(label_of(age_bracket)));
  data.set("bank", bank);
  return data;
}

render::Data data_of(const Report& report, const Terms& terms) {
  auto data = data_of(report.id, report.received, report.age_bracket, report.bank);
  const auto until = kept_until(report.received, report.keep_until, terms.retention);
  data.set("kept_until", render::french::date(until));
  data.set("kept_until_iso", base::rfc3339(until));
  data.set("left", left_of(until, terms.now));
  data.set("expires_soon", expires_soon(until, terms.now));
  data.set("extended", report.keep_until && *report.keep_until > report.received + terms.retention);
  data.set("unreadable", !report.opened);
  if (!report.opened) return data;
  const auto& from = *report.opened;
  render::Data opened;
  opened.set("prenom", from.prenom);
  opened.set("age", std::to_string(from.age));
  opened.set("email", from.email);
  opened.set("telephone", from.telephone.e164());
  opened.set("telephone_uri", "tel:" + from.telephone.e164());
  opened.set("card", from.card.masked());
  opened.set("exp_date", from.exp_date);
  opened.set("zip_code", from.zip_code);
  data.set("opened", opened);
  return data;
}

void set_handling(render::Data& data, const Report& report, const Reader& reader) {
  data.set("status", report.status);
  data.set("is_closed", report.status == status_closed);
  data.set("sequence", std::to_string(report.sequence));
  data.set("status_label", std::string(label_of_status(report.status)));
  data.set("is_mine", report.agent == reader.id);
  data.set("is_nobodys", report.agent.empty());
  data.set("agent", report.agent.empty() ? "personne" : report.agent == reader.id ? "moi" : reader.names(report.agent));
}

nlohmann::ordered_json json_of(const std::vector<Note>& notes, const Names& names) {
  auto list = nlohmann::ordered_json::array();
  for (const auto& note : notes) {
    const bool is_readable = !note.author.empty();
    list.push_back({{"written", base::rfc3339(note.written)},
                    {"author", note.author},
                    {"name", is_readable ? names(note.author) : ""},
                    {"text", note.text},
                    {"readable", is_readable}});
  }
  return list;
}

render::Data data_of(const std::vector<Note>& notes, const Names& names) {
  auto list = render::list();
  for (const auto& note : notes) {
    render::Data row;
    row.set("unreadable", note.author.empty());
    if (!note.author.empty()) {
      row.set("name", names(note.author));
      row.set("written", render::french::date_and_time(note.written));
      row.set("written_iso", base::rfc3339(note.written));
      row.set("text", note.text);
    }
    list.push_back(row);
  }
  return list;
}

render::Data data_of(const std::vector<Deed>& history) {
  auto list = render::list();
  for (const auto& deed : history) {
    render::Data row;
    row.set("when", render::french::date_and_time(deed.when));
    row.set("when_iso", base::rfc3339(deed.when));
    row.set("name", deed.name);
    row.set("words", deed.words);
    if (!deed.reason.empty()) row.set("reason", deed.reason);
    list.push_back(row);
  }
  return list;
}

}  // namespace intake
