// What an engine throws when its transaction came to nothing for a reason that passes: another's writes were in its
// way, or another server leads now. The group commit runs the same writes again.
#pragma once

#include "base/unavailable.h"

namespace store {

struct Undone : base::Unavailable {
  using Unavailable::Unavailable;
};

}  // namespace store
