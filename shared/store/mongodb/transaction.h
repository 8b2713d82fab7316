// One transaction in this process's turn, for who changes a database now and then and waits for it: the mark, an
// arrival.
#pragma once

#include <chrono>
#include <functional>

#include "store/mongodb/writer.h"

namespace store::mongodb {

/// Durable when it returns. What is Undone is begun again within the patience, so `work` may run twice. Throws what
/// `work` throws, and Unavailable; {unknown}: it may be durable.
void transact(const Engine& engine, std::chrono::milliseconds patience,
              const std::function<void(Writing& writing, Tallies& tallies)>& work);

}  // namespace store::mongodb
