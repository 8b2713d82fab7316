// guichet error-pages FOLDER: writes the pages that Nginx shows by itself, in our layout.
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "base/config.h"
#include "command/command.h"
#include "web/problem_page.h"

namespace command {
namespace {

constexpr int statuses[] = {400, 401, 403, 404, 405, 408, 411, 412, 413, 414,
                            415, 416, 429, 431, 500, 501, 502, 503, 504, 505};

void write(const std::filesystem::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  if (!file.flush()) throw base::BadStart(fmt::format("The page {} cannot be written.", path.string()));
}

}  // namespace

void add_error_pages(CommandLine program) {
  const auto folder = std::make_shared<std::string>();
  const auto templates = std::make_shared<std::string>("templates");
  const auto base = std::make_shared<std::string>();
  const auto pages = program.add("error-pages", "Writes the error pages that Nginx shows by itself.");
  pages.option("folder", *folder, "Where to write STATUS.html and STATUS.json").required();
  pages.option("--templates", *templates, "The folder of templates").or_variable("GUICHET_TEMPLATES");
  pages.option("--base", *base, "What each link begins with").or_variable("GUICHET_BASE_PATH");
  pages.does([folder, templates, base] {
    const render::Pages layout(*templates, {"system"}, *base);
    std::filesystem::create_directories(*folder);
    for (const int status : statuses) {
      const web::Problem problem(status);
      const auto path = std::filesystem::path(*folder) / std::to_string(status);
      write(path.string() + ".html", web::problem_page(problem, "", layout).body);
      write(path.string() + ".json", web::problem_json(problem, "").body);
    }
  });
}

}  // namespace command
