// The fields of a posted body.
#include "web/form.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "web/problem.h"

namespace web {
namespace {

[[noreturn]] void refuse(const char* cause) { throw Problem(400, {}, cause); }

int hex_value(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

std::string decode(std::string_view encoded) {
  std::string text;
  for (std::size_t i = 0; i < encoded.size(); ++i) {
    if (encoded[i] == '+') {
      text += ' ';
    } else if (encoded[i] == '%') {
      const int high = i + 2 < encoded.size() ? hex_value(encoded[i + 1]) : -1;
      const int low = i + 2 < encoded.size() ? hex_value(encoded[i + 2]) : -1;
      if (high < 0 || low < 0) refuse("bad percent-escape");
      text += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      text += encoded[i];
    }
  }
  return text;
}

}  // namespace

std::string percent_encode(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool is_unreserved = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                               c == '.' || c == '_' || c == '~';
    out += is_unreserved ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

/// Hears nlohmann's parser and stops it at the first thing that is not a flat object: depth and count are bounded
/// while parsing (a tree of 100,000 arrays would overflow the stack when it is freed).
class FlatObject : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit FlatObject(Form& form) : form_(form) {}

  bool start_object(std::size_t) override { return depth_++ == 0; }
  bool end_object() override { return true; }
  bool start_array(std::size_t) override { return false; }
  bool end_array() override { return false; }
  bool key(string_t& name) override {
    name_ = name;
    return true;
  }
  bool string(string_t& value) override { return add(value); }
  // Of a number that begins with a minus: -0 alone is not written as its value is.
  bool number_integer(number_integer_t value) override { return add(value == 0 ? "-0" : std::to_string(value)); }
  bool number_unsigned(number_unsigned_t value) override { return add(std::to_string(value)); }
  bool number_float(number_float_t, const string_t& written) override { return add(written); }
  bool null() override { return add(""); }
  bool boolean(bool value) override { return add(value ? "true" : "false"); }
  bool binary(binary_t&) override { return false; }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override { return false; }

 private:
  bool add(const std::string& value) {
    if (depth_ != 1) return false;
    form_.add(name_, value);
    return true;
  }
  Form& form_;
  std::string name_;
  int depth_ = 0;
};

void Form::add(std::string name, std::string value) {
  if (name.empty() || name.size() > name_max_bytes || !base::is_plain_text(name)) refuse("bad field name");
  if (fields_.size() == fields_max) refuse("too many fields");
  if (!fields_.emplace(std::move(name), std::move(value)).second) refuse("duplicate field");
}

Form Form::read_urlencoded(std::string_view body) {
  Form form;
  while (!body.empty()) {
    const auto pair = body.substr(0, body.find('&'));
    body.remove_prefix(std::min(pair.size() + 1, body.size()));
    if (pair.empty()) continue;
    const auto equals = pair.find('=');
    const auto value = equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1);
    form.add(decode(pair.substr(0, equals)), decode(value));
  }
  return form;
}

Form Form::read_json(std::string_view body) {
  // nlohmann takes a NUL for the end, and would pass over what follows it.
  if (body.find('\0') != std::string_view::npos) refuse("NUL in JSON");
  Form form;
  FlatObject listener(form);
  if (!nlohmann::json::sax_parse(body.begin(), body.end(), &listener)) refuse("not a flat JSON object");
  return form;
}

std::optional<std::string_view> Form::text(std::string_view name) const {
  const auto found = fields_.find(name);
  if (found == fields_.end() || !base::is_plain_text(found->second)) return std::nullopt;
  return base::trim(found->second);
}

std::string_view Form::raw(std::string_view name) const {
  const auto found = fields_.find(name);
  return found == fields_.end() ? std::string_view{} : std::string_view(found->second);
}

std::optional<std::string> Form::lines(std::string_view name) const {
  const auto found = fields_.find(name);
  if (found == fields_.end()) return std::nullopt;
  auto rest = found->second;
  std::ranges::replace(rest, '\t', ' ');
  std::string text;
  for (std::size_t begin = 0; begin <= rest.size();) {
    const auto end = std::min(rest.find('\n', begin), rest.size());
    auto line = std::string_view(rest).substr(begin, end - begin);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!base::is_plain_text(line)) return std::nullopt;
    text.append(base::trim(line)).append("\n");
    begin = end + 1;
  }
  const auto first = text.find_first_not_of('\n');
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of('\n') + 1 - first);
}

}  // namespace web
