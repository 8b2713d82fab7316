// A database put back from the rows of a backup that says anything: its own tables alone are filled, or it is refused.
#include <unistd.h>

#include <string>

#include "base/config.h"
#include "fuzz/expect.h"
#include "ground/folder.h"
#include "store/copies.h"

using fuzz::expect;

namespace {

const store::Schema schema{{store::Collection{"report", {"bank"}, {"bank"}}}};

/// What the rows before have put into the tables.
void put_back(const std::string& url, std::string_view rows) {
  const auto replacement = store::Replacement::begin(url, schema);
  store::RecordReader reader;
  while (!rows.empty()) {
    const auto size = fuzz::take_byte(rows);
    const auto row = rows.substr(0, size);
    rows.remove_prefix(row.size());
    reader.read(row, [&](store::Record&& record) { replacement->add(std::move(record)); });
  }
  store::Contents expected;
  expected.rows["report"] = 1;
  replacement->complete(expected, [](store::Documents&) { expect(false, "a database that holds what nobody said"); });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const ground::Folder folder;
  const auto path = folder / "office.db";
  try {
    put_back("sqlite:" + path, fuzz::view(data, size));
  } catch (const base::BadStart&) {
  } catch (const base::Unavailable&) {
  }
  expect(access(path.c_str(), F_OK) != 0, "nothing has taken the database's place");
  return 0;
}
