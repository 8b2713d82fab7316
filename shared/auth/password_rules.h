// Which passwords are good enough: long, no word of a dictionary, nothing that a stranger would try first.
//
// After NIST SP 800-63B section 5.1.1.2: length counts and the kinds of characters do not; what is commonly chosen, or
// close to the person, is refused with its reason. libpwquality judges, and cracklib by the dictionary of the machine,
// which holds the words of each list in /usr/share/dict (French ones with Debian's wfrench).
// Safe from several threads: one password is judged at a time, as cracklib is not. Errors: base::Unavailable.
#pragma once

#include <mutex>
#include <optional>
#include <string_view>

#include "auth/fault.h"

namespace auth {

class PasswordRules {
 public:
  static constexpr std::size_t min_characters = 12;
  /// Where the dictionary lies, read at each judgement: for web::Needs.
  static constexpr std::string_view dictionary_folder = "/var/cache/cracklib";

  /// Throws base::BadStart where there is no dictionary to read.
  PasswordRules();

  /// Who chooses it, and instead of what; the old one may be nothing.
  struct Chooser {
    std::string_view email;
    std::string_view name;
    std::string_view old_password = {};
  };
  /// What stands against it, of the field `password`; the first thing that does.
  [[nodiscard]] std::optional<Fault> judge(std::string_view password, const Chooser& chooser);

 private:
  std::mutex turn_;
};

}  // namespace auth
