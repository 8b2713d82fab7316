// A PostgreSQL server that the tests of its engine share, started when the first of them needs it.
#pragma once

#include <string>

#include "engines/desk.h"
#include "ground/folder.h"
#include "ground/postgresql.h"

namespace postgresql_server {

inline const std::string& folder() {
  static const ground::Folder folder;
  static const std::string path = folder / "server";
  return path;
}

inline ground::Postgresql& server() {
  static ground::Postgresql server(folder());
  return server;
}

}  // namespace postgresql_server
