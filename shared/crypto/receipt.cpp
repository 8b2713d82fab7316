// The person's end of a report: token and receipt.
#include "crypto/receipt.h"

#include <algorithm>
#include <set>

#include "crypto/hash.h"

namespace crypto {
namespace {

constexpr std::string_view alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::size_t digits = 26;

std::string_view view(const Secret<16>& secret) {
  return {reinterpret_cast<const char*>(secret.data()), secret.size()};
}
std::string_view view(const Secret<32>& secret) {
  return {reinterpret_cast<const char*>(secret.data()), secret.size()};
}

std::size_t digit_of(char character) {
  if (character >= 'a' && character <= 'z') character = static_cast<char>(character - 'a' + 'A');
  if (character == 'O') character = '0';
  if (character == 'I' || character == 'L') character = '1';
  return alphabet.find(character);
}

}  // namespace

Token::Token(TokenSource source, std::string_view text) {
  SecretText message(1 + text.size());
  message.data()[0] = static_cast<unsigned char>(source);
  std::ranges::copy(text, message.data() + 1);
  hash_into(bytes_.data(), bytes_.size(), "guichet token", message.view());
}

std::string make_form_token() { return to_base64url(random_bytes(32)); }

bool is_form_token(std::string_view text) {
  constexpr std::size_t different_min = 8;  // as random text of this length has, and a made-up one may not
  return text.size() == 43 && std::set<char>(text.begin(), text.end()).size() >= different_min &&
         std::ranges::all_of(text, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
         });
}

Receipt Receipt::derive(const Token& token) {
  Receipt receipt;
  hash_into(receipt.bytes_.data(), receipt.bytes_.size(), "guichet receipt", view(token.bytes()));
  return receipt;
}

std::optional<Receipt> Receipt::read(std::string_view text) {
  Receipt receipt;
  std::size_t count = 0;
  for (const char character : text) {
    if (character == '-' || character == ' ') continue;
    const auto digit = digit_of(character);
    // 26 digits carry 130 bits: the first may only use its last three.
    if (digit == std::string_view::npos || count == digits || (count == 0 && digit > 7)) return std::nullopt;
    for (std::size_t bit = 0; bit < 5; ++bit) {
      const auto position = count * 5 + bit;
      if (position < 2) continue;
      auto& byte = receipt.bytes_.data()[(position - 2) / 8];
      byte = static_cast<unsigned char>(byte << 1 | (digit >> (4 - bit) & 1));
    }
    ++count;
  }
  if (count != digits) return std::nullopt;
  return receipt;
}

std::string Receipt::text() const {
  std::string text;
  for (std::size_t count = 0; count < digits; ++count) {
    std::size_t digit = 0;
    for (std::size_t bit = 0; bit < 5; ++bit) {
      const auto position = count * 5 + bit;
      const auto value = position < 2 ? 0 : bytes_.data()[(position - 2) / 8] >> (7 - (position - 2) % 8) & 1;
      digit = digit << 1 | static_cast<std::size_t>(value);
    }
    if (count != 0 && count % 4 == 0) text += '-';
    text += alphabet[digit];
  }
  return text;
}

std::string Receipt::hash() const { return crypto::hash("guichet lookup", view(bytes_), 32); }

Secret<32> Receipt::wrapping_key() const {
  Secret<32> key;
  hash_into(key.data(), key.size(), "guichet wrap", view(bytes_));
  return key;
}

}  // namespace crypto
