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

/// The server's own way to fail a command, so many times: `configureFailPoint`, with both in Python's words.
inline void fail(const std::string& url, const std::string& mode, const std::string& data) {
  (void)server().python(url, "database.client.admin.command('configureFailPoint', 'failCommand', mode=" + mode +
                                 ", data=" + data + ") and None");
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
