// A telephone number in E.164 (ITU-T E.164, section 6): `+33639980001`.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace intake {

class Telephone {
 public:
  /// French by default: `06 39 98 00 01`, `0033 639980001` and `+33 (0)6 39 98 00 01` are one number; elsewhere `+` or
  /// `00` and 8 to 15 digits. Spaces, dots, dashes and brackets are dropped.
  ///
  /// libphonenumber was measured and left out: it refuses the numbers that ARCEP reserves for fiction (which test data
  /// should use) and its tables cost 10 MB in a process that idles in less than that.
  [[nodiscard]] static std::optional<Telephone> read(std::string_view text);

  [[nodiscard]] const std::string& e164() const { return number_; }

 private:
  explicit Telephone(std::string number) : number_(std::move(number)) {}
  std::string number_;
};

}  // namespace intake
