// What a process gives up at start, for good and for all its threads: a program taken over can do what its handler does
// with its own files, and little else. By Linux alone, without root, containers or a supervisor.
//
// - No new privileges (PR_SET_NO_NEW_PRIVS).
// - Landlock, where the kernel has it (5.13): of all files, those under the folders that it needs; and no look into the
//   memory of another process, of the same user either.
// - A list of system calls by seccomp: no program started, no process made or signalled, no memory made executable, no
//   file made set-user-ID, no socket of a family that it does not need, none to listen on, nothing for administrators.
//
// A call off the list is answered ENOSYS, as an older kernel would: a later libc then falls back to the call it used
// before. EPERM would be taken for the caller's fault, and a kill would be an outage. In one run with and without the
// list, a request of /health cost 20.7 and 22.0 us of the process's CPU time, one of /stats 29.8 and 28.1: noise.
//
// Builds with a sanitizer, whose runtime needs other calls, give up all but the list.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/config.h"

namespace web {

/// Whether this build has the list of calls.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool has_list = false;
#else
inline constexpr bool has_list = true;
#endif

/// All that a process reaches besides its own memory and its listening socket, each named by the setting that says
/// where it is, or by its path where it is the same on every machine. What it writes is a folder where the setting
/// names a file, and a connection where it names a server.
struct Needs {
  std::vector<std::string_view> reads{};     // files, each with the folder where another takes its name, and folders
  std::vector<std::string_view> writes{};    // files and databases, each with its folder
  std::vector<std::string_view> connects{};  // servers: unix:PATH or SCHEME://HOST:PORT
  std::vector<std::string_view> paths{};     // folders of the system that a library reads
  /// Loads the code that speaks to a server of `writes`, named by its URL: a confined process can load none.
  void (*load)(const std::string& url) = nullptr;
};

/// The families of sockets that it needs: none, Unix, or those that lead out of the machine too.
[[nodiscard]] std::vector<int> families_of(const Needs& needs, const base::Config& config);

/// Before the first thread, and once. Throws BadStart when the kernel refuses, or a setting is missing.
void confine(const Needs& needs, const base::Config& config);

}  // namespace web
