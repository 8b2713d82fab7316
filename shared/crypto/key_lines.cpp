// The lines of a key file.
#include "crypto/key_lines.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/config.h"
#include "crypto/hash.h"

namespace crypto {
namespace {

constexpr std::size_t id_digits = 16;
constexpr std::size_t key_digits = 64;

}  // namespace

// Not a stream: its buffers would keep a copy of the key.
SecretText read_key_file(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) throw base::BadStart(fmt::format("The key file {} cannot be read: {}.", path, std::strerror(errno)));
  SecretText text(key_file_max_bytes);
  const auto size = ::read(file, text.data(), text.size());
  close(file);
  if (size < 0) throw base::BadStart(fmt::format("The key file {} cannot be read: {}.", path, std::strerror(errno)));
  text.shorten(static_cast<std::size_t>(size));
  return text;
}

void for_each_key(const std::string& path, std::string_view kind,
                  const std::function<bool(std::string_view id, const Secret<32>& bytes)>& each) {
  const auto text = read_key_file(path);
  const base::BadStart damaged(
      fmt::format("The key file {} holds no line '{} KEYID HEX', or a damaged one.", path, kind));
  auto rest = text.view();
  if (rest.empty()) throw damaged;
  while (!rest.empty()) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    const auto id_start = kind.size() + 1;
    const bool is_in_shape = line.size() == id_start + id_digits + 1 + key_digits && line.starts_with(kind) &&
                             line[id_start - 1] == ' ' && line[id_start + id_digits] == ' ';
    Secret<32> bytes;
    if (!is_in_shape || !read_key_hex(line.substr(id_start + id_digits + 1), bytes)) throw damaged;
    if (!each(line.substr(id_start, id_digits), bytes)) throw damaged;
  }
}

bool read_key_hex(std::string_view hex, Secret<32>& key) {
  std::size_t decoded = 0;
  return hex.size() == key_digits &&
         sodium_hex2bin(key.data(), key.size(), hex.data(), hex.size(), nullptr, &decoded, nullptr) == 0 &&
         decoded == key.size();
}

SecretText key_line(std::string_view prefix, const Secret<32>& key) {
  SecretText line(prefix.size() + key_digits + 1);
  std::ranges::copy(prefix, line.data());
  auto* hex = reinterpret_cast<char*>(line.data()) + prefix.size();
  sodium_bin2hex(hex, key_digits + 1, key.data(), key.size());
  hex[key_digits] = '\n';
  return line;
}

std::string key_id_of(const std::array<unsigned char, crypto_box_PUBLICKEYBYTES>& public_key) {
  const std::string_view bytes(reinterpret_cast<const char*>(public_key.data()), public_key.size());
  return to_hex(hash("guichet key id", bytes, 16).substr(0, id_digits / 2));
}

PairLines make_pair_lines() {
  std::array<unsigned char, crypto_box_PUBLICKEYBYTES> public_key{};
  Secret<crypto_box_SECRETKEYBYTES> secret_key;
  crypto_box_keypair(public_key.data(), secret_key.data());
  const std::string_view public_bytes(reinterpret_cast<const char*>(public_key.data()), public_key.size());
  const auto id = key_id_of(public_key);
  return {.id = id,
          .public_line = fmt::format("guichet-public {} {}\n", id, to_hex(public_bytes)),
          .secret_line = key_line(fmt::format("guichet-secret {} ", id), secret_key)};
}

void write_new_key_file(const std::string& path, std::string_view text) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0400);
  if (file < 0) throw base::BadStart(fmt::format("The key file {} cannot be made: {}.", path, std::strerror(errno)));
  const auto written = write(file, text.data(), text.size());
  const bool is_kept = written == static_cast<ssize_t>(text.size()) && fsync(file) == 0;
  close(file);
  if (!is_kept) {
    unlink(path.c_str());
    throw base::BadStart(fmt::format("The key file {} cannot be written.", path));
  }
}

}  // namespace crypto
