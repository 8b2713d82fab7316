// Notes on reports.
#include "intake/model/notes.h"

#include <algorithm>
#include <cstring>

#include "base/ids.h"
#include "crypto/envelope.h"
#include "crypto/hash.h"
#include "intake/model/records.h"

namespace intake {
namespace {

constexpr std::size_t unique_bytes = 32;

/// A line each for author and time, which hold no line break; the text is the rest.
crypto::SecretText encode_note(const Note& note) {
  return crypto::SecretText(note.author + "\n" + base::rfc3339(note.written) + "\n" + note.text);
}

Note decode_note(const crypto::SecretText& plaintext) {
  auto rest = plaintext.view();
  const auto line = [&] {
    const auto end = rest.find('\n');
    if (end == std::string_view::npos) throw crypto::Forged("a note that lacks lines");
    const auto text = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    return text;
  };
  const auto author = line();
  const auto written = base::read_rfc3339(line());
  if (author.empty() || !written) throw crypto::Forged("a record that is no note");
  return {.author = std::string(author), .written = *written, .text = std::string(rest)};
}

/// The token is a secret that is not kept, so this tells nothing of the text.
std::string unique_of(const Note& note, std::string_view report, const crypto::Token& token) {
  std::string bytes(reinterpret_cast<const char*>(token.bytes().data()), token.bytes().size());
  bytes.append(report).append(note.author).append("\n").append(note.text);
  auto unique = crypto::hash("guichet note", bytes, unique_bytes);
  sodium_memzero(bytes.data(), bytes.size());
  return unique;
}

}  // namespace

store::Document seal_note(const Note& note, const store::Document& report, const crypto::Token& token,
                          const crypto::PublicKey& office) {
  auto id = base::make_id(note.written);
  auto envelope = crypto::seal(encode_note(note), id, office);
  return {.id = std::move(id),
          .received = report.received,
          .labels = {{std::string(record_label), report.id}, {std::string(key_label), std::move(envelope.key_id)}},
          .unique = unique_of(note, report.id, token),
          .seal = std::move(envelope.seal),
          .body = std::move(envelope.body),
          .keep_until = report.keep_until};
}

Note open_note(const store::Document& document, const crypto::Keyring& keyring) {
  return decode_note(crypto::open(envelope_of(document), document.id, keyring));
}

// All are of one moment as far as `received` goes, so their order is that of their sequence.
std::vector<store::Document> notes_of(store::Documents& documents, std::string_view report) {
  const store::Filter filter{.labels = {{std::string(record_label), std::string(report)}}, .from = {}, .before = {}};
  return documents.list(notes_collection, filter, std::nullopt, store::list_max);
}

// The oldest first: each takes a new sequence, and their order stays.
std::vector<store::Step> keep_notes(store::Documents& documents, const store::Document& report) {
  std::vector<store::Step> steps;
  auto notes = notes_of(documents, report.id);
  for (auto note = notes.rbegin(); note != notes.rend(); ++note) {
    note->keep_until = report.keep_until;
    steps.emplace_back(store::Replace{std::string(notes_collection), std::move(*note)});
  }
  return steps;
}

std::vector<store::Step> erase_notes(store::Documents& documents, std::string_view report) {
  std::vector<store::Step> steps;
  for (auto& note : notes_of(documents, report)) {
    steps.emplace_back(store::Erase{std::string(notes_collection), std::move(note.id)});
  }
  return steps;
}

std::size_t erase_stray_notes(store::Documents& documents) {
  std::size_t erased = 0;
  std::int64_t sequence = 0;
  for (auto facts = documents.since(notes_collection, sequence, store::list_max); !facts.empty();
       facts = documents.since(notes_collection, sequence, store::list_max)) {
    for (const auto& fact : facts) {
      if (fact.kind == store::Fact::Kind::erased) continue;
      if (documents.find(submissions_collection, fact.labels.find(record_label)->second)) continue;
      erased += documents.change({store::Erase{std::string(notes_collection), fact.id}}) ? 1 : 0;
    }
    sequence = facts.back().sequence;
  }
  return erased;
}

}  // namespace intake
