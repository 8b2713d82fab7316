// The engines behind the documents' door.
#include "engines/engine.h"

#include <map>
#include <set>
#include <stdexcept>

#include "ground/folder.h"
#include "ground/mongodb.h"
#include "ground/postgresql.h"
#include "ground/seed.h"
#include "store/engine.h"
#include "store/sqlite/connection.h"

namespace engines {
namespace {

class Sqlite final : public Engine {
 public:
  std::string fresh() override { return "sqlite:" + (folder_ / ("fresh" + std::to_string(++databases_) + ".db")); }
  void expect_whole(const std::string& url) override {
    store::sqlite::Connection connection(store::path_in(url));
    auto row = connection.prepare("PRAGMA integrity_check");
    ASSERT_TRUE(row.step());
    EXPECT_EQ(row.bytes(0), "ok");
  }
  void forget_mark(const std::string& url) override {
    store::sqlite::Connection(store::path_in(url)).execute("ALTER TABLE office DROP COLUMN mark");
  }

 private:
  ground::Folder folder_;
  int databases_ = 0;
};

/// One whose server is `Server`, started when it is first needed.
template <typename Server>
class Served : public Engine {
 public:
  std::string fresh() override { return server_.fresh(); }
  bool has_server() const override { return true; }
  void kill() override { server_.kill(); }
  void start() override { server_.start(); }
  void stop_answering() override { server_.stop_answering(); }
  void answer_again() override { server_.answer_again(); }
  std::string folder() const override { return folder_ / "server"; }

 protected:
  ground::Folder folder_;
  Server server_{folder_ / "server"};
};

class Postgresql final : public Served<ground::Postgresql> {
 public:
  void forget_mark(const std::string& url) override { (void)server_.psql(url, "ALTER TABLE office DROP COLUMN mark"); }
};

class Mongodb final : public Served<ground::Mongodb> {
 public:
  bool is_slow() const override { return true; }
  void forget_mark(const std::string& url) override {
    (void)server_.python(url, "database.office.update_one({'_id': 'office'}, {'$unset': {'mark': ''}}).modified_count");
  }
};

bool is_at_most(const store::Tally& less, const store::Tally& more) {
  if (less.total > more.total) return false;
  for (const auto& [label, values] : less.by_label) {
    const auto others = more.by_label.find(label);
    for (const auto& [value, count] : values) {
      const auto other = others == more.by_label.end()    ? 0
                         : others->second.contains(value) ? others->second.at(value)
                                                          : 0;
      if (count > other) return false;
    }
  }
  return true;
}

}  // namespace

// The door reads the tally and recounts what came after at one moment. All came after this time, so what it gives is
// what was retired then: between what was before and what was after.
void Engine::expect_counted_at_one_moment(store::Documents& door) {
  const auto before = door.retired(desk::reports);
  const auto then = door.tally_at(desk::reports, base::Time{});
  const auto after = door.retired(desk::reports);
  EXPECT_TRUE(is_at_most(before, then)) << before.total << " retired, " << then.total << " not recounted";
  EXPECT_TRUE(is_at_most(then, after)) << after.total << " retired, " << then.total << " not recounted";
}

std::unique_ptr<Engine> make(const std::string& name) {
  if (name == "Sqlite") return std::make_unique<Sqlite>();
  if (name == "Postgresql") return std::make_unique<Postgresql>();
  if (name == "Mongodb") return std::make_unique<Mongodb>();
  throw std::logic_error("no engine " + name);
}

Engine& named(const std::string& name, const std::string& purpose) {
  static std::map<std::pair<std::string, std::string>, std::unique_ptr<Engine>> engines;
  auto& engine = engines[{name, purpose}];
  if (!engine) engine = make(name);
  return *engine;
}

std::vector<Round> rounds(int full) {
  std::vector<Round> all;
  for (const auto* engine : switched_on) {
    for (int number = 0; number < (ground::is_full() ? full : 1); ++number) all.push_back({engine, number});
  }
  return all;
}

store::Tally recount(store::Documents& door, const store::Collection& of) {
  store::Tally tally;
  for (const auto& document : desk::everything(door, of.name)) {
    ++tally.total;
    for (const auto& label : of.tallied) ++tally.by_label[label][document.labels.at(label)];
  }
  return tally;
}

void OnDatabase::expect_sound(const std::string& at) {
  engine.expect_whole(at);
  const auto door = desk::open_at(at);
  std::map<std::string, store::Document> kept;
  std::set<std::string> uniques;
  std::set<std::int64_t> sequences;
  for (const auto& document : desk::everything(*door)) {
    EXPECT_TRUE(kept.emplace(document.id, document).second) << "an id twice";
    EXPECT_TRUE(uniques.insert(document.unique).second) << "a unique value twice";
    EXPECT_TRUE(sequences.insert(document.sequence).second) << "a sequence twice";
  }
  EXPECT_EQ(door->tally(desk::reports), desk::sum(recount(*door), door->retired(desk::reports)));

  std::int64_t reached = 0;
  std::set<std::string> told;
  for (auto facts = door->since(desk::reports, 0, store::list_max); !facts.empty();
       facts = door->since(desk::reports, reached, store::list_max)) {
    for (const auto& fact : facts) {
      EXPECT_GT(fact.sequence, reached);
      reached = fact.sequence;
      EXPECT_TRUE(told.insert(fact.id).second) << "told twice";
      const auto found = kept.find(fact.id);
      EXPECT_EQ(found == kept.end(), fact.kind == store::Fact::Kind::erased);
      if (found == kept.end()) continue;
      EXPECT_EQ(found->second.sequence, fact.sequence);
      EXPECT_EQ(found->second.received, fact.received);
      EXPECT_EQ(found->second.labels, fact.labels);
      kept.erase(found);
    }
  }
  EXPECT_TRUE(kept.empty()) << kept.size() << " that no fact tells of";
  EXPECT_EQ(door->head(desk::reports).sequence, reached);
}

}  // namespace engines
