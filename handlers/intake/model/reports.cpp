// The reading side of the desk.
#include "intake/model/reports.h"

#include <fmt/format.h>

#include <charconv>

#include "crypto/envelope.h"
#include "intake/model/records.h"

namespace intake {
namespace {

std::string write_cursor(const store::Position& position) {
  return fmt::format("{:x}-{:x}", position.received.time_since_epoch().count(), position.sequence);
}

std::optional<store::Position> read_cursor(std::string_view text) {
  std::int64_t received = 0;
  std::int64_t sequence = 0;
  const auto* end = text.data() + text.size();
  const auto [dash, first_error] = std::from_chars(text.data(), end, received, 16);
  if (first_error != std::errc{} || dash == end || *dash != '-' || text.front() == '-') return std::nullopt;
  const auto [last, second_error] = std::from_chars(dash + 1, end, sequence, 16);
  if (second_error != std::errc{} || last != end || sequence < 0) return std::nullopt;
  return store::Position{base::Time{std::chrono::milliseconds{received}}, sequence};
}

}  // namespace

std::optional<Submission> Reports::open(const store::Document& document) const {
  try {
    const crypto::Envelope envelope{document.labels.find(key_label)->second, document.seal, document.body};
    return decode(crypto::open(envelope, document.id, keyring_));
  } catch (const crypto::Forged&) {
    return std::nullopt;
  }
}

std::optional<ReportPage> Reports::list(const store::Filter& filter, std::string_view cursor) {
  const auto after = read_cursor(cursor);
  if (!after && !cursor.empty()) return std::nullopt;
  const auto documents = documents_.list(submissions_collection, filter, after, page_size + 1);
  ReportPage page;
  for (const auto& document : documents) {
    if (page.reports.size() == page_size) {
      const auto& last = documents[page_size - 1];
      page.next = write_cursor({last.received, last.sequence});
      break;
    }
    page.reports.push_back({.id = document.id,
                            .received = document.received,
                            .age_bracket = document.labels.find(age_bracket_label)->second,
                            .bank = document.labels.find(bank_label)->second,
                            .opened = open(document)});
  }
  return page;
}

}  // namespace intake
