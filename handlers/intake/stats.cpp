// GET /stats: which bank and which age bracket is hit most, of all time; a page or JSON.
#include "intake/model/figures_view.h"
#include "intake/model/records.h"
#include "store/engine.h"
#include "web/pages.h"
#include "web/serve.h"

namespace {

web::Response stats(intake::Statistics& statistics, const render::Pages& pages, const web::Request& request) {
  const auto shown = statistics.all_time(base::now());
  const auto& figures = *shown;
  if (request.wants_json()) return web::json_text(intake::json_text(figures));

  auto data = intake::page_data(figures);
  data.set("figures", pages.part("intake/parts/figures"));
  auto frame = pages.frame();
  frame.set("title", "Statistiques");
  frame.set("nav_stats", true);
  frame.set("charts", figures.total > 0);
  return web::html(pages.render("intake/stats", data, frame));
}

}  // namespace

int main(int, char** words) {
  const web::Needs needs{.reads = {"GUICHET_TEMPLATES", "GUICHET_BANKS_FILE"},
                         .writes = {"GUICHET_INTAKE_DOCUMENTS"},
                         .load = store::load_engine};
  return web::serve("intake_stats", words, needs, [](const base::Config& config) {
    const auto pages = web::open_pages(config, {"intake", "system"});
    const std::shared_ptr documents = intake::open_documents(config);
    const auto statistics = std::make_shared<intake::Statistics>(
        *documents, nullptr, intake::Banks::read(config.get("GUICHET_BANKS_FILE")), intake::publication(config));
    return web::Service{
        .routes = {{.path = "/stats",
                    .answer = [pages, documents, statistics](
                                  const web::Request& request) { return stats(*statistics, *pages, request); }}},
        .pages = pages};
  });
}
