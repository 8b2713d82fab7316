// Where a login leads back to: a path of this host as it was asked for, or nowhere.
#include "account/model/next_page.h"
#include "fuzz/expect.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::view(data, size);
  const auto next = account::read_next(text);
  if (next.empty()) return 0;
  fuzz::expect(next == text && next.size() <= 512, "as it was asked for");
  fuzz::expect(next[0] == '/' && !next.starts_with("//"), "a path of this host");
  fuzz::expect(next.find_first_of("\\:@#\"'<>; \t\r\n") == std::string::npos, "nothing that leads elsewhere");
  fuzz::expect(account::read_next(next) == next, "what is accepted is accepted again");
  return 0;
}
