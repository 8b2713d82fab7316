// W3C Trace Context.
#include "web/trace.h"

#include <algorithm>

#include "crypto/hash.h"
#include "web/request.h"

namespace web {
namespace {

constexpr std::size_t size = 55;  // 00-TRACE_ID-PARENT_ID-FLAGS
constexpr std::size_t span_bytes = 8;

bool is_hexadecimal(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool is_id(std::string_view text) {
  return is_hexadecimal(text) && text.find_first_not_of('0') != std::string_view::npos;
}

/// Section 3.2.2. A later version may say more after a dash; what this one knows stands before it (section 3.2.4).
bool is_valid(std::string_view header) {
  if (header.size() < size || header[2] != '-' || header[35] != '-' || header[52] != '-') return false;
  const auto version = header.substr(0, 2);
  if (!is_hexadecimal(version) || version == "ff") return false;
  if (header.size() > size && (version == "00" || header[size] != '-')) return false;
  return is_id(header.substr(3, 32)) && is_id(header.substr(36, 16)) && is_hexadecimal(header.substr(53, 2));
}

}  // namespace

Trace Trace::of(const Request& request) {
  const auto header = request.header_once("TRACEPARENT");
  auto span = crypto::to_hex(crypto::random_bytes(span_bytes));
  if (!is_valid(header)) return {request.id(), std::move(span), {}, false};
  // The last flag alone is known to version 00 (section 3.2.2.5.1): the last bit of the last digit.
  const char last = header[54];
  const bool is_sampled = ((last <= '9' ? last - '0' : last - 'a' + 10) & 1) != 0;
  return {std::string(header.substr(3, 32)), std::move(span), std::string(header.substr(36, 16)), is_sampled};
}

std::string Trace::traceparent() const { return "00-" + trace_id + '-' + span_id + (is_sampled ? "-01" : "-00"); }

}  // namespace web
