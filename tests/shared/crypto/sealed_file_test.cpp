// A sealed file: what was written comes back whole with the secret, or not at all.
#include "crypto/sealed_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <random>

#include "base/file.h"
#include "base/unavailable.h"
#include "crypto/hash.h"
#include "ground/folder.h"
#include "ground/seed.h"

namespace {

using crypto::Forged;

class SealedFile : public testing::Test {
 protected:
  SealedFile() { crypto::make_key_files(folder / "public", folder / "secret"); }

  void seal(std::string_view text, std::string_view clear = "what it is") const {
    const base::File file(path, O_RDWR | O_CREAT | O_TRUNC);
    crypto::SealedWriter writer(file.get(), crypto::PublicKey::read(folder / "public"), clear);
    // In uneven pieces, as rows come.
    for (std::size_t at = 0, piece = 1; at < text.size(); at += piece, piece = piece * 3 + 1) {
      writer.write(text.substr(at, piece));
    }
    writer.finish();
  }
  [[nodiscard]] std::string open(const std::string& secret = "secret") const {
    const base::File file(path, O_RDONLY);
    crypto::SealedReader reader(file.get());
    reader.open(crypto::Keyring::read(folder / secret));
    std::string text;
    while (!reader.is_at_end()) text += reader.read(1);
    return text;
  }
  void put(const std::string& bytes) const { std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes; }

  ground::Folder folder;
  const std::string path = folder / "file";
};

TEST_F(SealedFile, GivesBackWhatWasWritten) {
  constexpr auto chunk = crypto::SealedWriter::chunk_bytes;
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, chunk - 1, chunk, chunk + 1, 2 * chunk, 2 * chunk + 7}) {
    const auto text = crypto::random_bytes(size);
    seal(text);
    EXPECT_TRUE(open() == text) << size;
    // A byte or two would be found by chance.
    EXPECT_TRUE(size < 40 || base::read_file(path).find(text.substr(0, 40)) == std::string::npos) << size;
  }
}

TEST_F(SealedFile, ReadsAcrossChunksAndBeginsWithWhatIsClear) {
  constexpr auto chunk = crypto::SealedWriter::chunk_bytes;
  const auto text = crypto::random_bytes(3 * chunk);
  seal(text, "in clear");
  const base::File file(path, O_RDONLY);
  crypto::SealedReader reader(file.get());
  EXPECT_EQ(reader.clear(), "in clear");
  EXPECT_EQ(reader.key_id(), crypto::PublicKey::read(folder / "public").id());
  reader.open(crypto::Keyring::read(folder / "secret"));
  EXPECT_TRUE(reader.read(5) == text.substr(0, 5));
  EXPECT_TRUE(reader.read(2 * chunk) == text.substr(5, 2 * chunk));
  EXPECT_TRUE(reader.read(chunk - 5) == text.substr(2 * chunk + 5));
  EXPECT_TRUE(reader.is_at_end());
  EXPECT_THROW((void)reader.read(1), Forged);
}

TEST_F(SealedFile, IsReadBackByWhoHasJustWrittenIt) {
  const base::File file(path, O_RDWR | O_CREAT);
  crypto::SealedWriter writer(file.get(), crypto::PublicKey::read(folder / "public"), "");
  writer.write("rows");
  writer.finish();
  ASSERT_EQ(lseek(file.get(), 0, SEEK_SET), 0);
  crypto::SealedReader reader(file.get());
  reader.open(writer.take_key());
  EXPECT_EQ(reader.read(4), "rows");
}

TEST_F(SealedFile, RefusesAnotherKey) {
  seal("text");
  crypto::make_key_files(folder / "other.public", folder / "other");
  EXPECT_THROW((void)open("other"), Forged);
}

TEST_F(SealedFile, RefusesEveryCutAndEveryFlippedBit) {
  constexpr auto chunk = crypto::SealedWriter::chunk_bytes;
  seal(std::string(chunk + 50, 'x'));
  const auto whole = base::read_file(path);
  std::mt19937_64 random(ground::seed());
  for (const std::size_t size : {std::size_t{0}, std::size_t{20}, std::size_t{60}, std::size_t{140}, whole.size() - 67,
                                 whole.size() - 68, whole.size() - 1}) {
    put(whole.substr(0, size));
    EXPECT_THROW((void)open(), Forged) << size;
  }
  put(whole + "x");
  EXPECT_THROW((void)open(), Forged);
  std::vector<std::size_t> places;
  for (std::size_t place = 0; place < 180; ++place) places.push_back(place);
  for (int i = 0; i < 20; ++i) places.push_back(random() % whole.size());
  for (const auto place : places) {
    auto flipped = whole;
    flipped[place] = static_cast<char>(flipped[place] ^ (1 << random() % 8));
    put(flipped);
    EXPECT_THROW((void)open(), Forged) << place;
  }
}

TEST_F(SealedFile, RefusesChunksThatChangedPlaces) {
  constexpr auto chunk = crypto::SealedWriter::chunk_bytes;
  constexpr auto sealed = chunk + crypto_secretstream_xchacha20poly1305_ABYTES;
  seal(std::string(chunk, 'a') + std::string(chunk, 'b') + std::string(chunk, 'c'));
  const auto whole = base::read_file(path);
  const auto first = whole.size() - 3 * sealed;
  put(whole.substr(0, first) + whole.substr(first + sealed, sealed) + whole.substr(first, sealed) +
      whole.substr(first + 2 * sealed));
  EXPECT_THROW((void)open(), Forged);
  put(whole.substr(0, first + sealed) + whole.substr(first + 2 * sealed));
  EXPECT_THROW((void)open(), Forged);
}

TEST_F(SealedFile, SaysThatADiskIsFull) {
  const base::File full("/dev/full", O_WRONLY);
  ASSERT_GE(full.get(), 0);
  EXPECT_THROW(crypto::SealedWriter(full.get(), crypto::PublicKey::read(folder / "public"), ""), base::Unavailable);
}

}  // namespace
