// The pages in a real browser, behind the real Nginx: what a person sees, types and clicks.
#include <gtest/gtest.h>

#include <chrono>
#include <set>
#include <string>
#include <thread>

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

  static std::string url(std::string_view path) {
    return "http://127.0.0.1:" + std::to_string(office_->port()) + std::string(path);
  }

  /// Comes to the staff's list by the login that it leads a guest to.
  static void log_in(ground::Browser& browser, const std::string& role = "agent") {
    const auto email = "camille." + role + "@example.org";
    static std::set<std::string> added;
    if (added.insert(role).second) {
      const auto ended = ground::run({SOURCE_FOLDER "/nginx/guichet", "users", "add", email, "--name", "Camille Martin",
                                      "--role", role, "--password-stdin"},
                                     office_->environment(), password);
      ASSERT_EQ(ended.status, 0) << ended.err;
    }
    browser.open(url("/view_data"));
    type_login(browser, email, password);
    EXPECT_NE(text_of_next(browser, ".staff-bar").find("Camille Martin"), std::string::npos);
    EXPECT_EQ(browser.url(), url("/view_data"));
  }
  static void type_login(ground::Browser& browser, const std::string& email, const std::string& typed) {
    browser.type("#email", email);
    browser.type("#password", typed);
    browser.click("form[action='/login'] button");
  }
  static inline const std::string password = "correct cheval pile agrafe";

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

  /// Sends a report and reads its receipt from the page of thanks.
  static std::string report_and_note(ground::Browser& browser) {
    browser.open(url("/"));
    fill(browser, report());
    send(browser);
    return text_of_next(browser, ".receipt-code");
  }
  static void find_own(ground::Browser& browser, const std::string& receipt) {
    browser.open(url("/my_data"));
    browser.type("#receipt", receipt);
    browser.click("form[action='/my_data'] button");
  }

  /// A click on a form's button may return before the next page is there.
  static std::string text_of_next(ground::Browser& browser, const std::string& selector) {
    for (int tries = 0; tries < 500 && !browser.has(selector); ++tries) {
      std::this_thread::sleep_for(std::chrono::milliseconds{20});
    }
    return browser.text(selector);
  }

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
    const auto receipt = text_of_next(browser, ".receipt-code");
    EXPECT_EQ(browser.url(), url("/submitted"));
    EXPECT_TRUE(crypto::Receipt::read(receipt).has_value()) << browser.text("main");
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
    EXPECT_FALSE(text_of_next(browser, "#erreurs a[href='#cc-number']").empty());
    ASSERT_EQ(browser.url(), url("/submit"));
    EXPECT_TRUE(browser.title().starts_with("Erreur")) << browser.title();
    EXPECT_EQ(browser.run("return document.querySelector('#cc-number').value"), "");
    EXPECT_EQ(browser.run("return document.querySelector('#prenom').value"), ground::field(fields, "prenom"));
    EXPECT_EQ(browser.run("return document.querySelector('#banque').value"), ground::field(fields, "banque"));
    browser.type("#cc-number", card);
    send(browser);
    EXPECT_FALSE(text_of_next(browser, ".receipt-code").empty());
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
  const auto expect_fit = [&] {
    EXPECT_EQ(phone.run("return innerWidth"), 360);
    EXPECT_LE(phone.run("return document.documentElement.scrollWidth").get<int>(), 360) << phone.url();
  };
  for (const auto& address : {url("/"), url("/submitted"), url("/stats"), url("/stats_jours"), url("/my_data"),
                              url("/no-such-page"), url("/login")}) {
    phone.open(address);
    expect_fit();
  }
  log_in(phone);
  expect_fit();
  for (const auto& address : {url("/account/session"), url("/account/password")}) {
    phone.open(address);
    expect_fit();
  }
  const auto receipt = report_and_note(phone);
  expect_fit();
  find_own(phone, receipt);
  EXPECT_NE(text_of_next(phone, ".record"), "");
  expect_fit();
  phone.click("form[action='/my_data/erase'] button");
  EXPECT_NE(text_of_next(phone, "button[name=confirmation]"), "");
  expect_fit();
  phone.click("button[name=confirmation]");
  EXPECT_NE(text_of_next(phone, "main > p > a[href='/']"), "");
  expect_fit();
}

TEST_F(Pages, LetAPersonSeeCorrectAndErase) {
  for (const bool runs_scripts : {true, false}) {
    SCOPED_TRACE(runs_scripts ? "with scripts" : "without scripts");
    ground::Browser browser({.runs_scripts = runs_scripts});
    const auto receipt = report_and_note(browser);
    find_own(browser, receipt);
    EXPECT_NE(text_of_next(browser, ".record").find("**** **** **** "), std::string::npos);
    EXPECT_EQ(browser.url(), url("/my_data"));

    browser.type("#prenom", "Zoé <i>&");
    browser.type("#telephone", "01 99 00 45 67");
    browser.click("#corriger button");
    EXPECT_NE(text_of_next(browser, ".notice").find("Correction enregistrée"), std::string::npos);
    EXPECT_EQ(browser.url(), url("/my_data/correct"));
    EXPECT_NE(browser.text(".record").find("Zoé <i>&"), std::string::npos);
    EXPECT_NE(browser.text(".record").find("+33199004567"), std::string::npos);

    browser.click("form[action='/my_data/erase'] button");
    EXPECT_EQ(text_of_next(browser, "button[name=confirmation]"), "Effacer définitivement");
    browser.click("form[action='/my_data'] button");
    EXPECT_NE(text_of_next(browser, ".record").find("Zoé <i>&"), std::string::npos) << "there is no way back";
    browser.click("form[action='/my_data/erase'] button");
    EXPECT_EQ(text_of_next(browser, "button[name=confirmation]"), "Effacer définitivement");
    browser.click("button[name=confirmation]");
    EXPECT_EQ(text_of_next(browser, "main > p > a[href='/']"), "Faire un nouveau signalement");
    EXPECT_NE(browser.text("h1").find("est effacé"), std::string::npos);
    find_own(browser, receipt);
    EXPECT_NE(text_of_next(browser, "#erreurs").find("Aucun signalement"), std::string::npos);
    EXPECT_EQ(browser.run("return document.querySelector('#receipt').value"), receipt);
    for (const auto& line : browser.console()) EXPECT_NE(line.find("404"), std::string::npos) << line;
  }
}

// On paper stand the receipt and what to do, and nothing that only a screen can use.
TEST_F(Pages, OfferToPrintTheReceipt) {
  ground::Browser browser({});
  const auto receipt = report_and_note(browser);
  const auto is_shown = [&](ground::Browser& who, const std::string& selector) {
    return who.run("const e = document.querySelector('" + selector + "'); return e !== null && e.offsetHeight > 0")
        .get<bool>();
  };
  EXPECT_TRUE(is_shown(browser, "[data-print]"));
  EXPECT_TRUE(is_shown(browser, "[data-copy]"));
  [[maybe_unused]] const auto replaced =
      browser.run("window.print = () => { document.title = 'printed'; }; return true");
  browser.click("[data-print]");
  EXPECT_EQ(browser.title(), "printed");
  ground::Browser plain({.runs_scripts = false});
  EXPECT_TRUE(crypto::Receipt::read(report_and_note(plain)).has_value());
  EXPECT_FALSE(is_shown(plain, "[data-print]"));
  EXPECT_FALSE(is_shown(plain, "[data-copy]"));
}

TEST_F(Pages, ShowStaffTheLastFourDigitsAlone) {
  ground::Browser browser({});
  auto fields = report();
  ground::field(fields, "prenom") = "Zoé <i>&";
  browser.open(url("/"));
  fill(browser, fields);
  send(browser);
  ASSERT_FALSE(text_of_next(browser, ".receipt-code").empty());
  log_in(browser);
  const auto shown = browser.text("main");
  auto card = ground::field(fields, "cc-number");
  std::erase_if(card, [](char c) { return c < '0' || c > '9'; });
  EXPECT_NE(shown.find("**** **** **** " + card.substr(12)), std::string::npos);
  EXPECT_EQ(shown.find(card.substr(0, 12)), std::string::npos);
  EXPECT_NE(shown.find("Zoé <i>&"), std::string::npos);
  expect_quiet(browser);
}

TEST_F(Pages, LetStaffActOnAReport) {
  ground::Browser browser({.width = 360, .height = 740});
  const auto fields = report();
  browser.open(url("/"));
  fill(browser, fields);
  send(browser);
  ASSERT_FALSE(text_of_next(browser, ".receipt-code").empty());
  auto card = ground::field(fields, "cc-number");
  std::erase_if(card, [](char c) { return c < '0' || c > '9'; });
  const auto expect_masked = [&](const std::string& shown) {
    EXPECT_EQ(shown.find(card.substr(4, 4) + " " + card.substr(8, 4)), std::string::npos);
    EXPECT_EQ(shown.find(card.substr(6, 6)), std::string::npos);
    EXPECT_LE(browser.run("return document.documentElement.scrollWidth").get<int>(), 360) << browser.url();
  };

  log_in(browser);
  browser.type("#valeur", ground::field(fields, "email"));
  browser.click("form[action='/view_data/find'] button");
  EXPECT_NE(text_of_next(browser, ".kept").find("par adresse e-mail"), std::string::npos);
  EXPECT_EQ(browser.url().find('?'), std::string::npos) << "what is looked up never stands in a URL";
  expect_masked(browser.text("main"));
  browser.click(".register a.person");
  EXPECT_NE(text_of_next(browser, ".dossier").find(ground::field(fields, "email")), std::string::npos);
  expect_masked(browser.text("main"));

  browser.type("#extend-motif", "procédure en cours");
  browser.click("form[action='/view_data/extend'] button");
  EXPECT_NE(text_of_next(browser, ".done").find("Conservation prolongée"), std::string::npos);
  expect_masked(browser.text("main"));

  browser.type("#reveal-motif", "opposition demandée");
  browser.click("form[action='/view_data/reveal'] button");
  EXPECT_NE(text_of_next(browser, ".receipt-code").find(card.substr(4, 4) + " " + card.substr(8, 4)),
            std::string::npos);
  browser.click(".back a");
  EXPECT_NE(text_of_next(browser, ".dossier"), "");
  expect_masked(browser.text("main"));

  browser.type("#erase-motif", "demande de la personne");
  browser.click("form[action='/view_data/erase'] button");
  EXPECT_NE(text_of_next(browser, ".done").find("est effacé"), std::string::npos);
  EXPECT_EQ(browser.text("main").find(ground::field(fields, "email")), std::string::npos);
  expect_quiet(browser);
}

// From an administrator's form to the first page of somebody's own, on two telephones.
TEST_F(Pages, LetAnAdministratorBringSomebodyIn) {
  ground::Browser boss({.width = 360, .height = 740});
  log_in(boss, "administrator");
  const auto expect_fit = [&](ground::Browser& phone) {
    EXPECT_LE(phone.run("return document.documentElement.scrollWidth").get<int>(), 360) << phone.url();
  };
  boss.open(url("/account/users"));
  expect_fit(boss);
  boss.type("#name", "Zoé <i>& Noël");
  boss.type("#email", "zoe@example.org");
  boss.click("form#nouveau button");
  const auto one_time = text_of_next(boss, ".receipt-code");
  EXPECT_EQ(one_time.size(), 20u) << one_time;
  EXPECT_EQ(boss.url(), url("/account/users")) << "no password stands in a URL";
  expect_fit(boss);
  boss.click(".back a");
  EXPECT_EQ(text_of_next(boss, "form[action='/account/users/edit']").empty(), false);
  EXPECT_EQ(boss.text("h1"), "Zoé <i>& Noël");
  expect_fit(boss);

  ground::Browser zoe({.width = 360, .height = 740});
  zoe.open(url("/login"));
  type_login(zoe, "zoe@example.org", one_time);
  EXPECT_NE(text_of_next(zoe, "#rules"), "");
  expect_fit(zoe);
  const auto choose = [&](const std::string& chosen) {
    zoe.type("#old", one_time);
    zoe.type("#password", chosen);
    zoe.type("#repeated", chosen);
    zoe.click("form[action='/account/password'] button");
  };
  choose("anticonstitutionnellement");
  EXPECT_NE(text_of_next(zoe, ".summary").find("dictionnaire"), std::string::npos);
  expect_fit(zoe);
  choose("trois petits chats verts");
  EXPECT_NE(text_of_next(zoe, ".filters"), "");
  EXPECT_EQ(zoe.url(), url("/view_data"));
  boss.click("form[action='/account/users/disable'] button");
  EXPECT_NE(text_of_next(boss, ".done").find("désactivé"), std::string::npos);
  zoe.open(url("/view_data"));
  EXPECT_TRUE(zoe.url().starts_with(url("/login"))) << zoe.url();
  expect_quiet(zoe);
}

}  // namespace
