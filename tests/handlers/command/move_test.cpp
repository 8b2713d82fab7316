// guichet move: whatever is acknowledged while an office moves is in the new place once, and nothing is moved by half.
#include <signal.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <mutex>
#include <nlohmann/json.hpp>
#include <random>
#include <set>
#include <thread>

#include "base/config.h"
#include "base/file.h"
#include "engines/engine.h"
#include "handlers/command/backed_up.h"
#include "store/arrival.h"
#include "store/copies.h"

namespace {

namespace fs = std::filesystem;
using store::Mark;
using State = Mark::State;

/// Where a database may be, each new at its first call: another engine is another line.
struct Engine {
  std::string name;
  std::function<std::string(const ground::Folder& folder)> make_url;
  /// Of each writer after a write: SQLite takes more than a server can follow on the same machine.
  std::chrono::milliseconds pause = {};
};

const std::vector<Engine>& targets() {
  static const std::vector<Engine> all{
      {"sqlite", [](const ground::Folder& folder) { return "sqlite:" + (folder / "moved.db"); }},
      {"postgresql", [](const ground::Folder& /*folder*/) { return engines::named("Postgresql").fresh(); }},
      {"mongodb", [](const ground::Folder& /*folder*/) { return engines::named("Mongodb").fresh(); },
       std::chrono::milliseconds{20}}};
  return all;
}

std::multiset<std::string> everything(const std::string& url, const store::Schema& schema) {
  std::multiset<std::string> records;
  store::Snapshot::open(url, schema)->read_all([&](store::Record&& record) { records.insert(bytes_of(record)); });
  return records;
}

class GuichetMove : public BackedUp, public testing::WithParamInterface<Engine> {
 protected:
  GuichetMove() { std::ofstream(folder / "to.url") << to << "\n"; }
  [[nodiscard]] static bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  }
  [[nodiscard]] std::vector<std::string> moving(const std::vector<std::string>& flags = {}) const {
    std::vector<std::string> words{"move", from, to_word};
    words.insert(words.end(), flags.begin(), flags.end());
    return words;
  }
  [[nodiscard]] std::string advice(const std::string& setting) const {
    const bool is_file = to_word.starts_with('@');
    return "Set " + setting + (is_file ? "_FILE to " + to_word.substr(1) : " to " + to) + ", then run nginx/up.";
  }
  [[nodiscard]] State state(const std::string& url) const { return store::mark_of(url).value().state; }
  /// The target is the source, but for its epoch, and at work.
  void expect_moved(const std::string& epoch) const {
    EXPECT_EQ(everything(to, intake::schema()), everything(from, intake::schema()));
    store::Snapshot::open(to, intake::schema())->check();
    EXPECT_EQ(state(from), State::closed);
    const auto target = store::Documents::open(to, intake::schema());
    const auto source = open();
    EXPECT_EQ(target->tally(submissions), source->tally(submissions));
    EXPECT_EQ(target->retired(submissions), source->retired(submissions));
    EXPECT_EQ(target->head(submissions).sequence, source->head(submissions).sequence);
    EXPECT_NE(target->head(submissions).epoch, epoch);
  }
  [[nodiscard]] std::string epoch() const { return open()->head(submissions).epoch; }

  const std::string from = "sqlite:" + database;
  const std::string to = GetParam().make_url(folder);
  // A server's URL holds a password, which everybody could read among the words.
  const std::string to_word = base::names_server(to) ? "@" + (folder / "to.url") : to;
};

TEST_P(GuichetMove, TakesAllThatThereIs) {
  const auto kept = report(700);
  erase(kept[7].id);
  ASSERT_EQ(open()->expire(submissions, base::now() + std::chrono::hours{1}, base::now(), 5), 5U);
  const auto before = epoch();
  const auto ended = guichet(moving());
  ASSERT_EQ(ended.status, 0) << ended.err;
  EXPECT_TRUE(has(ended.out, "The database intake has moved: 700 records")) << ended.out;
  EXPECT_TRUE(has(ended.out, advice("GUICHET_INTAKE_DOCUMENTS"))) << ended.out;
  expect_moved(before);
  EXPECT_EQ(entries("moved"), 1);
  EXPECT_THROW((void)open()->add(submissions, kept[0]), base::Unavailable) << "it is closed";
  EXPECT_TRUE(open()->find(submissions, kept[9].id)) << "and answers";
  const auto target = store::Documents::open(to, intake::schema());
  EXPECT_FALSE(target->add(submissions, kept[9]).is_new);
  EXPECT_TRUE(target->add(submissions, kept[7]).is_erased);

  const auto again = guichet(moving({"--json"}));
  ASSERT_EQ(again.status, 0) << again.err;
  EXPECT_EQ(nlohmann::json::parse(again.out)["was_complete"], true);
  EXPECT_EQ(entries("moved"), 1);
}

TEST_P(GuichetMove, MovesTheAccountsAndTheTrailToo) {
  for (int i = 0; i < 30; ++i) deed("someone", "revealed");
  const auto ended = guichet({"move", "GUICHET_OFFICE_DOCUMENTS", to_word});
  ASSERT_EQ(ended.status, 0) << ended.err;
  EXPECT_TRUE(has(ended.out, advice("GUICHET_OFFICE_DOCUMENTS"))) << ended.out;
  EXPECT_EQ(everything(to, auth::office_schema()), everything("sqlite:" + office, auth::office_schema()));
  const auto verify = guichet({"audit", "verify"}, {{"GUICHET_OFFICE_DOCUMENTS", to}});
  EXPECT_EQ(verify.status, 0) << verify.err;
  const auto moved = store::Documents::open(to, auth::office_schema());
  EXPECT_EQ(std::ssize(auth::Trail(*moved).list("", {{"action", "moved"}})->entries), 1) << "and that it moved";
}

/// Reports come in, are changed and erased, until the source takes no more; what was acknowledged is noted.
class Writers {
 public:
  Writers(std::string url, std::string collection, std::vector<store::Document> documents,
          std::chrono::milliseconds pause)
      : url_(std::move(url)), collection_(std::move(collection)), documents_(std::move(documents)), pause_(pause) {
    for (unsigned i = 0; i < 3; ++i) threads_.emplace_back([this, i] { work(i); });
  }
  ~Writers() { stop(); }
  void stop() {
    is_over_ = true;
    for (auto& thread : threads_) thread.join();
    threads_.clear();
  }
  [[nodiscard]] int acknowledged() const { return acknowledged_; }
  std::map<std::string, std::int64_t> kept;  // id -> sequence
  std::set<std::string> erased;

 private:
  void work(unsigned thread) {
    const auto door = store::Documents::open(url_, intake::schema());
    std::mt19937_64 random(thread);
    std::vector<store::Document> mine;
    while (!is_over_) {
      std::this_thread::sleep_for(pause_);
      try {
        const auto choice = random() % 5;
        if (mine.empty() || choice < 3) {
          auto document = documents_[random() % documents_.size()];
          document.id = base::make_id(base::now());
          document.unique = base::make_id(base::now());
          auto added = door->add(collection_, document).document;
          note(added.id, added.sequence);
          mine.push_back(std::move(added));
        } else {
          const auto at = mine.begin() + static_cast<std::ptrdiff_t>(random() % mine.size());
          const auto id = at->id;
          if (choice == 3) {
            EXPECT_TRUE(door->change({store::Replace{collection_, *at}}));
            *at = door->find(collection_, id).value();
            note(id, at->sequence);
          } else {
            EXPECT_TRUE(door->change({store::Erase{collection_, id}}));
            mine.erase(at);
            note(id, 0);
          }
        }
      } catch (const base::Unavailable& reason) {
        EXPECT_EQ(reason.outcome, base::Unavailable::Outcome::not_done) << reason.what();
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
      }
    }
  }
  void note(const std::string& id, std::int64_t sequence) {
    const std::lock_guard lock(mutex_);
    ++acknowledged_;
    if (sequence != 0) {
      kept[id] = sequence;
    } else {
      kept.erase(id);
      erased.insert(id);
    }
  }

  const std::string url_, collection_;
  const std::vector<store::Document> documents_;
  const std::chrono::milliseconds pause_;
  std::atomic<bool> is_over_ = false;
  std::atomic<int> acknowledged_ = 0;
  std::mutex mutex_;
  std::vector<std::thread> threads_;
};

TEST_P(GuichetMove, LosesNothingThatIsAcknowledgedMeanwhile) {
  const auto before = report(400);
  Writers writers(from, submissions, before, GetParam().pause);
  while (writers.acknowledged() < 50) std::this_thread::sleep_for(std::chrono::milliseconds{1});
  const auto ended = guichet(moving({"--json"}));
  const auto acknowledged = writers.acknowledged();
  std::this_thread::sleep_for(std::chrono::milliseconds{20});
  writers.stop();
  ASSERT_EQ(ended.status, 0) << ended.err;
  EXPECT_EQ(writers.acknowledged(), acknowledged) << "nothing is taken after it";
  std::printf("%d acknowledged, %s", acknowledged, ended.out.c_str());
  const auto target = store::Documents::open(to, intake::schema());
  for (const auto& [id, sequence] : writers.kept) {
    const auto found = target->find(submissions, id);
    ASSERT_TRUE(found) << id;
    EXPECT_EQ(found->sequence, sequence) << id;
  }
  for (const auto& id : writers.erased) EXPECT_FALSE(target->find(submissions, id)) << id;
  EXPECT_EQ(target->tally(submissions).total, std::ssize(writers.kept) + 400);
  EXPECT_EQ(everything(to, intake::schema()), everything(from, intake::schema()));
}

TEST_P(GuichetMove, ComesBackWhileItIsWrittenTo) {
  const auto kept = report(300);
  erase(kept[3].id);
  ASSERT_EQ(guichet(moving()).status, 0);
  const auto source = store::Documents::open(to, intake::schema());
  ASSERT_EQ(source->expire(submissions, base::now() + std::chrono::hours{1}, base::now(), 5), 5U);
  const auto back = "sqlite:" + (folder / "back.db");
  Writers writers(to, submissions, kept, GetParam().pause);
  while (writers.acknowledged() < 20) std::this_thread::sleep_for(std::chrono::milliseconds{1});
  const auto ended = guichet({"move", to_word, back});
  const auto acknowledged = writers.acknowledged();
  writers.stop();
  ASSERT_EQ(ended.status, 0) << ended.err;
  EXPECT_EQ(writers.acknowledged(), acknowledged) << "nothing is taken after it";
  EXPECT_EQ(state(to), State::closed);
  EXPECT_EQ(state(back), State::arrived);
  EXPECT_EQ(everything(back, intake::schema()), everything(to, intake::schema()));
  const auto target = store::Documents::open(back, intake::schema());
  for (const auto& [id, sequence] : writers.kept) {
    const auto found = target->find(submissions, id);
    ASSERT_TRUE(found) << id;
    EXPECT_EQ(found->sequence, sequence) << id;
  }
  EXPECT_EQ(target->tally(submissions), source->tally(submissions));
  EXPECT_EQ(target->retired(submissions), source->retired(submissions));
  EXPECT_EQ(target->head(submissions).sequence, source->head(submissions).sequence);
}

TEST_P(GuichetMove, EndsRightWheneverItIsKilled) {
  const auto before = report(600);
  const auto was = epoch();
  std::mt19937_64 random(ground::seed());
  auto writers = std::make_unique<Writers>(from, submissions, before, GetParam().pause);
  int kills = 0;
  for (; kills < 25 && !(store::mark_of(to) && state(to) == State::arrived); ++kills) {
    ground::Process mover(command(moving()), environment(), {.standard_input = -1, .output_path = folder / "out"});
    std::this_thread::sleep_for(std::chrono::milliseconds{10 + random() % (20 + 20 * static_cast<unsigned>(kills))} +
                                GetParam().pause * (random() % 30));
    mover.signal(SIGKILL);
    mover.wait();
  }
  auto ended = guichet(moving());
  // A server that kills and a busy machine keep from answering in time: then it says what to do.
  for (int i = 0; i < 3 && ended.err.find("Begin it again") != std::string::npos; ++i) ended = guichet(moving());
  writers->stop();
  ASSERT_EQ(ended.status, 0) << ended.err;
  std::printf("%d kills, %d acknowledged\n", kills, writers->acknowledged());
  const auto target = store::Documents::open(to, intake::schema());
  for (const auto& [id, sequence] : writers->kept) {
    const auto found = target->find(submissions, id);
    ASSERT_TRUE(found) << id;
    EXPECT_EQ(found->sequence, sequence) << id;
  }
  EXPECT_EQ(target->tally(submissions).total, std::ssize(writers->kept) + 600);
  expect_moved(was);
}

TEST_P(GuichetMove, LeavesAgainWheneverItIsKilled) {
  (void)report(600);
  ASSERT_EQ(guichet(moving()).status, 0);
  const auto back = "sqlite:" + (folder / "back.db");
  const std::vector<std::string> words{"move", to_word, back, "--json"};
  std::mt19937_64 random(ground::seed());
  const auto before = open()->list(submissions, {}, std::nullopt, 100);
  Writers writers(to, submissions, before, GetParam().pause);
  int kills = 0;
  for (; kills < 25 && !(store::mark_of(back) && state(back) == State::arrived); ++kills) {
    ground::Process mover(command(words), environment(), {.standard_input = -1, .output_path = folder / "out"});
    std::this_thread::sleep_for(std::chrono::milliseconds{10 + random() % (20 + 20 * static_cast<unsigned>(kills))});
    mover.signal(SIGKILL);
    mover.wait();
  }
  const auto ended = guichet(words);
  writers.stop();
  ASSERT_EQ(ended.status, 0) << ended.err;
  std::printf("%d kills, %d acknowledged, %s", kills, writers.acknowledged(), ended.out.c_str());
  EXPECT_EQ(everything(back, intake::schema()), everything(to, intake::schema()));
  EXPECT_EQ(state(to), State::closed);
  const auto source = store::Documents::open(to, intake::schema());
  const auto target = store::Documents::open(back, intake::schema());
  for (const auto& [id, sequence] : writers.kept) {
    const auto found = target->find(submissions, id);
    ASSERT_TRUE(found) << id;
    EXPECT_EQ(found->sequence, sequence) << id;
  }
  for (const auto& id : writers.erased) EXPECT_FALSE(target->find(submissions, id)) << id;
  EXPECT_EQ(target->tally(submissions), source->tally(submissions));
  EXPECT_EQ(target->tally(submissions).total, std::ssize(writers.kept) + 600);
  EXPECT_EQ(target->head(submissions).sequence, source->head(submissions).sequence);
  EXPECT_THROW((void)source->add(submissions, before[0]), base::Unavailable) << "it is closed";
}

TEST_P(GuichetMove, FindsWhatTheTargetKeepsWrongly) {
  if (GetParam().name != "sqlite") GTEST_SKIP() << "its rows are damaged by SQL of SQLite's";
  const auto kept = report(50);
  // As a run that was cut off has left it, on a disk that changes what it keeps.
  ASSERT_TRUE(store::change_mark(from, store::mark_of(from).value(), {State::moving, "a-move", "a-run"}));
  {
    const auto half = store::Arrival::begin(to, intake::schema(), {State::arriving, "a-move", "a-run"});
    std::vector<store::Record> records;
    (void)store::Snapshot::open(from, intake::schema())->read(submissions, 0, 30, [&](store::Record&& record) {
      records.push_back(std::move(record));
    });
    half->add(records);
  }
  store::sqlite::Connection(folder / "moved.db")
      .execute("UPDATE submission SET body = substr(body, 1, length(body) - 1) || x'00' WHERE sequence = 17");
  const auto ended = guichet(moving());
  EXPECT_EQ(ended.status, 1);
  EXPECT_TRUE(has(ended.err, "The two differ in `submission`")) << ended.err;
  EXPECT_EQ(state(from), State::none) << "the office goes on where it is";
  EXPECT_TRUE(open()->change({store::Erase{submissions, kept[0].id}}));
  EXPECT_EQ(state(to), State::arriving) << "and nobody can take the other for whole";
  EXPECT_EQ(entries("moved"), 0) << "it was found before anything was closed";
  const auto again = guichet(moving());
  EXPECT_EQ(again.status, 1);
  EXPECT_TRUE(has(again.err, "empty it first")) << again.err;
  EXPECT_EQ(state(from), State::none);
}

TEST_P(GuichetMove, RotatesNoKeyMeanwhile) {
  const auto kept = report(3);
  ASSERT_TRUE(store::change_mark(from, store::mark_of(from).value(), {State::moving, "a-move", "a-run"}));
  crypto::make_key_files(folder / "next.public", folder / "next.secret");
  std::ofstream(folder / "both.secret") << base::read_file(folder / "next.secret")
                                        << base::read_file(folder / "secret");
  const std::vector<std::string> rotate{
      "keys", "rotate", "--public", folder / "next.public", "--secret", folder / "both.secret"};
  const auto refused = guichet(rotate);
  EXPECT_EQ(refused.status, 1);
  EXPECT_TRUE(has(refused.err, "being moved")) << refused.err;
  EXPECT_EQ(open()->find(submissions, kept[0].id)->seal, kept[0].seal);
  ASSERT_EQ(guichet(moving()).status, 0);
  EXPECT_EQ(guichet(rotate, {{"GUICHET_INTAKE_DOCUMENTS", to}}).status, 0);
}

TEST_P(GuichetMove, OpensTheSourceAgainForWhoChangesTheirMind) {
  (void)report(5);
  ASSERT_EQ(guichet(moving()).status, 0);
  const auto opened = guichet({"move", "--reopen", "GUICHET_INTAKE_DOCUMENTS"});
  ASSERT_EQ(opened.status, 0) << opened.err;
  EXPECT_TRUE(has(opened.out, "takes writes again")) << opened.out;
  (void)report(1);
  EXPECT_EQ(entries("reopened"), 1);
  EXPECT_TRUE(has(guichet({"move", "--reopen", from}).out, "nothing has changed"));
  const auto again = guichet(moving());
  EXPECT_EQ(again.status, 1) << "what has come there since would be lost";
  EXPECT_TRUE(has(again.err, "holds something already")) << again.err;
  (void)report(1);
}

TEST_P(GuichetMove, SaysInOneSentenceWhyItRefuses) {
  (void)report(2);
  store::sqlite::Connection(folder / "other.db").execute("CREATE TABLE notes(text)");
  std::ofstream(folder / "text") << "nothing that is a database";
  const struct {
    std::vector<std::string> words;
    std::string part;
  } wrong[] = {
      {{"move", "sqlite:" + (folder / "nothing.db"), to_word}, "is not there"},
      {{"move", from, from}, "the same database"},
      {{"move", from, "sqlite:" + office}, "holds something already"},
      {{"move", from, "sqlite:" + (folder / "other.db")}, "holds something already"},
      {{"move", from, folder / "moved.db"}, "sqlite:PATH"},
      {{"move", from, "GUICHET_NOTHING"}, "GUICHET_NOTHING"},
      {{"move", from, "@" + (folder / "none")}, "none"},
      {{"move", from, "other://anne:hunter2@host/intake"}, "say @FILE"},
      {{"move", from, "other://host/intake?user=anne&password=hunter2"}, "say @FILE"},
      {{"move", "sqlite:" + (folder / "text"), to_word}, "cannot be read"},
      {{"move", "--reopen", "sqlite:" + (folder / "nothing.db")}, "is not there"},
  };
  for (const auto& each : wrong) {
    const auto ended = guichet(each.words);
    EXPECT_EQ(ended.status, 1) << each.part;
    EXPECT_EQ(std::ranges::count(ended.err, '\n'), 1) << ended.err;
    EXPECT_TRUE(has(ended.err, each.part)) << ended.err;
    EXPECT_FALSE(has(ended.err + ended.out, "hunter2"));
    EXPECT_EQ(state(from), State::none) << each.part;
    (void)report(1);
  }
  for (const auto& words : std::vector<std::vector<std::string>>{
           {"move"}, {"move", from}, {"move", from, to, "--reopen", from}, {"move", "--reopen"}}) {
    EXPECT_GT(guichet(words).status, 100);
  }
  const auto by_file = guichet({"move", from, "@" + (folder / "to.url")});
  ASSERT_EQ(by_file.status, 0) << by_file.err;
  EXPECT_TRUE(has(by_file.out, "Set GUICHET_INTAKE_DOCUMENTS_FILE to " + (folder / "to.url") + ",")) << by_file.out;
}

INSTANTIATE_TEST_SUITE_P(To, GuichetMove, testing::ValuesIn(targets()),
                         [](const auto& engine) { return engine.param.name; });

}  // namespace
