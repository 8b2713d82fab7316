// One transaction in this process's turn.
#include "store/mongodb/transaction.h"

#include <thread>

#include "store/undone.h"

namespace store::mongodb {

void transact(const Engine& engine, std::chrono::milliseconds patience,
              const std::function<void(Writing& writing, Tallies& tallies)>& work) {
  const auto until = std::chrono::steady_clock::now() + patience;
  while (true) {
    bool is_committing = false;
    try {
      const auto writing = engine.connect();
      const auto turn = engine.take_turn();
      Tallies tallies;
      work(*writing, tallies);
      engine.write(*writing, tallies);
      is_committing = true;
      return engine.commit(*writing);
    } catch (const Undone& thrown) {
      if (std::chrono::steady_clock::now() > until) throw Unavailable(thrown.what());
    } catch (const Unavailable& failure) {
      if (!is_committing) throw;
      throw Unavailable(failure.what(), Unavailable::Outcome::unknown);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
}

}  // namespace store::mongodb
