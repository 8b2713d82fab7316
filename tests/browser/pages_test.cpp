// The pages in a real browser, behind the real Nginx: what a person sees, types and clicks.
#include <gtest/gtest.h>

#include <string>

#include "crypto/receipt.h"
#include "ground/browser.h"
#include "ground/office.h"
#include "ground/report.h"
#include "ground/seed.h"

namespace {

class Pages : public testing::Test {
 protected:
  static void SetUpTestSuite() { office_ = new ground::Office; }
  static void TearDownTestSuite() {
    delete office_;
    office_ = nullptr;
  }

  static std::string url(std::string_view path, const std::string& who = "") {
    return "http://" + who + "127.0.0.1:" + std::to_string(office_->port()) + std::string(path);
  }
  static std::string staff() { return "staff:" + office_->password() + "@"; }

  static ground::Fields report() {
    static ground::Reporter reporter(ground::seed());
    return reporter.next();
  }

  static void fill(ground::Browser& browser, const ground::Fields& fields) {
    for (const auto& [name, value] : fields) {
      if (name == "banque") {
        browser.choose("[name=banque]", value);
      } else {
        browser.type("[name=\"" + name + "\"]", value);
      }
    }
  }

  static void send(ground::Browser& browser) { browser.click("form[action='/submit'] button[type=submit]"); }

  /// A page complains in the console of what its policy refuses, and of scripts that fail.
  static void expect_quiet(ground::Browser& browser) {
    for (const auto& line : browser.console()) {
      EXPECT_NE(line.find("422"), std::string::npos) << line;  // the one answer that is an error on purpose
    }
  }

  static inline ground::Office* office_ = nullptr;
};

std::string with_wrong_check_digit(std::string card) {
  card.back() = card.back() == '9' ? '0' : static_cast<char>(card.back() + 1);
  return card;
}

TEST_F(Pages, TakeAReportAndShowItsReceiptOnce) {
  for (const bool runs_scripts : {true, false}) {
    SCOPED_TRACE(runs_scripts ? "with scripts" : "without scripts");
    ground::Browser browser({.runs_scripts = runs_scripts});
    browser.open(url("/"));
    fill(browser, report());
    send(browser);
    EXPECT_EQ(browser.url(), url("/submitted"));
    const auto receipt = browser.text("main");
    EXPECT_TRUE(crypto::Receipt::read(browser.text(".receipt-code")).has_value()) << receipt;
    browser.open(url("/submitted"));
    EXPECT_FALSE(browser.has(".receipt-code"));
    expect_quiet(browser);
  }
}

// The error of the card went away when its field was left, the page moved up under the pointer that was pressing the
// button, and the click never reached it: a person had to press twice, and many would have left.
TEST_F(Pages, SendAMendedFormAtTheFirstClick) {
  for (const bool runs_scripts : {true, false}) {
    SCOPED_TRACE(runs_scripts ? "with scripts" : "without scripts");
    ground::Browser browser({.runs_scripts = runs_scripts});
    auto fields = report();
    const auto card = ground::field(fields, "cc-number");
    ground::field(fields, "cc-number") = with_wrong_check_digit(card);
    browser.open(url("/"));
    fill(browser, fields);
    send(browser);
    ASSERT_EQ(browser.url(), url("/submit"));
    EXPECT_TRUE(browser.title().starts_with("Erreur")) << browser.title();
    EXPECT_TRUE(browser.has("#erreurs a[href='#cc-number']"));
    EXPECT_EQ(browser.run("return document.querySelector('#cc-number').value"), "");
    EXPECT_EQ(browser.run("return document.querySelector('#prenom').value"), ground::field(fields, "prenom"));
    EXPECT_EQ(browser.run("return document.querySelector('#banque').value"), ground::field(fields, "banque"));
    browser.type("#cc-number", card);
    send(browser);
    EXPECT_EQ(browser.url(), url("/submitted"));
    expect_quiet(browser);
  }
}

TEST_F(Pages, SayAllThatIsMissingAtOnce) {
  ground::Browser browser({});
  browser.open(url("/"));
  send(browser);
  EXPECT_EQ(browser.url(), url("/"));
  EXPECT_EQ(browser.run("return document.querySelectorAll('#erreurs li').length"), 8);
  expect_quiet(browser);
}

TEST_F(Pages, DrawFourChartsBesideTheirTables) {
  ground::Browser visitor({});
  visitor.open(url("/"));
  fill(visitor, report());
  send(visitor);
  for (const auto* path : {"/stats", "/stats_jours"}) {
    visitor.open(url(path));
    EXPECT_EQ(visitor.run("return [...document.querySelectorAll('canvas')].filter(c => c.offsetHeight > 50).length"), 4)
        << path;
    EXPECT_EQ(visitor.run("return document.querySelectorAll('#ages tbody tr').length"), 6) << path;
    EXPECT_EQ(visitor.run("return document.querySelectorAll('#banks tbody tr').length"), 11) << path;
    expect_quiet(visitor);
  }
  ground::Browser plain({.runs_scripts = false});
  plain.open(url("/stats"));
  EXPECT_FALSE(plain.has("canvas"));
  EXPECT_TRUE(plain.has("#ages tbody tr meter"));
}

TEST_F(Pages, FitAPhone) {
  ground::Browser phone({.width = 360, .height = 740});
  for (const auto& address : {url("/"), url("/submitted"), url("/stats"), url("/stats_jours"), url("/no-such-page"),
                              url("/view_data", staff())}) {
    phone.open(address);
    EXPECT_EQ(phone.run("return innerWidth"), 360);
    EXPECT_LE(phone.run("return document.documentElement.scrollWidth").get<int>(), 360) << phone.url();
  }
}

TEST_F(Pages, ShowStaffTheLastFourDigitsAlone) {
  ground::Browser browser({});
  auto fields = report();
  ground::field(fields, "prenom") = "Zoé <i>&";
  browser.open(url("/"));
  fill(browser, fields);
  send(browser);
  ASSERT_EQ(browser.url(), url("/submitted"));
  browser.open(url("/view_data", staff()));
  const auto shown = browser.text("main");
  auto card = ground::field(fields, "cc-number");
  std::erase_if(card, [](char c) { return c < '0' || c > '9'; });
  EXPECT_NE(shown.find("**** **** **** " + card.substr(12)), std::string::npos);
  EXPECT_EQ(shown.find(card.substr(0, 12)), std::string::npos);
  EXPECT_NE(shown.find("Zoé <i>&"), std::string::npos);
  expect_quiet(browser);
}

}  // namespace
