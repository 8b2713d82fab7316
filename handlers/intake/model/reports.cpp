// The reading side of the desk.
#include "intake/model/reports.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "crypto/envelope.h"
#include "intake/model/records.h"

namespace intake {
namespace {

// So that a page ends also where staff have extended thousands in a row.
constexpr int batches_max = 20;
constexpr std::size_t short_id_characters = 8;

std::string write_cursor(const store::Position& position) {
  return fmt::format("{:x}-{:x}", position.received.time_since_epoch().count(), position.sequence);
}

std::optional<store::Position> read_cursor(std::string_view text) {
  std::int64_t received = 0;
  std::int64_t sequence = 0;
  const auto* end = text.data() + text.size();
  const auto [dash, first_error] = std::from_chars(text.data(), end, received, 16);
  if (first_error != std::errc{} || dash == end || *dash != '-' || received < 0) return std::nullopt;
  const auto [last, second_error] = std::from_chars(dash + 1, end, sequence, 16);
  if (second_error != std::errc{} || last != end || sequence < 0) return std::nullopt;
  const store::Position position{base::Time{std::chrono::milliseconds{received}}, sequence};
  // Written again it must be the same text: another spelling of it was never given.
  return write_cursor(position) == text ? std::optional(position) : std::nullopt;
}

}  // namespace

std::string short_id(std::string_view id) {
  return std::string(id.substr(id.size() - std::min(id.size(), short_id_characters)));
}

std::optional<Submission> Reports::open(const store::Document& document) const {
  try {
    const auto envelope = envelope_of(document);
    return decode(crypto::open(envelope, document.id, *keyring_.holding(envelope.key_id)));
  } catch (const crypto::Forged&) {
    return std::nullopt;
  }
}

Report Reports::read(const store::Document& document) const {
  return {.id = document.id,
          .received = document.received,
          .age_bracket = document.labels.find(age_bracket_label)->second,
          .bank = document.labels.find(bank_label)->second,
          .status = document.labels.find(status_label)->second,
          .agent = document.labels.find(agent_label)->second,
          .sequence = document.sequence,
          .keep_until = document.keep_until,
          .opened = open(document)};
}

std::optional<ReportPage> Reports::list(const store::Filter& filter, std::string_view cursor,
                                        const std::optional<base::Time>& kept_before) {
  auto after = read_cursor(cursor);
  if (!after && !cursor.empty()) return std::nullopt;
  ReportPage page;
  for (int batch = 0; batch < batches_max; ++batch) {
    const auto documents = documents_.list(submissions_collection, filter, after, page_size + 1);
    for (const auto& document : documents) {
      if (page.reports.size() == page_size) {
        page.next = write_cursor(*after);
        return page;
      }
      after = {document.received, document.sequence};
      const bool is_kept_longer = kept_before && document.keep_until && *document.keep_until >= *kept_before;
      if (!is_kept_longer) page.reports.push_back(read(document));
    }
    if (documents.size() <= page_size) return page;
  }
  page.next = write_cursor(*after);
  return page;
}

std::optional<Report> Reports::find(std::string_view id) {
  const auto document = documents_.find(submissions_collection, id);
  if (!document) return std::nullopt;
  return read(*document);
}

std::vector<Note> Reports::notes(std::string_view id) {
  std::vector<Note> notes;
  for (const auto& document : notes_of(documents_, id)) {
    try {
      notes.push_back(open_note(document, *keyring_.holding(document.labels.find(key_label)->second)));
    } catch (const crypto::Forged&) {
      notes.push_back({});
    }
  }
  return notes;
}

}  // namespace intake
