// PostgreSQL as values.
#include "store/postgresql/connection.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

#include "base/config.h"

namespace store::postgresql {
namespace {

using namespace std::chrono_literals;

// Types of the server's catalogue (pg_type.dat).
constexpr Oid bytea_type = 17, bigint_type = 20, text_type = 25;
constexpr int binary = 1;

/// libpq's words for a connection that it cannot make; they name host, port, user and database.
std::string on_one_line(std::string_view words) {
  std::string line;
  for (const char c : words) {
    if (c != '\n' && c != '\t') {
      line += c;
    } else if (!line.empty() && line.back() != ' ') {
      line += ' ';
    }
  }
  while (line.ends_with(' ')) line.pop_back();
  return line;
}

/// The server's own words may quote a value: its code alone is repeated (PostgreSQL, "Error Codes").
std::string explain(const PGresult* result) {
  const auto* field = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const std::string_view code = field == nullptr ? "" : field;
  const auto words = [code] {
    if (code == "55P03") return "no turn in time";
    if (code == "57014") return "a statement that took too long";
    if (code == "57P01" || code == "57P02" || code == "57P03") return "the server is ending or starting";
    if (code == "53100") return "the server's disk is full";
    if (code == "53200" || code == "53300") return "the server has no memory or no connection left";
    if (code == "42501") return "the user has not the right";
    if (code == "25006") return "the server takes no writes";
    if (code == "42P01" || code == "42703") return "a table or column is not there";
    return "a statement is refused";
  }();
  return code.empty() ? "postgresql: the connection broke" : fmt::format("postgresql: {} ({})", words, code);
}

struct Free {
  void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};

}  // namespace

// What stands raw where another character should would be taken for another part of the URL, such as the host, and
// libpq's errors name those.
Server::Server(std::string url) : url_(std::move(url)) {
  const auto authority = url_.find("://") + 3;
  const auto at = url_.find('@');
  const bool is_misread =
      at != std::string::npos && (at != url_.rfind('@') || at > url_.find_first_of("/?#", authority));
  char* words = nullptr;
  const std::unique_ptr<PQconninfoOption, Free> parsed(PQconninfoParse(url_.c_str(), &words));
  PQfreemem(words);  // it quotes the URL
  if (is_misread || !parsed || !url_.starts_with("postgresql://")) {
    throw base::BadStart(
        "A database on a server is named postgresql://USER:PASSWORD@HOST:PORT/DATABASE, where a password's signs other "
        "than letters and digits are written as %40 is for @.");
  }
}

std::string Server::name() const {
  const auto authority = url_.find("://") + 3;
  const auto end = std::min(url_.find('?'), url_.size());
  const auto at = url_.find('@');
  const auto colon = url_.find(':', authority);
  if (at == std::string::npos || colon > at) return url_.substr(0, end);
  return url_.substr(0, colon) + url_.substr(at, end - at);
}

Values& Values::text(std::string_view value) {
  all_.push_back({text_type, value, {}});
  return *this;
}

Values& Values::blob(std::optional<std::string_view> value) {
  all_.push_back({bytea_type, value, {}});
  return *this;
}

Values& Values::integer(std::optional<std::int64_t> value) {
  all_.push_back({bigint_type, {}, {}});
  if (!value) return *this;
  auto& number = all_.back().number.emplace();
  for (std::size_t i = 0; i < number.size(); ++i) {
    number[i] = static_cast<char>(static_cast<std::uint64_t>(*value) >> (8 * (number.size() - 1 - i)));
  }
  return *this;
}

Values& Values::column(const Column& values) {
  all_.push_back({values.array_type(), values.bytes(), {}});
  return *this;
}

std::string_view Result::bytes(int row, int column) const {
  return {PQgetvalue(result_.get(), row, column), static_cast<std::size_t>(PQgetlength(result_.get(), row, column))};
}

std::int64_t Result::number(int row, int column) const {
  std::uint64_t value = 0;
  for (const char c : bytes(row, column)) value = value << 8 | static_cast<unsigned char>(c);
  return static_cast<std::int64_t>(value);
}

std::size_t Result::changes() const {
  const std::string_view digits = PQcmdTuples(result_.get());
  std::size_t count = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), count);
  return count;
}

Connection::Connection(const Server& server, std::chrono::milliseconds patience) : patience_(patience) {
  connect(server);
  if (PQsetnonblocking(connection_.get(), 1) != 0 || PQenterPipelineMode(connection_.get()) != 1) {
    lose("no pipeline");
  }
  settle(patience);
}

void Connection::connect(const Server& server) {
  // Before the URL: what it may say otherwise; after it: what it may not. A password is the URL's, and no file of a
  // user's home is looked for.
  const std::vector<std::pair<const char*, std::string>> parameters{
      {"passfile", "/dev/null/none"},
      {"gssencmode", "disable"},
      {"target_session_attrs", "read-write"},
      {"fallback_application_name", "guichet"},
      {"keepalives_idle", "10"},
      {"keepalives_interval", "2"},
      {"keepalives_count", "2"},
      {"tcp_user_timeout", std::to_string(patience_.count())},
      {"dbname", server.url()},
      {"client_encoding", "UTF8"}};
  std::vector<const char*> names, values;
  for (const auto& [name, value] : parameters) {
    names.push_back(name);
    values.push_back(value.c_str());
  }
  names.push_back(nullptr);
  values.push_back(nullptr);
  const auto deadline = std::chrono::steady_clock::now() + patience_;
  connection_.reset(PQconnectStartParams(names.data(), values.data(), 1));
  if (!connection_) lose("no memory");
  PQsetNoticeProcessor(
      connection_.get(), [](void*, const char*) {}, nullptr);
  auto state = PGRES_POLLING_WRITING;
  while (PQstatus(connection_.get()) != CONNECTION_BAD && state != PGRES_POLLING_OK) {
    await(state == PGRES_POLLING_READING ? POLLIN : POLLOUT, deadline);
    state = PQconnectPoll(connection_.get());
    if (state == PGRES_POLLING_FAILED) break;
  }
  if (PQstatus(connection_.get()) != CONNECTION_OK) lose(on_one_line(PQerrorMessage(connection_.get())));
}

// A lock is given up before this side gives up the statement, so that the server says so; a transaction that stands
// still is ended by the server, so that a process that hangs in its turn loses it.
void Connection::settle(std::chrono::milliseconds patience) {
  const auto milliseconds = [](std::chrono::milliseconds of) { return fmt::format("{}ms", of.count()); };
  const auto lock_patience = milliseconds(patience * 4 / 5);
  const auto all = milliseconds(patience);
  const auto still_patience = milliseconds(patience * 2);
  const auto settled =
      ask("SELECT current_setting('server_encoding'), set_config('lock_timeout', $1, false),"
          " set_config('statement_timeout', $2, false), set_config('idle_in_transaction_session_timeout', $3, false),"
          " set_config('synchronous_commit', CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on'"
          " ELSE current_setting('synchronous_commit') END, false), set_config('jit', 'off', false)",
          Values().text(lock_patience).text(all).text(still_patience));
  if (settled.bytes(0, 0) != "UTF8") throw Unavailable("postgresql: the database's encoding is not UTF8");
}

void Connection::set_patience(std::chrono::milliseconds patience) {
  settle(patience);
  patience_ = patience;
}

bool Connection::is_alive() const {
  if (is_lost_ || !sent_.empty() || PQstatus(connection_.get()) != CONNECTION_OK) return false;
  // Nobody asked anything, so what there is to read is the server's farewell.
  pollfd socket{.fd = PQsocket(connection_.get()), .events = POLLIN, .revents = 0};
  return poll(&socket, 1, 0) == 0;
}

void Connection::lose(std::string_view cause) {
  is_lost_ = true;
  throw Unavailable(fmt::format("postgresql: {}", cause));
}

void Connection::require(bool is_done) {
  if (!is_done) lose("the connection broke");
}

void Connection::await(short events, Deadline deadline) {
  pollfd socket{.fd = PQsocket(connection_.get()), .events = events, .revents = 0};
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left <= 0ms) lose("the server does not answer in time");
    const int ready = poll(&socket, 1, static_cast<int>(left.count()));
    if (ready > 0) return;
    if (ready < 0 && errno != EINTR) lose("the connection broke");
  }
}

void Connection::flush(Deadline deadline) {
  while (true) {
    const int left = PQflush(connection_.get());
    require(left >= 0);
    if (left == 0) return;
    // A server that waits until its results are taken reads no more.
    await(POLLIN | POLLOUT, deadline);
    require(PQconsumeInput(connection_.get()) == 1);
  }
}

Result Connection::next(Deadline deadline) {
  while (PQisBusy(connection_.get()) != 0) {
    await(POLLIN, deadline);
    require(PQconsumeInput(connection_.get()) == 1);
  }
  Result result(PQgetResult(connection_.get()));
  require(PQstatus(connection_.get()) == CONNECTION_OK);
  return result;
}

const std::string& Connection::prepare(std::string_view sql, const Values& values) {
  auto found = statements_.find(sql);
  if (found != statements_.end()) return found->second;
  std::vector<Oid> types;
  for (const auto& value : values.all_) types.push_back(value.type);
  found = statements_.emplace(sql, fmt::format("s{}", statements_.size())).first;
  require(PQsendPrepare(connection_.get(), found->second.c_str(), found->first.c_str(), static_cast<int>(types.size()),
                        types.data()) == 1);
  sent_.emplace_back();
  return found->second;
}

void Connection::send(std::string_view sql, const Values& values, Then then) {
  if (is_lost_) lose("the connection broke");
  const auto& name = prepare(sql, values);
  std::vector<const char*> bytes;
  std::vector<int> sizes;
  for (const auto& value : values.all_) {
    bytes.push_back(value.number ? value.number->data() : value.bytes ? value.bytes->data() : nullptr);
    sizes.push_back(static_cast<int>(value.number ? value.number->size() : value.bytes ? value.bytes->size() : 0));
    // libpq takes a null pointer for a null, and an empty view may have one.
    if (value.bytes && bytes.back() == nullptr) bytes.back() = "";
  }
  const std::vector<int> formats(bytes.size(), binary);
  require(PQsendQueryPrepared(connection_.get(), name.c_str(), static_cast<int>(bytes.size()), bytes.data(),
                              sizes.data(), formats.data(), binary) == 1);
  sent_.push_back(std::move(then));
}

void Connection::receive() {
  if (sent_.empty()) return;
  const auto deadline = std::chrono::steady_clock::now() + patience_;
  require(PQpipelineSync(connection_.get()) == 1);
  flush(deadline);
  std::string failure;
  std::vector<Result> results;
  for (std::size_t i = 0; i < sent_.size(); ++i) {
    results.push_back(next(deadline));
    const auto status = PQresultStatus(results.back().result_.get());
    if (status == PGRES_FATAL_ERROR && failure.empty()) failure = explain(results.back().result_.get());
    while (next(deadline).result_) {
    }
  }
  require(PQresultStatus(next(deadline).result_.get()) == PGRES_PIPELINE_SYNC);
  if (!failure.empty()) throw Unavailable(failure);
  const auto sent = std::exchange(sent_, {});  // what they lead to may send
  for (std::size_t i = 0; i < sent.size(); ++i) {
    if (sent[i]) sent[i](results[i]);
  }
}

Result Connection::ask(std::string_view sql, const Values& values) {
  std::optional<Result> kept;
  send(sql, values, [&kept](Result& result) { kept.emplace(std::move(result)); });
  receive();
  return std::move(*kept);
}

void Connection::execute(const std::string& sql, std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  require(PQexitPipelineMode(connection_.get()) == 1);
  require(PQsendQuery(connection_.get(), sql.c_str()) == 1);
  flush(deadline);
  std::string failure;
  while (true) {
    const auto result = next(deadline);
    if (!result.result_) break;
    const auto status = PQresultStatus(result.result_.get());
    if (status == PGRES_FATAL_ERROR && failure.empty()) failure = explain(result.result_.get());
  }
  if (!failure.empty()) throw Unavailable(failure);
  require(PQenterPipelineMode(connection_.get()) == 1);
}

}  // namespace store::postgresql
