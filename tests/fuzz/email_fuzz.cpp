// E-mail addresses and plain text: what passes fits on one line, within its limits.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

#include "base/email.h"
#include "base/ids.h"
#include "base/json.h"
#include "base/text.h"
#include "fuzz/expect.h"

using fuzz::expect;

namespace {

void judge_email(std::string_view text) {
  const auto at = text.find('@');
  expect(text.size() <= 254 && at > 0 && at <= 64, "within the limits");
  expect(text.find('@', at + 1) == std::string_view::npos, "one @");
  expect(text.find('.', at) != std::string_view::npos && !text.ends_with('.'), "a host with a dot");
  expect(text.find("..", at) == std::string_view::npos, "no empty label");
  expect(std::ranges::all_of(text, [](char c) { return c > ' ' && c < 127; }), "visible ASCII");
  expect(text.find_first_of("\"<>,;:\\()[]") == std::string_view::npos, "nothing that a mail program takes apart");
  expect(base::is_email(base::lower(text)), "in small letters too");
}

void judge_json(std::string_view text, base::Letters letters) {
  std::string written;
  base::append_json(written, text, letters);
  expect(std::ranges::all_of(written, [](char c) { return static_cast<unsigned char>(c) >= ' '; }), "one line");
  expect(letters == base::Letters::utf8 || std::ranges::all_of(written, [](char c) { return c > 0 && c < 127; }),
         "printable ASCII");
  const auto read = nlohmann::json::parse(written, nullptr, false);
  expect(read.is_string(), "a JSON string");
  if (base::is_plain_text(text)) expect(read.get<std::string>() == text, "the same text");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::view(data, size);
  if (base::is_email(text)) judge_email(text);
  judge_json(text, base::Letters::utf8);
  judge_json(text, base::Letters::ascii);
  const auto trimmed = base::trim(text);
  expect(base::trim(trimmed) == trimmed && text.find(trimmed) != std::string_view::npos, "trimmed once is trimmed");
  if (base::is_plain_text(text)) {
    expect(base::is_plain_text(trimmed), "trimming cuts no letter");
    expect(base::length(text) <= text.size() && base::length(text) * 4 >= text.size(), "one to four bytes a letter");
  }
  if (base::is_id(text)) expect(base::lower(text) == text && text.size() == 36, "an id is in small letters");
  return 0;
}
