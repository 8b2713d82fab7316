// SQLite behind the documents' door.
#pragma once

#include "store/engine.h"

namespace store::sqlite {

[[nodiscard]] const store::Engine& engine();

}  // namespace store::sqlite
