// Root works as the owner of a database.
#include "command/owner.h"

#include <fmt/format.h>
#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "base/config.h"

namespace command {

AsOwnerOf::AsOwnerOf(const std::string& url) {
  if (base::names_server(url)) return;
  const auto path = url.substr(url.find(':') + 1);
  const auto folder = std::filesystem::path(path).parent_path().string();
  struct stat status {};
  if (stat(path.c_str(), &status) != 0 && stat(folder.empty() ? "." : folder.c_str(), &status) != 0) {
    throw base::BadStart(fmt::format("The folder of {} is not there.", path));
  }
  if (geteuid() != 0 || (status.st_uid == 0 && status.st_gid == 0)) return;
  groups_.resize(static_cast<std::size_t>(getgroups(0, nullptr)));
  if (getgroups(static_cast<int>(groups_.size()), groups_.data()) < 0 || setgroups(1, &status.st_gid) != 0 ||
      setegid(status.st_gid) != 0 || seteuid(status.st_uid) != 0) {
    throw base::BadStart(fmt::format("Root cannot become the owner of {}.", path));
  }
  is_changed_ = true;
}

AsOwnerOf::~AsOwnerOf() {
  if (!is_changed_) return;
  // Half of root is worse than an end.
  if (seteuid(0) != 0 || setegid(0) != 0 || setgroups(groups_.size(), groups_.data()) != 0) std::abort();
}

}  // namespace command
