// The office's keys: made once, read strictly, never quoted.
#include "crypto/keyring.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <string>

#include "base/config.h"
#include "base/file.h"
#include "crypto/hash.h"
#include "ground/folder.h"
#include "ground/hex.h"

namespace {

// RFC 7748, section 6.1.
constexpr const char* alice_secret = "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a";
constexpr const char* alice_public = "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a";
constexpr const char* bob_secret = "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb";
constexpr const char* bob_public = "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f";
constexpr const char* shared_secret = "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742";

std::string view(const unsigned char* bytes) { return {reinterpret_cast<const char*>(bytes), 32}; }

std::string id_of(const std::string& public_hex) {
  return crypto::to_hex(crypto::hash("guichet key id", ground::bytes_of_hex(public_hex), 16).substr(0, 8));
}

/// What the start says, or nothing when it goes well.
std::string refusal(const std::function<void()>& start) {
  try {
    start();
  } catch (const base::BadStart& failure) {
    return failure.what();
  }
  return {};
}

std::string write(const ground::Folder& folder, const std::string& text) {
  const auto path = folder / "key";
  std::ofstream(path, std::ios::binary) << text;
  return path;
}

}  // namespace

TEST(X25519, AgreesAsInRfc7748) {
  unsigned char out[32];
  const auto alice = ground::bytes_of_hex(alice_secret);
  const auto bob = ground::bytes_of_hex(bob_public);
  ASSERT_EQ(crypto_scalarmult_curve25519(out, reinterpret_cast<const unsigned char*>(alice.data()),
                                         reinterpret_cast<const unsigned char*>(bob.data())),
            0);
  EXPECT_EQ(crypto::to_hex(view(out)), shared_secret);
}

TEST(Keyring, DerivesThePublicHalfAsInRfc7748) {
  const ground::Folder folder;
  const auto path = write(folder, "guichet-secret " + id_of(alice_public) + " " + alice_secret + "\n" +
                                      "guichet-secret " + id_of(bob_public) + " " + bob_secret + "\n");
  const auto keyring = crypto::Keyring::read(path);
  for (const auto& [secret, open] : {std::pair{alice_secret, alice_public}, std::pair{bob_secret, bob_public}}) {
    const auto* pair = keyring.find(id_of(open));
    ASSERT_NE(pair, nullptr);
    EXPECT_EQ(crypto::to_hex(view(pair->public_key.data())), open);
    EXPECT_EQ(crypto::to_hex(view(pair->secret_key.get())), secret);
  }
  EXPECT_EQ(keyring.find("0123456789abcdef"), nullptr);
  EXPECT_EQ(keyring.find(""), nullptr);
}

TEST(Keyring, HoldsSecretKeysInMemoryThatNobodyWrites) {
  const ground::Folder folder;
  crypto::make_key_files(folder / "public", folder / "secret");
  const auto keyring = crypto::Keyring::read(folder / "secret");
  const auto* pair = keyring.find(crypto::PublicKey::read(folder / "public").id());
  ASSERT_NE(pair, nullptr);
  EXPECT_EXIT(pair->secret_key.get()[0] = 0, testing::KilledBySignal(SIGSEGV), "");
}

TEST(KeyFiles, FitEachOtherAndAreNew) {
  const ground::Folder folder;
  crypto::make_key_files(folder / "public", folder / "secret");
  crypto::make_key_files(folder / "public2", folder / "secret2");
  const auto open = crypto::PublicKey::read(folder / "public");
  const auto* pair = crypto::Keyring::read(folder / "secret").find(open.id());
  ASSERT_NE(pair, nullptr);
  EXPECT_EQ(crypto::Keyring::read(folder / "secret2").find(open.id()), nullptr);
  EXPECT_EQ(open.id(), id_of(crypto::to_hex(view(open.data()))));
}

TEST(KeyFiles, AreReadableByTheirOwnerAlone) {
  const ground::Folder folder;
  const auto before = umask(0);
  crypto::make_key_files(folder / "public", folder / "secret");
  umask(before);
  EXPECT_EQ(ground::mode_of(folder / "public"), 0400u);
  EXPECT_EQ(ground::mode_of(folder / "secret"), 0400u);
}

TEST(KeyFiles, AreNeverOverwritten) {
  const ground::Folder folder;
  crypto::make_key_files(folder / "public", folder / "secret");
  const auto secret = base::read_file(folder / "secret");
  const auto open = base::read_file(folder / "public");
  EXPECT_NE(refusal([&] { crypto::make_key_files(folder / "public", folder / "secret"); }), "");
  EXPECT_NE(refusal([&] { crypto::make_key_files(folder / "other", folder / "secret"); }), "");
  EXPECT_EQ(base::read_file(folder / "secret"), secret);
  EXPECT_EQ(base::read_file(folder / "public"), open);
  EXPECT_FALSE(std::filesystem::exists(folder / "other"));
}

// A secret half alone on the disk would block the next try, and nobody could seal to it.
TEST(KeyFiles, AreMadeBothOrNone) {
  const ground::Folder folder;
  std::ofstream(folder / "public") << "here already\n";
  EXPECT_NE(refusal([&] { crypto::make_key_files(folder / "public", folder / "secret"); }), "");
  EXPECT_FALSE(std::filesystem::exists(folder / "secret"));
  EXPECT_NE(refusal([&] { crypto::make_key_files(folder / "no/folder/public", folder / "secret"); }), "");
  EXPECT_FALSE(std::filesystem::exists(folder / "secret"));
}

TEST(KeyFiles, AreRefusedDamagedAndNeverQuoted) {
  const ground::Folder folder;
  const auto id = id_of(alice_public);
  const std::string secret = "guichet-secret " + id + " " + alice_secret;
  const std::string open = "guichet-public " + id + " " + alice_public;
  const auto flipped = [](const std::string& line, std::size_t at) {
    auto other = line;
    other[at] = other[at] == '0' ? '1' : '0';
    return other;
  };
  for (const auto& text :
       {std::string(), std::string("\n"), open + "\n", secret + " \n", secret + "\r\n", " " + secret,
        secret.substr(0, secret.size() - 1), secret + "0", flipped(secret, secret.size() - 20), flipped(secret, 15),
        secret + "\n\n", secret + "\n" + open + "\n", "guichet-secret " + id + " " + std::string(64, 'x'),
        std::string(20000, '0'), std::string(97, '\0')}) {
    const auto said =
        refusal([&] { [[maybe_unused]] const auto keyring = crypto::Keyring::read(write(folder, text)); });
    EXPECT_NE(said.find(folder / "key"), std::string::npos) << text << said;
    EXPECT_EQ(said.find(std::string(alice_secret).substr(0, 8)), std::string::npos) << said;
  }
  for (const auto& text :
       {std::string(), secret + "\n", flipped(open, open.size() - 1), flipped(open, 16), open + "\n" + secret}) {
    EXPECT_NE(refusal([&] { [[maybe_unused]] const auto key = crypto::PublicKey::read(write(folder, text)); }), "")
        << text;
  }
  EXPECT_EQ(refusal([&] { [[maybe_unused]] const auto keyring = crypto::Keyring::read(write(folder, secret)); }), "");
  EXPECT_EQ(refusal([&] { [[maybe_unused]] const auto key = crypto::PublicKey::read(write(folder, open + "\n")); }),
            "");
}

TEST(KeyFiles, NameTheFileThatIsMissing) {
  const auto said =
      refusal([] { [[maybe_unused]] const auto keyring = crypto::Keyring::read("/nowhere/intake.secret"); });
  EXPECT_NE(said.find("/nowhere/intake.secret"), std::string::npos) << said;
}
