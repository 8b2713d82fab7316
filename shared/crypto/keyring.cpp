// The office's key pairs.
#include "crypto/keyring.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <vector>

#include "base/config.h"
#include "crypto/hash.h"

namespace crypto {
namespace {

using Bytes = std::array<unsigned char, crypto_box_PUBLICKEYBYTES>;
constexpr std::size_t key_file_max_bytes = 16384;

std::string id_of(const Bytes& public_key) {
  const std::string_view bytes(reinterpret_cast<const char*>(public_key.data()), public_key.size());
  return to_hex(hash("guichet key id", bytes, 16).substr(0, 8));
}

// Not a stream: its buffers would keep a copy of the key.
SecretText read_key_file(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) throw base::BadStart(fmt::format("The key file {} cannot be read: {}.", path, std::strerror(errno)));
  SecretText text(key_file_max_bytes);
  const auto size = ::read(file, text.data(), text.size());
  close(file);
  if (size < 0) throw base::BadStart(fmt::format("The key file {} cannot be read: {}.", path, std::strerror(errno)));
  text.shorten(static_cast<std::size_t>(size));
  return text;
}

/// Calls `each` with the id and the 32 bytes of every line of that kind; throws when a line is anything else.
template <typename Each>
void for_each_key(const std::string& path, std::string_view kind, Each each) {
  const auto text = read_key_file(path);
  const base::BadStart damaged(
      fmt::format("The key file {} holds no line '{} KEYID HEX', or a damaged one.", path, kind));
  auto rest = text.view();
  if (rest.empty()) throw damaged;
  while (!rest.empty()) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    const auto id_start = kind.size() + 1;
    constexpr std::size_t id_size = 16;
    constexpr std::size_t hex_size = 64;
    const bool is_in_shape = line.size() == id_start + id_size + 1 + hex_size && line.starts_with(kind) &&
                             line[id_start - 1] == ' ' && line[id_start + id_size] == ' ';
    if (!is_in_shape) throw damaged;
    Secret<32> bytes;
    std::size_t decoded = 0;
    const int failed = sodium_hex2bin(bytes.data(), bytes.size(), line.data() + id_start + id_size + 1, hex_size,
                                      nullptr, &decoded, nullptr);
    if (failed != 0 || decoded != bytes.size()) throw damaged;
    if (!each(line.substr(id_start, id_size), bytes)) throw damaged;
  }
}

void write_new_file(const std::string& path, std::string_view text) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0400);
  if (file < 0) throw base::BadStart(fmt::format("The key file {} cannot be made: {}.", path, std::strerror(errno)));
  const auto written = write(file, text.data(), text.size());
  const bool is_kept = written == static_cast<ssize_t>(text.size()) && fsync(file) == 0;
  close(file);
  if (!is_kept) {
    unlink(path.c_str());
    throw base::BadStart(fmt::format("The key file {} cannot be written.", path));
  }
}

}  // namespace

PublicKey PublicKey::read(const std::string& path) {
  std::optional<PublicKey> key;
  for_each_key(path, "guichet-public", [&](std::string_view id, const Secret<32>& bytes) {
    if (key) return false;
    key.emplace();
    std::memcpy(key->bytes_.data(), bytes.data(), bytes.size());
    key->id_ = id;
    return id_of(key->bytes_) == id;
  });
  return *key;
}

Keyring Keyring::read(const std::string& path) {
  Keyring keyring;
  for_each_key(path, "guichet-secret", [&](std::string_view id, const Secret<32>& bytes) {
    Pair pair{{}, {static_cast<unsigned char*>(sodium_malloc(bytes.size())), sodium_free}};
    if (pair.secret_key == nullptr) throw base::BadStart("No guarded memory is left for the secret key.");
    std::memcpy(pair.secret_key.get(), bytes.data(), bytes.size());
    sodium_mprotect_readonly(pair.secret_key.get());
    const bool is_derived = crypto_scalarmult_base(pair.public_key.data(), pair.secret_key.get()) == 0;
    if (!is_derived || id_of(pair.public_key) != id) return false;
    keyring.pairs_.emplace(id, std::move(pair));
    return true;
  });
  return keyring;
}

const Keyring::Pair* Keyring::find(std::string_view key_id) const {
  const auto found = pairs_.find(key_id);
  return found == pairs_.end() ? nullptr : &found->second;
}

void make_key_files(const std::string& public_path, const std::string& secret_path) {
  Bytes public_key{};
  Secret<crypto_box_SECRETKEYBYTES> secret_key;
  crypto_box_keypair(public_key.data(), secret_key.data());
  const auto id = id_of(public_key);
  const std::string_view public_bytes(reinterpret_cast<const char*>(public_key.data()), public_key.size());
  SecretText line(fmt::format("guichet-secret {} ", id).append(65, '\n'));
  sodium_bin2hex(reinterpret_cast<char*>(line.data()) + line.size() - 65, 65, secret_key.data(), secret_key.size());
  line.data()[line.size() - 1] = '\n';
  write_new_file(secret_path, line.view());
  try {
    write_new_file(public_path, fmt::format("guichet-public {} {}\n", id, to_hex(public_bytes)));
  } catch (const base::BadStart&) {
    unlink(secret_path.c_str());
    throw;
  }
}

}  // namespace crypto
