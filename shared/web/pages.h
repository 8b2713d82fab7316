// The office's pages: its templates, and what every layout is told.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/config.h"
#include "render/page.h"

namespace web {

/// The layout, and the templates of these folders of GUICHET_TEMPLATES. Throws base::BadStart.
[[nodiscard]] std::shared_ptr<const render::Pages> open_pages(const base::Config& config,
                                                              const std::vector<std::string>& below);

}  // namespace web
