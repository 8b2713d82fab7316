// Receipts and form tokens: whatever is forgiven in what people type, it is the receipt that was given.
#include <algorithm>

#include "base/text.h"
#include "crypto/receipt.h"
#include "fuzz/expect.h"

using fuzz::expect;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::view(data, size);
  if (const auto receipt = crypto::Receipt::read(text)) {
    const auto written = receipt->text();
    expect(written.size() == 32 && std::ranges::count(written, '-') == 6, "26 characters and 6 dashes");
    const auto again = crypto::Receipt::read(written);
    expect(again && again->hash() == receipt->hash() && again->text() == written, "written so it is the same receipt");
    const auto small = crypto::Receipt::read(base::lower(written));
    expect(small && small->hash() == receipt->hash(), "in small letters too");
    expect(std::ranges::count_if(text, [](char c) { return c != ' ' && c != '-'; }) == 26, "26 characters were typed");
  }
  if (crypto::is_form_token(text)) {
    expect(text.size() == 43 && text.find_first_of("+/= ;\n") == std::string_view::npos, "43 characters of base64url");
  }
  const crypto::Token form(crypto::TokenSource::form, text);
  const crypto::Token key(crypto::TokenSource::idempotency_key, text);
  expect(!std::equal(form.bytes().data(), form.bytes().data() + 32, key.bytes().data()),
         "another source, another token");
  expect(crypto::is_form_token(crypto::make_form_token()), "what is made is a token");
  return 0;
}
