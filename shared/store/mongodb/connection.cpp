// MongoDB as values.
#include "store/mongodb/connection.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <thread>

#include "base/config.h"

namespace store::mongodb {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t snapshot_unavailable = 246;
constexpr auto settling_patience = 2s;

/// What the library fills.
class Reply {
 public:
  Reply() { bson_init(&value_); }
  Reply(const Reply&) = delete;
  Reply& operator=(const Reply&) = delete;
  ~Reply() { bson_destroy(&value_); }
  [[nodiscard]] bson_t* get() { return &value_; }

 private:
  bson_t value_{};
};

// Never undone: who is at work with it may be until the process ends.
void begin_library() {
  [[maybe_unused]] static const bool is_begun = [] {
    mongoc_init();
    // Its words would reach stderr as they are.
    mongoc_log_set_handler([](mongoc_log_level_t, const char*, const char*, void*) {}, nullptr);
    return true;
  }();
}

/// The library says so of a connection that broke when it cannot be made anew.
bool is_of_the_line(const bson_error_t& error) {
  return error.domain == MONGOC_ERROR_STREAM ||
         (error.domain == MONGOC_ERROR_CLIENT && error.code == MONGOC_ERROR_STREAM_CONNECT);
}

/// There is no server that leads, or the one that was asked does so no longer.
bool is_of_the_lead(const bson_error_t& error) {
  constexpr std::array<std::uint32_t, 7> not_primary{91, 189, 10058, 10107, 11600, 11602, 13435};
  return error.domain == MONGOC_ERROR_SERVER_SELECTION ||
         (error.domain == MONGOC_ERROR_SERVER && std::ranges::find(not_primary, error.code) != not_primary.end());
}

std::string words(std::string_view what, const bson_error_t& error) {
  if (is_of_the_lead(error)) return "mongodb: no server that takes writes answers";
  if (is_of_the_line(error)) return "mongodb: the connection broke, or no answer came in time";
  const bool is_refused = error.domain == MONGOC_ERROR_CLIENT && error.code == MONGOC_ERROR_CLIENT_AUTHENTICATE;
  if (is_refused) return "mongodb: the server does not know this user with this password";
  return fmt::format("mongodb: {} ended in error {} of sort {}", what, error.code, error.domain);
}

std::unique_ptr<mongoc_write_concern_t, void (*)(mongoc_write_concern_t*)> durable() {
  std::unique_ptr<mongoc_write_concern_t, void (*)(mongoc_write_concern_t*)> concern(mongoc_write_concern_new(),
                                                                                     mongoc_write_concern_destroy);
  mongoc_write_concern_set_w(concern.get(), MONGOC_WRITE_CONCERN_W_MAJORITY);
  mongoc_write_concern_set_journal(concern.get(), true);
  return concern;
}

std::unique_ptr<mongoc_read_concern_t, void (*)(mongoc_read_concern_t*)> reading(const char* level) {
  std::unique_ptr<mongoc_read_concern_t, void (*)(mongoc_read_concern_t*)> concern(mongoc_read_concern_new(),
                                                                                   mongoc_read_concern_destroy);
  mongoc_read_concern_set_level(concern.get(), level);
  return concern;
}

Client make_client(const mongoc_uri_t* uri) {
  bson_error_t error;
  Client client(mongoc_client_new_from_uri_with_error(uri, &error));
  if (!client) throw Failure("the look-up of its servers", error, nullptr);
  mongoc_client_set_error_api(client.get(), MONGOC_ERROR_API_VERSION_2);
  return client;
}

}  // namespace

// How long one call may take: a server that is stopped keeps an open connection waiting for its answer, then a new one
// for its greeting, twice.
Server::Server(const std::string& url, std::chrono::milliseconds patience) : patience_(patience) {
  begin_library();
  bson_error_t error;
  uri_.reset(mongoc_uri_new_with_error(url.c_str(), &error));
  if (!uri_) throw base::BadStart("A MongoDB database is named mongodb://USER:PASSWORD@HOST/DATABASE?replicaSet=NAME.");
  const auto* database = mongoc_uri_get_database(uri_.get());
  if (database == nullptr || *database == '\0') {
    throw base::BadStart(fmt::format("The MongoDB address of {} names no database: .../DATABASE.", name()));
  }
  const auto set = [this](const char* option, std::chrono::milliseconds value) {
    mongoc_uri_set_option_as_int32(uri_.get(), option, static_cast<std::int32_t>(value.count()));
  };
  set(MONGOC_URI_SOCKETTIMEOUTMS, patience * 7 / 10);
  set(MONGOC_URI_CONNECTTIMEOUTMS, patience / 8);
  // Who waits for a server that is away does so by new connections: one that was refused is not made for five seconds.
  mongoc_uri_set_option_as_bool(uri_.get(), MONGOC_URI_SERVERSELECTIONTRYONCE, true);
  mongoc_uri_set_appname(uri_.get(), "guichet");
  const std::unique_ptr<mongoc_read_prefs_t, void (*)(mongoc_read_prefs_t*)> primary(
      mongoc_read_prefs_new(MONGOC_READ_PRIMARY), mongoc_read_prefs_destroy);
  mongoc_uri_set_read_prefs_t(uri_.get(), primary.get());
  mongoc_uri_set_write_concern(uri_.get(), durable().get());
  mongoc_uri_set_read_concern(uri_.get(), reading(MONGOC_READ_CONCERN_LEVEL_MAJORITY).get());
}

Server Server::waiting(std::chrono::milliseconds answer) const {
  Server same(mongoc_uri_copy(uri_.get()), patience_);
  mongoc_uri_set_option_as_int32(same.uri_.get(), MONGOC_URI_SOCKETTIMEOUTMS,
                                 static_cast<std::int32_t>(answer.count()));
  return same;
}

std::string Server::name() const {
  std::string hosts;
  for (const auto* host = mongoc_uri_get_hosts(uri_.get()); host != nullptr; host = host->next) {
    hosts += fmt::format("{}{}", hosts.empty() ? "" : ",", host->host_and_port);
  }
  if (const auto* service = mongoc_uri_get_srv_hostname(uri_.get())) hosts = service;
  const auto* database = mongoc_uri_get_database(uri_.get());
  return fmt::format("mongodb://{}/{}", hosts, database == nullptr ? "" : database);
}

Client Pool::take() {
  Client client;
  {
    std::unique_lock lock(mutex_);
    const bool is_one_free = is_given_back_.wait_for(lock, server_.patience_, [this] { return !idle_.empty(); });
    if (!is_one_free) throw Unavailable("mongodb: no connection is free in time");
    client = std::move(idle_.back());
    idle_.pop_back();
  }
  if (client) return client;
  try {
    return make_client(server_.uri_.get());
  } catch (...) {
    give_back({});
    throw;
  }
}

void Pool::give_back(Client client) {
  {
    const std::lock_guard lock(mutex_);
    idle_.insert(client ? idle_.end() : idle_.begin(), std::move(client));
  }
  is_given_back_.notify_one();
}

Failure::Failure(std::string_view what, const bson_error_t& error, const bson_t* reply)
    : Unavailable(words(what, error)),
      code(error.code),
      is_of_the_way(is_of_the_line(error) || is_of_the_lead(error)),
      is_transient(reply != nullptr && mongoc_error_has_label(reply, "TransientTransactionError")),
      is_commit_unknown(reply != nullptr && mongoc_error_has_label(reply, "UnknownTransactionCommitResult")) {}

Connection::Connection(Pool& pool) : database_(pool.server().database()), pool_(&pool), client_(pool.take()) {}

Connection::Connection(const Server& server) : database_(server.database()), client_(make_client(server.uri_.get())) {}

Connection::~Connection() {
  session_.reset();
  if (is_lost_) client_.reset();
  if (pool_ != nullptr) pool_->give_back(std::move(client_));
}

void Connection::fail(const Failure& failure) {
  is_lost_ = failure.is_of_the_way;
  if (is_in_transaction() && (failure.is_transient || is_lost_)) throw Undone(failure.what());
  // Another moment may be one at which the server has what was just made.
  if (holds_moment_ && failure.code == snapshot_unavailable) throw Undone(failure.what());
  throw failure;
}

bool Connection::is_in_transaction() const { return session_ && mongoc_client_session_in_transaction(session_.get()); }

Bson Connection::session() {
  bson_error_t error;
  if (!session_) session_.reset(mongoc_client_start_session(client_.get(), nullptr, &error));
  if (!session_) fail(Failure("a session", error, nullptr));
  return Bson(*mongoc_client_session_get_lsid(session_.get()));
}

void Connection::begin() {
  (void)session();
  bson_error_t error;
  const std::unique_ptr<mongoc_transaction_opt_t, void (*)(mongoc_transaction_opt_t*)> options(
      mongoc_transaction_opts_new(), mongoc_transaction_opts_destroy);
  mongoc_transaction_opts_set_write_concern(options.get(), durable().get());
  mongoc_transaction_opts_set_read_concern(options.get(), reading(MONGOC_READ_CONCERN_LEVEL_SNAPSHOT).get());
  if (!mongoc_client_session_start_transaction(session_.get(), options.get(), &error)) {
    fail(Failure("a transaction's beginning", error, nullptr));
  }
}

void Connection::hold_moment() {
  const std::unique_ptr<mongoc_session_opt_t, void (*)(mongoc_session_opt_t*)> options(mongoc_session_opts_new(),
                                                                                       mongoc_session_opts_destroy);
  mongoc_session_opts_set_snapshot(options.get(), true);
  bson_error_t error;
  session_.reset(mongoc_client_start_session(client_.get(), options.get(), &error));
  if (!session_) fail(Failure("a session", error, nullptr));
  holds_moment_ = true;
  // Else the library would ask for two levels at once, which MongoDB refuses.
  mongoc_client_set_read_concern(client_.get(), reading(nullptr).get());
}

// The library asks once more by itself when the way to the server broke. A server that does not know the transaction
// then may have lost its memory of a commit that it did: so this is unknown too.
void Connection::commit(std::chrono::milliseconds patience) {
  const auto until = std::chrono::steady_clock::now() + patience;
  while (true) {
    bson_error_t error;
    Reply reply;
    if (mongoc_client_session_commit_transaction(session_.get(), reply.get(), &error)) return;
    const Failure failure("a commit", error, reply.get());
    is_lost_ = failure.is_of_the_way;
    const bool is_undone = failure.is_transient && !failure.is_of_the_way && failure.code != no_such_transaction;
    if (is_undone) throw Undone(failure.what());
    if (!failure.is_commit_unknown || std::chrono::steady_clock::now() > until) throw failure;
    std::this_thread::sleep_for(10ms);
  }
}

void Connection::abort() noexcept {
  if (!is_in_transaction() || is_lost_) return;
  bson_error_t error;
  if (!mongoc_client_session_abort_transaction(session_.get(), &error)) is_lost_ = true;
}

auto Connection::open(const std::string& collection) const -> std::unique_ptr<mongoc_collection_t, Destroy> {
  return std::unique_ptr<mongoc_collection_t, Destroy>(
      mongoc_client_get_collection(client_.get(), database_.c_str(), collection.c_str()));
}

Bson Connection::with_session(const Bson& options) const {
  if (!is_in_transaction() && !holds_moment_) return options;
  Reply session;
  bson_error_t error;
  if (!mongoc_client_session_append(session_.get(), session.get(), &error)) {
    throw Failure("a session", error, nullptr);
  }
  return Bson(*session.get()).add(options);
}

void Connection::read(const std::function<Cursor(const Bson&)>& ask, const Each& each) {
  const auto until = std::chrono::steady_clock::now() + settling_patience;
  const Bson at_one_moment = Bson().document("readConcern", Bson().text("level", "snapshot"));
  const bool is_of_a_session = is_in_transaction() || holds_moment_;
  bool is_begun = false;
  while (true) {
    const auto cursor = ask(is_of_a_session ? with_session({}) : at_one_moment);
    const bson_t* next = nullptr;
    while (mongoc_cursor_next(cursor.get(), &next)) {
      is_begun = true;
      each(Bson(*next));
    }
    bson_error_t error;
    const bson_t* reply = nullptr;
    if (!mongoc_cursor_error_document(cursor.get(), &error, &reply)) return;
    const Failure failure("a reading", error, reply);
    const bool passes = failure.code == snapshot_unavailable && !is_of_a_session && !is_begun;
    if (!passes || std::chrono::steady_clock::now() > until) fail(failure);
    std::this_thread::sleep_for(10ms);
  }
}

void Connection::find_each(const std::string& collection, const Bson& filter, const Bson& options, const Each& each) {
  const auto from = open(collection);
  const auto ask = [&](const Bson& how) {
    auto all = how;
    all.add(options);
    return Cursor(mongoc_collection_find_with_opts(from.get(), filter.get(), all.get(), nullptr));
  };
  read(ask, each);
}

std::vector<Bson> Connection::find(const std::string& collection, const Bson& filter, const Bson& options) {
  std::vector<Bson> found;
  find_each(collection, filter, options, [&](const Bson& each) { found.push_back(each); });
  return found;
}

std::vector<Bson> Connection::aggregate(const std::string& collection, const Bson& pipeline) {
  const auto from = open(collection);
  const auto ask = [&](const Bson& how) {
    return Cursor(mongoc_collection_aggregate(from.get(), MONGOC_QUERY_NONE, pipeline.get(), how.get(), nullptr));
  };
  std::vector<Bson> found;
  read(ask, [&](const Bson& each) { found.push_back(each); });
  return found;
}

void Connection::write(const std::string& collection, const Writes& writes) {
  if (writes.is_empty()) return;
  const auto to = open(collection);
  const auto options = with_session({});
  const std::unique_ptr<mongoc_bulk_operation_t, Destroy> bulk(
      mongoc_collection_create_bulk_operation_with_opts(to.get(), options.get()));
  bson_error_t error;
  const auto making = Bson().flag("upsert", true);
  for (const auto& [kind, filter, document] : writes.all_) {
    const auto* options_of_one = kind == Writes::Kind::update_or_make ? making.get() : nullptr;
    const bool is_taken =
        kind == Writes::Kind::insert
            ? mongoc_bulk_operation_insert_with_opts(bulk.get(), document.get(), nullptr, &error)
        : kind == Writes::Kind::remove
            ? mongoc_bulk_operation_remove_one_with_opts(bulk.get(), filter.get(), nullptr, &error)
        : kind == Writes::Kind::replace
            ? mongoc_bulk_operation_replace_one_with_opts(bulk.get(), filter.get(), document.get(), nullptr, &error)
            : mongoc_bulk_operation_update_one_with_opts(bulk.get(), filter.get(), document.get(), options_of_one,
                                                         &error);
    if (!is_taken) throw Failure("a write", error, nullptr);
  }
  Reply reply;
  if (mongoc_bulk_operation_execute(bulk.get(), reply.get(), &error) == 0) {
    fail(Failure("a write", error, reply.get()));
  }
}

std::vector<std::string> Connection::collections() {
  const std::unique_ptr<mongoc_database_t, void (*)(mongoc_database_t*)> database(
      mongoc_client_get_database(client_.get(), database_.c_str()), mongoc_database_destroy);
  bson_error_t error;
  const std::unique_ptr<char*, void (*)(char**)> names(
      mongoc_database_get_collection_names_with_opts(database.get(), nullptr, &error), bson_strfreev);
  if (!names) fail(Failure("a list of collections", error, nullptr));
  std::vector<std::string> all;
  for (auto** name = names.get(); *name != nullptr; ++name) all.emplace_back(*name);
  return all;
}

Bson Connection::run(const Bson& command) {
  const auto options = with_session({});
  bson_error_t error;
  Reply reply;
  if (!mongoc_client_command_with_opts(client_.get(), database_.c_str(), command.get(), nullptr, options.get(),
                                       reply.get(), &error)) {
    fail(Failure("a command", error, reply.get()));
  }
  return Bson(*reply.get());
}

}  // namespace store::mongodb
