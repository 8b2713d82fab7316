// Files: a small one read whole (keys, lists, templates), one held open, and a name that is on the disk.
#pragma once

#include <string>

namespace base {

/// The bytes of the file. Throws BadStart, naming the file and the reason, when it cannot be read.
[[nodiscard]] std::string read_file(const std::string& path);

/// A descriptor, closed at the end; with it go its locks. Negative when the file could not be opened: errno says why.
class File {
 public:
  /// `flags` as of open(2); a file that it makes has the mode 0660 less the umask.
  File(const std::string& path, int flags);
  explicit File(int descriptor) : descriptor_(descriptor) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File();
  [[nodiscard]] int get() const { return descriptor_; }

 private:
  const int descriptor_;
};

/// The folder that a path lies in; `.` for a bare name.
[[nodiscard]] std::string folder_of(const std::string& path);

/// A name in that folder that was made, renamed or removed is so after a power cut too. False: errno says why not.
[[nodiscard]] bool sync_folder(const std::string& folder);

}  // namespace base
