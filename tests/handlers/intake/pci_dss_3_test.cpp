// PCI DSS 4.0, requirement 3, as far as a program can keep it: one test a requirement, on what ships and what lies on
// the disk.
#include <gtest/gtest.h>
#include <sodium.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/file.h"
#include "ground/desk.h"
#include "ground/hex.h"
#include "ground/process.h"
#include "ground/report.h"
#include "ground/seed.h"

namespace {

using ground::Desk;
using ground::json_client;

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::string digits_of(const std::string& text) {
  std::string digits;
  std::ranges::copy_if(text, std::back_inserter(digits), [](char c) { return c >= '0' && c <= '9'; });
  return digits;
}

/// Each file beside the database, its write-ahead log too, as bytes.
std::string all_bytes(const Desk& desk) {
  std::string bytes;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(std::filesystem::path(desk.database()).parent_path())) {
    if (entry.is_regular_file()) bytes += base::read_file(entry.path());
  }
  return bytes;
}

void post(const Desk& desk, const ground::Fields& fields) {
  ASSERT_EQ(desk.ask("intake_submit", "POST /submit", {}, ground::form_body(fields)).status, 303);
}

}  // namespace

TEST(PciDss3, Requirement_3_3_1_2_KeepsNoSecurityCode) {
  const Desk desk;
  ground::Reporter reporter(ground::seed());
  post(desk, reporter.next());
  for (const auto* name : {"cvv", "cvc", "cav", "cid", "pin", "CVV2", "card-cvv", "security_code", "cryptogramme"}) {
    auto fields = reporter.next();
    const auto email = ground::field(fields, "email");
    fields.emplace_back(name, "731946");
    const auto page = desk.ask("intake_submit", "POST /submit", {}, ground::form_body(fields));
    EXPECT_EQ(page.status, 422) << name;
    EXPECT_FALSE(has(page.body, "731946")) << name;
    const auto json =
        desk.ask("intake_submit", "POST /submit",
                 {{"Accept", "application/json"}, {"Content-Type", "application/json"}}, ground::json_body(fields));
    EXPECT_EQ(json.status, 422) << name;
    EXPECT_FALSE(has(json.body, "731946")) << name;
  }
  EXPECT_FALSE(has(all_bytes(desk), "731946"));
  EXPECT_EQ(nlohmann::json::parse(desk.ask("intake_stats", "GET /stats", json_client).body).at("total"), 1);
}

TEST(PciDss3, Requirement_3_4_1_ShowsTheLastFourAlone) {
  const Desk desk;
  ground::Reporter reporter(ground::seed());
  std::vector<std::string> cards;
  std::string shown;
  for (int each = 0; each < 20; ++each) {
    const auto fields = reporter.next();
    cards.push_back(digits_of(ground::field(fields, "cc-number")));
    shown += desk.ask("intake_submit", "POST /submit", {}, ground::form_body(fields)).text;
    auto wrong = fields;
    ground::field(wrong, "age") = "7";
    shown += desk.ask("intake_submit", "POST /submit", {}, ground::form_body(wrong)).text;
    shown += desk.ask("intake_submit", "POST /submit", json_client, ground::form_body(wrong)).text;
  }
  const auto page = desk.ask("intake_view_data", "GET /view_data");
  const auto json = desk.ask("intake_view_data", "GET /view_data", json_client);
  ASSERT_EQ(page.status, 200);
  ASSERT_EQ(json.status, 200);
  shown += page.text + json.text;
  shown += desk.ask("intake_stats", "GET /stats").text + desk.ask("intake_stats_jours", "GET /stats_jours").text;
  for (const auto& card : cards) {
    EXPECT_FALSE(has(shown, card));
    EXPECT_FALSE(has(shown, card.substr(0, 6))) << "more than the last four by default";
    EXPECT_FALSE(has(shown, card.substr(4, 8)));
    EXPECT_TRUE(has(page.body, "**** **** **** " + card.substr(12)));
    EXPECT_TRUE(has(json.body, "**** **** **** " + card.substr(12)));
  }
}

TEST(PciDss3, Requirement_3_5_1_1_KeepsNoUnkeyedHashOfACard) {
  const Desk desk;
  ground::Reporter reporter(ground::seed());
  std::vector<std::string> cards;
  for (int each = 0; each < 3; ++each) {
    const auto fields = reporter.next();
    cards.push_back(digits_of(ground::field(fields, "cc-number")));
    post(desk, fields);
  }
  const auto bytes = all_bytes(desk);
  for (const auto& card : cards) {
    EXPECT_FALSE(has(bytes, card));
    for (const auto* algorithm :
         {"md5", "sha1", "sha224", "sha256", "sha384", "sha512", "blake2b512", "blake2s256", "sha3-256"}) {
      const auto ended = ground::run({"openssl", "dgst", "-r", std::string("-") + algorithm}, {}, card);
      ASSERT_EQ(ended.status, 0) << algorithm << ended.err;
      const auto hex = ended.out.substr(0, ended.out.find(' '));
      EXPECT_FALSE(has(bytes, ground::bytes_of_hex(hex).substr(0, 16))) << algorithm;
      EXPECT_FALSE(has(bytes, hex.substr(0, 32))) << algorithm;
    }
    // BLAKE2b of every length, since another length is another hash.
    for (std::size_t size = 16; size <= 64; ++size) {
      std::string hash(size, '\0');
      crypto_generichash_blake2b(reinterpret_cast<unsigned char*>(hash.data()), size,
                                 reinterpret_cast<const unsigned char*>(card.data()), card.size(), nullptr, 0);
      EXPECT_FALSE(has(bytes, hash.substr(0, 16))) << size;
    }
  }
}

TEST(PciDss3, Requirement_3_2_1_KeepsNoMoreThanTheOfficeNeeds) {
  const Desk desk(ground::Environment{{"GUICHET_CARD", "last4"}});
  ground::Reporter reporter(ground::seed());
  const auto fields = reporter.next();
  const auto card = digits_of(ground::field(fields, "cc-number"));
  post(desk, fields);
  const auto opened =
      ground::run({BINARY_FOLDER "/guichet", "export"}, {{"GUICHET_INTAKE_DOCUMENTS", "sqlite:" + desk.database()},
                                                         {"GUICHET_INTAKE_SECRET_KEY_FILE", desk.secret_key()}});
  ASSERT_EQ(opened.status, 0) << opened.err;
  EXPECT_EQ(nlohmann::json::parse(opened.out).at("cc-number"), card.substr(12));
  EXPECT_FALSE(has(opened.out, card.substr(0, 12)));
  EXPECT_TRUE(has(desk.ask("intake_view_data", "GET /view_data").body, "**** **** **** " + card.substr(12)));
}
