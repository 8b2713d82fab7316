// Pages from mustache templates.
#include "render/page.h"

#include <fmt/format.h>

#include <filesystem>
#include <stdexcept>
#include <utility>

#include "base/config.h"
#include "base/file.h"

namespace render {
namespace {

/// Filled in once here, and not as data that each page, part and row would have to carry.
std::string with_base(std::string text, const std::string& base) {
  constexpr std::string_view mark = "{{base}}";
  for (std::size_t at = 0; (at = text.find(mark, at)) != std::string::npos; at += base.size()) {
    text.replace(at, mark.size(), base);
  }
  return text;
}

}  // namespace

struct Pages::Template {
  explicit Template(std::string source) : text(std::move(source)), parsed(text) {}
  std::string text;
  mutable std::mutex mutex;  // kainjow's render is not const
  mutable kainjow::mustache::mustache parsed;
};

Pages::Pages(const std::string& folder, const std::vector<std::string>& below, const std::string& base, Data frame)
    : frame_(std::move(frame)) {
  const auto read = [&](const std::filesystem::path& path) {
    auto entry = std::make_unique<Template>(with_base(base::read_file(path.string()), base));
    if (!entry->parsed.is_valid()) {
      throw base::BadStart(fmt::format("The template {} is wrong: {}.", path.string(), entry->parsed.error_message()));
    }
    const auto name = std::filesystem::path(path).replace_extension().lexically_relative(folder).string();
    templates_.emplace(name, std::move(entry));
  };
  const std::filesystem::path root(folder);
  read(root / "layout.mustache");
  for (const auto& desk : below) {
    std::error_code failed;
    for (const auto& file : std::filesystem::recursive_directory_iterator(root / desk, failed)) {
      if (file.path().extension() == ".mustache") read(file.path());
    }
    if (failed) throw base::BadStart(fmt::format("The templates in {} cannot be read.", (root / desk).string()));
  }
}

Pages::~Pages() = default;

const Pages::Template& Pages::find(std::string_view name) const {
  const auto found = templates_.find(name);
  if (found == templates_.end()) throw std::logic_error(fmt::format("no template {}", name));
  return *found->second;
}

std::string Pages::render(std::string_view name, const Data& data, Data frame) const {
  const auto fill = [this](std::string_view which, const Data& with) {
    const auto& entry = find(which);
    const std::lock_guard lock(entry.mutex);
    return entry.parsed.render(with);
  };
  frame.set("content", fill(name, data));
  return fill("layout", frame);
}

Data Pages::part(std::string_view name) const {
  const auto& text = find(name).text;
  return Data{kainjow::mustache::partial{[&text] { return text; }}};
}

}  // namespace render
