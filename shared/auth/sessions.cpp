// Who is logged in.
#include "auth/sessions.h"

#include <nlohmann/json.hpp>

#include "base/ids.h"
#include "crypto/hash.h"

namespace auth {
namespace {

constexpr std::string_view session_use = "guichet session";
constexpr std::size_t token_bytes = 32;
constexpr std::size_t token_characters = 43;  // base 64, without padding
constexpr std::size_t swept_at_once = 100;

std::string hash_of(std::string_view token) { return crypto::hash(session_use, token, 32); }

std::string body_of(const Session& session) {
  nlohmann::ordered_json body{{"seen", base::rfc3339(session.seen)}};
  if (session.last_login) body["last_login"] = base::rfc3339(*session.last_login);
  return body.dump();
}

Session session_of(const store::Document& document) {
  const auto body = nlohmann::json::parse(document.body);
  const auto time = [&](const char* name) {
    const auto found = body.find(name);
    return found == body.end() ? std::nullopt : base::read_rfc3339(found->get<std::string>());
  };
  return {.id = document.id,
          .user = document.labels.at("user"),
          .begun = document.received,
          .seen = time("seen").value_or(document.received),
          .last_login = time("last_login")};
}

}  // namespace

std::string Sessions::begin(std::string_view user, const std::optional<base::Time>& last_login) {
  const auto now = clock_();
  [[maybe_unused]] const auto swept = office_.expire(sessions_collection, now - absolute_max, now, swept_at_once);
  const auto token = crypto::to_base64url(crypto::random_bytes(token_bytes));
  const Session session{
      .id = base::make_id(now), .user = std::string(user), .begun = now, .seen = now, .last_login = last_login};
  const auto added = office_.add(sessions_collection, {.id = session.id,
                                                       .received = now,
                                                       .labels = {{"user", session.user}},
                                                       .unique = hash_of(token),
                                                       .seal = {},
                                                       .body = body_of(session)});
  if (!added.is_new) throw store::Unavailable("a session's token that another has");
  return token;
}

std::optional<Session> Sessions::find(std::string_view token) {
  if (token.size() != token_characters) return std::nullopt;
  auto document = office_.find_unique(sessions_collection, hash_of(token));
  if (!document) return std::nullopt;
  auto session = session_of(*document);
  const auto now = clock_();
  if (now - session.begun > absolute_max || now - session.seen > idle_max) {
    end(session.id);
    return std::nullopt;
  }
  if (now - session.seen >= seen_step) {
    session.seen = now;
    document->body = body_of(session);
    // Another request may have noted it meanwhile, or ended it: the next one sees.
    [[maybe_unused]] const bool is_noted =
        office_.change({store::Replace{std::string(sessions_collection), std::move(*document)}});
  }
  return session;
}

void Sessions::end(std::string_view id) {
  [[maybe_unused]] const bool was_there =
      office_.change({store::Erase{std::string(sessions_collection), std::string(id)}});
}

std::size_t Sessions::end_all(std::string_view user, std::string_view spared) {
  store::Filter filter;
  filter.labels = {{"user", std::string(user)}};
  std::size_t ended = 0;
  for (const auto& document : office_.list(sessions_collection, filter, std::nullopt, store::list_max)) {
    if (document.id == spared) continue;
    end(document.id);
    ++ended;
  }
  return ended;
}

}  // namespace auth
