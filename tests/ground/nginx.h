// An Nginx of a test's own, such as a proxy in front of an office.
#pragma once

#include <optional>
#include <string>

#include "ground/folder.h"
#include "ground/process.h"

namespace ground {

class Nginx {
 public:
  /// `server`: the directives of its one server block, besides `listen`, which gets `listen_with` too. Throws
  /// std::runtime_error when it does not come up.
  explicit Nginx(const std::string& server, const std::string& listen_with = {});

  [[nodiscard]] int port() const { return port_; }

 private:
  Folder folder_;
  int port_;
  std::optional<Process> process_;
};

}  // namespace ground
