// What the tests of the account desk share: an office with accounts whose passwords are known, asked by commands.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <regex>
#include <string>

#include "auth/office.h"
#include "auth/users.h"
#include "crypto/password.h"
#include "ground/answer.h"
#include "ground/folder.h"
#include "ground/report.h"
#include "ground/staff.h"

namespace entered {

inline const std::string password = "correct cheval pile agrafe";
using ground::json_client;
inline const ground::Environment browser{{"Accept", "text/html"}, {"Sec-Fetch-Site", "same-origin"}};

class Office {
 public:
  [[nodiscard]] std::string database() const { return folder_ / "office.db"; }
  [[nodiscard]] std::unique_ptr<store::Documents> open() const {
    return store::Documents::open("sqlite:" + database(), auth::office_schema());
  }

  /// An account of that e-mail and `password`; `changed` may alter it before.
  auth::User add(const std::string& email, const std::function<void(auth::User&)>& changed = {}) const {
    static const auto hash = crypto::Passwords().hash(password);
    const auto office = open();
    auth::User user{.email = email,
                    .name = "Camille Martin",
                    .role = "agent",
                    .must_change_password = false,
                    .password_hash = hash};
    if (changed) changed(user);
    EXPECT_EQ(auth::Users(*office).add(user, base::now()), auth::Users::Outcome::done);
    return user;
  }

  [[nodiscard]] ground::Answer ask(const std::string& handler, std::string_view request,
                                   const ground::Environment& headers = browser, const std::string& body = {}) const {
    return ground::ask(
        handler,
        {{"GUICHET_TEMPLATES", SOURCE_FOLDER "/templates"}, {"GUICHET_OFFICE_DOCUMENTS", "sqlite:" + database()}},
        request, headers, body);
  }
  [[nodiscard]] ground::Answer log_in(const std::string& email, const std::string& typed,
                                      ground::Environment headers = browser, const std::string& next = {}) const {
    return ask("account_login", "POST /login", headers,
               ground::form_body({{"email", email}, {"password", typed}, {"next", next}}));
  }

 private:
  ground::Folder folder_;
};

/// The headers of a browser that holds the cookie which this answer set.
inline ground::Environment holding(const ground::Answer& answer) {
  auto headers = browser;
  const auto cookie = answer.header("Set-Cookie");
  headers.insert({"Cookie", cookie.substr(0, cookie.find(';'))});
  return headers;
}
inline ground::Environment holding(const ground::Staff& staff) {
  auto headers = browser;
  headers.insert({"Cookie", staff.cookie()});
  return headers;
}

}  // namespace entered
