// Token and receipt: what makes a report happen once, and opens it again.
#include "crypto/receipt.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cctype>
#include <set>
#include <string>
#include <vector>

#include "crypto/hash.h"

namespace {

using crypto::Receipt;
using crypto::Token;
using crypto::TokenSource;

std::string view(const crypto::Secret<32>& secret) {
  return {reinterpret_cast<const char*>(secret.data()), secret.size()};
}

const std::string form_text(43, 'A');

Receipt receipt_of(TokenSource source, std::string_view text) { return Receipt::derive(Token(source, text)); }

}  // namespace

// Computed by Python's hashlib.blake2b(person=...): other values would orphan every receipt ever given out.
TEST(Receipt, StaysTheSameForAToken) {
  const struct {
    TokenSource source;
    const char *token, *receipt, *hash, *wrapping_key;
  } cases[] = {
      {TokenSource::form, "fc0ed7efa8aa9f58032a35662e73db670eb705098c9c08da254f16fe10a92b0e",
       "1PYG-0QYP-ZATS-15CF-ZZ98-7HC9-9Y", "f1d674c03d0b2be763aaf302e35c3a60328245505ede13a55a187a0a38040ba3",
       "cc2dbfd2d839eb8dd41c2e21b3890944d754449a26ea836ead467c322e938bc5"},
      {TokenSource::idempotency_key, "9c6291f5ecfd02f364e4e072b561158108261b62cc407a2a35382c1576f1399f",
       "6YCW-3V6V-SWR5-63QK-XWBD-6GSJ-YG", "9eaa7e8ad66ae6384174240c2168b939405617008535a970a1445d6bc88008b5",
       "d163daf26801c632dd80ebcc6511dd4853bb22a01f2e15fddce3efde889c8268"},
      {TokenSource::server, "10581e6be398b8349671413edc084dbcfef5a404d3d9eaf23e061830562e5d8c",
       "2314-P22R-AV4S-421T-041J-T13V-6Z", "79d58f51149598e7778e68de32472ed0b856ccec53b3db50148a37485f03b252",
       "dcd0426fa8507eda8e2db9d53f425f3d848f8fea09b641d78e909664b66421af"},
  };
  for (const auto& each : cases) {
    const Token token(each.source, form_text);
    EXPECT_EQ(crypto::to_hex(view(token.bytes())), each.token);
    const auto receipt = Receipt::derive(token);
    EXPECT_EQ(receipt.text(), each.receipt);
    EXPECT_EQ(crypto::to_hex(receipt.hash()), each.hash);
    EXPECT_EQ(crypto::to_hex(view(receipt.wrapping_key())), each.wrapping_key);
  }
}

TEST(Receipt, DiffersByEachCharacterOfTheToken) {
  std::set<std::string> receipts;
  for (std::size_t at = 0; at < form_text.size(); ++at) {
    auto text = form_text;
    text[at] = 'B';
    EXPECT_TRUE(receipts.insert(receipt_of(TokenSource::form, text).text()).second) << at;
  }
  EXPECT_FALSE(receipts.contains(receipt_of(TokenSource::form, form_text).text()));
}

TEST(Receipt, ReadsWhatItWrote) {
  for (int i = 0; i < 500; ++i) {
    const auto receipt = receipt_of(TokenSource::form, std::to_string(i));
    const auto text = receipt.text();
    ASSERT_EQ(text.size(), 32u);
    ASSERT_LE(text[0], '7');
    const auto again = Receipt::read(text);
    ASSERT_TRUE(again) << text;
    EXPECT_EQ(again->hash(), receipt.hash());
    EXPECT_EQ(again->text(), text);
  }
}

TEST(Receipt, ForgivesHowPeopleCopy) {
  const std::string text = "1PYG-0QYP-ZATS-15CF-ZZ98-7HC9-9Y";
  const auto hash = Receipt::read(text)->hash();
  std::string small = text;
  std::ranges::transform(small, small.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  for (const auto& written :
       {small, std::string("1PYG0QYPZATS15CFZZ987HC99Y"), std::string(" 1PYG 0QYP ZATS 15CF ZZ98 7HC9 9Y "),
        std::string("IPYG-OQYP-ZATS-L5CF-ZZ98-7HC9-9Y"), std::string("ipyg-oqyp-zats-l5cf-zz98-7hc9-9y"),
        std::string("--1PYG0-QYPZATS15CFZZ987HC99Y-")}) {
    const auto read = Receipt::read(written);
    ASSERT_TRUE(read) << written;
    EXPECT_EQ(read->hash(), hash) << written;
  }
}

TEST(Receipt, RefusesWhatIsNone) {
  const std::string text = "1PYG-0QYP-ZATS-15CF-ZZ98-7HC9-9Y";
  for (const auto& bad :
       {std::string(), std::string("-"), text.substr(0, 31), text + "0", std::string(26, 'U'),
        std::string("8PYG-0QYP-ZATS-15CF-ZZ98-7HC9-9Y"), std::string("ZPYG-0QYP-ZATS-15CF-ZZ98-7HC9-9Y"),
        text.substr(0, 31) + "é", text.substr(0, 31) + "U", text.substr(0, 31) + "!",
        text.substr(0, 31) + std::string(1, '\0'), text + text}) {
    EXPECT_FALSE(Receipt::read(bad)) << bad;
  }
}

TEST(Receipt, TellsEveryTypo) {
  const std::string text = "1PYG-0QYP-ZATS-15CF-ZZ98-7HC9-9Y";
  const auto hash = Receipt::read(text)->hash();
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '-') continue;
    auto typo = text;
    typo[at] = text[at] == '2' ? '3' : '2';
    const auto read = Receipt::read(typo);
    EXPECT_TRUE(!read || read->hash() != hash) << typo;
  }
}

TEST(Receipt, ShowsNeitherItselfNorItsKeyInItsHash) {
  const auto receipt = receipt_of(TokenSource::form, form_text);
  EXPECT_EQ(receipt.hash().size(), 32u);
  EXPECT_NE(receipt.hash(), view(receipt.wrapping_key()));
}

TEST(FormToken, IsFreshAndKnown) {
  std::set<std::string> tokens;
  for (int i = 0; i < 100; ++i) {
    const auto token = crypto::make_form_token();
    EXPECT_TRUE(crypto::is_form_token(token)) << token;
    EXPECT_TRUE(tokens.insert(token).second);
  }
}

TEST(FormToken, IsRefusedInAnotherShape) {
  for (const auto& bad : {std::string(), std::string(42, 'A'), std::string(44, 'A'), std::string(42, 'A') + "=",
                          std::string(42, 'A') + "+", std::string(42, 'A') + "/", std::string(42, 'A') + " ",
                          std::string(41, 'A') + "é", std::string(42, 'A') + std::string(1, '\0')}) {
    EXPECT_FALSE(crypto::is_form_token(bad)) << bad;
  }
}

// A client that put "aaa..." for its token got a receipt that anybody could derive.
TEST(FormToken, IsNoRowOfOneLetter) {
  EXPECT_FALSE(crypto::is_form_token(std::string(43, 'a')));
  EXPECT_FALSE(crypto::is_form_token(std::string(40, 'a') + "bcd"));
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(crypto::is_form_token(crypto::make_form_token()));
}

RC_GTEST_PROP(Receipt, IsReadHoweverItIsTyped, (const std::string& token)) {
  const auto receipt = receipt_of(TokenSource::form, token);
  std::string typed;
  for (const char c : receipt.text()) {
    if (c == '-') {
      typed += *rc::gen::element<std::string>("", "-", " ", " - ");
    } else if (c == '0') {
      typed += *rc::gen::element('0', 'O', 'o');
    } else if (c == '1') {
      typed += *rc::gen::element('1', 'I', 'i', 'L', 'l');
    } else {
      typed += *rc::gen::arbitrary<bool>() ? c : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
  }
  const auto read = Receipt::read(typed);
  RC_ASSERT(read.has_value());
  RC_ASSERT(read->text() == receipt.text());
  RC_ASSERT(read->hash() == receipt.hash());
  RC_ASSERT(view(read->wrapping_key()) == view(receipt.wrapping_key()));
}
