// Lines of another office's dump: a line is a form and a time in the past, or is refused without a value of it.
#include <string>

#include "command/dump.h"
#include "fuzz/expect.h"

using fuzz::expect;
namespace fernet = command::fernet;

namespace {

const base::Time now{std::chrono::hours{500000}};

const fernet::Key& key() {
  static const auto key = fernet::decode_key("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");
  return *key;
}

/// The line with each `@` in a token's place, so that the fuzzer need not guess one.
std::string with_tokens(std::string_view line) {
  static const auto token = fernet::encrypt("0639980001", key(), 1700000000, {});
  std::string text;
  for (const char c : line) text += c == '@' ? token : std::string(1, c);
  return text;
}

/// A whole number is its digits, whatever its size.
void judge_number(std::string_view digits) {
  const bool is_whole = !digits.empty() && digits.size() <= 20 &&
                        digits.find_first_not_of("0123456789") == std::string_view::npos &&
                        (digits.size() == 1 || digits[0] != '0');
  if (!is_whole) return;
  try {
    const auto read = command::read_dump_line("{\"age\":" + std::string(digits) + "}", key(), now);
    expect(read.form.raw("age") == digits, "a whole number is kept as it is written");
  } catch (const command::RefusedLine&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto line = with_tokens(fuzz::view(data, size));
  judge_number(line);
  try {
    const auto read = command::read_dump_line(line, key(), now);
    expect(read.received >= base::Time{} && read.received <= now, "a time in the past");
    expect(!read.identity.empty(), "an identity");
    expect(read.form.has("prenom") && read.form.has("banque"), "every field, though it be empty");
    expect(line.find('\0') == std::string::npos, "a line without a NUL");
  } catch (const command::RefusedLine& refusal) {
    expect(std::string_view(refusal.what()).size() < 120, "a refusal in a sentence");
  }
  return 0;
}
