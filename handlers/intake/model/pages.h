// The desk's pages: its templates and what every layout of this office is told.
#pragma once

#include <memory>

#include "base/config.h"
#include "render/page.h"

namespace intake {

/// Reads the templates of the desk. Throws base::BadStart.
[[nodiscard]] std::shared_ptr<const render::Pages> open_pages(const base::Config& config);

}  // namespace intake
