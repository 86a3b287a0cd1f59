// One page that holds everything: all views with their layout, all imports, and the script that shows them.
#include <span>

#include "base/assert.h"
#include "base/embedded_file.h"
#include "code/architecture/render.h"

namespace commandcenter::architecture {

std::span<const EmbeddedFile> architecture_page();  // made of page/ by the build

namespace {

constexpr std::size_t kMaxPageImports = 300'000;

std::string_view page_file(std::string_view name) {
  for (const EmbeddedFile& file : architecture_page()) {
    if (file.path == name) return file.content;
  }
  CC_ASSERT(false);
  return {};
}

// JSON that cannot end the element it stands in, and that is a JavaScript literal as well.
std::string inert(const std::string& json) {
  std::string text;
  text.reserve(json.size());
  for (const char c : json) {
    if (c == '<')
      text += "\\u003c";
    else if (c == '>')
      text += "\\u003e";
    else if (c == '&')
      text += "\\u0026";
    else
      text += c;
  }
  return text;
}

std::string as_text(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '<')
      result += "&lt;";
    else if (c == '&')
      result += "&amp;";
    else
      result += c;
  }
  return result;
}

}  // namespace

std::string page(const Model& model, const LinkBase& links) {
  Json data = architecture_json(model);
  data.erase("nodes");
  data.erase("edges");
  data.erase("skipped");
  data["links"] = {{"prefix", links.prefix}, {"line", links.line}};
  Json paths = Json::array();
  for (const SourceFile& file : model.graph.files)
    paths.push_back(file.path);
  data["paths"] = std::move(paths);
  Json imports = Json::array();
  for (const Edge& edge : model.graph.edges) {
    if (imports.size() >= 3 * kMaxPageImports) break;
    imports.push_back(edge.from);
    imports.push_back(edge.to);
    imports.push_back(edge.line);
  }
  data["imports"] = std::move(imports);

  std::string result;
  std::string_view rest = page_file("page.html");
  while (true) {
    const std::size_t at = rest.find('@');
    const std::size_t end = at == std::string_view::npos ? at : rest.find('@', at + 1);
    if (end == std::string_view::npos) return result + std::string(rest);
    result += rest.substr(0, at);
    const std::string_view name = rest.substr(at + 1, end - at - 1);
    if (name == "title") result += as_text(title_of(model));
    if (name == "style") result += page_file("page.css");
    if (name == "script") result += page_file("page.js");
    if (name == "data") result += inert(dump_json(data));
    rest.remove_prefix(end + 1);
  }
}

}  // namespace commandcenter::architecture
