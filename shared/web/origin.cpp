// Posts from another site are refused.
#include "web/origin.h"

#include "web/problem.h"

namespace web {
namespace {

/// `host[:port]` of an origin or a URL; empty when it has none, as `null`.
std::string_view authority(std::string_view url) {
  const auto scheme_end = url.find("://");
  if (scheme_end == std::string_view::npos) return {};
  url.remove_prefix(scheme_end + 3);
  return url.substr(0, url.find_first_of("/?#"));
}

}  // namespace

void require_same_origin(const Request& request, Silence silence) {
  if (const auto site = request.header("SEC_FETCH_SITE"); !site.empty()) {
    if (site == "same-origin" || site == "none") return;
    throw Problem(403, {}, "cross-site post by Sec-Fetch-Site");
  }
  const auto host = request.header("HOST");
  for (const auto* name : {"ORIGIN", "REFERER"}) {
    const auto from = request.header(name);
    if (from.empty()) continue;
    if (!host.empty() && authority(from) == host) return;
    throw Problem(403, {}, std::string("cross-site post by ") + name);
  }
  if (silence == Silence::refused) {
    throw Problem(403, "Dites d’où vient cette demande : envoyez l’en-tête Origin avec l’adresse de ce guichet.",
                  "a post with a session that does not say where it comes from");
  }
}

}  // namespace web
