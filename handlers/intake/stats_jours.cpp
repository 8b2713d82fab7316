// GET /stats_jours: which bank and which age bracket is hit most in the last 24 hours; a page or JSON.
#include "intake/model/figures_view.h"
#include "intake/model/records.h"
#include "store/engine.h"
#include "web/pages.h"
#include "web/serve.h"

namespace {

web::Response stats_jours(intake::Statistics& statistics, const render::Pages& pages, const web::Request& request) {
  const auto shown = statistics.last_day(base::now());
  const auto& figures = *shown;
  if (request.wants_json()) {
    return web::json_text(intake::json_text(figures, figures.is_from_window ? "window" : "documents"));
  }
  auto data = intake::page_data(figures);
  data.set("figures", pages.part("intake/parts/figures"));
  data.set("from_documents", !figures.is_from_window && !figures.as_of);
  auto frame = pages.frame();
  frame.set("title", "Dernières 24 heures");
  frame.set("nav_stats_jours", true);
  frame.set("charts", figures.total > 0);
  return web::html(pages.render("intake/stats_jours", data, frame));
}

}  // namespace

int main(int, char** words) {
  const web::Needs needs{.reads = {"GUICHET_TEMPLATES", "GUICHET_BANKS_FILE"},
                         .writes = {"GUICHET_INTAKE_DOCUMENTS"},
                         .connects = {"GUICHET_INTAKE_WINDOW"},
                         .load = store::load_engine};
  return web::serve("intake_stats_jours", words, needs, [](const base::Config& config) {
    const auto pages = web::open_pages(config, {"intake", "system"});
    const std::shared_ptr documents = intake::open_documents(config);
    const std::shared_ptr window = intake::open_window(config, *documents);
    const auto statistics = std::make_shared<intake::Statistics>(
        *documents, window.get(), intake::Banks::read(config.get("GUICHET_BANKS_FILE")), intake::publication(config));
    return web::Service{
        .routes = {{.path = "/stats_jours",
                    .answer = [pages, documents, window, statistics](
                                  const web::Request& request) { return stats_jours(*statistics, *pages, request); }}},
        .pages = pages};
  });
}
