// Secrets: never copied, never printed, wiped.
#include "crypto/secret.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <concepts>
#include <cstring>
#include <new>
#include <ostream>
#include <string_view>
#include <type_traits>

#include "crypto/receipt.h"

namespace {

template <typename T>
concept is_streamed = requires(std::ostream& out, const T& value) {
  out << value;
};
template <typename T>
concept is_secret = !std::is_copy_constructible_v<T> && !std::is_copy_assignable_v<T> && !is_streamed<T> &&
                    !fmt::is_formattable<T>::value && !std::equality_comparable<T> && !std::totally_ordered<T> &&
                    !std::convertible_to<T, std::string_view> && !std::convertible_to<T, std::string>;

static_assert(is_secret<crypto::Secret<16>> && is_secret<crypto::Secret<32>>);
static_assert(is_secret<crypto::SecretText>);
static_assert(is_secret<crypto::Token>);
static_assert(is_secret<crypto::Receipt>);
static_assert(std::is_nothrow_move_constructible_v<crypto::Secret<32>> &&
              std::is_nothrow_move_assignable_v<crypto::Secret<32>>);
static_assert(std::is_nothrow_move_constructible_v<crypto::SecretText>);

constexpr std::string_view words = "sixteen letters!";

crypto::Secret<16> make_secret() {
  crypto::Secret<16> secret;
  std::ranges::copy(words, secret.data());
  return secret;
}

template <std::size_t size>
std::string_view view(const crypto::Secret<size>& secret) {
  return {reinterpret_cast<const char*>(secret.data()), secret.size()};
}

bool is_zero(const unsigned char* bytes, std::size_t size) {
  return std::all_of(bytes, bytes + size, [](auto c) { return c == 0; });
}

}  // namespace

TEST(Secret, BeginsAsZeros) { EXPECT_TRUE(is_zero(crypto::Secret<32>().data(), 32)); }

TEST(Secret, WipesTheSourceOfAMove) {
  auto first = make_secret();
  const auto second = std::move(first);
  EXPECT_EQ(view(second), words);
  EXPECT_TRUE(is_zero(first.data(), first.size()));
}

TEST(Secret, WipesBothSidesOfAnAssignment) {
  auto first = make_secret();
  auto second = make_secret();
  second.data()[0] = 'X';
  second = std::move(first);
  EXPECT_EQ(view(second), words);
  EXPECT_TRUE(is_zero(first.data(), first.size()));
}

TEST(Secret, IsWipedWhenDropped) {
  alignas(crypto::Secret<16>) unsigned char place[sizeof(crypto::Secret<16>)];
  // Behind the compiler's back: after the end of its life nobody may look, so nobody would store.
  unsigned char* volatile seen = place;
  auto* secret = new (place) crypto::Secret<16>(make_secret());
  asm volatile("" ::: "memory");
  ASSERT_EQ(std::memcmp(seen, words.data(), words.size()), 0);
  secret->~Secret();
  asm volatile("" ::: "memory");
  EXPECT_TRUE(is_zero(seen, sizeof place));
}

TEST(SecretText, KeepsItsTextThroughAMove) {
  crypto::SecretText first(words);
  EXPECT_EQ(first.view(), words);
  crypto::SecretText second(std::move(first));
  EXPECT_EQ(second.view(), words);
  crypto::SecretText third(std::string_view("old"));
  third = std::move(second);
  EXPECT_EQ(third.view(), words);
}

TEST(SecretText, WipesWhatItIsShortenedBy) {
  crypto::SecretText text(words);
  const auto* beyond = text.data() + 7;
  text.shorten(7);
  EXPECT_EQ(text.view(), "sixteen");
  EXPECT_TRUE(is_zero(beyond, words.size() - 7));
}

TEST(SecretText, MayBeEmpty) {
  EXPECT_EQ(crypto::SecretText().size(), 0u);
  EXPECT_EQ(crypto::SecretText(std::string_view()).view(), "");
  EXPECT_EQ(crypto::SecretText(std::size_t{3}).view(), std::string_view("\0\0\0", 3));
}
