// Pages: a content template within the layout, escaped, parsed at start, safe from several threads.
#include "render/page.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <thread>
#include <vector>

#include "base/config.h"
#include "ground/folder.h"

namespace {

/// A folder of templates with a layout that shows the title around the content.
class Templates {
 public:
  Templates() { write("layout", "<t>{{title}}</t>{{office}}[{{{content}}}]"); }
  void write(const std::string& name, const std::string& text) const {
    const std::filesystem::path path(folder_ / (name + ".mustache"));
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }
  [[nodiscard]] render::Pages open(render::Data frame = {}, const std::string& base = {}) const {
    return {folder_.path(), {"desk"}, base, std::move(frame)};
  }

 private:
  ground::Folder folder_;
};

render::Data data(const std::string& name, const std::string& value) {
  render::Data data;
  data.set(name, value);
  return data;
}

}  // namespace

TEST(Pages, PutTheContentIntoTheLayout) {
  const Templates templates;
  templates.write("desk/hello", "Bonjour {{name}}");
  EXPECT_EQ(templates.open().render("desk/hello", data("name", "Zoé"), data("title", "Un")), "<t>Un</t>[Bonjour Zoé]");
}

TEST(Pages, EscapeWhatTheyAreHanded) {
  const Templates templates;
  templates.write("desk/hello", "<p title=\"{{name}}\">{{name}}</p>");
  const auto page = templates.open().render("desk/hello", data("name", "<b>&\"'"), data("title", "</title><script>"));
  EXPECT_EQ(page.find("<b>"), std::string::npos) << page;
  EXPECT_EQ(page.find("<script>"), std::string::npos) << page;
  EXPECT_NE(page.find("&lt;b&gt;&amp;&quot;&apos;"), std::string::npos) << page;
}

TEST(Pages, NeverReadAValueAsATemplate) {
  const Templates templates;
  templates.write("desk/hello", "{{name}}");
  auto with = data("name", "{{secret}} {{{secret}}} {{> hello}} {{=<% %>=}}");
  with.set("secret", "hidden");
  auto frame = data("title", "{{office}}");
  frame.set("secret", "hidden");
  frame.set("office", "hidden office");
  const auto page = templates.open().render("desk/hello", with, frame);
  EXPECT_EQ(page.find("hidden "), page.rfind("hidden ")) << page;
  EXPECT_NE(page.find("{{secret}}"), std::string::npos) << page;
  EXPECT_NE(page.find("<t>{{office}}</t>"), std::string::npos) << page;
}

TEST(Pages, RepeatSections) {
  const Templates templates;
  templates.write("desk/list", "{{#rows}}{{name}},{{/rows}}{{^rows}}none{{/rows}}");
  const auto pages = templates.open();
  auto rows = render::list();
  rows.push_back(data("name", "a"));
  rows.push_back(data("name", "b"));
  render::Data with;
  with.set("rows", rows);
  EXPECT_EQ(pages.render("desk/list", with, {render::Data::type::object}), "<t></t>[a,b,]");
  with.set("rows", render::list());
  EXPECT_EQ(pages.render("desk/list", with, {render::Data::type::object}), "<t></t>[none]");
}

TEST(Pages, ShareParts) {
  const Templates templates;
  templates.write("desk/parts/greeting", "Bonjour {{name}}");
  templates.write("desk/hello", "{{> greeting}} !");
  const auto pages = templates.open();
  auto with = data("name", "<Zoé>");
  with.set("greeting", pages.part("desk/parts/greeting"));
  EXPECT_EQ(pages.render("desk/hello", with, data("title", "")), "<t></t>[Bonjour &lt;Zoé&gt; !]");
}

TEST(Pages, BeginEachFrameWithTheOffices) {
  const Templates templates;
  templates.write("desk/hello", "x");
  const auto pages = templates.open(data("office", "Mairie"));
  auto frame = pages.frame();
  frame.set("title", "Un");
  EXPECT_EQ(pages.render("desk/hello", {}, frame), "<t>Un</t>Mairie[x]");
  EXPECT_EQ(pages.render("desk/hello", {}, pages.frame()), "<t></t>Mairie[x]");
}

TEST(Pages, BeginEachLinkWithWhereTheOfficeLives) {
  const Templates templates;
  templates.write("layout", "<a href=\"{{base}}/\">{{{content}}}");
  templates.write("desk/parts/row", "<a href=\"{{base}}/row\">");
  templates.write("desk/hello", "{{#rows}}<a href=\"{{base}}{{url}}\">{{/rows}}{{> row}}{{typed}}");
  auto rows = render::list();
  rows.push_back(data("url", "/a?b=c"));
  auto with = data("typed", "{{base}}");
  with.set("rows", rows);
  for (const std::string base : {"", "/guichet", "/of/two"}) {
    const auto pages = templates.open({}, base);
    with.set("row", pages.part("desk/parts/row"));
    EXPECT_EQ(pages.render("desk/hello", with, pages.frame()),
              "<a href=\"" + base + "/\"><a href=\"" + base + "/a?b=c\"><a href=\"" + base + "/row\">{{base}}");
  }
}

TEST(Pages, StopTheStartForAWrongTemplate) {
  const Templates templates;
  templates.write("desk/broken", "{{#open}}");
  try {
    [[maybe_unused]] const auto pages = templates.open();
    FAIL() << "a broken template was accepted";
  } catch (const base::BadStart& failure) {
    EXPECT_NE(std::string(failure.what()).find("desk/broken.mustache"), std::string::npos) << failure.what();
  }
}

TEST(Pages, StopTheStartForAMissingFolder) {
  const ground::Folder folder;
  EXPECT_THROW(render::Pages(folder.path(), {}), base::BadStart);
  std::ofstream(folder / "layout.mustache") << "x";
  EXPECT_THROW(render::Pages(folder.path(), {"desk"}), base::BadStart);
}

TEST(Pages, KnowTheirOwnTemplatesAlone) {
  const Templates templates;
  templates.write("desk/hello", "x");
  templates.write("elsewhere/other", "x");
  const auto pages = templates.open();
  for (const auto* name : {"desk/missing", "elsewhere/other", "", "../layout"}) {
    EXPECT_THROW([[maybe_unused]] const auto page = pages.render(name, {}, {}), std::logic_error) << name;
  }
}

TEST(Pages, AreSafeFromSeveralThreads) {
  const Templates templates;
  templates.write("desk/parts/row", "{{name}};");
  templates.write("desk/hello", "{{#rows}}{{> row}}{{/rows}}");
  const auto pages = templates.open();
  std::vector<std::string> seen(8);
  std::vector<std::thread> threads;
  for (std::size_t thread = 0; thread < seen.size(); ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < 200; ++i) {
        auto rows = render::list();
        rows.push_back(data("name", std::to_string(thread)));
        render::Data with;
        with.set("rows", rows);
        with.set("row", pages.part("desk/parts/row"));
        seen[thread] = pages.render("desk/hello", with, data("title", std::to_string(thread)));
      }
    });
  }
  for (auto& thread : threads) thread.join();
  for (std::size_t thread = 0; thread < seen.size(); ++thread) {
    const auto digit = std::to_string(thread);
    EXPECT_EQ(seen[thread], "<t>" + digit + "</t>[" + digit + ";]");
  }
}

// The templates that ship, whatever they are handed.
TEST(ShippedTemplates, AreRight) {
  const render::Pages pages(SOURCE_FOLDER "/templates", {"intake", "system"});
  for (const auto* name : {"intake/submit", "intake/submitted", "intake/stats", "intake/stats_jours",
                           "intake/view_data", "system/problem"}) {
    const auto page = pages.render(name, render::Data{render::Data::type::object}, data("title", "Titre"));
    EXPECT_NE(page.find("<title>Titre"), std::string::npos) << name;
    EXPECT_NE(page.find("lang=\"fr\""), std::string::npos) << name;
    EXPECT_NE(page.find("</html>"), std::string::npos) << name;
    for (const auto* inline_code : {"<style", "onclick=", "style=\"", "javascript:", "http://", "https://"}) {
      EXPECT_EQ(page.find(inline_code), std::string::npos) << name << " holds " << inline_code;
    }
  }
}
