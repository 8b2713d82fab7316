// What a form brings back of the page that it stood on: it is read when it was written so, and else not.
#include "fuzz/expect.h"
#include "intake/model/shown.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::view(data, size);
  if (const auto shown = intake::read_shown(text)) {
    fuzz::expect(intake::write(*shown) == text, "written as it is read");
    fuzz::expect(intake::differences(*shown, *shown, {"me", [](auto) { return "somebody"; }}).empty(),
                 "no difference from itself");
  }
  return 0;
}
