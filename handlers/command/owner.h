// Root works on an office's database as the user that owns it, so that no file in there becomes root's.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace command {

/// While it lives, root is the owner of the file that `sqlite:PATH` names, or of its folder while there is no file. For
/// a database on a server, and anyone else, all stays as it is. The whole process changes: not for use beside other
/// threads. What only root may read is read before. Throws base::BadStart.
class AsOwnerOf {
 public:
  explicit AsOwnerOf(const std::string& url);
  AsOwnerOf(const AsOwnerOf&) = delete;
  AsOwnerOf& operator=(const AsOwnerOf&) = delete;
  ~AsOwnerOf();

 private:
  bool is_changed_ = false;
  std::vector<gid_t> groups_;
};

}  // namespace command
