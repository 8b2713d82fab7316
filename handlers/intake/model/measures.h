// What the desk tells of its stores to whoever watches the office.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "store/documents.h"
#include "store/window.h"
#include "web/slot.h"

namespace intake {

/// How many commits this process made there, how many writes shared them, and what they cost.
[[nodiscard]] std::vector<web::Measure> commit_measures(const std::shared_ptr<const store::Documents>& documents,
                                                        std::string_view store);

/// How far the window is behind its documents, and since when; asking folds what a burst has left over.
[[nodiscard]] std::vector<web::Measure> window_measures(const std::shared_ptr<store::Window>& window,
                                                        const base::Clock& clock);

}  // namespace intake
