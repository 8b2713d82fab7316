// A FastCGI process (FastCGI Specification 1.0, the responder role): accepting threads on standard input's listening
// socket, and the drain that ends them.
//
// A kept connection pins its thread, so the threads are more than Nginx's keepalive x workers: with 24 for 64 clients,
// requests behind kept connections were measured to wait 2 s; with 72, 1 in 100 waits 25 ms. SIGTERM drains: idle
// threads leave at once, a request under way is finished, a kept connection is left after a moment without a request.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace web {

inline constexpr int threads = 72;

/// Reads at most that many bytes of the body; fewer only at its end.
using ReadBody = std::function<std::size_t(char*, std::size_t)>;

/// Answers the request of these CGI variables; the text is what goes back to the web server. Called by several threads.
using Exchange = std::function<std::string(char** environment, const ReadBody& read)>;

/// Called once a second by the main thread; true ends the process as SIGTERM does.
using Watch = std::function<bool()>;

/// Whether standard input is a listening socket, as a supervisor hands it over.
[[nodiscard]] bool is_fastcgi();

/// Answers requests until SIGTERM, SIGINT or a watch ends it. The value is main's.
int answer_fastcgi(const Exchange& exchange, const std::vector<Watch>& watches);

}  // namespace web
