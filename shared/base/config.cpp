// The settings of an office.
#include "base/config.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <filesystem>

#include "base/email.h"
#include "base/file.h"

namespace base {
namespace {

bool anything(std::string_view value) { return !value.empty(); }

template <std::uint32_t least, std::uint32_t most>
bool number(std::string_view value) {
  std::uint32_t parsed = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), parsed);
  return error == std::errc{} && end == value.data() + value.size() && parsed >= least && parsed <= most;
}

bool rate(std::string_view value) { return value == "off" || number<1, 10000>(value); }
/// What an idle handler needs is far below the lowest limit, so that none is replaced again and again.
bool memory_limit(std::string_view value) { return value == "off" || number<32, 65536>(value); }
bool idle_exit(std::string_view value) { return value == "off" || number<1, 86400>(value); }
bool backup_hours(std::string_view value) { return value == "off" || number<1, 8760>(value); }
bool file_url(std::string_view value) { return value.starts_with("sqlite:") && value.size() > 7; }
bool documents_url(std::string_view value) {
  const auto names = [&](std::string_view server) { return value.starts_with(server) && value.size() > server.size(); };
  return file_url(value) || names("postgresql://") || names("mongodb://") || names("mongodb+srv://");
}
bool window_url(std::string_view value) {
  return (value.starts_with("unix:") && value.size() > 5) || (value.starts_with("redis://") && value.size() > 8);
}
/// glibc takes a zone that it does not know for UTC, without a word.
bool time_zone(std::string_view value) {
  std::error_code unknown;
  return !value.starts_with('/') && value.find("..") == std::string_view::npos &&
         std::filesystem::is_regular_file("/usr/share/zoneinfo/" + std::string(value), unknown);
}
/// Addresses and networks, apart from 0.0.0.0/0 and ::/0, with which everyone could say to be anyone.
bool proxies(std::string_view value) {
  const auto is_network = [](std::string_view network) {
    const auto slash = network.find('/');
    const std::string address(network.substr(0, slash));
    in6_addr parsed{};
    const bool is_4 = inet_pton(AF_INET, address.c_str(), &parsed) == 1;
    if (!is_4 && inet_pton(AF_INET6, address.c_str(), &parsed) != 1) return false;
    if (slash == std::string_view::npos) return true;
    const auto bits = network.substr(slash + 1);
    return !bits.starts_with('0') && (is_4 ? number<1, 32>(bits) : number<1, 128>(bits));
  };
  while (is_network(value.substr(0, value.find(',')))) {
    if (value.find(',') == std::string_view::npos) return true;
    value.remove_prefix(value.find(',') + 1);
  }
  return false;
}
/// Segments of RFC 3986's unreserved characters, none of them hidden (`/.x`) or a step (`/..`).
bool base_path(std::string_view value) {
  const auto is_allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '~' || c == '-' || c == '/';
  };
  return value.starts_with('/') && !value.ends_with('/') && value.find("//") == std::string_view::npos &&
         value.find("/.") == std::string_view::npos && std::ranges::all_of(value, is_allowed);
}
bool card(std::string_view value) { return value == "full" || value == "last4"; }
bool card_check(std::string_view value) { return value == "luhn" || value == "digits"; }
bool stats(std::string_view value) { return value == "public" || value == "delayed" || value == "staff"; }

constexpr Setting all_settings[] = {
    {"GUICHET_ADDRESS", "127.0.0.1", "an address of this machine", anything, "Address that Nginx listens on"},
    {"GUICHET_PORT", "8080", "a port from 1 to 65535", number<1, 65535>, "Port that Nginx listens on"},
    {"GUICHET_TLS_CERTIFICATE", "", "a PEM file", anything,
     "The certificate and its chain; with it Nginx speaks HTTPS alone (only its master reads it, and the key)"},
    {"GUICHET_TLS_KEY", "", "a PEM file", anything, "The certificate's private key"},
    {"GUICHET_HSTS_DAYS", "365", "a number from 0 to 730", number<0, 730>,
     "Days that a browser then insists on HTTPS for this host; `0` makes it forget"},
    {"GUICHET_HTTP_PORT", "", "a port from 1 to 65535", number<1, 65535>,
     "Port without TLS that sends everyone on to HTTPS; none unless given"},
    {"GUICHET_TRUSTED_PROXIES", "", "addresses or networks with commas between, such as 10.0.0.2,10.1.0.0/16", proxies,
     "The proxies in front whose `X-Forwarded-For`, `-Proto` and `-Host` are believed: addresses or networks, by "
     "commas"},
    {"GUICHET_BASE_PATH", "", "a path such as /guichet, without a slash at its end", base_path,
     "The path that the office lives under, such as `/guichet`; the proxy in front keeps it"},
    {"GUICHET_ADMINISTRATOR", "admin@guichet.localhost", "an e-mail address", is_email,
     "E-mail address of the first account, which `nginx/up` makes where there is none"},
    {"GUICHET_VAR", "var", "a folder", anything, "Where data, keys, logs and sockets live"},
    {"GUICHET_BUILD", "release", "a preset of CMakePresets.json", anything, "Which build `nginx/up` makes and starts"},
    {"GUICHET_SUBMIT_RATE", "20", "a number from 1 to 10000, or off", rate,
     "Posts to `/submit` that one address may make a second (bursts of twice as many), or `off`"},
    {"GUICHET_VIEW_DATA_RATE", "2", "a number from 1 to 10000, or off", rate,
     "Requests to `/view_data` that one address may make a second (bursts of five times as many), or `off`"},
    {"GUICHET_MY_DATA_RATE", "1", "a number from 1 to 10000, or off", rate,
     "Receipts that one address may present a second at `/my_data` (ten more wait their turn), or `off`"},
    {"GUICHET_SUBMIT_PROCESSES", "1", "a number from 1 to 64", number<1, 64>, "Processes of `submit`"},
    {"GUICHET_STATS_PROCESSES", "1", "a number from 1 to 64", number<1, 64>, "Processes of `stats`"},
    {"GUICHET_STATS_JOURS_PROCESSES", "1", "a number from 1 to 64", number<1, 64>, "Processes of `stats_jours`"},
    {"GUICHET_VIEW_DATA_PROCESSES", "1", "a number from 1 to 64", number<1, 64>, "Processes of `view_data`"},
    {"GUICHET_MY_DATA_PROCESSES", "1", "a number from 1 to 64", number<1, 64>, "Processes of `my_data`"},
    {"GUICHET_LOGIN_PROCESSES", "1", "a number from 1 to 64", number<1, 64>, "Processes of `login`"},
    {"GUICHET_SESSION_PROCESSES", "1", "a number from 1 to 64", number<1, 64>, "Processes of `session`"},
    {"GUICHET_AUDIT_PROCESSES", "1", "a number from 1 to 64", number<1, 64>, "Processes of `audit`"},
    {"GUICHET_PASSWORD_PROCESSES", "1", "a number from 1 to 64", number<1, 64>, "Processes of `password`"},
    {"GUICHET_USERS_PROCESSES", "1", "a number from 1 to 64", number<1, 64>, "Processes of `users`"},
    {"GUICHET_HEALTH_PROCESSES", "1", "a number from 1 to 64", number<1, 64>, "Processes of `health`"},
    {"GUICHET_SERVICES_STATUS_PROCESSES", "1", "a number from 1 to 64", number<1, 64>,
     "Processes of `services_status`"},
    {"GUICHET_METRICS_PROCESSES", "1", "a number from 1 to 64", number<1, 64>, "Processes of `metrics`"},
    {"GUICHET_READY_PROCESSES", "1", "a number from 1 to 64", number<1, 64>, "Processes of `ready`"},
    {"GUICHET_MEMORY_MAX_MB", "256", "a number from 32 to 65536, or off", memory_limit,
     "Memory of its own past which a process is replaced by a new one, or `off`"},
    {"GUICHET_IDLE_EXIT_SECONDS", "off", "a number from 1 to 86400, or off", idle_exit,
     "Seconds without a request after which a handler ends (a socket unit starts it again), or `off`"},
    {"GUICHET_INSIDE_PORT", "", "a port from 1 to 65535", number<1, 65535>,
     "Port of 127.0.0.1 that also gives `/metrics` and `/ready`, to every user of this machine"},
    {"GUICHET_METRICS", "", "a folder", anything, "Where each process keeps its counts (set by `nginx/up`)"},
    {"GUICHET_STATS", "public", "public, delayed or staff", stats,
     "Who sees the statistics: `public` (exact, live), `delayed` (hourly, rounded to multiples of 5) or `staff`"},
    {"GUICHET_CARD", "full", "full or last4", card,
     "What is kept of a card: `full` (sealed, all 16 digits) or `last4` (the other digits are dropped before sealing)"},
    {"GUICHET_CARD_CHECK", "luhn", "luhn or digits", card_check,
     "How a card number is checked: 16 digits that pass Luhn, or 16 digits alone"},
    {"GUICHET_RETENTION_DAYS", "90", "a number from 2 to 36500", number<2, 36500>,
     "Days that a report is kept, unless staff extend them"},
    {"GUICHET_BACKUP_DAYS", "30", "a number from 1 to 36500", number<1, 36500>, "Days after which a backup is deleted"},
    {"GUICHET_BACKUP_HOURS", "24", "a number from 1 to 8760, or off", backup_hours,
     "Hours between the backups that are made by themselves, or `off`"},
    {"GUICHET_TIME_ZONE", "Europe/Paris", "a time zone of this machine, such as Europe/Paris", time_zone,
     "Time zone of the dates that people read, and that staff filter by"},
    {"GUICHET_BANKS_FILE", "", "a file of one bank a line", anything,
     "The banks that the form offers (set by `nginx/up`)"},
    {"GUICHET_TEMPLATES", "", "a folder", anything, "The folder of page templates (set by `nginx/up`)"},
    {"GUICHET_INTAKE_DOCUMENTS", "", "sqlite:PATH, postgresql://USER:PASSWORD@HOST/DATABASE or mongodb://...",
     documents_url,
     "Where the intake desk keeps its records: `sqlite:PATH` (set by `nginx/up`), `postgresql://...` or "
     "`mongodb://...`"},
    {"GUICHET_INTAKE_DOCUMENTS_FILE", "", "a file", anything,
     "A file that holds `GUICHET_INTAKE_DOCUMENTS`, for one with a password"},
    {"GUICHET_ERASURES", "", "a file", anything,
     "The ids of erased reports, best on another disk than the records (set by `nginx/up`)"},
    {"GUICHET_BACKUPS", "", "a folder", anything, "Where `guichet backup` puts its copies (set by `nginx/up`)"},
    {"GUICHET_INTAKE_WINDOW", "", "unix:PATH or redis://HOST:PORT", window_url,
     "The Redis of the 24-hour window; when set, `nginx/up` starts none of its own"},
    {"GUICHET_INTAKE_LOOKUP", "", "sqlite:PATH", file_url,
     "The index by e-mail, telephone and card; `view_data` alone (set by `nginx/up`)"},
    {"GUICHET_OFFICE_DOCUMENTS", "", "sqlite:PATH, postgresql://USER:PASSWORD@HOST/DATABASE or mongodb://...",
     documents_url,
     "Where the office keeps accounts, sessions and the audit trail, in the same words; for the staff's handlers alone "
     "(set by `nginx/up`)"},
    {"GUICHET_OFFICE_DOCUMENTS_FILE", "", "a file", anything,
     "A file that holds `GUICHET_OFFICE_DOCUMENTS`, for one with a password"},
    {"GUICHET_CARD_REVEALS", "20", "a number from 1 to 1000", number<1, 1000>,
     "Full card numbers that one member of staff may reveal an hour"},
    {"GUICHET_INTAKE_PUBLIC_KEY_FILE", "", "a file", anything,
     "Seals new records, corrections and notes; `submit`, `my_data` and `view_data` alone (set by `nginx/up`)"},
    {"GUICHET_INTAKE_SECRET_KEY_FILE", "", "a file", anything, "Opens records; `view_data` alone (set by `nginx/up`)"},
    {"GUICHET_INTAKE_INDEX_KEY_FILE", "", "a file", anything,
     "Makes the index's hashes; `view_data` alone (set by `nginx/up`)"},
    {"GUICHET_BACKUP_PUBLIC_KEY_FILE", "", "a file", anything,
     "Seals backups; `guichet backup` and `sweep` alone (set by `nginx/up`)"},
};

constexpr std::string_view file_ending = "_FILE";

const Setting* find(std::string_view name) {
  const auto found = std::ranges::find(all_settings, name, &Setting::name);
  return found == std::end(all_settings) ? nullptr : found;
}

}  // namespace

std::span<const Setting> settings() { return all_settings; }

bool names_server(std::string_view url) { return url.find("://") != std::string_view::npos; }

// A value is not repeated: an operator may have pasted a secret there.
void Config::take(const Setting& setting, std::string_view value) {
  if (!setting.accepts(value)) throw BadStart(fmt::format("{} must be {}.", setting.name, setting.expects));
  values_.emplace(setting.name, value);
}

Config Config::read(const char* const* environment) {
  Config config;
  for (; *environment != nullptr; ++environment) {
    const std::string_view entry = *environment;
    if (!entry.starts_with("GUICHET_")) continue;
    const auto name = entry.substr(0, entry.find('='));
    const auto value = name.size() < entry.size() ? entry.substr(name.size() + 1) : std::string_view{};
    const auto* setting = find(name);
    if (setting == nullptr)
      throw BadStart(fmt::format("{} is not a setting of Guichet: see the README's table.", name));
    config.take(*setting, value);
  }
  for (const auto& setting : all_settings) {
    const auto* held = setting.name.ends_with(file_ending)
                           ? find(setting.name.substr(0, setting.name.size() - file_ending.size()))
                           : nullptr;
    if (held == nullptr || !config.has(setting.name)) continue;
    if (config.has(held->name)) {
      throw BadStart(fmt::format("{} and {} are both set: choose one.", held->name, setting.name));
    }
    const auto words = read_file(config.get(setting.name));
    config.take(*held, std::string_view(words).substr(0, words.find_last_not_of(" \r\n") + 1));
  }
  return config;
}

std::string Config::get(std::string_view name) const {
  if (const auto found = values_.find(name); found != values_.end()) return found->second;
  const auto* setting = find(name);
  if (setting == nullptr || setting->preset.empty()) {
    throw BadStart(fmt::format("{} is not set: this handler needs it to be {}.", name,
                               setting == nullptr ? "a known setting" : setting->expects));
  }
  return std::string(setting->preset);
}

}  // namespace base
