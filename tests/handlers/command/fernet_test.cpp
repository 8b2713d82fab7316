// Fernet by the published vectors of the specification (generate.json, verify.json, invalid.json), and against Python.
#include "command/fernet.h"

#include <gtest/gtest.h>

#include <fstream>
#include <numeric>
#include <sstream>
#include <string>

#include "base/config.h"
#include "ground/folder.h"
#include "ground/process.h"

namespace {

namespace fernet = command::fernet;

constexpr const char* published_key = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=";
constexpr const char* hello =
    "gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU4IwqDA==";
constexpr std::int64_t generated_seconds = 499162800;  // 1985-10-26T01:20:00-07:00

fernet::Key key() { return *fernet::decode_key(published_key); }

/// What the token holds, or "refused".
std::string opened(const std::string& token, const std::optional<fernet::Freshness>& freshness = {}) {
  const auto text = fernet::decrypt(token, key(), freshness);
  return text ? std::string(text->view()) : "refused";
}

}  // namespace

TEST(Fernet, GeneratesThePublishedToken) {
  fernet::Vector initial;
  std::iota(initial.begin(), initial.end(), static_cast<unsigned char>(0));
  EXPECT_EQ(fernet::encrypt("hello", key(), generated_seconds, initial), hello);
}

TEST(Fernet, VerifiesThePublishedToken) {
  EXPECT_EQ(opened(hello, fernet::Freshness{generated_seconds + 1, 60}), "hello");
  EXPECT_EQ(opened(hello), "hello");
}

TEST(Fernet, RefusesThePublishedInvalidTokens) {
  const struct {
    const char* description;
    const char* token;
    std::int64_t now_seconds = generated_seconds + 1;
  } cases[] = {
      {"incorrect mac",
       "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szkFVzXTuGb4hR8AKtwcaX1YdykQUFBQUFBQUFBQQ=="},
      {"too short", "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPA=="},
      {"invalid base64",
       "%%%%%%%%%%%%%AECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szkFVzXTuGb4hR8AKtwcaX1YdykRtfsH-p1YsUD2Q=="},
      {"payload size not multiple of block size",
       "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPOm73QeoCk9uGib28Xe5vz6oxq5nmxbx_v7mrfyudzUm"},
      {"payload padding error",
       "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0ODz4LEpdELGQAad7aNEHbf-JkLPIpuiYRLQ3RtXatOYREu2FWke6CnJNYIbkuKNqOhw=="},
      {"far-future TS (unacceptable clock skew)",
       "gAAAAAAdwStRAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAnja1xKYyhd-Y6mSkTOyTGJmw2Xc2a6kBd-iX9b_qXQcw=="},
      {"expired TTL",
       "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szkFVzXTuGb4hR8AKtwcaX1YdykRtfsH-p1YsUD2Q==",
       generated_seconds + 91},
      {"incorrect IV (causes padding error)",
       "gAAAAAAdwJ6xBQECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAkLhFLHpGtDBRLRTZeUfWgHSv49TF2AUEZ1TIvcZjK1zQ=="},
      {"trailing characters after b64 padding",
       "gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU4IwqDA=="
       "trailingdata"},
      {"invalid characters in b64",
       "*gAAAAAAdwJ6wAAECAwQFBgcI!CQoLDA0ODy021?cpGVWKZ_eEwC@GM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU4IwqDA=="},
      {"invalid non-urlsafe characters in b64",
       "gAAAAAAdwJ6wAAEC/AwQFBgcICQoLDA0ODy+021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU4IwqDA=="},
  };
  for (const auto& each : cases) {
    EXPECT_EQ(opened(each.token, fernet::Freshness{each.now_seconds, 60}), "refused") << each.description;
  }
}

TEST(Fernet, RefusesEveryFlippedBitAndCut) {
  const std::string token = hello;
  for (std::size_t at = 0; at < token.size(); ++at) {
    EXPECT_EQ(opened(token.substr(0, at)), "refused") << at;
    if (token[at] == '=') continue;
    auto flipped = token;
    flipped[at] = flipped[at] == 'A' ? 'B' : 'A';
    EXPECT_EQ(opened(flipped), "refused") << at;
  }
}

TEST(Fernet, ReadsAKeyStrictlyAndNeverQuotesIt) {
  const ground::Folder folder;
  const auto path = folder / "key";
  std::ofstream(path) << published_key << '\n';
  EXPECT_NO_THROW(static_cast<void>(fernet::read_key(path)));
  for (const auto& text : {std::string(), std::string(published_key).substr(1), std::string(published_key) + "A",
                           "x" + std::string(published_key), std::string(published_key) + "\n" + published_key}) {
    std::ofstream(path, std::ios::trunc) << text;
    try {
      static_cast<void>(fernet::read_key(path));
      ADD_FAILURE() << text;
    } catch (const base::BadStart& failure) {
      EXPECT_EQ(std::string(failure.what()).find("cw_0x"), std::string::npos);
    }
  }
}

TEST(Fernet, AgreesWithPythonBothWays) {
  const std::string program =
      "import sys\n"
      "from cryptography.fernet import Fernet\n"
      "f = Fernet(sys.argv[1])\n"
      "for line in sys.stdin.read().split():\n"
      "    print(f.decrypt(line.encode()).decode())\n"
      "for size in range(40):\n"
      "    print(f.encrypt(b'x' * size).decode())\n";
  fernet::Vector initial;
  initial.fill(7);
  std::string ours;
  for (std::size_t size = 1; size < 40; ++size)
    ours += fernet::encrypt(std::string(size, 'y'), key(), 1, initial) + "\n";
  const auto ended = ground::run({ground::debian_python, "-c", program, published_key}, {}, ours);
  ASSERT_EQ(ended.status, 0) << ended.err;
  std::istringstream lines(ended.out);
  std::string line;
  for (std::size_t size = 1; size < 40; ++size) {
    ASSERT_TRUE(std::getline(lines, line));
    EXPECT_EQ(line, std::string(size, 'y'));
  }
  for (std::size_t size = 0; size < 40; ++size) {
    ASSERT_TRUE(std::getline(lines, line));
    EXPECT_EQ(opened(line), std::string(size, 'x'));
  }
}
