// A moment for tests whose clock they move themselves.
#pragma once

#include <chrono>

#include "base/clock.h"

namespace ground {

inline const base::Time noon{std::chrono::sys_days{std::chrono::year{2030} / 5 / 17} + std::chrono::hours{12}};

}  // namespace ground
