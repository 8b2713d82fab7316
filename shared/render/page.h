// Pages from mustache templates (kainjow): a content template within `layout`.
//
// A template chooses and repeats, never computes: it is handed finished text. {{name}} escapes HTML. Safe from several
// threads; each template is parsed once, at start, and {{base}}, the path that the office lives under, is filled in
// then: it stands in front of every link within the office.
#pragma once

#include <kainjow/mustache.hpp>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace render {

using Data = kainjow::mustache::data;

/// A list of objects for a section.
[[nodiscard]] inline Data list() { return Data{Data::type::list}; }

class Pages {
 public:
  /// Reads the layout and every template of these folders below `folder`; `frame` begins the one of each page, `base`
  /// each of its links. Throws base::BadStart.
  Pages(const std::string& folder, const std::vector<std::string>& below, const std::string& base = {},
        Data frame = {});
  ~Pages();

  /// What every page's layout is handed, for a page to add its title and its place to.
  [[nodiscard]] Data frame() const { return frame_; }

  /// The page `name` ("intake/stats") with `data`, in the layout, which is handed `frame`.
  [[nodiscard]] std::string render(std::string_view name, const Data& data, Data frame) const;

  /// A part's own text, for a template that names it with {{> }}.
  [[nodiscard]] Data part(std::string_view name) const;

 private:
  struct Template;
  [[nodiscard]] const Template& find(std::string_view name) const;
  std::map<std::string, std::unique_ptr<Template>, std::less<>> templates_;
  const Data frame_;
};

}  // namespace render
