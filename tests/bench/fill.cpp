// fill DATABASE COUNT: adds that many reports to an intake database through the store's own door.
#include <atomic>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "base/ids.h"
#include "crypto/hash.h"
#include "intake/model/age_bracket.h"
#include "intake/model/records.h"

int main(int count, char** arguments) {
  if (count != 3) return EXIT_FAILURE;
  const auto documents = store::Documents::open("sqlite:" + std::string(arguments[1]), intake::schema());
  const std::vector<std::string> banks{"LCL", "CIC", "BPCE", "BNP Paribas", "Crédit Mutuel", "Société Générale"};
  std::atomic<long> left = std::stol(arguments[2]);
  // A day in the past, so that the 24-hour window stays small.
  const auto time = base::now() - std::chrono::hours{48};
  std::vector<std::thread> threads;
  for (int i = 0; i < 256; ++i) {
    threads.emplace_back([&] {
      for (long mine = left--; mine > 0; mine = left--) {
        const auto number = static_cast<std::size_t>(mine);
        const auto added =
            documents->add(intake::submissions_collection,
                           {.id = base::make_id(time),
                            .received = time + std::chrono::milliseconds{mine % 3'600'000},
                            .labels = {{std::string(intake::age_bracket_label),
                                        std::string(intake::age_brackets[number % intake::age_brackets.size()].name)},
                                       {std::string(intake::bank_label), banks[number % banks.size()]},
                                       {std::string(intake::key_label), "0000000000000000"}},
                            .unique = crypto::random_bytes(32),
                            .seal = crypto::random_bytes(116),
                            .body = crypto::random_bytes(369)});
        if (!added.is_new) std::abort();
      }
    });
  }
  for (auto& thread : threads) thread.join();
}
