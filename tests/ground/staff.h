// Somebody who works in an office of a test's own, logged in without the time that a password takes.
#pragma once

#include <string>

namespace ground {

struct Staff {
  std::string id;
  std::string token;  // of the session

  [[nodiscard]] std::string cookie() const { return "guichet-session=" + token; }
};

/// A new account of that role in the office's database, with a session that has just begun.
[[nodiscard]] Staff add_staff(const std::string& url, const std::string& role = "agent",
                              const std::string& department = "");

}  // namespace ground
