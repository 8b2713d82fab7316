// guichet move FROM TO: a database copied to another engine or place while the office works.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <memory>

#include "auth/office.h"
#include "base/file.h"
#include "base/unavailable.h"
#include "command/command.h"
#include "command/mover.h"
#include "command/progress.h"
#include "command/records.h"
#include "command/trail.h"
#include "intake/model/records.h"

namespace command {
namespace {

struct MoveWish {
  std::string from, to, reopened;
  bool is_json = false;
};

/// Everybody on the machine can read the words of a command.
bool holds_password(std::string_view url) {
  const auto host = url.find("://");
  if (host == std::string_view::npos) return false;
  const auto user = url.substr(host + 3, url.rfind('@') == std::string_view::npos ? 0 : url.rfind('@') - host - 3);
  return user.find(':') != std::string_view::npos || url.find("password=") != std::string_view::npos;
}

std::string url_of(const std::string& word, const base::Config& config) {
  if (word.starts_with("GUICHET_")) return config.get(word);
  if (word.starts_with('@')) {
    auto url = base::read_file(word.substr(1));
    url.erase(std::ranges::find_if(url, [](unsigned char c) { return std::isspace(c) != 0; }), url.end());
    return url;
  }
  if (holds_password(word)) {
    throw base::BadStart("Everybody here can read a command's words: put the URL into a file, and say @FILE.");
  }
  return word;
}

/// Which of the office's databases is there, by what it keeps.
Database recognise(const std::string& url) {
  const std::array<Database, 2> known{{{std::string(intake_database), url, intake::schema()},
                                       {std::string(office_database), url, auth::office_schema()}}};
  try {
    const auto found = store::Snapshot::open(url, {})->collections();
    for (const auto& database : known) {
      if (std::ranges::count(found, database.schema.collections().front().name) == 1) return database;
    }
  } catch (const base::Unavailable& reason) {
    throw base::BadStart(fmt::format("The database cannot be read: {}.", reason.what()));
  }
  throw base::BadStart("The database is none of an office's.");
}

std::string_view engine_in(std::string_view url) { return url.substr(0, url.find(':')); }

/// What the operator does next. A file's URL may hold a password: it stays there.
std::string advice(const Database& database, const std::string& to) {
  const bool is_file = to.starts_with('@');
  return fmt::format("Set {}{} to {}, then run nginx/up. Until then the office answers, and takes no writes.",
                     database.name == intake_database ? "GUICHET_INTAKE_DOCUMENTS" : "GUICHET_OFFICE_DOCUMENTS",
                     is_file ? "_FILE" : "", is_file ? to.substr(1) : to);
}

void audit_failure(const Database& database, const std::string& engines) {
  try {
    audit("move_failed", database.name, engines);
  } catch (const std::exception&) {
    // The trail may be in what could not be opened again: why it failed tells more.
  }
}

void move(const MoveWish& wish) {
  const auto config = base::Config::read(environ);
  const auto to = url_of(wish.to, config);
  const auto database = recognise(url_of(wish.from, config));
  if (database.url == to) throw base::BadStart("FROM and TO are the same database.");
  const auto engines = fmt::format("from {} to {}", engine_in(database.url), engine_in(to));
  bool is_told = false;
  Moved moved;
  try {
    Progress progress("moving", 0);
    Mover mover(database, to,
                {.progress = [&](std::int64_t done, std::int64_t total) { progress.at(done, total); },
                 .before_closing =
                     [&] {
                       audit("moved", database.name, engines);
                       is_told = true;
                     }});
    moved = mover.run();
  } catch (const base::BadStart&) {
    if (is_told) audit_failure(database, engines);
    throw;
  }
  const auto next = advice(database, wish.to);
  tell(wish.is_json,
       {{"moved", database.name},
        {"records", moved.records},
        {"was_complete", moved.was_complete},
        {"pause_milliseconds", moved.pause.count()},
        {"next", next}},
       moved.was_complete
           ? fmt::format("The database {} has moved already. {}", database.name, next)
           : fmt::format("The database {} has moved: {} records, which were compared. It took no writes for {} ms. {}",
                         database.name, moved.records, moved.pause.count(), next));
}

void open_again(const MoveWish& wish) {
  const auto database = recognise(url_of(wish.reopened, base::Config::read(environ)));
  const bool is_opened = reopen(database.url);
  if (is_opened) audit("reopened", database.name, std::string(engine_in(database.url)));
  tell(wish.is_json, {{"reopened", database.name}, {"was_open", !is_opened}},
       is_opened
           ? fmt::format("The database {} takes writes again. What another one has taken since is not in it: empty "
                         "that one before a move begins anew.",
                         database.name)
           : fmt::format("The database {} takes writes: nothing has changed.", database.name));
}

}  // namespace

void add_move(CommandLine program) {
  const auto wish = std::make_shared<MoveWish>();
  const auto command = program.add("move", "Copies a database to another engine or place while the office works.");
  const auto from = command.option("from", wish->from, "The database: its URL, the setting that holds it, or @FILE");
  const auto to = command.option("to", wish->to, "The one that it goes to, in the same words: an empty database");
  const auto again = command.option("--reopen", wish->reopened,
                                    "Instead: the database that was to move, or has moved, takes writes again");
  from.needs(to);
  again.excludes(from).excludes(to);
  command.flag("--json", wish->is_json, "JSON, one object a line");
  command.footer(
      "Whether it is the reports or the accounts is seen from what is there: the office is moved by two moves, the\n"
      "reports' first. While it runs the office works, but no key is rotated. At the end the database is closed for\n"
      "writes, which takes seconds, and answers 503 to them until the settings name the new one. Cut off at any\n"
      "moment, begin it again with the same words. Nothing is taken away from FROM.\n" +
      exit_codes("the two were not the same (the office then goes on where it is)"));
  command.does([wish] {
    if (!wish->reopened.empty()) return open_again(*wish);
    if (wish->to.empty()) miss("from, to");
    move(*wish);
  });
}

}  // namespace command
