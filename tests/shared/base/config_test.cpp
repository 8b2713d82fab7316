// The settings: unknown or wrong ones stop the start, with a sentence that quotes no value.
#include "base/config.h"

#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "ground/folder.h"

namespace {

base::Config read(const std::vector<std::string>& variables) {
  std::vector<const char*> environment;
  for (const auto& variable : variables) environment.push_back(variable.c_str());
  environment.push_back(nullptr);
  return base::Config::read(environment.data());
}

/// What the start says, or nothing when the variables are accepted.
std::string refusal(const std::vector<std::string>& variables) {
  try {
    [[maybe_unused]] const auto config = read(variables);
  } catch (const base::BadStart& failure) {
    return failure.what();
  }
  return {};
}

}  // namespace

TEST(Config, HoldsEachSettingToItsValues) {
  const struct {
    const char* name;
    std::vector<const char*> good;
    std::vector<const char*> bad;
  } cases[] = {
      {"GUICHET_PORT",
       {"1", "8080", "65535"},
       {"", "0", "65536", "-1", "+80", "80 ", " 80", "80a", "0x50", "4294967297"}},
      {"GUICHET_SUBMIT_RATE", {"off", "1", "20", "10000"}, {"", "0", "10001", "OFF", "2/s", "1.5"}},
      {"GUICHET_VIEW_DATA_RATE", {"off", "2"}, {"", "on", "0"}},
      {"GUICHET_SUBMIT_PROCESSES", {"1", "64"}, {"0", "65", "off"}},
      {"GUICHET_STATS", {"public", "delayed", "staff"}, {"", "Public", "private", "public "}},
      {"GUICHET_CARD", {"full", "last4"}, {"", "first6", "LAST4"}},
      {"GUICHET_CARD_CHECK", {"luhn", "digits"}, {"", "none", "LUHN"}},
      {"GUICHET_INTAKE_DOCUMENTS",
       {"sqlite:/a", "sqlite:a.db", "postgresql://anna:secret@db/intake", "postgresql:///intake?host=/run/postgresql",
        "mongodb://anna:secret@a,b/intake?replicaSet=r", "mongodb+srv://anna:secret@a.example/intake"},
       {"", "sqlite:", "/a", "mysql://a", "postgresql:", "postgresql://", "postgres://a", "mongodb:", "mongodb://"}},
      {"GUICHET_INTAKE_LOOKUP", {"sqlite:/a"}, {"", "postgresql://a/b"}},
      {"GUICHET_INTAKE_WINDOW", {"unix:/a", "redis://127.0.0.1:6379"}, {"", "/a", "http://a"}},
      {"GUICHET_BANKS_FILE", {"banks.txt"}, {""}},
      {"GUICHET_VAR", {"/srv/guichet"}, {""}},
      {"GUICHET_HSTS_DAYS", {"0", "365"}, {"", "-1", "731", "off"}},
      {"GUICHET_TRUSTED_PROXIES",
       {"10.0.0.2", "10.0.0.2/32", "10.1.0.0/16,::1", "fd00::/8", "2001:db8::2,192.0.2.0/24,10.0.0.1"},
       {"", ",", "10.0.0.2,", ",10.0.0.2", "10.0.0.2, 10.0.0.3", "proxy", "10.0.0", "10.0.0.256", "10.0.0.2/33",
        "10.0.0.2/", "10.0.0.2/08", "10.0.0.2/+8", "0.0.0.0/0", "::/0", "::1/129", "fe80::1%eth0", "10.0.0.2;"}},
      {"GUICHET_BASE_PATH",
       {"/guichet", "/a/b-c/d.e_~F0", "/v1.2"},
       {"", "/", "guichet", "/guichet/", "//guichet", "/a//b", "/.", "/..", "/a/../b", "/.hidden", "/a b", "/a%20",
        "/é", "/a;", "/a?b", "/a\nb", "/$uri", "/a\"", "/a}"}},
      {"GUICHET_TIME_ZONE", {"Europe/Paris", "UTC"}, {""}},
  };
  for (const auto& each : cases) {
    for (const auto* value : each.good) EXPECT_EQ(refusal({std::string(each.name) + "=" + value}), "") << value;
    for (const auto* value : each.bad) {
      const auto said = refusal({std::string(each.name) + "=" + value});
      EXPECT_TRUE(said.starts_with(each.name)) << each.name << "=" << value << " said: " << said;
      EXPECT_TRUE(said.ends_with(".")) << said;
    }
  }
}

TEST(Config, ReadsAUrlFromAFile) {
  const ground::Folder folder;
  const auto given = "GUICHET_INTAKE_DOCUMENTS_FILE=" + (folder / "url");
  std::ofstream(folder / "url") << "postgresql://anna:secret@db/intake\n";
  const auto config = read({given});
  EXPECT_TRUE(config.has("GUICHET_INTAKE_DOCUMENTS"));
  EXPECT_EQ(config.get("GUICHET_INTAKE_DOCUMENTS"), "postgresql://anna:secret@db/intake");
  EXPECT_EQ(refusal({given, "GUICHET_INTAKE_DOCUMENTS=sqlite:/a"}),
            "GUICHET_INTAKE_DOCUMENTS and GUICHET_INTAKE_DOCUMENTS_FILE are both set: choose one.");
  std::ofstream(folder / "url") << "mysql://anna:secret@db/intake";
  const auto said = refusal({given});
  EXPECT_TRUE(said.starts_with("GUICHET_INTAKE_DOCUMENTS must be")) << said;
  EXPECT_EQ(said.find("mysql"), std::string::npos) << "it may hold a secret";
  EXPECT_NE(refusal({"GUICHET_OFFICE_DOCUMENTS_FILE=" + (folder / "nothing")}).find("nothing"), std::string::npos);
  // A file of another kind is a file.
  EXPECT_EQ(read({"GUICHET_BANKS_FILE=" + (folder / "url")}).get("GUICHET_BANKS_FILE"), folder / "url");
}

// A zone that nobody knows is read as UTC: staff would filter by other days than those they name.
TEST(Config, RefusesATimeZoneThatDoesNotExist) {
  EXPECT_NE(refusal({"GUICHET_TIME_ZONE=Europe/Pariss"}), "");
  EXPECT_NE(refusal({"GUICHET_TIME_ZONE=../../etc/passwd"}), "");
}

TEST(Config, RefusesAWindowWithoutAPlace) {
  EXPECT_NE(refusal({"GUICHET_INTAKE_WINDOW=unix:"}), "");
  EXPECT_NE(refusal({"GUICHET_INTAKE_WINDOW=redis://"}), "");
}

TEST(Config, RefusesAnUnknownSettingAndQuotesNoValue) {
  for (const auto* variable : {"GUICHET_PORTS=s3cret", "GUICHET_=s3cret", "GUICHET_port=s3cret", "GUICHET_X"}) {
    const auto said = refusal({variable});
    EXPECT_NE(said.find("is not a setting of Guichet"), std::string::npos) << variable << ": " << said;
    EXPECT_EQ(said.find("s3cret"), std::string::npos);
  }
  EXPECT_EQ(refusal({"GUICHET_PORT=s3cret"}).find("s3cret"), std::string::npos);
}

TEST(Config, RefusesASettingWithoutAValue) { EXPECT_NE(refusal({"GUICHET_PORT"}), ""); }

TEST(Config, LeavesOtherVariablesAlone) {
  EXPECT_EQ(refusal({"PATH=/bin", "guichet_port=x", "XGUICHET_PORT=x", "=odd", "GUICHE=1"}), "");
}

TEST(Config, GivesTheValueOrThePreset) {
  const auto config = read({"GUICHET_PORT=9000", "GUICHET_STATS=staff", "GUICHET_VAR=/a=b"});
  EXPECT_EQ(config.get("GUICHET_PORT"), "9000");
  EXPECT_EQ(config.get("GUICHET_STATS"), "staff");
  EXPECT_EQ(config.get("GUICHET_VAR"), "/a=b");
  EXPECT_EQ(config.get("GUICHET_CARD_CHECK"), "luhn");
  EXPECT_EQ(config.get("GUICHET_SUBMIT_RATE"), "20");
}

TEST(Config, NamesTheSettingThatIsMissing) {
  const auto config = read({});
  for (const auto* name : {"GUICHET_BANKS_FILE", "GUICHET_INTAKE_SECRET_KEY_FILE", "GUICHET_UNKNOWN"}) {
    try {
      [[maybe_unused]] const auto value = config.get(name);
      ADD_FAILURE() << name << " has a value";
    } catch (const base::BadStart& failure) {
      EXPECT_TRUE(std::string(failure.what()).starts_with(name)) << failure.what();
    }
  }
}

TEST(Settings, AreNamedOnceAndExplained) {
  std::set<std::string_view> names;
  for (const auto& setting : base::settings()) {
    EXPECT_TRUE(names.insert(setting.name).second) << setting.name;
    EXPECT_TRUE(setting.name.starts_with("GUICHET_")) << setting.name;
    EXPECT_FALSE(setting.meaning.empty() || setting.expects.empty()) << setting.name;
    EXPECT_TRUE(setting.preset.empty() || setting.accepts(setting.preset)) << setting.name;
    EXPECT_FALSE(setting.accepts("")) << setting.name;
  }
}
