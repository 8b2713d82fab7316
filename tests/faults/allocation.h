// Memory that runs out once: in this program, every `new` can be told to fail.
#pragma once

namespace faults {

/// While it lives, the `number`-th `new` from its making on, of whatever thread, throws std::bad_alloc. One at a time.
class FailingAllocation {
 public:
  explicit FailingAllocation(long number);
  FailingAllocation(const FailingAllocation&) = delete;
  FailingAllocation& operator=(const FailingAllocation&) = delete;
  ~FailingAllocation();

  /// Whether it has come to that.
  [[nodiscard]] bool has_failed() const;
};

}  // namespace faults
