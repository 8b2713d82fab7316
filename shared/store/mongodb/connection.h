// MongoDB as values: a server, its connections, what is asked of them, and errors that are thrown. By libmongoc.
//
// Reading and writing is a majority's: what was read is never rolled back, and a write is in the journal of most
// members of the replica set before it counts as done. Errors name neither a value nor the password: what the server
// says of one, which may quote documents, is left out.
//
// No thread of the library's runs. Its own pool watches the servers by threads, and one of these goes on with a
// connection whose answer broke off, takes what is left of it for a length, and writes beyond its memory
// (mongoc-server-monitor.c in libmongoc 1.23): a slow network would end the process.
#pragma once

#include <mongoc/mongoc.h>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "store/documents.h"
#include "store/mongodb/bson.h"
#include "store/undone.h"

namespace store::mongodb {

/// A database of a replica set, as a URL names it: mongodb://USER:PASSWORD@HOST:PORT/DATABASE?OPTION=VALUE or
/// mongodb+srv://..., with the options of libmongoc; those that this file decides itself are overruled. Immutable, so
/// safe from any thread.
class Server {
 public:
  static constexpr std::chrono::milliseconds usual_patience{5000};

  /// `patience`: what follows from it may end one call. Throws base::BadStart, without a word of the URL.
  explicit Server(const std::string& url, std::chrono::milliseconds patience = usual_patience);
  /// The same, with more time for each answer.
  [[nodiscard]] Server waiting(std::chrono::milliseconds answer) const;
  /// For people: without user, password and options.
  [[nodiscard]] std::string name() const;
  [[nodiscard]] std::string database() const { return mongoc_uri_get_database(uri_.get()); }

 private:
  friend class Pool;
  friend class Connection;
  Server(mongoc_uri_t* uri, std::chrono::milliseconds patience) : uri_(uri), patience_(patience) {}
  struct Destroy {
    void operator()(mongoc_uri_t* uri) const { mongoc_uri_destroy(uri); }
  };
  std::unique_ptr<mongoc_uri_t, Destroy> uri_;
  std::chrono::milliseconds patience_;
};

/// The library's connection to each server of a replica set. For one thread at a time. Its end asks nobody anything: a
/// server forgets sessions by itself, and one that hangs would be waited for.
struct DestroyClient {
  void operator()(mongoc_client_t* client) const {
    mongoc_client_reset(client);
    mongoc_client_destroy(client);
  }
};
using Client = std::unique_ptr<mongoc_client_t, DestroyClient>;

/// The connections of a process to one server, kept for who needs one next. Safe from any thread; outlives those that
/// it lends.
class Pool {
 public:
  static constexpr std::size_t connections_max = 9;  // the writer's, and those of readers

  /// Nobody is asked anything yet.
  explicit Pool(Server server) : server_(std::move(server)), idle_(connections_max) {}
  [[nodiscard]] const Server& server() const { return server_; }

  /// What `read` gives of a connection; again, of another, while the server is away for a moment or another begins to
  /// lead. Throws what `read` throws.
  template <typename Read>
  auto ask(const Read& read);

 private:
  friend class Connection;
  /// Throws Unavailable.
  [[nodiscard]] Client take();
  /// None: for one that was lost.
  void give_back(Client client);

  const Server server_;
  std::mutex mutex_;
  std::condition_variable is_given_back_;
  std::vector<Client> idle_;  // none, for those that are yet to be made; the last one is taken first
};

/// What the server, or the way to it, said instead of an answer.
struct Failure : Unavailable {
  Failure(std::string_view what, const bson_error_t& error, const bson_t* reply);
  std::uint32_t code;
  bool is_of_the_way;      // no answer of a server that leads
  bool is_transient;       // its transaction came to nothing, and may be begun again
  bool is_commit_unknown;  // the commit can be asked for again
};

inline constexpr std::uint32_t no_such_transaction = 251;
inline constexpr std::uint32_t snapshot_too_old = 239;

/// Several writes to one collection that travel together, in their order.
class Writes {
 public:
  void insert(Bson document) { all_.push_back({Kind::insert, {}, std::move(document)}); }
  /// `change`: operators.
  void update(Bson filter, Bson change) { all_.push_back({Kind::update, std::move(filter), std::move(change)}); }
  /// As `update`, and makes what is not there.
  void update_or_make(Bson filter, Bson change) {
    all_.push_back({Kind::update_or_make, std::move(filter), std::move(change)});
  }
  void replace(Bson filter, Bson document) { all_.push_back({Kind::replace, std::move(filter), std::move(document)}); }
  void remove(Bson filter) { all_.push_back({Kind::remove, std::move(filter), {}}); }
  [[nodiscard]] bool is_empty() const { return all_.empty(); }

 private:
  friend class Connection;
  enum class Kind { insert, update, update_or_make, replace, remove };
  struct Write {
    Kind kind;
    Bson filter;
    Bson document;
  };
  std::vector<Write> all_;
};

/// One connection. For the thread that made it.
class Connection {
 public:
  /// Borrowed. Throws Unavailable, as all of it does, and Undone for what may be begun again. Nobody is asked anything
  /// yet.
  explicit Connection(Pool& pool);
  /// One of its own.
  explicit Connection(const Server& server);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  /// Ends what was begun and not committed; where the way to the server broke, by another if there is one.
  ~Connection();

  /// What the server knows this one's transactions by.
  [[nodiscard]] Bson session();

  /// What follows is one transaction, which sees the database as it was at the first of it, and its own writes.
  void begin();
  /// Returns when all of it is durable.
  void commit(std::chrono::milliseconds patience);
  void abort() noexcept;
  [[nodiscard]] bool is_in_transaction() const;
  /// What is read from here on is the database as it is at the first of it, outside of a transaction: on a server that
  /// keeps what was. Again: as it is by then. For a connection of one's own.
  void hold_moment();
  /// Whether the way to the server broke.
  [[nodiscard]] bool is_lost() const { return is_lost_; }

  /// Those that the filter finds, at one moment. `options`: as the command `find` names them.
  [[nodiscard]] std::vector<Bson> find(const std::string& collection, const Bson& filter, const Bson& options = {});
  using Each = std::function<void(const Bson& found)>;
  /// The same, one by one: not all of them are in memory.
  void find_each(const std::string& collection, const Bson& filter, const Bson& options, const Each& each);
  [[nodiscard]] std::vector<Bson> aggregate(const std::string& collection, const Bson& pipeline);
  void write(const std::string& collection, const Writes& writes);
  /// The names of the database's collections, as they are now.
  [[nodiscard]] std::vector<std::string> collections();
  /// A command of the database, and its reply.
  Bson run(const Bson& command);

 private:
  struct Destroy {
    void operator()(mongoc_client_session_t* session) const { mongoc_client_session_destroy(session); }
    void operator()(mongoc_collection_t* collection) const { mongoc_collection_destroy(collection); }
    void operator()(mongoc_cursor_t* cursor) const { mongoc_cursor_destroy(cursor); }
    void operator()(mongoc_bulk_operation_t* bulk) const { mongoc_bulk_operation_destroy(bulk); }
  };
  using Cursor = std::unique_ptr<mongoc_cursor_t, Destroy>;

  [[nodiscard]] std::unique_ptr<mongoc_collection_t, Destroy> open(const std::string& collection) const;
  [[nodiscard]] Bson with_session(const Bson& options) const;
  /// Asks again while the server has just made a collection or an index.
  void read(const std::function<Cursor(const Bson&)>& ask, const Each& each);
  [[noreturn]] void fail(const Failure& failure);

  const std::string database_;
  Pool* const pool_ = nullptr;  // that it is borrowed from
  Client client_;
  bool is_lost_ = false;
  bool holds_moment_ = false;
  std::unique_ptr<mongoc_client_session_t, Destroy> session_;
};

inline constexpr std::chrono::milliseconds absence_patience{2000};
inline constexpr std::chrono::milliseconds absence_pause{100};

template <typename Read>
auto Pool::ask(const Read& read) {
  const auto until = std::chrono::steady_clock::now() + absence_patience;
  const auto is_late = [until] { return std::chrono::steady_clock::now() > until; };
  while (true) {
    {
      Connection connection(*this);
      try {
        return read(connection);
      } catch (const Undone&) {
        if (is_late()) throw;
      } catch (const Unavailable&) {
        if (!connection.is_lost() || is_late()) throw;
      }
    }
    std::this_thread::sleep_for(absence_pause);
  }
}

}  // namespace store::mongodb
