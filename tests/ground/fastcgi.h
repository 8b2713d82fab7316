// A web server's end of a FastCGI connection (FastCGI 1.0, sections 3 and 5): one request at a time, kept or not.
#pragma once

#include <string>
#include <string_view>

#include "ground/answer.h"
#include "ground/process.h"

namespace ground {

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

  /// A whole request, sent at one stroke as Nginx does, and its answer.
  [[nodiscard]] Answer ask(const Environment& variables, std::string_view body = {}, bool is_kept = true);

  /// Whether the handler's end closes before the patience is over.
  [[nodiscard]] bool closes();

 private:
  void add_record(unsigned char type, std::string_view content);
  void add_head(const Environment& variables, bool is_kept);
  void add_stream(unsigned char type, std::string_view content);
  void flush();
  bool read_exactly(std::string& out, std::size_t size);
  int connection_;
  std::string pending_;
};

}  // namespace ground
