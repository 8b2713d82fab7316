// An Nginx of a test's own.
#include "ground/nginx.h"

#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <thread>

namespace ground {

Nginx::Nginx(const std::string& server, const std::string& listen_with) : port_(free_port()) {
  const auto configuration = folder_ / "nginx.conf";
  // One process alone, which goes when it is killed.
  std::ofstream(configuration) << fmt::format(
      "daemon off; master_process off; pid {0}/pid; error_log {0}/log;\n"
      "events {{}}\nhttp {{\n  access_log off; client_body_temp_path {0}/body; proxy_temp_path {0}/proxy;\n"
      "  fastcgi_temp_path {0}/fastcgi; uwsgi_temp_path {0}/uwsgi; scgi_temp_path {0}/scgi;\n"
      "  server {{\n    listen 127.0.0.1:{1} {2};\n{3}\n  }}\n}}\n",
      folder_.path(), port_, listen_with, server);
  process_.emplace(std::vector<std::string>{"nginx", "-e", folder_ / "log", "-p", folder_.path(), "-c", configuration},
                   Environment{}, Process::Files{.standard_input = -1, .output_path = folder_ / "words"});
  // The file is written when the socket listens.
  for (int attempt = 0; attempt < 500; ++attempt) {
    if (std::filesystem::exists(folder_ / "pid") && std::filesystem::file_size(folder_ / "pid") > 0) return;
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
  }
  throw std::runtime_error("the test's own Nginx does not start");
}

}  // namespace ground
