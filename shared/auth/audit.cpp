// The audit trail.
#include "auth/audit.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

#include "base/ids.h"
#include "base/json.h"
#include "base/text.h"
#include "crypto/hash.h"

namespace auth {
namespace {

constexpr std::string_view audit_use = "guichet audit";
constexpr std::size_t hash_bytes = 32;
constexpr std::size_t body_max_bytes = 16384;
// Each one that fails was another's success: this many in a row are no crowd but a fault.
constexpr int append_tries_max = 100000;

std::string position_bytes(std::int64_t position) {
  std::string bytes(8, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(position >> (8 * (7 - i)));
  return bytes;
}

/// 0 for what is no position.
std::int64_t read_position(std::string_view bytes) {
  if (bytes.size() != 8) return 0;
  std::uint64_t position = 0;
  for (const char byte : bytes) position = position << 8 | static_cast<unsigned char>(byte);
  return position > static_cast<std::uint64_t>(INT64_MAX) ? 0 : static_cast<std::int64_t>(position);
}

std::string hash_of(std::string_view previous, std::string_view body) {
  return crypto::hash(audit_use, std::string(previous).append(body), hash_bytes);
}

void require(const Entry& entry) {
  const auto is_name = [](const std::string& text) {
    return text.size() <= Trail::name_max_bytes && base::is_plain_text(text);
  };
  if (!is_name(entry.who) || entry.who.empty() || !is_name(entry.record)) {
    throw std::logic_error("an audit entry without plain names");
  }
  if (std::ranges::find(actions, entry.action) == actions.end()) throw std::logic_error("an action without a word");
  if (entry.reason.size() > Trail::reason_max_bytes || !base::is_plain_text(entry.reason)) {
    throw std::logic_error("an audit entry whose reason is no plain text");
  }
}

/// By hand: the hash is of these bytes, in this order, whatever a library makes of an object.
std::string write_body(std::int64_t position, std::string_view id, const Entry& entry, std::string_view previous) {
  std::string body = fmt::format("{{\"position\":{}", position);
  const auto add = [&](std::string_view name, std::string_view value) {
    body += fmt::format(",\"{}\":", name);
    base::append_json(body, value);
  };
  add("id", id);
  add("time", base::rfc3339(entry.when));
  add("who", entry.who);
  add("action", entry.action);
  add("record", entry.record);
  add("reason", entry.reason);
  add("previous", crypto::to_hex(previous));
  return body + "}";
}

std::string label_of(const store::Document& document, std::string_view label) {
  const auto found = document.labels.find(label);
  return found == document.labels.end() ? "" : found->second;
}

/// As far as it can be read: the labels stand in for a body that cannot.
Trail::Kept read(const store::Document& document) {
  Trail::Kept kept{.position = read_position(document.unique),
                   .entry = {.when = document.received,
                             .who = label_of(document, "who"),
                             .action = label_of(document, "action"),
                             .record = label_of(document, "record"),
                             .reason = {}},
                   .hash = crypto::to_hex(document.seal)};
  // Longer than any that was written, it may be nested deeper than a parser bears.
  if (document.body.size() > body_max_bytes) return kept;
  const auto body = nlohmann::json::parse(document.body, nullptr, false);
  if (!body.is_object()) return kept;
  const auto text = [&](const char* name) {
    const auto found = body.find(name);
    return found != body.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  const auto time = base::read_rfc3339(text("time"));
  kept.entry = {time.value_or(document.received), text("who"), text("action"), text("record"), text("reason")};
  return kept;
}

/// What is wrong with the document at `position` of a chain that has come to `previous`; empty: nothing.
std::string judge(const store::Document& document, std::int64_t position, std::string_view previous,
                  base::Time earliest) {
  const auto kept = read(document);
  if (document.body != write_body(position, document.id, kept.entry, previous)) {
    return "its text was changed, or it does not follow the entry before it";
  }
  if (document.seal != hash_of(previous, document.body)) return "its hash is not the one of its text";
  for (const auto& [label, value] : {std::pair{"who", &kept.entry.who}, std::pair{"action", &kept.entry.action},
                                     std::pair{"record", &kept.entry.record}}) {
    if (label_of(document, label) != *value) return "its labels were changed";
  }
  if (document.received < earliest) return "it stands before the entry that it follows";
  return {};
}

}  // namespace

std::optional<store::Document> Trail::newest(const store::Labels& labels) {
  auto documents = office_.list(audit_collection, {.labels = labels, .from = {}, .before = {}}, std::nullopt, 1);
  if (documents.empty()) return std::nullopt;
  return std::move(documents.front());
}

bool Trail::is_reached(const Limit& limit, const Entry& entry) {
  const auto since = entry.when - limit.span;
  const store::Filter filter{.labels = {{"who", entry.who}, {"action", entry.action}}, .from = since, .before = {}};
  const auto documents =
      office_.list(audit_collection, filter, std::nullopt, std::min(store::list_max, limit.most * 2));
  const auto counted =
      std::ranges::count_if(documents, [&](const auto& document) { return read(document).entry.when > since; });
  return counted >= static_cast<std::ptrdiff_t>(limit.most);
}

bool Trail::append(std::string id, const Entry& entry, const std::optional<Limit>& limit) {
  require(entry);
  const std::lock_guard turn(turn_);
  auto last = newest({});
  for (int tries = 0; tries < append_tries_max; ++tries) {
    if (limit && is_reached(*limit, entry)) return false;
    const auto position = last ? read_position(last->unique) + 1 : 1;
    const std::string previous = last ? last->seal : std::string(hash_bytes, '\0');
    auto body = write_body(position, id, entry, previous);
    auto seal = hash_of(previous, body);
    auto added = office_.add(audit_collection,
                             {.id = id,
                              .received = last ? std::max(entry.when, last->received) : entry.when,
                              .labels = {{"who", entry.who}, {"action", entry.action}, {"record", entry.record}},
                              .unique = position_bytes(position),
                              .seal = std::move(seal),
                              .body = std::move(body)});
    if (added.is_new) return true;
    if (added.document.id == id || office_.find(audit_collection, id)) return false;
    // Another took the position: this one follows it.
    last = std::move(added.document);
  }
  throw store::Unavailable("audit: no position to append at");
}

void Trail::append(const Entry& entry) { append(base::make_id(entry.when), entry, std::nullopt); }

bool Trail::append_once(std::string_view id, const Entry& entry) {
  if (office_.find(audit_collection, id)) return false;
  return append(std::string(id), entry, std::nullopt);
}

bool Trail::append_within(const Entry& entry, std::size_t most, std::chrono::milliseconds span) {
  return append(base::make_id(entry.when), entry, Limit{most, span});
}

Trail::Head Trail::head() {
  const auto last = newest({});
  if (!last) return {0, crypto::to_hex(std::string(hash_bytes, '\0'))};
  return {read_position(last->unique), crypto::to_hex(last->seal)};
}

Trail::Verdict Trail::verify(const std::optional<std::string>& noted_head) {
  // Read first: what is appended meanwhile lies beyond it.
  const auto last = newest({});
  Verdict verdict;
  const auto broken = [&](std::int64_t position, std::string finding) {
    verdict.broken_at = position;
    verdict.finding = std::move(finding);
    return verdict;
  };
  if (last && read_position(last->unique) == 0) return broken(0, "an entry without a position was put in");
  const auto expected = last ? read_position(last->unique) : 0;
  std::string previous(hash_bytes, '\0');
  verdict.head = {0, crypto::to_hex(previous)};
  bool has_met_head = noted_head && *noted_head == verdict.head.hash;
  base::Time earliest = base::Time::min();
  for (std::int64_t position = 1;; ++position) {
    const auto document = office_.find_unique(audit_collection, position_bytes(position));
    if (!document) {
      if (position <= expected) return broken(position, "it is gone, and later ones are there");
      break;
    }
    if (auto finding = judge(*document, position, previous, earliest); !finding.empty()) {
      return broken(position, std::move(finding));
    }
    previous = document->seal;
    earliest = document->received;
    verdict.entries = position;
    verdict.head = {position, crypto::to_hex(previous)};
    has_met_head = has_met_head || (noted_head && *noted_head == verdict.head.hash);
  }
  if (noted_head && !has_met_head) {
    verdict.misses_noted_head = true;
    return broken(verdict.entries + 1,
                  "the chain does not pass through the noted head: its tail was cut, or it was computed anew");
  }
  return verdict;
}

std::optional<Trail::Page> Trail::list(std::string_view cursor, const store::Labels& labels) {
  std::optional<store::Position> after;
  if (!cursor.empty()) {
    std::int64_t position = 0;
    std::from_chars(cursor.data(), cursor.data() + cursor.size(), position);
    if (position < 1 || std::to_string(position) != cursor) return std::nullopt;
    const auto document = office_.find_unique(audit_collection, position_bytes(position));
    if (!document) return std::nullopt;
    after = {document->received, document->sequence};
  }
  const auto documents =
      office_.list(audit_collection, {.labels = labels, .from = {}, .before = {}}, after, page_size + 1);
  Page page;
  for (const auto& document : documents) {
    if (page.entries.size() == page_size) {
      page.next = std::to_string(page.entries.back().position);
      break;
    }
    page.entries.push_back(read(document));
  }
  return page;
}

}  // namespace auth
