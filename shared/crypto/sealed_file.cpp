// A file sealed to a public key.
#include "crypto/sealed_file.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <vector>

#include "base/unavailable.h"
#include "crypto/hash.h"

namespace crypto {
namespace {

constexpr std::string_view magic = "guichet-sealed 1 ";
constexpr std::size_t id_bytes = 16;
constexpr std::size_t sealed_key_bytes = StreamKey::size() + crypto_box_SEALBYTES;
constexpr std::size_t header_bytes = crypto_secretstream_xchacha20poly1305_HEADERBYTES;
constexpr std::size_t more_bytes = crypto_secretstream_xchacha20poly1305_ABYTES;

unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }
const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

void write_whole(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw base::Unavailable(fmt::format("it cannot be written: {}", std::strerror(errno)));
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

/// Fewer bytes than asked for only at the end of the file.
std::size_t read_up_to(int descriptor, unsigned char* out, std::size_t size_bytes) {
  std::size_t read = 0;
  while (read < size_bytes) {
    const auto got = ::read(descriptor, out + read, size_bytes - read);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw base::Unavailable(fmt::format("it cannot be read: {}", std::strerror(errno)));
    if (got == 0) break;
    read += static_cast<std::size_t>(got);
  }
  return read;
}

std::string read_text(int descriptor, std::size_t size_bytes) {
  std::string text(size_bytes, '\0');
  if (read_up_to(descriptor, bytes_of(text), size_bytes) != size_bytes) throw Forged("it is no sealed file");
  return text;
}

std::string length_bytes(std::size_t length) {
  std::string bytes(4, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(length >> (8 * i));
  return bytes;
}

std::size_t read_length(std::string_view bytes) {
  std::size_t length = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) length |= std::size_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  return length;
}

/// What ties the stream to all that stands before its first chunk.
std::string hash_of(std::string_view key_id, std::string_view clear, std::string_view sealed_key,
                    std::string_view header) {
  return hash("guichet sealed",
              fmt::format("{}{}\n{}{}{}{}", magic, key_id, length_bytes(clear.size()), clear, sealed_key, header), 32);
}

}  // namespace

SealedWriter::SealedWriter(int descriptor, const PublicKey& to, std::string_view clear)
    : descriptor_(descriptor), chunk_(chunk_bytes) {
  if (clear.size() > clear_max_bytes) throw std::length_error("a clear part that is too long");
  crypto_secretstream_xchacha20poly1305_keygen(key_.data());
  std::string sealed_key(sealed_key_bytes, '\0');
  std::string header(header_bytes, '\0');
  if (crypto_box_seal(bytes_of(sealed_key), key_.data(), key_.size(), to.data()) != 0 ||
      crypto_secretstream_xchacha20poly1305_init_push(&state_, bytes_of(header), key_.data()) != 0) {
    throw std::runtime_error("nothing can be sealed to this public key");
  }
  preface_hash_ = hash_of(to.id(), clear, sealed_key, header);
  write_whole(descriptor_, fmt::format("{}{}\n{}", magic, to.id(), length_bytes(clear.size())));
  write_whole(descriptor_, clear);
  write_whole(descriptor_, sealed_key + header);
}

SealedWriter::~SealedWriter() { sodium_memzero(&state_, sizeof state_); }

void SealedWriter::write(std::string_view bytes) {
  while (!bytes.empty()) {
    // A full chunk waits for more: the last one must be FINAL.
    if (filled_ == chunk_bytes) push(0);
    const auto taken = std::min(bytes.size(), chunk_bytes - filled_);
    std::memcpy(chunk_.data() + filled_, bytes.data(), taken);
    filled_ += taken;
    bytes.remove_prefix(taken);
  }
}

void SealedWriter::finish() { push(crypto_secretstream_xchacha20poly1305_TAG_FINAL); }

void SealedWriter::push(unsigned char tag) {
  std::string sealed(filled_ + more_bytes, '\0');
  crypto_secretstream_xchacha20poly1305_push(&state_, bytes_of(sealed), nullptr, chunk_.data(), filled_,
                                             bytes_of(std::string_view(preface_hash_)), preface_hash_.size(), tag);
  preface_hash_.clear();
  filled_ = 0;
  write_whole(descriptor_, sealed);
}

SealedReader::SealedReader(int descriptor) : descriptor_(descriptor) {
  const auto line = read_text(descriptor_, magic.size() + id_bytes + 1);
  if (!line.starts_with(magic) || line.back() != '\n') throw Forged("it is no sealed file");
  key_id_ = line.substr(magic.size(), id_bytes);
  const auto length = read_length(read_text(descriptor_, 4));
  if (length > clear_max_bytes) throw Forged("it is no sealed file");
  clear_ = read_text(descriptor_, length);
  sealed_key_ = read_text(descriptor_, sealed_key_bytes);
  header_ = read_text(descriptor_, header_bytes);
  preface_hash_ = hash_of(key_id_, clear_, sealed_key_, header_);
}

SealedReader::~SealedReader() { sodium_memzero(&state_, sizeof state_); }

void SealedReader::open(const Keyring& keyring) {
  const auto* pair = keyring.find(key_id_);
  if (pair == nullptr) throw Forged("it is sealed to another key");
  StreamKey key;
  if (crypto_box_seal_open(key.data(), bytes_of(std::string_view(sealed_key_)), sealed_key_.size(),
                           pair->public_key.data(), pair->secret_key.get()) != 0) {
    throw Forged("its key does not open");
  }
  open(key);
}

void SealedReader::open(const StreamKey& key) {
  if (crypto_secretstream_xchacha20poly1305_init_pull(&state_, bytes_of(std::string_view(header_)), key.data()) != 0) {
    throw Forged("its stream does not begin");
  }
  pull();
}

std::string_view SealedReader::read(std::size_t size_bytes) {
  const auto view = [this](std::size_t size) {
    const auto part = chunk_.view().substr(taken_, size);
    taken_ += part.size();
    return part;
  };
  if (chunk_.size() - taken_ >= size_bytes) return view(size_bytes);
  gathered_ = SecretText(size_bytes);
  std::size_t filled = 0;
  while (filled < size_bytes) {
    if (is_at_end()) throw Forged("it ends too early");
    const auto part = view(size_bytes - filled);
    std::ranges::copy(part, gathered_.data() + filled);
    filled += part.size();
  }
  return gathered_.view();
}

bool SealedReader::is_at_end() {
  while (taken_ == chunk_.size()) {
    if (is_final_) return true;
    pull();
  }
  return false;
}

void SealedReader::pull() {
  std::vector<unsigned char> sealed(SealedWriter::chunk_bytes + more_bytes);
  const auto size = read_up_to(descriptor_, sealed.data(), sealed.size());
  if (size < more_bytes) throw Forged("it is cut off");
  chunk_ = SecretText(size - more_bytes);
  taken_ = 0;
  unsigned char tag = 0;
  if (crypto_secretstream_xchacha20poly1305_pull(&state_, chunk_.data(), nullptr, &tag, sealed.data(), size,
                                                 bytes_of(std::string_view(preface_hash_)),
                                                 preface_hash_.size()) != 0) {
    throw Forged("it is damaged or cut off");
  }
  preface_hash_.clear();
  is_final_ = tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL;
  unsigned char beyond = 0;
  if (is_final_ && read_up_to(descriptor_, &beyond, 1) != 0) throw Forged("something stands behind its end");
}

}  // namespace crypto
