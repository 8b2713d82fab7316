// Made-up reports of card frauds, by a seed: telephones that ARCEP reserves for fiction, example.org, cards that pass
// Luhn and belong to nobody. And the figures that an office which was told them should show.
#pragma once

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ground {

/// The fields of one report as they are posted, in the form's order.
using Fields = std::vector<std::pair<std::string, std::string>>;

[[nodiscard]] inline std::string& field(Fields& fields, std::string_view name) {
  for (auto& [key, value] : fields) {
    if (key == name) return value;
  }
  fields.emplace_back(name, "");
  return fields.back().second;
}
[[nodiscard]] inline std::string field(const Fields& fields, std::string_view name) {
  for (const auto& [key, value] : fields) {
    if (key == name) return value;
  }
  return {};
}

[[nodiscard]] inline std::string percent_encoded(std::string_view text, bool is_capital = true) {
  std::string out;
  for (const char c : text) {
    const bool is_plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const auto byte = static_cast<unsigned char>(c);
    out += is_plain ? std::string(1, c) : is_capital ? fmt::format("%{:02X}", byte) : fmt::format("%{:02x}", byte);
  }
  return out;
}

[[nodiscard]] inline std::string form_body(const Fields& fields) {
  std::string body;
  for (const auto& [name, value] : fields) {
    if (!body.empty()) body += '&';
    body += name + "=" + percent_encoded(value);
  }
  return body;
}

[[nodiscard]] inline std::string json_body(const Fields& fields) {
  auto json = nlohmann::ordered_json::object();
  for (const auto& [name, value] : fields) json[name] = value;
  return json.dump();
}

/// A form's token in the shape that the office gives out; another first character, another token.
[[nodiscard]] inline std::string form_token(char first) { return std::string(36, first) + "bcdefgh"; }

/// The number with its check digit behind it (ISO/IEC 7812-1, annex B).
[[nodiscard]] inline std::string with_luhn_digit(std::string number) {
  int sum = 0;
  for (std::size_t i = 0; i < number.size(); ++i) {
    const int digit = number[number.size() - 1 - i] - '0';
    const int value = i % 2 == 0 ? digit * 2 : digit;
    sum += value > 9 ? value - 9 : value;
  }
  return number + static_cast<char>('0' + (10 - sum % 10) % 10);
}

/// The banks of the office's own list, in its order.
[[nodiscard]] inline std::vector<std::string> banks() {
  std::ifstream file(SOURCE_FOLDER "/handlers/intake/banks.txt");
  std::vector<std::string> names;
  for (std::string name; std::getline(file, name);) {
    if (!name.empty()) names.push_back(name);
  }
  return names;
}

/// A person who reports after another. Not safe from several threads.
class Reporter {
 public:
  explicit Reporter(std::uint64_t seed) : random_(seed) {}

  [[nodiscard]] Fields next() {
    static constexpr std::array names{"Aimé",       "Anaïs",  "Benoît", "Chloé", "Denis",     "Éléonore",
                                      "François",   "Gaëlle", "Hélène", "Isaac", "Joséphine", "Léa",
                                      "Marie-Luce", "Noël",   "Odile",  "Zoé"};
    const int number = ++count_;
    return {{"prenom", names[below(names.size())]},
            {"age", std::to_string(18 + below(103))},
            {"email", fmt::format("personne.{}.{}@example.org", number, below(100000))},
            {"telephone", telephone()},
            {"cc-number", card()},
            {"exp-date", fmt::format("{:02}/{:02}", 1 + below(12), 22 + below(10))},
            {"zip-code", fmt::format("{:05}", 1000 + below(94000))},
            {"banque", banks_[below(banks_.size())]}};
  }

  /// 16 digits that begin with 497010 and pass Luhn, now and then typed in groups.
  [[nodiscard]] std::string card() {
    auto number = with_luhn_digit(fmt::format("497010{:09}", below(1000000000)));
    if (below(3) != 0) return number;
    const char between = below(2) == 0 ? ' ' : '-';
    for (const std::size_t at : {12u, 8u, 4u}) number.insert(at, 1, between);
    return number;
  }

  [[nodiscard]] std::string telephone() {
    static constexpr std::array roots{"19900", "26191", "35301", "46571", "53649", "63998"};
    static constexpr std::array beginnings{"0", "+33", "+33 ", "0033 "};
    return fmt::format("{}{}{:04}", beginnings[below(beginnings.size())], roots[below(roots.size())], below(10000));
  }

  [[nodiscard]] std::uint64_t below(std::uint64_t bound) {
    return std::uniform_int_distribution<std::uint64_t>(0, bound - 1)(random_);
  }

 private:
  std::mt19937_64 random_;
  int count_ = 0;
  const std::vector<std::string> banks_ = banks();
};

/// What `/stats` must say as JSON of an office that holds these, counted here in another way than the office counts.
[[nodiscard]] inline nlohmann::json figures_of(const std::vector<Fields>& reports) {
  static const std::vector<std::pair<int, std::string>> brackets{{25, "18-25"}, {35, "26-35"}, {45, "36-45"},
                                                                 {55, "46-55"}, {65, "56-65"}, {120, "65+"}};
  std::map<std::string, int> ages;
  std::map<std::string, int> by_bank;
  for (const auto& report : reports) {
    const int age = std::stoi(field(report, "age"));
    for (const auto& [oldest, name] : brackets) {
      if (age > oldest) continue;
      ++ages[name];
      break;
    }
    ++by_bank[field(report, "banque")];
  }
  nlohmann::json figures{{"total", reports.size()}, {"top_age", nullptr}, {"top_bank", nullptr}};
  int most = 0;
  for (const auto& [oldest, name] : brackets) {
    figures["by_age"][name] = ages[name];
    if (ages[name] > most) figures["top_age"] = name;
    most = std::max(most, ages[name]);
  }
  most = 0;
  for (const auto& name : banks()) {
    figures["by_bank"][name] = by_bank[name];
    if (by_bank[name] > most) figures["top_bank"] = name;
    most = std::max(most, by_bank[name]);
  }
  return figures;
}

}  // namespace ground
