// guichet export: every record, opened, as JSON Lines, to a new file or a pipe; told to the audit trail first.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <string>
#include <unordered_set>

#include "base/config.h"
#include "command/command.h"
#include "command/owner.h"
#include "command/progress.h"
#include "command/records.h"
#include "command/trail.h"
#include "crypto/envelope.h"
#include "intake/model/notes.h"
#include "intake/model/records.h"
#include "intake/model/submission.h"

namespace command {
namespace {

/// A new file that its owner alone may read, or standard output where that is no terminal.
class Output {
 public:
  explicit Output(const std::string& path) : path_(path) {
    if (path.empty() && isatty(STDOUT_FILENO) != 0) {
      throw base::BadStart("Records are not shown on a terminal: name a file with --to, or use a pipe.");
    }
    descriptor_ = path.empty() ? STDOUT_FILENO : open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor_ < 0) throw base::BadStart(fmt::format("{} cannot be made: {}.", path, std::strerror(errno)));
  }
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;
  ~Output() {
    if (path_.empty()) return;
    close(descriptor_);
    if (!is_whole_) unlink(path_.c_str());
  }

  void write(std::string_view text) {
    while (!text.empty()) {
      const auto written = ::write(descriptor_, text.data(), text.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) throw base::BadStart(fmt::format("The export cannot be written: {}.", std::strerror(errno)));
      text.remove_prefix(static_cast<std::size_t>(written));
    }
  }

  void finish() {
    if (!path_.empty() && fsync(descriptor_) != 0) throw base::BadStart(fmt::format("{} cannot be kept.", path_));
    is_whole_ = true;
  }

 private:
  const std::string path_;
  int descriptor_ = -1;
  bool is_whole_ = false;
};

nlohmann::ordered_json notes_on(const store::Document& report, store::Documents& documents,
                                const crypto::Keyring& keyring) {
  auto notes = nlohmann::ordered_json::array();
  for (const auto& each : intake::notes_of(documents, report.id)) {
    const auto note = intake::open_note(each, keyring);
    notes.push_back({{"written", base::rfc3339(note.written)}, {"author", note.author}, {"text", note.text}});
  }
  return notes;
}

std::string line_of(const store::Document& document, store::Documents& documents, const crypto::Keyring& keyring) {
  const auto opened = intake::decode(crypto::open(intake::envelope_of(document), document.id, keyring));
  return nlohmann::ordered_json{{"id", document.id},
                                {"received", base::rfc3339(document.received)},
                                {"prenom", opened.prenom},
                                {"age", opened.age},
                                {"email", opened.email},
                                {"telephone", opened.telephone.e164()},
                                {"cc-number", opened.card.reveal()},
                                {"exp-date", opened.exp_date},
                                {"zip-code", opened.zip_code},
                                {"banque", opened.banque},
                                {"status", document.labels.find(intake::status_label)->second},
                                {"agent", document.labels.find(intake::agent_label)->second},
                                {"notes", notes_on(document, documents, keyring)}}
             .dump() +
         "\n";
}

void write_all(const Places& places, const std::string& path) {
  const auto keyring = crypto::Keyring::read(places.secret_key);
  Output output(path);
  audit("exported", "all", path.empty() ? "to a pipe" : "to a file");
  std::int64_t exported = 0;
  std::int64_t unreadable = 0;
  {
    const AsOwnerOf owner(places.documents);
    const auto documents = store::Documents::open(places.documents, intake::schema());
    Progress progress("exporting", documents->tally(intake::submissions_collection).total);
    // What is corrected while this runs comes again at its new place.
    std::unordered_set<std::string> met;
    std::int64_t sequence = 0;
    for (auto facts = documents->since(intake::submissions_collection, sequence, store::list_max); !facts.empty();
         facts = documents->since(intake::submissions_collection, sequence, store::list_max)) {
      for (const auto& fact : facts) {
        if (fact.kind == store::Fact::Kind::erased || !met.insert(fact.id).second) continue;
        const auto document = documents->find(intake::submissions_collection, fact.id);
        if (!document) continue;
        try {
          output.write(line_of(*document, *documents, keyring));
          ++exported;
        } catch (const crypto::Forged& reason) {
          tell_unreadable(false, document->id, reason.what());
          ++unreadable;
        }
      }
      sequence = facts.back().sequence;
      progress.at(exported + unreadable);
    }
    output.finish();
  }
  fmt::print(stderr, "{} records exported, {} cannot be opened.\n", exported, unreadable);
  end_with(unreadable == 0 ? all_is_well : something_is_wrong);
}

}  // namespace

void add_export(CommandLine program) {
  const auto places = std::make_shared<Places>();
  const auto path = std::make_shared<std::string>();
  const auto command = program.add("export", "Writes every record, opened, as JSON Lines.");
  command.option("--to", *path,
                 "The file to make, readable by its owner alone (preset: standard output, if it is no terminal)");
  places->ask_documents(command);
  places->ask_secret_key(command);
  command.footer(
      "What it writes is no longer sealed: encrypt it, and destroy it when it has served. The audit trail is told "
      "first.\n" +
      exit_codes("a record could not be opened (it is named on standard error)"));
  command.does([places, path] { write_all(*places, *path); });
}

}  // namespace command
