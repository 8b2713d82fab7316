// The desk's pages.
#include "intake/model/pages.h"

namespace intake {

std::shared_ptr<const render::Pages> open_pages(const base::Config& config) {
  render::Data frame;
  frame.set("stats_hidden", config.get("GUICHET_STATS") == "staff");
  return std::make_shared<const render::Pages>(config.get("GUICHET_TEMPLATES"),
                                               std::vector<std::string>{"intake", "system"}, config.base_path(), frame);
}

}  // namespace intake
