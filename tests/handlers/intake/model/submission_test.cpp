// Reports: every rule of the form, all errors at once, and the plaintext of an envelope.
#include "intake/model/submission.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <type_traits>
#include <vector>

#include "crypto/envelope.h"
#include "ground/report.h"
#include "ground/seed.h"

namespace {

using intake::CardCheck;
using intake::Submission;

static_assert(!std::is_copy_constructible_v<Submission>);

const intake::Banks& banks() {
  static const auto banks = intake::Banks::read(SOURCE_FOLDER "/handlers/intake/banks.txt");
  return banks;
}

ground::Fields good() {
  return {{"prenom", "Zoé"},
          {"age", "34"},
          {"email", "zoe@example.org"},
          {"telephone", "06 39 98 00 01"},
          {"cc-number", ground::with_luhn_digit("497010"
                                                "000000181")},
          {"exp-date", "09/28"},
          {"zip-code", "75001"},
          {"banque", "Société Générale"}};
}

auto read(const ground::Fields& fields, CardCheck check = CardCheck::luhn) {
  return intake::read_submission(web::Form::read_urlencoded(ground::form_body(fields)), banks(), check);
}

std::vector<std::string> refused_fields(const ground::Fields& fields, CardCheck check = CardCheck::luhn) {
  const auto checked = read(fields, check);
  std::vector<std::string> names;
  for (const auto& error : checked.errors()) names.push_back(error.field);
  return names;
}

/// The good report with one field of another value.
ground::Fields with(const std::string& name, const std::string& value) {
  auto fields = good();
  ground::field(fields, name) = value;
  return fields;
}

using Names = std::vector<std::string>;

}  // namespace

TEST(Contact, IsReadAlone) {
  const auto contact = intake::read_contact(web::Form::read_urlencoded(
      "prenom=Zo%C3%A9+&email=zoe@example.org&telephone=06+39+98+00+01&zip-code=75001&receipt=x&sequence=7"));
  ASSERT_TRUE(contact);
  EXPECT_EQ(contact->prenom, "Zoé");
  EXPECT_EQ(contact->email, "zoe@example.org");
  EXPECT_EQ(contact->telephone.e164(), "+33639980001");
  EXPECT_EQ(contact->zip_code, "75001");
}

TEST(Contact, IsJudgedAsAReportIs) {
  const std::string card = ground::field(good(), "cc-number");
  for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{{"prenom", ""},
                                                                                    {"prenom", std::string(101, 'x')},
                                                                                    {"prenom", card},
                                                                                    {"prenom", "Zo\x01"},
                                                                                    {"email", "zoe"},
                                                                                    {"email", ""},
                                                                                    {"telephone", "0639"},
                                                                                    {"telephone", ""},
                                                                                    {"zip-code", "7500"},
                                                                                    {"zip-code", ""},
                                                                                    {"cvv", "123"}}) {
    SCOPED_TRACE(name + "=" + value);
    const auto fields = with(name, value);
    const auto contact = intake::read_contact(web::Form::read_urlencoded(ground::form_body(fields)));
    const auto whole = read(fields);
    ASSERT_FALSE(contact);
    ASSERT_EQ(contact.errors().size(), 1u);
    ASSERT_EQ(whole.errors().size(), 1u);
    EXPECT_EQ(contact.errors().front().field, name);
    EXPECT_EQ(contact.errors().front().message, whole.errors().front().message);
  }
  EXPECT_EQ(intake::read_contact(web::Form::read_urlencoded("")).errors().size(), 4u);
}

TEST(Submission, IsReadFromGoodFields) {
  const auto checked = read(good());
  ASSERT_TRUE(checked);
  EXPECT_EQ(checked->prenom, "Zoé");
  EXPECT_EQ(checked->age, 34);
  EXPECT_EQ(checked->age_bracket().name, "26-35");
  EXPECT_EQ(checked->email, "zoe@example.org");
  EXPECT_EQ(checked->telephone.e164(), "+33639980001");
  EXPECT_EQ(checked->card.reveal(), ground::field(good(), "cc-number"));
  EXPECT_EQ(checked->exp_date, "09/28");
  EXPECT_EQ(checked->zip_code, "75001");
  EXPECT_EQ(checked->banque, "Société Générale");
}

TEST(Submission, HoldsEachFieldToItsRule) {
  std::string hundred;
  for (int i = 0; i < 100; ++i) hundred += "é";
  const struct {
    const char* field;
    std::vector<std::string> accepted, refused;
  } cases[] = {
      {"prenom",
       {"Z", hundred, "Marie-Luce", "  Zoé  ", "<b>", "😀"},
       {"", " ", hundred + "e", std::string("Zo\0e", 4), "Zo\ne", "\xff"}},
      {"age",
       {"18", "120", " 34 "},
       {"", "17", "121", "-34", "+34", "34.5", "34 ans", "0x22", "99999999999", "trente", "0"}},
      {"email",
       {"a@b.example.org"},
       {"", "zoe", "zoe@example", "zoe@@example.org", std::string(250, 'z') + "@example.org"}},
      {"telephone", {"0199000000", "+33 (0)2 61 91 00 00"}, {"", "0639", "abc", "06 39 98 00 01 02"}},
      {"exp-date",
       {"01/00", "12/99", "09/15"},
       {"", "00/28", "13/28", "9/28", "09/2028", "09-28", "0928", "aa/bb", "09/2x", "09 /28", "é/28"}},
      {"zip-code", {"00000", "97110", "20000"}, {"", "7500", "750011", "7500a", "2A004", "75 001", "-7500", "٧٥٠٠١"}},
      {"banque", {"LCL", "Caisse d'Epargne"}, {"", "lcl", "Ma banque", "LCL\n", "Banque Populaire,LCL"}},
  };
  for (const auto& [field, accepted, refused] : cases) {
    for (const auto& value : accepted) EXPECT_EQ(refused_fields(with(field, value)), Names{}) << field << "=" << value;
    for (const auto& value : refused)
      EXPECT_EQ(refused_fields(with(field, value)), Names{field}) << field << "=" << value;
  }
}

TEST(Submission, ChecksTheCardAsTheOfficeWants) {
  auto wrong = ground::field(good(), "cc-number");
  wrong.back() = wrong.back() == '0' ? '1' : '0';
  EXPECT_EQ(refused_fields(with("cc-number", wrong)), Names{"cc-number"});
  EXPECT_EQ(refused_fields(with("cc-number", wrong), CardCheck::digits), Names{});
  for (const auto& value : {std::string(), wrong.substr(1), wrong + "0", std::string("carte")}) {
    EXPECT_EQ(refused_fields(with("cc-number", value), CardCheck::digits), Names{"cc-number"}) << value;
  }
}

TEST(Submission, NamesAllErrorsAtOnceInTheFormsOrder) {
  const Names all{"prenom", "age", "email", "telephone", "cc-number", "exp-date", "zip-code", "banque"};
  EXPECT_EQ(refused_fields({}), all);
  auto wrong = good();
  for (auto& [name, value] : wrong) value = name == "prenom" ? std::string(101, 'x') : "x";
  EXPECT_EQ(refused_fields(wrong), all);
  wrong.emplace_back("cvv", "123");
  auto more = all;
  more.push_back("cvv");
  EXPECT_EQ(refused_fields(wrong), more);
}

TEST(Submission, SpeaksOfEachFieldInASentenceOfItsOwn) {
  std::set<std::string> sentences;
  for (const auto& [name, value] : good()) {
    for (const auto& bad :
         {std::string(), std::string("x\x01"), name == "prenom" ? std::string(101, 'x') : std::string("x")}) {
      const auto checked = read(with(name, bad));
      ASSERT_EQ(checked.errors().size(), 1u) << name << "=" << bad;
      const auto& message = checked.errors()[0].message;
      EXPECT_TRUE(message.ends_with(".")) << message;
      const bool is_new = sentences.insert(message).second;
      EXPECT_TRUE(is_new || bad == "x\x01") << message;
    }
  }
  EXPECT_EQ(sentences.size(), 17u);
}

TEST(Submission, RefusesSecretCodes) {
  for (const auto* name : {"cvv", "cvc", "cav", "cid", "pin", "CVV", "Pin", "cvv2", "CVC2", "cav2", "cvvx", "card-cvv",
                           "cvv[]", "cc-csc", "security_code", "cryptogramme", "code pin"}) {
    EXPECT_EQ(refused_fields(with(name, "123")), Names{name});
    EXPECT_EQ(refused_fields(with(name, "")), Names{name});
  }
  for (const auto* name : {"token", "pinceau", "xpin", "commentaire"})
    EXPECT_EQ(refused_fields(with(name, "123")), Names{}) << name;
}

// A card typed where the first name belongs was kept as a name, and shown whole to staff and on the page that refused
// it.
TEST(Submission, TakesNoCardNumberForAName) {
  const auto card = ground::with_luhn_digit(
      "497010"
      "000000018");
  for (const auto& name : {card, "n°" + card, card.substr(0, 4) + "." + card.substr(4), card + " 09/28"}) {
    EXPECT_EQ(refused_fields(with("prenom", name)), Names{"prenom"}) << name;
  }
  EXPECT_EQ(refused_fields(with("prenom", "Louis 16")), Names{});
}

TEST(Submission, NeverQuotesWhatItRefuses) {
  auto wrong = good();
  for (auto& [name, value] : wrong) value = "SECRET-" + std::string(200, 'x');
  wrong.emplace_back("pin", "SECRET");
  const auto checked = read(wrong);
  for (const auto& error : checked.errors())
    EXPECT_EQ(error.message.find("SECRET"), std::string::npos) << error.message;
}

TEST(Submission, IsDecodedAsItWasEncoded) {
  ground::Reporter reporter(ground::seed());
  for (int i = 0; i < 300; ++i) {
    const auto fields = reporter.next();
    const auto checked = read(fields);
    ASSERT_TRUE(checked) << ground::form_body(fields);
    const auto again = intake::decode(intake::encode(*checked));
    EXPECT_EQ(again.prenom, ground::field(fields, "prenom"));
    EXPECT_EQ(std::to_string(again.age), ground::field(fields, "age"));
    EXPECT_EQ(again.email, ground::field(fields, "email"));
    EXPECT_EQ(again.telephone.e164(), checked->telephone.e164());
    EXPECT_EQ(again.card.reveal(), checked->card.reveal());
    EXPECT_EQ(again.exp_date, ground::field(fields, "exp-date"));
    EXPECT_EQ(again.zip_code, ground::field(fields, "zip-code"));
    EXPECT_EQ(again.banque, ground::field(fields, "banque"));
  }
}

TEST(Submission, IsEncodedTheSameHoweverItWasTyped) {
  // A replay is compared by its plaintext: how a number was spaced makes no other report.
  auto spaced = good();
  ground::field(spaced, "telephone") = "+33 (0)6.39.98.00.01";
  ground::field(spaced, "cc-number").insert(4, " ").insert(9, "-");
  ground::field(spaced, "prenom") = "  Zoé ";
  EXPECT_EQ(intake::encode(*read(spaced)).view(), intake::encode(*read(good())).view());
}

TEST(Submission, DecodesNothingElse) {
  const auto good_text = std::string(intake::encode(*read(good())).view());
  ASSERT_EQ(std::ranges::count(good_text, '\n'), 8);
  const auto lines_less = good_text.substr(good_text.find('\n') + 1);
  for (const auto& text : {std::string(), std::string("\n\n\n\n\n\n\n\n"), good_text + "x", good_text + "\n",
                           good_text.substr(0, good_text.size() - 1), lines_less, "x\n" + good_text,
                           std::string(500, '\n'), std::string(500, 'x')}) {
    EXPECT_THROW([[maybe_unused]] const auto submission = intake::decode(crypto::SecretText(text)), crypto::Forged)
        << text;
  }
}

TEST(Submission, DropsAllButTheLastFourWhenTheOfficeKeepsNoMore) {
  const auto form = web::Form::read_urlencoded(ground::form_body(good()));
  const auto checked = intake::read_submission(form, banks(), CardCheck::luhn, intake::CardKept::last4);
  ASSERT_TRUE(checked);
  const auto plaintext = intake::encode(*checked);
  EXPECT_EQ(plaintext.view().find("497010"), std::string::npos);
  const auto card = ground::field(good(), "cc-number");
  const auto again = intake::decode(plaintext);
  EXPECT_EQ(again.card.reveal(), card.substr(12));
  EXPECT_EQ(again.card.masked(), "**** **** **** " + card.substr(12));
  auto wrong = good();
  ground::field(wrong, "cc-number") = card.substr(12);
  EXPECT_FALSE(intake::read_submission(web::Form::read_urlencoded(ground::form_body(wrong)), banks(), CardCheck::luhn,
                                       intake::CardKept::last4));
}
