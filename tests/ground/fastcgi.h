// A web server's end of a FastCGI connection (FastCGI 1.0, sections 3 and 5): one request at a time, kept or not.
#pragma once

#include <string>
#include <string_view>

#include "ground/answer.h"
#include "ground/process.h"

namespace ground {

/// One record (section 3.3), which may claim to be longer than it is.
struct Record {
  unsigned char type;
  std::string_view content;
  unsigned request = 1;
  unsigned char version = 1;
  int length = -1;  // -1: the content's
  unsigned char padding = 0;
};
[[nodiscard]] std::string bytes_of(const Record& record);

/// A name-value pair's lengths (section 3.4), which may be those of no pair.
[[nodiscard]] std::string pair_lengths(std::size_t name, std::size_t value);

/// The content of BEGIN_REQUEST, for a responder, and of PARAMS.
[[nodiscard]] std::string begin_content(bool is_kept = true);
[[nodiscard]] std::string params_content(const Environment& variables);

/// Throws std::runtime_error when the handler says nothing for `patience_seconds`, or breaks the protocol.
class FastCgi {
 public:
  static constexpr int patience_seconds = 20;

  explicit FastCgi(const std::string& socket_path);
  FastCgi(const FastCgi&) = delete;
  FastCgi& operator=(const FastCgi&) = delete;
  FastCgi(FastCgi&& other) noexcept : connection_(other.connection_) { other.connection_ = -1; }
  ~FastCgi();

  /// The head of a request: BEGIN_REQUEST with the keep-connection flag, and PARAMS.
  void begin(const Environment& variables, bool is_kept = true);
  /// A part of its body, which `finish` ends.
  void send(std::string_view part);
  void finish();

  /// Reads to END_REQUEST. Status 0 when the connection ends before.
  [[nodiscard]] Answer answer();

  /// Bytes as they are.
  void send_bytes(std::string_view bytes);

  /// A whole request, sent at one stroke as Nginx does, and its answer.
  [[nodiscard]] Answer ask(const Environment& variables, std::string_view body = {}, bool is_kept = true);

  /// Whether the handler's end closes before the patience is over.
  [[nodiscard]] bool closes();

 private:
  void add_head(const Environment& variables, bool is_kept);
  void add_stream(unsigned char type, std::string_view content);
  void flush();
  bool read_exactly(std::string& out, std::size_t size);
  int connection_;
  std::string pending_;
};

}  // namespace ground
