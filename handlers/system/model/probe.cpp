// Asks one thing that the office depends on.
#include "system/model/probe.h"

#include <signal.h>

#include <condition_variable>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "base/unavailable.h"

namespace office {
namespace {

// So that a question under way does not meet a process that is being torn down.
constexpr std::chrono::milliseconds farewell{200};

}  // namespace

struct Probe::Shared {
  using Clock = std::chrono::steady_clock;

  explicit Shared(std::function<void()> question) : ask(std::move(question)) {}

  void run() {
    // The process's signals are its main thread's.
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, nullptr);
    std::unique_lock lock(mutex);
    while (!is_stopping) {
      asked_at = Clock::now();
      is_asking = true;
      lock.unlock();
      auto answer = try_once();
      lock.lock();
      is_asking = false;
      last = std::move(answer);
      changed.notify_all();
      changed.wait_for(lock, pause, [this] { return is_stopping; });
    }
    has_ended = true;
    changed.notify_all();
  }

  [[nodiscard]] Answer try_once() const {
    const auto begun = Clock::now();
    try {
      ask();
      return {true, Clock::now() - begun, {}};
    } catch (const base::Unavailable& failure) {
      return {false, {}, failure.what()};
    } catch (const std::exception&) {
      // A text that is not ours may quote what it choked on.
      return {false, {}, "it cannot be asked"};
    }
  }

  const std::function<void()> ask;
  std::mutex mutex;
  std::condition_variable changed;
  bool is_stopping = false;
  bool has_ended = false;
  bool is_asking = false;
  Clock::time_point asked_at{};
  std::optional<Answer> last;
};

Probe::Probe(std::function<void()> ask) : shared_(std::make_shared<Shared>(std::move(ask))) {
  std::thread([shared = shared_] { shared->run(); }).detach();
}

Probe::~Probe() {
  std::unique_lock lock(shared_->mutex);
  shared_->is_stopping = true;
  shared_->changed.notify_all();
  shared_->changed.wait_for(lock, farewell, [this] { return shared_->has_ended; });
}

Probe::Answer Probe::latest() const {
  std::unique_lock lock(shared_->mutex);
  shared_->changed.wait_for(lock, patience, [this] { return shared_->last.has_value(); });
  const bool hangs = shared_->is_asking && Shared::Clock::now() - shared_->asked_at > patience;
  if (hangs || !shared_->last) return {false, {}, "no answer in 2 s"};
  return *shared_->last;
}

}  // namespace office
