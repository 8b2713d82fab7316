// Cursors of the lists of reports, accounts and the trail: none is taken but one that the list gave.
#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>

#include "auth/audit.h"
#include "auth/office.h"
#include "auth/users.h"
#include "base/ids.h"
#include "fuzz/expect.h"
#include "fuzz/keys.h"
#include "ground/folder.h"
#include "intake/model/records.h"
#include "intake/model/reports.h"

using fuzz::expect;

namespace {

const base::Time noon{std::chrono::hours{500000}};

/// Two pages of each.
struct Desk {
  ground::Folder folder;
  std::unique_ptr<store::Documents> records =
      store::Documents::open("sqlite:" + (folder / "intake.db"), intake::schema());
  std::unique_ptr<store::Documents> office =
      store::Documents::open("sqlite:" + (folder / "office.db"), auth::office_schema());
  auth::Trail trail{*office};
  auth::Users users{*office};
  std::string secret = folder / "secret";
  std::unique_ptr<intake::Reports> reports;

  Desk() {
    crypto::make_key_files(folder / "public", secret);
    reports = std::make_unique<intake::Reports>(*records, crypto::KeyringFile(secret));
    for (int i = 0; i < 60; ++i) {
      const auto received = noon + std::chrono::seconds{i};
      (void)records->add(intake::submissions_collection, {.id = base::make_id(received),
                                                          .received = received,
                                                          .labels = {{std::string(intake::age_bracket_label), "26-35"},
                                                                     {std::string(intake::bank_label), "LCL"},
                                                                     {std::string(intake::key_label), "none"},
                                                                     {std::string(intake::status_label), "new"},
                                                                     {std::string(intake::agent_label), ""}},
                                                          .unique = base::make_id(received),
                                                          .seal = {},
                                                          .body = {}});
      auth::User user{.email = std::to_string(i) + "@example.org", .name = "N", .role = "agent"};
      (void)users.add(user, received);
    }
    for (int i = 0; i < 110; ++i) trail.append({noon, "guest", "saw", "list", {}});
  }
};

std::string hexadecimal(std::string_view text) {
  const auto rest = text.substr(std::min(text.find_first_not_of('0'), text.size()));
  return rest.empty() ? "0" : std::string(rest);
}

/// Each number as it is written: small letters, no leading nought.
bool is_written(std::string_view cursor) {
  auto rest = cursor;
  const auto received = fuzz::take(rest, '-');
  return cursor == hexadecimal(received) + "-" + hexadecimal(rest) &&
         cursor.find_first_not_of("0123456789abcdef-") == std::string_view::npos;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Desk desk;
  const auto cursor = fuzz::view(data, size);
  if (const auto page = desk.reports->list({}, cursor)) {
    expect(cursor.empty() || is_written(cursor), "a cursor of reports is written so");
    expect(page->reports.size() <= intake::Reports::page_size, "a page of reports");
    expect(!page->next || desk.reports->list({}, *page->next), "the next page is there");
  }
  if (const auto page = desk.trail.list(cursor)) {
    expect(cursor.empty() || (cursor == hexadecimal(cursor) && cursor.size() <= 3),
           "a cursor of the trail is written so");
    expect(page->entries.size() <= auth::Trail::page_size, "a page of the trail");
    expect(!page->next || desk.trail.list(*page->next), "the next page is there");
  }
  if (const auto page = desk.users.list({}, cursor)) {
    expect(cursor.empty() || base::is_id(cursor), "a cursor of accounts is an id");
    expect(!page->next || desk.users.list({}, *page->next), "the next page is there");
  }
  return 0;
}
