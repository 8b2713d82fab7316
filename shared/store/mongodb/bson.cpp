// BSON as values.
#include "store/mongodb/bson.h"

#include <stdexcept>

namespace store::mongodb {
namespace {

void require(bool is_appended) {
  if (!is_appended) throw std::length_error("a BSON document is too long");
}

int size(std::string_view bytes) { return static_cast<int>(bytes.size()); }

/// Where the path leads to, or nothing.
std::optional<bson_iter_t> find(const bson_t* in, const std::string& path) {
  bson_iter_t beginning;
  bson_iter_t found;
  if (!bson_iter_init(&beginning, in) || !bson_iter_find_descendant(&beginning, path.c_str(), &found)) return {};
  return found;
}

}  // namespace

Bson& Bson::text(std::string_view name, std::string_view value) {
  // An empty view may point nowhere, which the library takes for a null.
  const auto* bytes = value.empty() ? "" : value.data();
  if (!bson_utf8_validate(bytes, value.size(), false)) return binary(name, value);
  require(bson_append_utf8(value_.get(), name.data(), size(name), bytes, size(value)));
  return *this;
}

Bson& Bson::binary(std::string_view name, std::string_view value) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(value.empty() ? "" : value.data());
  require(bson_append_binary(value_.get(), name.data(), size(name), BSON_SUBTYPE_BINARY, bytes,
                             static_cast<std::uint32_t>(value.size())));
  return *this;
}

Bson& Bson::integer(std::string_view name, std::int64_t value) {
  require(bson_append_int64(value_.get(), name.data(), size(name), value));
  return *this;
}

Bson& Bson::flag(std::string_view name, bool value) {
  require(bson_append_bool(value_.get(), name.data(), size(name), value));
  return *this;
}

Bson& Bson::moment(std::string_view name, std::uint32_t seconds, std::uint32_t increment) {
  require(bson_append_timestamp(value_.get(), name.data(), size(name), seconds, increment));
  return *this;
}

Bson& Bson::null(std::string_view name) {
  require(bson_append_null(value_.get(), name.data(), size(name)));
  return *this;
}

Bson& Bson::document(std::string_view name, const Bson& value) {
  require(bson_append_document(value_.get(), name.data(), size(name), value.get()));
  return *this;
}

Bson& Bson::array(std::string_view name, const Bson& values) {
  require(bson_append_array(value_.get(), name.data(), size(name), values.get()));
  return *this;
}

Bson& Bson::add(const Bson& other) {
  require(bson_concat(value_.get(), other.get()));
  return *this;
}

bool Bson::has(const std::string& path) const { return find(get(), path).has_value(); }

std::optional<std::string_view> Bson::bytes(const std::string& path) const {
  const auto at = find(get(), path);
  if (!at) return std::nullopt;
  std::uint32_t length = 0;
  if (BSON_ITER_HOLDS_UTF8(&*at)) {
    const auto* text = bson_iter_utf8(&*at, &length);
    return std::string_view(text, length);
  }
  if (!BSON_ITER_HOLDS_BINARY(&*at)) return std::nullopt;
  const std::uint8_t* binary = nullptr;
  bson_iter_binary(&*at, nullptr, &length, &binary);
  return std::string_view(reinterpret_cast<const char*>(binary), length);
}

// A server may answer with a shorter number than it was given.
std::optional<std::int64_t> Bson::number(const std::string& path) const {
  const auto at = find(get(), path);
  if (!at || !BSON_ITER_HOLDS_NUMBER(&*at)) return std::nullopt;
  return bson_iter_as_int64(&*at);
}

bool Bson::is_true(const std::string& path) const {
  const auto at = find(get(), path);
  return at && bson_iter_as_bool(&*at);
}

Bson Bson::within(const std::string& path) const {
  const auto at = find(get(), path);
  if (!at || !BSON_ITER_HOLDS_DOCUMENT(&*at)) return {};
  std::uint32_t length = 0;
  const std::uint8_t* bytes = nullptr;
  bson_iter_document(&*at, &length, &bytes);
  bson_t view;
  return bson_init_static(&view, bytes, length) ? Bson(view) : Bson();
}

std::vector<std::string> Bson::names() const {
  std::vector<std::string> all;
  bson_iter_t each;
  if (!bson_iter_init(&each, get())) return all;
  while (bson_iter_next(&each)) all.emplace_back(bson_iter_key(&each));
  return all;
}

}  // namespace store::mongodb
