// fill DATABASE COUNT [PUBLIC_KEY_FILE]: adds that many reports to an intake database through the store's own door.
// Without a key their envelopes are random bytes; with one, the seals are real and can be rotated.
#include <atomic>
#include <cstdlib>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/ids.h"
#include "crypto/envelope.h"
#include "crypto/hash.h"
#include "intake/model/age_bracket.h"
#include "intake/model/records.h"

int main(int count, char** arguments) {
  if (count != 3 && count != 4) return EXIT_FAILURE;
  const auto documents = store::Documents::open("sqlite:" + std::string(arguments[1]), intake::schema());
  const std::vector<std::string> banks{"LCL", "CIC", "BPCE", "BNP Paribas", "Crédit Mutuel", "Société Générale"};
  std::atomic<long> left = std::stol(arguments[2]);
  // A day in the past, so that the 24-hour window stays small.
  const auto time = base::now() - std::chrono::hours{48};
  const auto key = count == 4 ? std::optional(crypto::PublicKey::read(arguments[3])) : std::nullopt;
  std::vector<std::thread> threads;
  for (int i = 0; i < 256; ++i) {
    threads.emplace_back([&] {
      for (long mine = left--; mine > 0; mine = left--) {
        const auto number = static_cast<std::size_t>(mine);
        const auto id = base::make_id(time);
        crypto::Envelope envelope{"0000000000000000", crypto::random_bytes(116), crypto::random_bytes(369)};
        if (key) {
          const auto receipt = crypto::Receipt::derive({crypto::TokenSource::form, crypto::random_bytes(32)});
          envelope =
              crypto::seal(crypto::SecretText("Zoé\n34\nzoe@example.org\n+33639980001\n1818\n09/28\n75001\nLCL\n"), id,
                           *key, receipt);
        }
        const auto added =
            documents->add(intake::submissions_collection,
                           {.id = id,
                            .received = time + std::chrono::milliseconds{mine % 3'600'000},
                            .labels = {{std::string(intake::age_bracket_label),
                                        std::string(intake::age_brackets[number % intake::age_brackets.size()].name)},
                                       {std::string(intake::bank_label), banks[number % banks.size()]},
                                       {std::string(intake::key_label), envelope.key_id},
                                       {std::string(intake::status_label), "new"},
                                       {std::string(intake::agent_label), ""}},
                            .unique = crypto::random_bytes(32),
                            .seal = std::move(envelope.seal),
                            .body = std::move(envelope.body)});
        if (!added.is_new) std::abort();
      }
    });
  }
  for (auto& thread : threads) thread.join();
}
