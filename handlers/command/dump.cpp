// One line of another office's dump.
#include "command/dump.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "crypto/base64.h"
#include "web/problem.h"

namespace command {
namespace {

using Line = nlohmann::json;

constexpr std::size_t line_max_bytes = 65536;
constexpr int depth_max = 8;
constexpr std::array<std::string_view, 8> fields{"prenom",    "age",      "email",    "telephone",
                                                 "cc-number", "exp-date", "zip-code", "banque"};

Line parse(std::string_view line) {
  if (line.size() > line_max_bytes) throw RefusedLine("longer than 64 KiB");
  // nlohmann takes a NUL for the end, and would pass over what follows it.
  if (line.find('\0') != std::string_view::npos) throw RefusedLine("not a JSON object");
  bool is_deep = false;
  const auto limit = [&](int depth, Line::parse_event_t, Line&) {
    is_deep = is_deep || depth > depth_max;
    return !is_deep;
  };
  auto json = Line::parse(line, limit, false);
  if (json.is_discarded() || !json.is_object() || is_deep) throw RefusedLine("not a JSON object");
  return json;
}

template <typename Number>
std::optional<Number> number_of(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// The one member of an extended value such as `{"$oid": ...}`.
const Line* member(const Line& value, const char* name) {
  const auto found = value.is_object() ? value.find(name) : value.end();
  return value.is_object() && found != value.end() ? &*found : nullptr;
}

std::string decoded(const std::string& base64) {
  const auto bytes = crypto::read_base64(base64, crypto::Base64::standard);
  if (!bytes) throw RefusedLine("a $binary that is not base 64");
  return std::string(bytes->view());
}

/// A value as the text that a form would hold; empty when it is absent.
std::string text_of(const Line& line, std::string_view name) {
  const auto found = line.find(name);
  if (found == line.end() || found->is_null()) return {};
  const Line& value = *found;
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number_integer()) return value.dump();
  if (value.is_number_float() && std::abs(value.get<double>()) < 1e9 &&
      std::trunc(value.get<double>()) == value.get<double>()) {
    return std::to_string(static_cast<std::int64_t>(value.get<double>()));
  }
  for (const auto* kind : {"$numberInt", "$numberLong"}) {
    if (const auto* number = member(value, kind); number != nullptr && number->is_string()) {
      return number->get<std::string>();
    }
  }
  if (const auto* number = member(value, "$numberDouble"); number != nullptr && number->is_string()) {
    const auto text = number->get<std::string>();
    return text.ends_with(".0") ? text.substr(0, text.size() - 2) : text;
  }
  if (const auto* binary = member(value, "$binary"); binary != nullptr) {
    const auto* base64 = binary->is_object() ? member(*binary, "base64") : binary;
    if (base64 != nullptr && base64->is_string()) return decoded(base64->get<std::string>());
  }
  throw RefusedLine(fmt::format("{}: neither a text nor a whole number", name));
}

/// RFC 3339 section 5.6, as mongoexport writes dates; none when it is anything else.
std::optional<base::Time> read_time(std::string_view text) {
  using std::chrono::milliseconds;
  const auto number = [&](std::size_t at, std::size_t size) {
    const auto part = text.size() >= at + size ? text.substr(at, size) : std::string_view{};
    const bool is_digits = !part.empty() && std::ranges::all_of(part, [](char c) { return c >= '0' && c <= '9'; });
    return is_digits ? number_of<int>(part).value_or(-1) : -1;
  };
  const auto date = std::chrono::year_month_day{std::chrono::year{number(0, 4)},
                                                std::chrono::month{static_cast<unsigned>(number(5, 2))},
                                                std::chrono::day{static_cast<unsigned>(number(8, 2))}};
  const int hour = number(11, 2);
  const int minute = number(14, 2);
  const int second = number(17, 2);
  if (text.size() < 20 || !date.ok() || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' ||
      text[16] != ':' || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) {
    return std::nullopt;
  }
  auto rest = text.substr(19);
  milliseconds fraction{0};
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    int weight = 100;
    std::size_t count = 0;
    for (; count < rest.size() && rest[count] >= '0' && rest[count] <= '9'; ++count, weight /= 10) {
      fraction += milliseconds{(rest[count] - '0') * weight};
    }
    if (count == 0) return std::nullopt;
    rest.remove_prefix(count);
  }
  std::chrono::minutes ahead{0};
  if (rest != "Z") {
    const bool has_colon = rest.size() == 6 && rest[3] == ':';
    if ((rest.size() != 5 && !has_colon) || (rest[0] != '+' && rest[0] != '-')) return std::nullopt;
    const auto at = text.size() - rest.size();
    const int hours = number(at + 1, 2);
    const int minutes = number(at + (has_colon ? 4 : 3), 2);
    if (hours < 0 || minutes < 0) return std::nullopt;
    ahead = std::chrono::minutes{(rest[0] == '-' ? -1 : 1) * (hours * 60 + minutes)};
  }
  return std::chrono::sys_days{date} + std::chrono::hours{hour} + std::chrono::minutes{minute} - ahead +
         std::chrono::seconds{second} + fraction;
}

std::optional<base::Time> read_date(const Line& date) {
  const auto since_1970 = [](std::int64_t count) { return base::Time{std::chrono::milliseconds{count}}; };
  if (date.is_string()) return read_time(date.get<std::string>());
  if (date.is_number_integer()) return since_1970(date.get<std::int64_t>());
  if (const auto* number = member(date, "$numberLong"); number != nullptr && number->is_string()) {
    if (const auto count = number_of<std::int64_t>(number->get<std::string>())) return since_1970(*count);
  }
  return std::nullopt;
}

/// 24 hexadecimal digits, of which the first eight are seconds since 1970.
std::optional<base::Time> time_of_object_id(std::string_view text) {
  std::uint32_t seconds = 0;
  const bool is_hex = text.size() == 24 && std::ranges::all_of(text, [](char c) {
                        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
                      });
  if (!is_hex) return std::nullopt;
  std::from_chars(text.data(), text.data() + 8, seconds, 16);
  return base::Time{std::chrono::seconds{seconds}};
}

base::Time received_of(const Line& line, std::string_view object_id, base::Time now) {
  auto received = now;
  const auto dated = std::ranges::find_if(line, [](const Line& value) { return member(value, "$date") != nullptr; });
  if (dated != line.end()) {
    const auto date = read_date(*member(*dated, "$date"));
    if (!date) throw RefusedLine("a $date that is no date");
    received = *date;
  } else if (const auto made = time_of_object_id(object_id)) {
    received = *made;
  }
  if (received > now || received < base::Time{}) throw RefusedLine("a date before 1970 or ahead of now");
  return received;
}

}  // namespace

DumpLine read_dump_line(std::string_view text, const fernet::Key& key, base::Time now) {
  const auto line = parse(text);
  std::string object_id;
  std::string identity = "line " + std::string(text);
  if (const auto id = line.find("_id"); id != line.end()) {
    const auto* oid = member(*id, "$oid");
    if (oid != nullptr && oid->is_string()) object_id = oid->get<std::string>();
    if (id->is_string()) object_id = id->get<std::string>();
    identity = "id " + (object_id.empty() ? id->dump() : object_id);
  }

  Line form = Line::object();
  for (const auto name : fields) {
    auto value = text_of(line, name);
    if (!value.empty() && (name == "telephone" || name == "cc-number")) {
      const auto opened = fernet::decrypt(value, key);
      if (!opened) throw RefusedLine(fmt::format("{}: not a Fernet token of this key", name));
      value = std::string(opened->view());
    }
    form[std::string(name)] = std::move(value);
  }
  // By their names alone: the form refuses a security code, whatever it holds.
  for (const auto& [name, value] : line.items()) {
    if (name != "_id" && std::ranges::find(fields, name) == fields.end()) form[name] = "";
  }
  try {
    return {web::Form::read_json(form.dump()), received_of(line, object_id, now), identity};
  } catch (const web::Problem&) {
    throw RefusedLine("fields that a form cannot hold");
  } catch (const Line::exception&) {
    throw RefusedLine("a text that is not UTF-8");
  }
}

}  // namespace command
