// The pages by HTTPS, below a path: what a real browser makes of cookies, policies and links there.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "crypto/receipt.h"
#include "ground/browser.h"
#include "ground/office.h"
#include "ground/report.h"
#include "ground/seed.h"

TEST(Edge, ServesAPersonByHttpsBelowAPath) {
  const ground::Office office({{"GUICHET_BASE_PATH", "/guichet"}}, {"--self-signed"});
  const auto url = [&](const char* path) { return fmt::format("https://localhost:{}/guichet{}", office.port(), path); };
  ground::Browser browser({});
  // Without its slash: the browser is sent on.
  browser.open(url(""));
  EXPECT_EQ(browser.url(), url("/"));
  EXPECT_NE(browser.run("return getComputedStyle(document.querySelector('.masthead')).backgroundColor"),
            "rgba(0, 0, 0, 0)")
      << "no style sheet";
  for (const auto& [name, value] : ground::Reporter(ground::seed()).next()) {
    if (name == "banque") {
      browser.choose("[name=banque]", value);
    } else {
      browser.type("[name=\"" + name + "\"]", value);
    }
  }
  browser.click("form[action='/guichet/submit'] button[type=submit]");
  for (int tries = 0; tries < 500 && !browser.has(".receipt-code"); ++tries) {
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
  }
  EXPECT_EQ(browser.url(), url("/submitted"));
  EXPECT_TRUE(crypto::Receipt::read(browser.text(".receipt-code")).has_value());
  // By HTTPS there is a clipboard, so the button to copy shows.
  EXPECT_EQ(browser.run("return document.querySelector('[data-copy]').hidden"), false);
  browser.open(url("/submitted"));
  EXPECT_FALSE(browser.has(".receipt-code"));
  browser.open(url("/stats"));
  EXPECT_EQ(browser.run("return [...document.querySelectorAll('canvas')].filter(c => c.offsetHeight > 50).length"), 4);
  for (const auto& line : browser.console()) ADD_FAILURE() << line;
}
