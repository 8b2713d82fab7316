// The filters of the staff's list, from a URL's query: what is understood is written as a URL that means the same.
#include "fuzz/expect.h"
#include "fuzz/memory_file.h"
#include "intake/model/wish.h"
#include "web/problem.h"

using fuzz::expect;

namespace {

const intake::Terms terms{.retention = std::chrono::days{90}, .now = base::Time{std::chrono::hours{500000}}};

intake::Wish read(std::string_view query) {
  static const auto banks = intake::Banks::read(fuzz::MemoryFile("LCL\nCIC\nSociété Générale\n").path());
  return intake::read_wish(web::Form::read_urlencoded(query), banks, terms, "who");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const auto wish = read(fuzz::view(data, size));
    const auto url = intake::url_of(wish, wish.cursor);
    expect(url.find_first_of(" \r\n\"<>\\") == std::string::npos, "a URL that leads nowhere else");
    const auto again = read(std::string_view(url).substr(std::min(url.find('?'), url.size() - 1) + 1));
    expect(intake::url_of(again, again.cursor) == url, "the same URL");
    expect(again.filter.labels == wish.filter.labels && again.filter.from == wish.filter.from &&
               again.filter.before == wish.filter.before && again.kept_before == wish.kept_before,
           "the same filters");
  } catch (const web::Problem& problem) {
    expect(problem.status == 400, "a filter is refused with 400");
  }
  return 0;
}
