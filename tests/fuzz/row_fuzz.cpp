// Rows of a backup: one that is read goes into SQLite and comes out as the same bytes.
#include "base/config.h"
#include "fuzz/expect.h"
#include "ground/folder.h"
#include "store/sqlite/row.h"

using fuzz::expect;
using namespace store::sqlite;

namespace {

void read_table(std::string_view bytes) {
  RowReader reader(bytes);
  RowWriter writer;
  writer.begin(reader.kind());
  while (!reader.is_at_end()) writer.text(reader.text());
  expect(writer.bytes() == bytes, "names are written as they were read");
}

void read_row(Connection& connection, std::string_view bytes) {
  RowReader reader(bytes);
  RowWriter writer;
  writer.begin(reader.kind());
  while (!reader.is_at_end()) {
    auto statement = connection.prepare("SELECT ?");
    reader.bind(statement);
    expect(statement.step(), "a value");
    writer.column(statement, 0);
  }
  expect(writer.bytes() == bytes, "values are written as they were read");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const ground::Folder folder;
  static Connection connection(folder / "rows.db");
  const auto bytes = fuzz::view(data, size);
  try {
    if (bytes.starts_with('t')) {
      read_table(bytes);
    } else {
      read_row(connection, bytes);
    }
  } catch (const base::BadStart&) {
  }
  return 0;
}
