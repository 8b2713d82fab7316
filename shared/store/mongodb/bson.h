// BSON as values: a document that is being built, and what stands in one. Names are ours and values are bytes, so no
// value is ever read as a name, an operator or JSON.
#pragma once

#include <bson/bson.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace store::mongodb {

/// A document, or an array when its names are "0", "1" and so on. For one thread at a time.
class Bson {
 public:
  Bson() : value_(bson_new()) {}
  explicit Bson(const bson_t& copied) : value_(bson_copy(&copied)) {}
  Bson(const Bson& other) : value_(bson_copy(other.get())), next_(other.next_) {}
  Bson(Bson&&) = default;
  Bson& operator=(Bson other) {
    std::swap(value_, other.value_);
    std::swap(next_, other.next_);
    return *this;
  }
  ~Bson() = default;

  /// Any bytes: as text where they are well-formed Unicode without NUL, as binary else. One value for each, so that
  /// they are equal when their bytes are, and people read them in the database.
  Bson& text(std::string_view name, std::string_view value);
  Bson& binary(std::string_view name, std::string_view value);
  Bson& integer(std::string_view name, std::int64_t value);
  Bson& flag(std::string_view name, bool value);
  /// A moment of the server's clock.
  Bson& moment(std::string_view name, std::uint32_t seconds, std::uint32_t increment);
  Bson& null(std::string_view name);
  Bson& document(std::string_view name, const Bson& value);
  Bson& array(std::string_view name, const Bson& values);
  /// As the next of an array.
  Bson& next_text(std::string_view value) { return text(next_name(), value); }
  Bson& next_binary(std::string_view value) { return binary(next_name(), value); }
  Bson& next_document(const Bson& value) { return document(next_name(), value); }

  /// All that the other holds, after what is here.
  Bson& add(const Bson& other);

  [[nodiscard]] std::size_t size_bytes() const { return value_->len; }
  [[nodiscard]] bool is_empty() const { return bson_empty(value_.get()); }
  [[nodiscard]] const bson_t* get() const { return value_.get(); }

  // What stands under a name, or under names with dots between in documents within. Views last as long as this does.
  [[nodiscard]] bool has(const std::string& path) const;
  [[nodiscard]] std::optional<std::string_view> bytes(const std::string& path) const;  // of text or binary
  [[nodiscard]] std::optional<std::int64_t> number(const std::string& path) const;
  [[nodiscard]] bool is_true(const std::string& path) const;
  [[nodiscard]] Bson within(const std::string& path) const;  // empty when no document is there
  [[nodiscard]] std::vector<std::string> names() const;      // of all that stands in here, in their order

 private:
  struct Destroy {
    void operator()(bson_t* value) const { bson_destroy(value); }
  };
  [[nodiscard]] std::string next_name() { return std::to_string(next_++); }
  // The structure itself: an attribute of the type's other name is no part of a template's argument.
  std::unique_ptr<struct _bson_t, Destroy> value_;
  std::size_t next_ = 0;
};

}  // namespace store::mongodb
