// The rules of this house that a machine can keep, so that review is about ideas.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/config.h"
#include "ground/folder.h"
#include "ground/process.h"

namespace {

namespace fs = std::filesystem;
const fs::path root = SOURCE_FOLDER;

struct File {
  std::string path;  // below the root
  std::string text;
};

/// Every file that belongs to the house: not var/, which git ignores too.
const std::vector<File>& files() {
  static const auto found = [] {
    std::vector<File> all;
    for (auto entry = fs::recursive_directory_iterator(root); entry != fs::recursive_directory_iterator(); ++entry) {
      const auto path = entry->path().lexically_relative(root);
      if (path == "var" || path == ".git") entry.disable_recursion_pending();
      if (entry->is_regular_file() && path != ".git") all.push_back({path.string(), ground::bytes_in(entry->path())});
    }
    return all;
  }();
  return found;
}

bool has_ending(const File& file, std::initializer_list<std::string_view> endings) {
  return std::ranges::any_of(endings, [&](auto ending) { return file.path.ends_with(ending); });
}

bool exists(std::string_view path) { return fs::exists(root / path); }

std::vector<std::smatch> matches(const std::string& text, const std::regex& pattern) {
  return {std::sregex_iterator(text.begin(), text.end(), pattern), std::sregex_iterator()};
}

TEST(Tidy, KeepsTheTopLevelFixed) {
  const std::set<std::string> allowed{"CMakeLists.txt",
                                      "CMakePresets.json",
                                      "LICENSE",
                                      "README.md",
                                      "handlers",
                                      "nginx",
                                      "public",
                                      "shared",
                                      "templates",
                                      "tests",
                                      "var",
                                      "docker-compose.yml",
                                      "docker-compose.prod.yml"};
  for (const auto& entry : fs::directory_iterator(root)) {
    const auto name = entry.path().filename().string();
    EXPECT_TRUE(name.starts_with('.') || allowed.contains(name)) << name << " does not stand at the top level";
  }
}

TEST(Tidy, LetsIncludesPointOneWay) {
  const std::map<std::string, std::set<std::string>> may_include{
      {"base", {"base"}},
      {"crypto", {"base", "crypto"}},
      {"store", {"base", "store"}},
      {"render", {"base", "render"}},
      {"web", {"base", "crypto", "render", "web"}},
      {"auth", {"base", "crypto", "store", "render", "web", "auth"}},
      {"intake", {"base", "crypto", "store", "render", "web", "auth", "intake"}},
      {"account", {"base", "crypto", "store", "render", "web", "auth", "account"}},
      {"system", {"base", "crypto", "store", "render", "web", "system"}},
      {"command", {"base", "crypto", "store", "render", "web", "auth", "intake", "command"}},
  };
  const std::regex include("#include \"([a-z_]+)/");
  for (const auto& file : files()) {
    std::smatch home;
    if (!std::regex_search(file.path, home, std::regex("^(?:shared|handlers)/([a-z]+)/"))) continue;
    if (!has_ending(file, {".h", ".cpp"})) continue;
    ASSERT_TRUE(may_include.contains(home[1])) << file.path << ": say above what its package may include";
    for (const auto& found : matches(file.text, include)) {
      EXPECT_TRUE(may_include.at(home[1]).contains(found[1])) << file.path << " includes " << found[1] << "/";
    }
    const bool is_model = file.path.find("/model/") != std::string::npos;
    EXPECT_FALSE(is_model && file.text.find("SELECT ") != std::string::npos) << file.path << " speaks SQL";
  }
}

TEST(Tidy, MirrorsEverySourceWithATest) {
  // Their promises are kept by the tests of what they are for: main.cpp's by the site, a thin adapter's by its door.
  const std::set<std::string> by_others{"shared/crypto/key_lines.cpp",
                                        "handlers/command/command_line.cpp",
                                        "handlers/command/progress.cpp",
                                        "handlers/command/mover.cpp",
                                        "handlers/command/owner.cpp",
                                        "handlers/command/trail.cpp",
                                        "handlers/command/records.cpp",
                                        "handlers/command/dump.cpp",
                                        "handlers/command/keys_rotate.cpp",
                                        "handlers/command/keys_destroy.cpp",
                                        "handlers/intake/model/imports.cpp",
                                        "shared/base/file.cpp",
                                        "shared/base/log.cpp",
                                        "shared/store/declared.cpp",
                                        "shared/store/mongodb/changes.cpp",
                                        "shared/store/mongodb/engine.cpp",
                                        "shared/store/mongodb/layout.cpp",
                                        "shared/store/mongodb/migration.cpp",
                                        "shared/store/mongodb/writer.cpp",
                                        "shared/store/postgresql/changes.cpp",
                                        "shared/store/postgresql/engine.cpp",
                                        "shared/store/postgresql/migration.cpp",
                                        "shared/store/postgresql/table.cpp",
                                        "shared/store/postgresql/arrival.cpp",
                                        "shared/store/postgresql/batch.cpp",
                                        "shared/store/postgresql/column.cpp",
                                        "shared/store/postgresql/mark.cpp",
                                        "shared/store/postgresql/writer.cpp",
                                        "shared/store/sqlite/arrival.cpp",
                                        "shared/store/sqlite/changes.cpp",
                                        "shared/store/sqlite/connection.cpp",
                                        "shared/store/sqlite/documents.cpp",
                                        "shared/store/sqlite/engine.cpp",
                                        "shared/store/sqlite/mark.cpp",
                                        "shared/store/sqlite/migration.cpp",
                                        "shared/store/sqlite/replacement.cpp",
                                        "shared/store/sqlite/snapshot.cpp",
                                        "shared/store/sqlite/table.cpp",
                                        "shared/store/tallies.cpp",
                                        "shared/store/sqlite/writer.cpp",
                                        "shared/auth/office.cpp",
                                        "shared/auth/logins.cpp",
                                        "shared/auth/staff_page.cpp",
                                        "handlers/command/users_import.cpp",
                                        "shared/store/redis/connection.cpp",
                                        "shared/web/problem.cpp",
                                        "handlers/intake/model/records.cpp",
                                        "shared/web/pages.cpp",
                                        "handlers/command/backup_file.cpp",
                                        "handlers/command/databases.cpp",
                                        "handlers/command/keys.cpp",
                                        "handlers/command/settings.cpp",
                                        "handlers/command/error_pages.cpp"};
  for (const auto& file : files()) {
    if (!has_ending(file, {".cpp"}) || file.path.starts_with("tests/") || by_others.contains(file.path)) continue;
    const auto mirrored = "tests/" + file.path.substr(0, file.path.size() - 4) + "_test.cpp";
    EXPECT_TRUE(exists(mirrored)) << file.path << " has no " << mirrored;
  }
}

TEST(Tidy, FindsHandlerTemplateAndTestFromTheMenuAlone) {
  const auto menu = ground::bytes_in(root / "nginx/menu.conf") + ground::bytes_in(root / "nginx/inside.conf");
  const auto build = ground::bytes_in(root / "CMakeLists.txt");
  std::set<std::string> handlers;
  for (const auto& found : matches(menu, std::regex("set \\$handler ([a-z]+)_([a-z_]+);"))) {
    const auto desk = found[1].str();
    const auto endpoint = found[2].str();
    handlers.insert(desk + "/" + endpoint);
    EXPECT_TRUE(exists("handlers/" + desk + "/" + endpoint + ".cpp")) << desk << "/" << endpoint;
    EXPECT_TRUE(exists("tests/handlers/" + desk + "/" + endpoint + "_test.cpp")) << desk << "/" << endpoint;
    EXPECT_TRUE(desk == "system" || exists("templates/" + desk + "/" + endpoint + ".mustache"))
        << desk << "/" << endpoint;
    EXPECT_TRUE(std::regex_search(build, std::regex("handler\\(" + desk + " +" + endpoint + " ")))
        << desk << "/" << endpoint;
  }
  for (const auto& found : matches(build, std::regex("\nhandler\\(([a-z]+) +([a-z_]+) "))) {
    EXPECT_TRUE(handlers.contains(found[1].str() + "/" + found[2].str())) << found[2] << " is not in the menu";
  }
  EXPECT_GE(handlers.size(), 5U);
}

TEST(Tidy, HoldsNoCardNumber) {
  const auto passes_luhn = [](std::string_view digits) {
    int sum = 0;
    for (std::size_t i = 0; i < digits.size(); ++i) {
      const int value = (digits[digits.size() - 1 - i] - '0') * (i % 2 == 0 ? 1 : 2);
      sum += value > 9 ? value - 9 : value;
    }
    return sum % 10 == 0;
  };
  const std::regex card_like("(^|[^0-9a-fA-F])([2-6][0-9]{3}[ -]?[0-9]{4}[ -]?[0-9]{4}[ -]?[0-9]{4})(?![0-9a-fA-F])");
  for (const auto& file : files()) {
    if (has_ending(file, {".png"})) continue;
    for (const auto& found : matches(file.text, card_like)) {
      auto digits = found[2].str();
      std::erase_if(digits, [](char c) { return c == ' ' || c == '-'; });
      EXPECT_FALSE(passes_luhn(digits)) << file.path << " holds what could be a card number";
    }
  }
}

TEST(Tidy, NamesThingsByTheFieldsWords) {
  const std::regex vague("(^|[/_])(util|utils|helper|helpers|manager|misc|common|stuff)([/_.]|$)");
  for (const auto& file : files()) EXPECT_FALSE(std::regex_search(file.path, vague)) << file.path;
}

TEST(Tidy, OpensEachFileWithOneTrueSentence) {
  for (const auto& file : files()) {
    const bool is_source = has_ending(file, {".h", ".cpp"});
    EXPECT_TRUE(!is_source || file.text.starts_with("// ")) << file.path;
    EXPECT_TRUE(!file.path.ends_with(".h") || file.text.find("#pragma once") != std::string::npos) << file.path;
    EXPECT_TRUE(!file.text.starts_with("#!/") || file.text.find("\n# ") == file.text.find('\n')) << file.path;
  }
}

TEST(Tidy, KeepsEachFileOnItsPage) {
  constexpr auto lines_max = 420;
  constexpr auto test_lines_max = 600;  // a table of scenarios is long
  for (const auto& file : files()) {
    if (!has_ending(file, {".h", ".cpp", ".sh", ".conf", ".mustache", ".css", ".js"})) continue;
    EXPECT_LE(std::ranges::count(file.text, '\n'), file.path.starts_with("tests/") ? test_lines_max : lines_max)
        << file.path << " has outgrown its page";
    EXPECT_EQ(file.text.find('\t'), std::string::npos) << file.path << " holds a tab";
    EXPECT_EQ(file.text.find('\r'), std::string::npos) << file.path << " holds a carriage return";
  }
}

TEST(Tidy, DefinesNoMacroAndNoGlobal) {
  for (const auto& file : files()) {
    if (!has_ending(file, {".h", ".cpp"}) || file.path.starts_with("tests/")) continue;
    EXPECT_FALSE(std::regex_search(file.text, std::regex("\n#define "))) << file.path << " defines a macro";
    EXPECT_FALSE(std::regex_search(file.text, std::regex("\n(static|inline) (?!const)[a-z:_<>]+ [a-z_]+( =|;|\\{)")))
        << file.path << " holds a global";
  }
}

TEST(Tidy, LoadsNothingFromAnotherHost) {
  const std::regex elsewhere("(src|href|action)=\"(https?:)?//|url\\((https?:)?//|@import");
  for (const auto& file : files()) {
    if (!has_ending(file, {".mustache", ".css", ".html", ".svg"})) continue;
    EXPECT_FALSE(std::regex_search(file.text, elsewhere)) << file.path;
    EXPECT_EQ(file.text.find("style=\""), std::string::npos) << file.path << " styles inline, which the CSP refuses";
    EXPECT_FALSE(std::regex_search(file.text, std::regex("<script>| on[a-z]+=\"")))
        << file.path << " runs inline script";
  }
}

TEST(Tidy, BeginsEveryLinkWithWhereTheOfficeLives) {
  const std::regex in_page("(href|action|src)=\"(/|\\{\\{(url|first|next)\\}\\})");
  const std::regex in_asset("[\"'`(]/[a-z_]+[/.\"'`?)]");
  for (const auto& file : files()) {
    const bool is_page = file.path.ends_with(".mustache");
    if (!is_page && !file.path.starts_with("public/")) continue;
    std::smatch found;
    EXPECT_FALSE(std::regex_search(file.text, found, is_page ? in_page : in_asset))
        << file.path << " has a link that lacks {{base}}: " << found.str();
  }
}

TEST(Tidy, TellsEverySettingInTheReadme) {
  const auto readme = ground::bytes_in(root / "README.md");
  const auto table = ground::run({BINARY_FOLDER "/guichet", "settings", "list"});
  ASSERT_EQ(table.status, 0);
  EXPECT_NE(readme.find(table.out), std::string::npos) << "the README's table is not what this prints:\n" << table.out;
}

}  // namespace
