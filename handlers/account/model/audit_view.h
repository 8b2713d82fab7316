// The audit trail as an administrator reads it: narrowed to a person, an action or a record, with names for ids.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "auth/audit.h"
#include "auth/users.h"
#include "render/page.h"
#include "web/form.h"

namespace account {

/// What was done, in French; an action without words is itself.
[[nodiscard]] std::string_view words_of(std::string_view action);

/// What is to be seen of the trail. A person or a record may be an account's e-mail, or what the trail says.
struct AuditWish {
  std::string person;
  std::string action;
  std::string record;
  std::string cursor = {};
};

/// Throws Problem 400 for an action that there is not.
[[nodiscard]] AuditWish read_audit_wish(const web::Form& query);

/// The page of the same wish at another cursor.
[[nodiscard]] std::string url_of(const AuditWish& wish, std::string_view cursor = {});

/// The accounts' names, for ids and back. For one request.
class Names {
 public:
  explicit Names(auth::Users& users) : all_(users.all({})) {}

  /// The id of the account of that e-mail, or else the text itself.
  [[nodiscard]] std::string id_of(const std::string& text) const;
  [[nodiscard]] const auth::User* find(std::string_view id) const;
  [[nodiscard]] const std::vector<auth::User>& all() const { return all_; }

 private:
  const std::vector<auth::User> all_;
};

/// The labels that the trail is narrowed by.
[[nodiscard]] store::Labels labels_of(const AuditWish& wish, const Names& names);

[[nodiscard]] nlohmann::ordered_json json_of(const auth::Trail::Kept& kept, const Names& names);
[[nodiscard]] render::Data data_of(const auth::Trail::Kept& kept, const Names& names);

/// The filters as they are set, with what can be chosen: accounts, and the others who are on this page.
[[nodiscard]] render::Data filters_of(const AuditWish& wish, const Names& names,
                                      const std::vector<auth::Trail::Kept>& shown);

[[nodiscard]] nlohmann::ordered_json json_of(const auth::Trail::Verdict& verdict);
[[nodiscard]] render::Data data_of(const auth::Trail::Verdict& verdict, bool has_noted_head);

}  // namespace account
