// Records of a copy: whatever they hold comes back from its bytes, also from those that older backups are made of.
#include "store/record.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/config.h"
#include "ground/seed.h"
#include "shared/store/desk.h"

namespace {

using namespace desk;
using Pieces = std::vector<std::string>;

Pieces pieces_of(const std::vector<store::Record>& records) {
  Pieces pieces;
  store::RecordWriter writer;
  for (const auto& record : records) {
    writer.write(record, [&](std::string_view piece) { pieces.emplace_back(piece); });
  }
  return pieces;
}

std::vector<store::Record> read(const Pieces& pieces) {
  std::vector<store::Record> records;
  store::RecordReader reader;
  for (const auto& piece : pieces) {
    reader.read(piece, [&](store::Record&& record) { records.push_back(std::move(record)); });
  }
  return records;
}

std::string text(std::string_view value) {
  std::string bytes = "s";
  for (int i = 0; i < 4; ++i) bytes += static_cast<char>(value.size() >> (8 * i));
  return bytes + std::string(value);
}

/// The name of a table and of its columns.
std::string head(std::string_view table, const std::vector<std::string>& columns) {
  auto bytes = "t" + text(table);
  for (const auto& column : columns) bytes += text(column);
  return bytes;
}

const std::vector<std::string> kept_columns{"sequence", "id",   "received",   "unique_value",
                                            "seal",     "body", "keep_until", "changed"};

store::Record any_record(std::mt19937_64& random) {
  const auto any_bytes = [&] {
    std::string bytes(random() % 40, '\0');
    for (auto& byte : bytes) byte = static_cast<char>(random());
    return bytes;
  };
  const auto sequence = static_cast<std::int64_t>(random() >> 1);
  switch (random() % 3) {
    case 0: {
      auto document = any_report(random, noon - std::chrono::milliseconds{random() % 100});
      document.sequence = sequence;
      document.unique = any_bytes();
      document.seal = any_bytes();
      document.body = any_bytes();
      if (random() % 2 == 0) document.keep_until = noon;
      return store::Kept{std::string(reports), document, random() % 2 == 0};
    }
    case 1: {
      store::Trace trace{std::string(reports), sequence, base::make_id(noon), noon, {}};
      if (random() % 2 == 0) trace.unique = any_bytes();
      return trace;
    }
    default: return store::Retired{std::string(reports), "bank", any_bytes(), sequence};
  }
}

TEST(Record, ComesBackFromItsBytes) {
  std::mt19937_64 random(ground::seed());
  std::vector<store::Record> records;
  for (int i = 0; i < 500; ++i) records.push_back(any_record(random));
  const auto back = read(pieces_of(records));
  ASSERT_EQ(back.size(), records.size());
  for (std::size_t i = 0; i < records.size(); ++i) {
    EXPECT_EQ(back[i].index(), records[i].index());
    EXPECT_EQ(bytes_of(back[i]), bytes_of(records[i]));
    EXPECT_EQ(sequence_of(back[i]), sequence_of(records[i]));
    EXPECT_EQ(collection_of(back[i]), reports);
  }
  store::Kept kept{std::string(reports), report(noon), true};
  kept.document.keep_until = noon + 1h;
  const auto same = std::get<store::Kept>(read(pieces_of({kept})).front());
  EXPECT_EQ(same.document.labels, kept.document.labels);
  EXPECT_EQ(same.document.body, kept.document.body);
  EXPECT_EQ(same.document.received, kept.document.received);
  EXPECT_EQ(same.document.keep_until, kept.document.keep_until);
  EXPECT_TRUE(same.is_changed);
}

TEST(Record, HasOtherBytesWhateverDiffers) {
  store::Kept kept{std::string(reports), report(noon), false};
  kept.document.sequence = 7;
  std::set<std::string> all{bytes_of(kept)};
  const auto differs = [&](const auto& change) {
    auto other = kept;
    change(other);
    EXPECT_TRUE(all.insert(bytes_of(other)).second) << all.size();
  };
  differs([](store::Kept& other) { other.collection = "other"; });
  differs([](store::Kept& other) { other.is_changed = true; });
  differs([](store::Kept& other) { other.document.id = base::make_id(noon); });
  differs([](store::Kept& other) { other.document.sequence = 8; });
  differs([](store::Kept& other) { other.document.received += 1ms; });
  differs([](store::Kept& other) { other.document.labels["bank"] = "CIC"; });
  differs([](store::Kept& other) { other.document.labels.erase("bank"); });
  differs([](store::Kept& other) { other.document.unique += 'x'; });
  differs([](store::Kept& other) { other.document.seal += 'x'; });
  differs([](store::Kept& other) { other.document.body += 'x'; });
  differs([](store::Kept& other) { other.document.keep_until = noon; });
  // Bytes that move from one value to its neighbour.
  differs([](store::Kept& other) { std::swap(other.document.seal, other.document.body); });
}

/// Every table of a database as backups have held it: in the order of its columns, tallies and counters among them.
Pieces old_form(const std::string& path) {
  Pieces pieces;
  store::sqlite::Connection connection(path);
  std::vector<std::string> tables;
  {
    auto row = connection.prepare(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND (name = 'sqlite_sequence' OR name NOT LIKE 'sqlite_%')"
        " ORDER BY name = 'sqlite_sequence', rowid");
    while (row.step()) tables.emplace_back(row.bytes(0));
  }
  for (const auto& table : tables) {
    std::vector<std::string> columns;
    {
      auto row = connection.prepare("SELECT name FROM pragma_table_info(?) WHERE name <> 'mark'");
      row.text(table);
      while (row.step()) columns.emplace_back(row.bytes(0));
    }
    pieces.push_back(head(table, columns));
    auto row = connection.prepare(fmt::format("SELECT * FROM {}", table));
    while (row.step()) {
      std::string bytes = "r";
      for (int column = 0; column < std::ssize(columns); ++column) {
        const auto number = static_cast<std::uint64_t>(row.number(column));
        switch (row.type(column)) {
          case SQLITE_NULL: bytes += 'n'; break;
          case SQLITE_INTEGER:
            bytes += 'i';
            for (int i = 0; i < 8; ++i) bytes += static_cast<char>(number >> (8 * i));
            break;
          default:
            bytes += text(row.bytes(column));
            if (row.type(column) == SQLITE_BLOB) bytes[bytes.size() - row.bytes(column).size() - 5] = 'b';
        }
      }
      pieces.push_back(bytes);
    }
  }
  return pieces;
}

TEST(Record, ComesOutOfWhatOlderBackupsAreMadeOf) {
  ground::Folder folder;
  const auto path = folder / "desk.db";
  const auto documents = desk::open(path);
  for (int i = 0; i < 5; ++i) (void)documents->add(reports, report(noon));
  const auto all = documents->list(reports, {}, std::nullopt, 5);
  ASSERT_TRUE(
      documents->change({store::Replace{std::string(reports), all[0]}, store::Erase{std::string(reports), all[1].id}}));
  ASSERT_EQ(documents->expire(reports, noon + 1ms, noon, 1), 1U);
  const auto records = read(old_form(path));
  std::array<std::size_t, 3> counts{};
  for (const auto& record : records) ++counts.at(record.index());
  EXPECT_EQ(counts, (std::array<std::size_t, 3>{3, 2, 3}));
  for (const auto& record : records) {
    const auto* kept = std::get_if<store::Kept>(&record);
    if (kept == nullptr) continue;
    EXPECT_EQ(kept->document.body, documents->find(reports, kept->document.id)->body);
    EXPECT_EQ(kept->document.labels, documents->find(reports, kept->document.id)->labels);
    EXPECT_EQ(kept->is_changed, kept->document.id == all[0].id);
  }
}

TEST(Record, IsRefusedWhenItsBytesAreNone) {
  const auto pieces = pieces_of({store::Kept{std::string(reports), report(noon), false},
                                 store::Trace{std::string(reports), 7, base::make_id(noon), noon, "unique"},
                                 store::Retired{std::string(reports), "", "", 3}});
  ASSERT_EQ(pieces.size(), 6U);
  const auto with = [&](std::size_t at, const std::string& piece) {
    auto changed = pieces;
    changed[at] = piece;
    return changed;
  };
  const std::vector<std::string> bad{"",
                                     "x",
                                     "t",
                                     "r",
                                     "rq",
                                     std::string("rs\xff\xff\xff\xffx", 7),
                                     head("other", {"a"}),
                                     head("sqlite_schema", {"sql"}),
                                     head("office", {"x"}),
                                     head("office", {}),
                                     head("tally", {"collection", "label", "value", "count", "x"}),
                                     head("retired", {"collection", "label", "value"}),
                                     head("report_erased", {"sequence", "id", "received"}),
                                     head("report", {"sequence", "id", "received", "unique_value", "seal", "body"})};
  for (const auto& piece : bad) {
    for (const std::size_t at : {0U, 1U, 2U, 3U, 4U, 5U}) {
      EXPECT_THROW((void)read(with(at, piece)), base::BadStart) << at << " " << piece;
    }
  }
  for (std::size_t at = 0; at < pieces.size(); ++at) {
    EXPECT_THROW((void)read(with(at, pieces[at].substr(0, pieces[at].size() - 1))), base::BadStart) << at;
    EXPECT_THROW((void)read(with(at, pieces[at] + "x")), base::BadStart) << at;
    EXPECT_THROW((void)read(with(at, pieces[at] + "n")), base::BadStart) << at;
  }
  EXPECT_THROW((void)read({pieces[1]}), base::BadStart) << "a row of no table";
}

TEST(Record, TakesThePresetsOfLaterSteps) {
  auto schema = desk::schema();
  schema.migrations.push_back(store::Extension{std::string(reports), {{"status", "new"}}});
  const store::Shape shape(schema);
  store::Record record = store::Kept{std::string(reports), report(noon), false};
  EXPECT_THROW(shape.fit(record), base::BadStart) << "a document that has no place";
  std::get<store::Kept>(record).document.sequence = 7;
  shape.fit(record);
  EXPECT_EQ(std::get<store::Kept>(record).document.labels.at("status"), "new");
  std::get<store::Kept>(record).document.labels["status"] = "closed";
  shape.fit(record);
  EXPECT_EQ(std::get<store::Kept>(record).document.labels.at("status"), "closed");
  EXPECT_THROW(store::Shape(desk::schema()).fit(record), base::BadStart) << "a newer one's label";
  std::get<store::Kept>(record).document.labels.erase("bank");
  EXPECT_THROW(shape.fit(record), base::BadStart) << "a label that was never let go";
  store::Record other = store::Trace{"other", 1, base::make_id(noon), noon, {}};
  EXPECT_THROW(shape.fit(other), base::BadStart);
}

}  // namespace
