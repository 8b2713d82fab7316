// A web server's connection.
#include "web/connection.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

namespace web {
namespace {

// Sections 3.3 and 8.
constexpr std::size_t header_bytes = 8;
constexpr unsigned char version = 1;
enum Type : unsigned char { begin_request = 1, end_request = 3, params = 4, standard_input = 5, standard_output = 6 };
constexpr std::size_t begin_bytes = 8;
constexpr std::size_t responder = 1;
constexpr unsigned char keep_connection = 1;
constexpr std::size_t record_max_bytes = 65528;  // a multiple of 8, as section 3.3 would have it

/// The number that the bytes are, the highest first.
std::size_t number(std::string_view bytes) {
  std::size_t value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<unsigned char>(byte);
  return value;
}

void append_header(std::string& out, Type type, std::size_t request, std::size_t length) {
  for (const std::size_t byte : {std::size_t{version}, std::size_t{type}, request >> 8, request, length >> 8, length,
                                 std::size_t{0}, std::size_t{0}}) {
    out += static_cast<char>(byte & 0xff);
  }
}

/// Takes a length off the front (section 3.4): one byte, or four with the first bit set.
std::optional<std::size_t> take_length(std::string_view& bytes) {
  if (bytes.empty()) return std::nullopt;
  const std::size_t size = (bytes[0] & 0x80) == 0 ? 1 : 4;
  if (bytes.size() < size) return std::nullopt;
  const auto length = number(bytes.substr(0, size)) & 0x7fffffff;
  bytes.remove_prefix(size);
  return length;
}

}  // namespace

Connection::Connection(int descriptor, std::chrono::milliseconds patience) : descriptor_(descriptor) {
  const timeval limit{.tv_sec = patience.count() / 1000, .tv_usec = patience.count() % 1000 * 1000};
  setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
}

Connection::~Connection() { close(descriptor_); }

bool Connection::fill() {
  ssize_t size = 0;
  do {
    size = recv(descriptor_, buffer_.data(), buffer_.size(), 0);
  } while (size < 0 && errno == EINTR);
  next_ = 0;
  end_ = size > 0 ? static_cast<std::size_t>(size) : 0;
  if (size <= 0) is_broken_ = true;
  return !is_broken_;
}

/// Takes so many bytes, or throws them away.
bool Connection::take(char* out, std::size_t size) {
  while (size > 0) {
    if (next_ == end_ && !fill()) return false;
    const auto part = std::min(size, end_ - next_);
    if (out != nullptr) {
      std::memcpy(out, buffer_.data() + next_, part);
      out += part;
    }
    next_ += part;
    size -= part;
  }
  return true;
}

/// The header of the next record, which must be of this request.
bool Connection::read_header() {
  std::array<char, header_bytes> header{};
  if (!take(nullptr, padding_) || !take(header.data(), header.size())) return false;
  const std::string_view bytes(header.data(), header.size());
  type_ = static_cast<unsigned char>(bytes[1]);
  content_ = number(bytes.substr(4, 2));
  padding_ = number(bytes.substr(6, 1));
  const auto request = number(bytes.substr(2, 2));
  if (type_ == begin_request && request_ == 0) request_ = request;
  is_broken_ = bytes[0] != version || request == 0 || request != request_;
  return !is_broken_;
}

bool Connection::begin() {
  request_ = 0;
  has_body_ended_ = false;
  std::array<char, begin_bytes> body{};
  if (!read_header() || type_ != begin_request || content_ != body.size() || !take(body.data(), body.size()))
    return false;
  content_ = 0;
  is_kept_ = (body[2] & keep_connection) != 0;
  return number({body.data(), 2}) == responder && read_params() && make_environment();
}

bool Connection::read_params() {
  params_.clear();
  while (read_header() && type_ == params) {
    if (content_ == 0) return true;
    const auto before = params_.size();
    if (before + content_ > params_max_bytes) return false;
    params_.resize(before + content_);
    if (!take(params_.data() + before, content_)) return false;
    content_ = 0;
  }
  return false;
}

/// `NAME=VALUE` as `environ` has it. What that cannot tell apart, a NUL or a name with `=`, is no pair.
bool Connection::make_environment() {
  variables_.clear();
  std::vector<std::size_t> begins;
  for (std::string_view rest = params_; !rest.empty();) {
    const auto name = take_length(rest);
    const auto value = take_length(rest);
    if (!name || !value || *name + *value > rest.size()) return false;
    begins.push_back(variables_.size());
    variables_.append(rest.substr(0, *name)).append(1, '=').append(rest.substr(*name, *value));
    const auto pair = std::string_view(variables_).substr(begins.back());
    if (pair.find('=') != *name || pair.find('\0') != std::string_view::npos) return false;
    variables_ += '\0';
    rest.remove_prefix(*name + *value);
  }
  environment_.clear();
  for (const auto at : begins) environment_.push_back(variables_.data() + at);
  environment_.push_back(nullptr);
  return true;
}

std::size_t Connection::read(char* out, std::size_t size) {
  std::size_t done = 0;
  while (done < size && !has_body_ended_ && !is_broken_) {
    if (content_ == 0) {
      if (!read_header()) break;
      if (type_ != standard_input) is_broken_ = true;
      has_body_ended_ = content_ == 0;
      continue;
    }
    const auto part = std::min(size - done, content_);
    if (!take(out + done, part)) break;
    content_ -= part;
    done += part;
  }
  return done;
}

bool Connection::finish(std::string_view text) {
  // What was refused unread would stand before the next request.
  std::array<char, 4096> rest{};
  for (std::size_t passed = 0; passed < passed_over_max_bytes && !has_body_ended_ && !is_broken_;)
    passed += read(rest.data(), rest.size());

  std::string bytes;
  bytes.reserve(text.size() + 64);
  while (!text.empty()) {
    const auto part = text.substr(0, record_max_bytes);
    append_header(bytes, standard_output, request_, part.size());
    bytes += part;
    text.remove_prefix(part.size());
  }
  append_header(bytes, standard_output, request_, 0);
  append_header(bytes, end_request, request_, begin_bytes);
  bytes.append(begin_bytes, '\0');  // the request is complete
  send_all(bytes);
  return is_kept_ && has_body_ended_ && !is_broken_;
}

void Connection::send_all(std::string_view bytes) {
  while (!bytes.empty() && !is_broken_) {
    const auto sent = send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
    if (sent < 0 && errno != EINTR) is_broken_ = true;
  }
}

}  // namespace web
