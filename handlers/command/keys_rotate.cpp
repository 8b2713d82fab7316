// guichet keys rotate | check: every record, sealed to the current key, or opened to see whether it can be.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>

#include "command/command.h"
#include "command/owner.h"
#include "command/progress.h"
#include "command/records.h"
#include "command/trail.h"
#include "intake/model/records.h"
#include "intake/model/rotation.h"

namespace command {
namespace {

unsigned processors() { return std::max(1U, std::thread::hardware_concurrency()); }

/// Writers take a new key up within a second: what they sealed to the one before is rotated too.
void wait_until_settled(const std::string& public_path) {
  using Files = std::filesystem::file_time_type::clock;
  const auto due = std::filesystem::last_write_time(public_path) + std::chrono::seconds{2};
  const auto wait = due - Files::now();
  if (wait > std::chrono::seconds{0} && wait <= std::chrono::seconds{2}) std::this_thread::sleep_for(wait);
}

void rotate(const Places& places, unsigned threads) {
  const auto current = crypto::PublicKey::read(places.public_key);
  const auto keyring = crypto::Keyring::read(places.secret_key);
  if (keyring.find(current.id()) == nullptr) {
    throw base::BadStart(
        fmt::format("{} lacks the current key {}: nothing would open again.", places.secret_key, current.id()));
  }
  wait_until_settled(places.public_key);
  audit("rotated", current.id(), "");
  const AsOwnerOf owner(places.documents);
  const auto documents = store::Documents::open(places.documents, intake::schema());
  intake::Rotated rotated;
  {
    Progress progress("rotating", intake::count_sealed(*documents));
    rotated = intake::rotate(
        *documents, keyring, current,
        {.threads = threads,
         .unreadable = [&](const std::string& id, std::string_view why) { tell_unreadable(places.is_json, id, why); },
         .progress = [&](std::int64_t examined) { progress.at(examined); }});
  }
  tell(places.is_json,
       {{"key", current.id()},
        {"examined", rotated.examined},
        {"resealed", rotated.resealed},
        {"changed_meanwhile", rotated.left},
        {"unreadable", rotated.unreadable}},
       fmt::format("{} records looked at, {} sealed to {}, {} changed meanwhile, {} cannot be opened.",
                   rotated.examined, rotated.resealed, current.id(), rotated.left, rotated.unreadable));
  end_with(rotated.unreadable == 0 ? all_is_well : something_is_wrong);
}

void check(const Places& places, unsigned threads) {
  const auto keyring = crypto::Keyring::read(places.secret_key);
  const AsOwnerOf owner(places.documents);
  const auto documents = store::Documents::open(places.documents, intake::schema());
  intake::Checked checked;
  {
    Progress progress("checking", intake::count_sealed(*documents));
    checked = intake::check(
        *documents, keyring,
        {.threads = threads,
         .unreadable = [&](const std::string& id, std::string_view why) { tell_unreadable(places.is_json, id, why); },
         .progress = [&](std::int64_t examined) { progress.at(examined); }});
  }
  tell(places.is_json, {{"examined", checked.examined}, {"unreadable", checked.unreadable}},
       fmt::format("{} records looked at, {} cannot be opened.", checked.examined, checked.unreadable));
  end_with(checked.unreadable == 0 ? all_is_well : something_is_wrong);
}

void ask_threads(CommandLine command, unsigned& threads) {
  command.option("--threads", threads, "How many work at once (preset: the processors)").between(1, 64);
}

}  // namespace

void add_rotate(CommandLine keys) {
  const auto places = std::make_shared<Places>();
  const auto threads = std::make_shared<unsigned>(processors());
  const auto command = keys.add("rotate", "Seals every record that is under an older key to the current one.");
  places->ask_documents(command);
  places->ask_public_key(command);
  places->ask_secret_key(command);
  places->ask_json(command);
  ask_threads(command, *threads);
  command.footer(
      "While it runs, reports come in and are read. Cut off at any moment, it is begun again and goes on with what is\n"
      "left. It changes the seals, not the bodies: whoever took a record's own key before still opens that record.\n" +
      exit_codes("a record could not be opened (it is named and not touched)"));
  command.does([places, threads] { rotate(*places, *threads); });
}

void add_check(CommandLine keys) {
  const auto places = std::make_shared<Places>();
  const auto threads = std::make_shared<unsigned>(processors());
  const auto command =
      keys.add("check", "Opens every record and names those that cannot be opened, never what they hold.");
  places->ask_documents(command);
  places->ask_secret_key(command);
  places->ask_json(command);
  ask_threads(command, *threads);
  command.footer(exit_codes("a record cannot be opened"));
  command.does([places, threads] { check(*places, *threads); });
}

}  // namespace command
