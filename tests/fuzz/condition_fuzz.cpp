// If-Match: a tag is matched where it stands in the list, and nowhere else.
#include <string>

#include "base/text.h"
#include "fuzz/expect.h"
#include "web/condition.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto header = fuzz::view(data, size);
  const std::string etag = "\"0123abcd\"";
  bool is_there = false;
  for (auto rest = header; !rest.empty();) {
    const auto tag = base::trim(fuzz::take(rest, ','));
    is_there = is_there || tag == etag || tag == "*";
  }
  fuzz::expect(web::is_matched(header, etag) == is_there, "matched where it stands");
  fuzz::expect(web::is_matched(std::string(header) + "," + etag, etag), "matched at the end too");
  fuzz::expect(web::is_matched(etag + "," + std::string(header), etag), "matched at the beginning too");
  return 0;
}
