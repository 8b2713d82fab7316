// Records of a backup: each that is read is written as bytes that read as the same record.
#include "store/record.h"

#include <string>
#include <vector>

#include "base/config.h"
#include "fuzz/expect.h"

using fuzz::expect;

namespace {

void expect_the_same(const store::Record& record) {
  std::vector<std::string> again;
  store::RecordWriter writer;
  store::RecordReader reader;
  writer.write(record, [&](std::string_view piece) {
    reader.read(piece, [&](store::Record&& read) { again.push_back(store::bytes_of(read)); });
  });
  expect(again == std::vector{store::bytes_of(record)}, "one record, and the same");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto pieces = fuzz::view(data, size);
  store::RecordReader reader;
  try {
    while (!pieces.empty()) {
      const auto length = fuzz::take_byte(pieces);
      const auto piece = pieces.substr(0, length);
      pieces.remove_prefix(piece.size());
      reader.read(piece, expect_the_same);
    }
  } catch (const base::BadStart&) {
  }
  return 0;
}
