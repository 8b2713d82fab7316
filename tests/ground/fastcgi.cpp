// A web server's end of a FastCGI connection.
#include "ground/fastcgi.h"

#include <fastcgi.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace ground {
namespace {

constexpr std::size_t record_max_bytes = 65535;
constexpr unsigned request_id = 1;

char low_byte(std::size_t value) { return static_cast<char>(value & 0xff); }

/// One byte below 128, else four with the first bit set (section 3.4).
void append_length(std::string& out, std::size_t length) {
  if (length < 128) {
    out += low_byte(length);
    return;
  }
  out += static_cast<char>(low_byte(length >> 24) | '\x80');
  for (const int shift : {16, 8, 0}) out += low_byte(length >> shift);
}

std::size_t number(std::string_view bytes) {
  std::size_t value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<unsigned char>(byte);
  return value;
}

}  // namespace

std::string bytes_of(const Record& record) {
  const auto length = record.length < 0 ? record.content.size() : static_cast<std::size_t>(record.length);
  const std::array<char, FCGI_HEADER_LEN> head{
      low_byte(record.version), low_byte(record.type), low_byte(record.request >> 8), low_byte(record.request),
      low_byte(length >> 8),    low_byte(length),      low_byte(record.padding),      0};
  return std::string(head.data(), head.size()).append(record.content);
}

std::string pair_lengths(std::size_t name, std::size_t value) {
  std::string bytes;
  append_length(bytes, name);
  append_length(bytes, value);
  return bytes;
}

std::string begin_content(bool is_kept) {
  return {0, FCGI_RESPONDER, is_kept ? char{FCGI_KEEP_CONN} : char{0}, 0, 0, 0, 0, 0};
}

std::string params_content(const Environment& variables) {
  std::string content;
  for (const auto& [name, value] : variables) content += pair_lengths(name.size(), value.size()) + name + value;
  return content;
}

FastCgi::FastCgi(const std::string& socket_path) : connection_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, socket_path.c_str(), sizeof address.sun_path - 1);
  const timeval patience{.tv_sec = patience_seconds, .tv_usec = 0};
  setsockopt(connection_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  if (connect(connection_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    throw std::runtime_error("cannot connect to " + socket_path);
  }
}

FastCgi::~FastCgi() {
  if (connection_ >= 0) close(connection_);
}

void FastCgi::flush() {
  for (std::string_view rest = pending_; !rest.empty();) {
    const auto sent = ::send(connection_, rest.data(), rest.size(), MSG_NOSIGNAL);
    // A handler may answer and close before it has read all: its answer tells.
    if (sent <= 0) break;
    rest.remove_prefix(static_cast<std::size_t>(sent));
  }
  pending_.clear();
}

void FastCgi::add_head(const Environment& variables, bool is_kept) {
  pending_ += bytes_of({FCGI_BEGIN_REQUEST, begin_content(is_kept)});
  add_stream(FCGI_PARAMS, params_content(variables));
  pending_ += bytes_of({FCGI_PARAMS, {}});
}

void FastCgi::add_stream(unsigned char type, std::string_view content) {
  while (!content.empty()) {
    pending_ += bytes_of({type, content.substr(0, record_max_bytes)});
    content.remove_prefix(std::min(content.size(), record_max_bytes));
  }
}

void FastCgi::begin(const Environment& variables, bool is_kept) {
  add_head(variables, is_kept);
  flush();
}

void FastCgi::send_bytes(std::string_view bytes) {
  pending_ += bytes;
  flush();
}

void FastCgi::send(std::string_view part) {
  add_stream(FCGI_STDIN, part);
  flush();
}

void FastCgi::finish() {
  pending_ += bytes_of({FCGI_STDIN, {}});
  flush();
}

bool FastCgi::read_exactly(std::string& out, std::size_t size) {
  out.resize(size);
  for (std::size_t done = 0; done < size;) {
    const auto got = recv(connection_, out.data() + done, size - done, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) throw std::runtime_error("the handler says nothing");
    if (got <= 0) return false;
    done += static_cast<std::size_t>(got);
  }
  return true;
}

Answer FastCgi::answer() {
  std::string text;
  std::string head;
  std::string content;
  while (read_exactly(head, FCGI_HEADER_LEN)) {
    const auto size = number(std::string_view(head).substr(4, 2));
    const auto padding = number(std::string_view(head).substr(6, 1));
    if (head[0] != FCGI_VERSION_1 || static_cast<unsigned char>(head[3]) != request_id)
      throw std::runtime_error("a record of another request");
    if (!read_exactly(content, size + padding)) break;
    if (head[1] == FCGI_STDOUT) text.append(content, 0, size);
    if (head[1] == FCGI_END_REQUEST) return read_answer(std::move(text));
  }
  return {};
}

Answer FastCgi::ask(const Environment& variables, std::string_view body, bool is_kept) {
  add_head(variables, is_kept);
  add_stream(FCGI_STDIN, body);
  finish();
  return answer();
}

bool FastCgi::closes() {
  std::string byte;
  return !read_exactly(byte, 1);
}

}  // namespace ground
