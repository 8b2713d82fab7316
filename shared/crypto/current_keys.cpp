// The keys of a running process.
#include "crypto/current_keys.h"

#include <sys/stat.h>

#include <array>
#include <mutex>

#include "base/config.h"
#include "base/log.h"

namespace crypto {
namespace {

using Identity = std::array<std::int64_t, 7>;

/// What tells one file from the one that took its name; all zero when there is none.
Identity identify(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) return {};
  return {static_cast<std::int64_t>(status.st_dev),
          static_cast<std::int64_t>(status.st_ino),
          status.st_size,
          status.st_mtim.tv_sec,
          status.st_mtim.tv_nsec,
          status.st_ctim.tv_sec,
          status.st_ctim.tv_nsec};
}

}  // namespace

template <typename Key>
struct CurrentKey<Key>::State {
  State(const std::string& file, base::Clock tells_time)
      : path(file),
        clock(std::move(tells_time)),
        seen(identify(file)),
        looked(clock()),
        key(std::make_shared<const Key>(Key::read(file))) {}

  /// With the lock held.
  void look(base::Time now) {
    looked = now;
    // Before the file is read: a file that is replaced meanwhile is seen as another the next time.
    const auto found = identify(path);
    if (found == seen) return;
    try {
      key = std::make_shared<const Key>(Key::read(path));
      seen = found;
    } catch (const base::BadStart& failure) {
      if (found != refused) base::log({{"level", "error"}, {"message", std::string_view(failure.what())}});
      refused = found;
    }
  }

  const std::string path;
  const base::Clock clock;
  std::mutex mutex;
  Identity seen;
  Identity refused{-1};
  base::Time looked;
  std::shared_ptr<const Key> key;
};

template <typename Key>
CurrentKey<Key>::CurrentKey(const std::string& path, base::Clock clock)
    : state_(std::make_shared<State>(path, std::move(clock))) {}

template <typename Key>
std::shared_ptr<const Key> CurrentKey<Key>::get() const {
  const auto now = state_->clock();
  const std::lock_guard lock(state_->mutex);
  // A clock that was set back must not keep an old key alive.
  const bool is_due = now < state_->looked || now - state_->looked >= std::chrono::seconds{1};
  if (is_due) state_->look(now);
  return state_->key;
}

std::shared_ptr<const Keyring> KeyringFile::holding(std::string_view key_id) const {
  auto keyring = get();
  if (keyring->find(key_id) != nullptr) return keyring;
  const auto now = state_->clock();
  const std::lock_guard lock(state_->mutex);
  state_->look(now);
  return state_->key;
}

template class CurrentKey<PublicKey>;
template class CurrentKey<Keyring>;

}  // namespace crypto
