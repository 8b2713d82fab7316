// guichet import --fernet-key FILE DUMP: seals the records of another office's dump, each once.
#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <exception>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <unordered_set>
#include <vector>

#include "base/config.h"
#include "command/command.h"
#include "command/dump.h"
#include "command/owner.h"
#include "command/progress.h"
#include "command/records.h"
#include "command/trail.h"
#include "crypto/hash.h"
#include "intake/model/imports.h"
#include "intake/model/records.h"
#include "intake/model/submission.h"

namespace command {
namespace {

// A commit is shared by those who wait for it: many small threads, as submit has many requests.
constexpr std::size_t block_lines = 512;
constexpr unsigned senders = 64;

struct ImportWish {
  Places places;
  std::string key_file, dump, banks, card_check, card_kept;
  bool is_dry = false;
};

struct Line {
  std::int64_t number = 0;
  std::string text;
  std::string token;  // a hash under the Fernet key: who has the dump alone cannot derive the receipt from it
  base::Time received;
  std::optional<intake::Submission> submission;
  std::string refusal;
};

struct Counts {
  std::int64_t added = 0;
  std::int64_t there = 0;
  std::int64_t erased = 0;
  std::int64_t refused = 0;
};

/// Calls `each` with every line, from several threads; what one throws is thrown again.
void for_each_of(std::vector<Line>& lines, const std::function<void(Line&)>& each) {
  std::atomic<std::size_t> next = 0;
  std::exception_ptr failure;
  std::atomic<bool> is_over = false;
  {
    std::vector<std::jthread> workers;
    for (unsigned worker = 0; worker < senders; ++worker) {
      workers.emplace_back([&] {
        try {
          for (auto at = next++; at < lines.size() && !is_over; at = next++) each(lines[at]);
        } catch (...) {
          if (!is_over.exchange(true)) failure = std::current_exception();
        }
      });
    }
  }
  if (failure) std::rethrow_exception(failure);
}

class Import {
 public:
  explicit Import(const ImportWish& wish)
      : wish_(wish),
        key_(fernet::read_key(wish.key_file)),
        banks_(intake::Banks::read(wish.banks)),
        check_(wish.card_check == "digits" ? intake::CardCheck::digits : intake::CardCheck::luhn),
        kept_(wish.card_kept == "last4" ? intake::CardKept::last4 : intake::CardKept::full) {}

  /// `imports` is null in a dry run.
  Counts run(std::istream& dump, intake::Imports* imports) {
    Progress progress("importing", 0);
    for (auto lines = next(dump); !lines.empty(); lines = next(dump)) {
      for (auto& line : lines) judge(line);
      if (imports != nullptr) for_each_of(lines, [&](Line& line) { keep(line, *imports); });
      for (const auto& line : lines) report(line);
      progress.at(lines.back().number);
    }
    if (dump.bad()) throw base::BadStart("The dump cannot be read to its end.");
    return counts_;
  }

 private:
  std::vector<Line> next(std::istream& dump) {
    std::vector<Line> lines;
    for (std::string text; lines.size() < block_lines && std::getline(dump, text);) {
      ++number_;
      if (text.ends_with('\r')) text.pop_back();
      if (!text.empty()) {
        auto& line = lines.emplace_back();
        line.number = number_;
        line.text = std::move(text);
      }
    }
    return lines;
  }

  void judge(Line& line) {
    try {
      const auto read = read_dump_line(line.text, key_, now_);
      line.received = read.received;
      line.token = crypto::to_hex(crypto::keyed_hash("guichet import", key_, read.identity, 32));
      auto checked = intake::read_submission(read.form, banks_, check_, kept_);
      if (!checked) {
        for (const auto& [field, message] : checked.errors()) {
          line.refusal += fmt::format("{}{}: {}", line.refusal.empty() ? "" : " ", field, message);
        }
      } else if (!met_.insert(line.token).second) {
        line.refusal = "an earlier line has the same _id";
      } else {
        line.submission = intake::decode(intake::encode(*checked));
      }
    } catch (const RefusedLine& reason) {
      line.refusal = reason.what();
    }
  }

  void keep(Line& line, intake::Imports& imports) {
    if (!line.submission) return;
    using Outcome = intake::Imports::Outcome;
    switch (imports.add(*line.submission, line.received, {crypto::TokenSource::dump, line.token})) {
      case Outcome::added: ++added_; break;
      case Outcome::there: ++there_; break;
      case Outcome::erased: ++erased_; break;
    }
  }

  void report(const Line& line) {
    counts_.added = added_;
    counts_.there = there_;
    counts_.erased = erased_;
    if (line.refusal.empty()) return;
    ++counts_.refused;
    if (wish_.places.is_json) {
      fmt::print("{}\n", nlohmann::ordered_json{{"refused", line.number}, {"why", line.refusal}}.dump());
    } else {
      fmt::print(stderr, "line {}: {}\n", line.number, line.refusal);
    }
  }

  const ImportWish& wish_;
  const fernet::Key key_;
  const intake::Banks banks_;
  const intake::CardCheck check_;
  const intake::CardKept kept_;
  const base::Time now_ = base::now();
  std::int64_t number_ = 0;
  std::unordered_set<std::string> met_;
  std::atomic<std::int64_t> added_ = 0, there_ = 0, erased_ = 0;
  Counts counts_;
};

void import(const ImportWish& wish) {
  Import import(wish);
  std::ifstream dump(wish.dump, std::ios::binary);
  if (!dump) throw base::BadStart(fmt::format("The dump {} cannot be read.", wish.dump));
  Counts counts;
  if (wish.is_dry) {
    counts = import.run(dump, nullptr);
  } else {
    const crypto::PublicKeyFile office(wish.places.public_key);
    audit("imported", "several", "");
    const AsOwnerOf owner(wish.places.documents);
    const auto documents = store::Documents::open(wish.places.documents, intake::schema());
    intake::Imports imports(*documents, office);
    counts = import.run(dump, &imports);
  }
  tell(wish.places.is_json,
       {{"added", counts.added}, {"there", counts.there}, {"erased", counts.erased}, {"refused", counts.refused}},
       fmt::format("{} added, {} there already, {} erased since, {} refused.", counts.added, counts.there,
                   counts.erased, counts.refused));
  end_with(counts.refused == 0 ? all_is_well : something_is_wrong);
}

}  // namespace

void add_import(CommandLine program) {
  const auto wish = std::make_shared<ImportWish>();
  const auto command = program.add("import", "Seals and keeps the records of a dump that mongoexport wrote.");
  command
      .option("dump", wish->dump,
              "JSON Lines: _id, prenom, age, email, telephone, cc-number, exp-date, zip-code, banque, a date")
      .required();
  command.option("--fernet-key", wish->key_file, "File of the Fernet key that opens telephone and cc-number")
      .required();
  command.option("--banks", wish->banks, "The banks that a record may name")
      .or_variable("GUICHET_BANKS_FILE")
      .required();
  // Not `envname`: a wrong setting is named once, by the settings' own judge, and for every subcommand alike.
  command.option("--card-check", wish->card_check, "luhn or digits (else as GUICHET_CARD_CHECK says)")
      .one_of({"luhn", "digits"});
  command.option("--card", wish->card_kept, "full or last4: what is kept of a card (else as GUICHET_CARD says)")
      .one_of({"full", "last4"});
  command.flag("--dry-run", wish->is_dry, "Judges every line and keeps nothing");
  wish->places.ask_documents(command);
  wish->places.ask_public_key(command);
  wish->places.ask_json(command);
  command.footer(
      "Each line is held to the form's rules; a refused one is named by its number and the reason, never a value, and "
      "the\n"
      "rest goes on. Run twice, or again after it was cut off, it adds nothing twice. Destroy the dump afterwards.\n" +
      exit_codes("a line was refused"));
  command.does([wish] {
    const auto config = base::Config::read(environ);
    if (wish->card_check.empty()) wish->card_check = config.get("GUICHET_CARD_CHECK");
    if (wish->card_kept.empty()) wish->card_kept = config.get("GUICHET_CARD");
    import(*wish);
  });
}

}  // namespace command
