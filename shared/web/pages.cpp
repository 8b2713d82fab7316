// The office's pages.
#include "web/pages.h"

namespace web {

std::shared_ptr<const render::Pages> open_pages(const base::Config& config, const std::vector<std::string>& below) {
  render::Data frame;
  frame.set("stats_hidden", config.get("GUICHET_STATS") == "staff");
  return std::make_shared<const render::Pages>(config.get("GUICHET_TEMPLATES"), below, config.base_path(), frame);
}

}  // namespace web
