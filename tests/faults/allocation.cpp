// Memory that runs out once.
#include "faults/allocation.h"

#include <atomic>
#include <cstdlib>
#include <new>

namespace {

std::atomic<long> left = 0;  // until the one that fails; none below 1

}  // namespace

void* operator new(std::size_t size) {
  if (left.load(std::memory_order_relaxed) > 0 && left.fetch_sub(1) == 1) throw std::bad_alloc();
  if (void* made = std::malloc(size == 0 ? 1 : size)) return made;
  throw std::bad_alloc();
}
void operator delete(void* made) noexcept { std::free(made); }
void operator delete(void* made, std::size_t) noexcept { std::free(made); }

namespace faults {

FailingAllocation::FailingAllocation(long number) { left = number; }
FailingAllocation::~FailingAllocation() { left = 0; }
bool FailingAllocation::has_failed() const { return left <= 0; }

}  // namespace faults
