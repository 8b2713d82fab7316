// A web server's connection (FastCGI Specification 1.0, sections 3 to 6, the responder role): one request at a time.
//
// Strict: whoever can reach the socket must gain nothing else by it. What is not the record that is due, or goes past a
// limit below, ends the connection unanswered; so do management records, which Nginx never sends. Nothing is believed
// of a length until its bytes are here. That is why it is not libfcgi: that of Debian 12 (2.4.2-2+deb12u1)
// aborts where two lengths add up past an int, and overruns its stack when asked four times for one value.
//
// One thread at a time. A web server that falls silent within a request is given up after its patience.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace web {

class Connection {
 public:
  static constexpr std::size_t params_max_bytes = 256 * 1024;
  /// Of a body that nobody read; a longer one costs the connection.
  static constexpr std::size_t passed_over_max_bytes = 256 * 1024;

  /// Owns the descriptor.
  explicit Connection(int descriptor, std::chrono::milliseconds patience = std::chrono::seconds{10});
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  /// Waits for the head of the next request. False: the connection is over.
  [[nodiscard]] bool begin();

  /// The CGI variables of the request, until the next one begins.
  [[nodiscard]] char** environment() { return environment_.data(); }

  /// Reads at most that many bytes of the body; fewer only at its end, or where it is cut.
  [[nodiscard]] std::size_t read(char* out, std::size_t size);

  /// Sends the answer. False: the connection is over, by the web server's wish or by its fault.
  [[nodiscard]] bool finish(std::string_view text);

  /// Whether bytes of a next request have come with the last one.
  [[nodiscard]] bool has_more() const { return next_ < end_; }

 private:
  bool fill();
  bool take(char* out, std::size_t size);
  bool read_header();
  bool read_params();
  bool make_environment();
  void send_all(std::string_view bytes);

  const int descriptor_;
  std::array<char, 16384> buffer_{};
  std::size_t next_ = 0, end_ = 0;  // of what has come and was not taken

  std::size_t request_ = 0;
  bool is_kept_ = false;
  bool is_broken_ = false;
  bool has_body_ended_ = false;
  unsigned char type_ = 0;                 // of the record that is being read
  std::size_t content_ = 0, padding_ = 0;  // bytes of it to come
  std::string params_;
  std::string variables_;
  std::vector<char*> environment_;
};

}  // namespace web
