// Who asks, and what a route asks of them: the words between the office's door (auth/door.h) and its handlers.
#pragma once

#include <string>
#include <string_view>

namespace web {

/// What is done to what: a row's name in the office's table (auth/rights.h).
struct Right {
  std::string_view action;
  std::string_view resource;
  friend bool operator==(const Right&, const Right&) = default;
};

/// How far a right reaches: what is the person's, what is their department's, or everything.
enum class Scope { own, department, all };

/// Somebody whom the office knows, logged in.
struct Person {
  std::string id;
  std::string email;
  std::string name;
  std::string department;
  std::string role;
  std::string session;          // its id, which opens nothing
  Scope scope = Scope::own;     // of the right that the route needs
  std::string last_login = {};  // before this one, RFC 3339; empty: this is the first
};

}  // namespace web
