// A server of MongoDB's protocol that the tests of its engine share, started when the first of them needs it.
#pragma once

#include <optional>
#include <string>

#include "engines/desk.h"
#include "ground/folder.h"
#include "ground/mongodb.h"

namespace mongodb_server {

inline ground::Mongodb& server() {
  static const ground::Folder folder;
  static ground::Mongodb server(folder / "server");
  return server;
}

/// How an add ends: nothing, or the outcome of its failure.
inline std::optional<store::Unavailable::Outcome> failure(store::Documents& documents,
                                                          const store::Document& document) {
  try {
    (void)documents.add(desk::reports, document);
  } catch (const store::Unavailable& thrown) {
    return thrown.outcome;
  }
  return std::nullopt;
}

}  // namespace mongodb_server
