// Every file in which an office, or the server of its databases, could have written something down.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "ground/engine.h"
#include "ground/folder.h"
#include "ground/office.h"

namespace site {

/// Gives the name and the bytes of each, besides the programs that the office runs. How many.
inline int read_files(const ground::Office& office,
                      const std::function<void(const std::string& name, const std::string& bytes)>& each) {
  int files = 0;
  std::vector<std::string> folders{office.path("")};
  if (const auto server = ground::server_folder()) folders.push_back(*server);
  for (const auto& folder : folders) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
      if (!entry.is_regular_file() || entry.path().string().starts_with(office.path("release"))) continue;
      each(entry.path().filename().string(), ground::bytes_in(entry.path()));
      ++files;
    }
  }
  return files;
}

}  // namespace site
