// Which passwords are good enough.
#include "auth/password_rules.h"

#include <fmt/format.h>
#include <pwquality.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <new>
#include <string>

// It needs <cstddef>, and leaves that to others.
#include <crack.h>

#include "base/config.h"
#include "base/text.h"
#include "base/unavailable.h"
#include "crypto/password.h"

namespace auth {
namespace {

constexpr const char* field = "password";
constexpr int different_characters_min = 5;
constexpr int same_in_a_row_max = 3;
constexpr int sequence_max = 4;  // abcd, 4321
/// What libpwquality takes for the least; the length that people are told is counted in characters.
constexpr int bytes_min = 6;
constexpr std::size_t word_min_bytes = 4;
constexpr const char* dictionary_path = "/var/cache/cracklib/cracklib_dict";
constexpr std::string_view common_words = "motdepasse password passwort azerty qwerty qwertz guichet";

struct Words {
  int reason;
  std::string_view french;
  std::string_view english;
};

constexpr Words dictionary{
    PWQ_ERROR_CRACKLIB_CHECK,
    "Ce mot de passe est un mot du dictionnaire, ou une suite trop simple : prenez plusieurs mots.",
    "This password is a word of the dictionary, or too simple: take several words."};
constexpr Words reasons[] = {
    {PWQ_ERROR_SAME_PASSWORD, "C’est le mot de passe actuel : choisissez-en un autre.",
     "This is the password that it is to replace."},
    {PWQ_ERROR_CASE_CHANGES_ONLY, "Seules des majuscules changent : choisissez un autre mot de passe.",
     "Only capital letters differ from the old password."},
    {PWQ_ERROR_TOO_SIMILAR, "Ce mot de passe ressemble trop à l’actuel.", "This password is too close to the old one."},
    {PWQ_ERROR_ROTATED, "Ce mot de passe est l’actuel, tourné : choisissez-en un autre.",
     "This password is the old one, turned around."},
    {PWQ_ERROR_PALINDROME, "Ce mot de passe se lit de même à l’envers : il est trop facile à deviner.",
     "This password reads the same backwards."},
    {PWQ_ERROR_MAX_CONSECUTIVE, "Ce mot de passe répète plus de trois fois de suite le même caractère.",
     "This password holds the same character more than three times in a row."},
    {PWQ_ERROR_MAX_SEQUENCE, "Ce mot de passe contient une suite telle que abcde ou 12345.",
     "This password holds a sequence such as abcde or 12345."},
    {PWQ_ERROR_BAD_WORDS,
     "Ce mot de passe contient votre nom, votre adresse ou un mot que tout le monde essaie en premier.",
     "This password holds the name, the address, or a word that everyone tries first."},
    dictionary};

Fault fault(const Words& words) { return {field, words.french, words.english}; }

/// Adds the words of a name or an address, as long as the library looks at them.
void add_words(std::string& words, std::string_view text) {
  std::string word;
  for (const char c : base::lower(text) + ' ') {
    const bool is_of_word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80;
    if (is_of_word) {
      word += c;
      continue;
    }
    if (word.size() >= word_min_bytes) words.append(" ").append(word);
    word.clear();
  }
}

/// `P@ssw0rd` as it is read: without the disguise that everyone knows.
std::string undisguised(std::string_view password) {
  constexpr std::string_view masks = "@4301!5$7";
  constexpr std::string_view letters = "aaeoiisst";
  auto text = base::lower(password);
  for (auto& c : text) {
    if (const auto at = masks.find(c); at != std::string_view::npos) c = letters[at];
  }
  return text;
}

class Settings {
 public:
  explicit Settings(const std::string& bad_words) : settings_(pwquality_default_settings(), pwquality_free_settings) {
    if (!settings_) throw std::bad_alloc();
    set(PWQ_SETTING_MIN_LENGTH, bytes_min);
    set(PWQ_SETTING_DIFF_OK, different_characters_min);
    set(PWQ_SETTING_MAX_REPEAT, same_in_a_row_max);
    set(PWQ_SETTING_MAX_SEQUENCE, sequence_max);
    set(PWQ_SETTING_DICT_CHECK, 0);
    if (pwquality_set_str_value(settings_.get(), PWQ_SETTING_BAD_WORDS, bad_words.c_str()) != 0) throw std::bad_alloc();
  }
  /// A score from 0 to 100, or what stands against it.
  [[nodiscard]] int check(const std::string& password, const std::string& old) const {
    return pwquality_check(settings_.get(), password.c_str(), old.empty() ? nullptr : old.c_str(), nullptr, nullptr);
  }

 private:
  void set(int setting, int value) const {
    if (pwquality_set_int_value(settings_.get(), setting, value) != 0) throw std::bad_alloc();
  }
  std::unique_ptr<pwquality_settings_t, void (*)(pwquality_settings_t*)> settings_;
};

bool can_read_dictionary() { return access(fmt::format("{}.pwd", dictionary_path).c_str(), R_OK) == 0; }

/// libpwquality would have cracklib look up in /etc/passwd who runs this process: here the user is the one who chooses.
bool is_in_dictionary(const std::string& password, const std::string& email) {
  return FascistCheckUser(password.c_str(), dictionary_path, email.c_str(), "") != nullptr;
}

}  // namespace

PasswordRules::PasswordRules() {
  if (!can_read_dictionary()) {
    throw base::BadStart(
        fmt::format("{}.pwd cannot be read: install cracklib-runtime, or run update-cracklib.", dictionary_path));
  }
}

std::optional<Fault> PasswordRules::judge(std::string_view password, const Chooser& chooser) {
  if (password.empty()) return Fault{field, "Choisissez un mot de passe.", "No password was given."};
  if (!base::is_plain_text(password)) {
    return Fault{field, "Ce mot de passe contient des caractères qui ne se tapent pas au clavier.",
                 "This password holds characters that no keyboard types."};
  }
  if (base::length(password) < min_characters) {
    return Fault{field, "Ce mot de passe est trop court : il en faut au moins 12 caractères.",
                 "This password is too short: it takes at least 12 characters."};
  }
  if (password.size() > crypto::Passwords::max_bytes) {
    return Fault{field, "Ce mot de passe est trop long.", "This password is too long."};
  }
  std::string bad_words(common_words);
  add_words(bad_words, chooser.email.substr(0, chooser.email.find('@')));
  add_words(bad_words, chooser.name);
  const Settings settings(bad_words);
  const std::string old(chooser.old_password);
  const std::string email(chooser.email);
  if (!can_read_dictionary()) throw base::Unavailable("cracklib's dictionary");
  const std::lock_guard turn(turn_);
  for (const auto& text : {std::string(password), undisguised(password)}) {
    if (const int verdict = settings.check(text, old); verdict < 0) {
      const auto* const known = std::ranges::find(reasons, verdict, &Words::reason);
      return fault(known == std::end(reasons) ? dictionary : *known);
    }
    if (is_in_dictionary(text, email)) return fault(dictionary);
  }
  return std::nullopt;
}

}  // namespace auth
