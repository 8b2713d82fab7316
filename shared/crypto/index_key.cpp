// The key of the reading side's index.
#include "crypto/index_key.h"

#include <fmt/format.h>

#include <cstring>

#include "base/config.h"
#include "crypto/key_lines.h"

namespace crypto {
namespace {

constexpr std::string_view key_prefix = "guichet-index ";

}  // namespace

Secret<32> read_index_key(const std::string& path) {
  const auto text = read_key_file(path);
  auto line = text.view();
  if (line.ends_with('\n')) line.remove_suffix(1);
  Secret<32> key;
  if (!line.starts_with(key_prefix) || !read_key_hex(line.substr(key_prefix.size()), key)) {
    throw base::BadStart(fmt::format("The key file {} is not one line 'guichet-index HEX'.", path));
  }
  return key;
}

void make_index_key_file(const std::string& path) {
  Secret<32> key;
  randombytes_buf(key.data(), key.size());
  write_new_key_file(path, key_line(key_prefix, key).view());
}

}  // namespace crypto
