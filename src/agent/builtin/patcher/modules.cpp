#include "agent/builtin/patcher/modules.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>

namespace commandcenter::patcher {
namespace {

constexpr std::array<std::string_view, 9> kEnds{"", ".ts", ".tsx", ".js", ".jsx", ".mjs", ".cjs", ".mts", ".cts"};

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash);
}

std::string below(const std::string& folder, const std::string& name) {
  return folder.empty() ? name : name.empty() ? folder : folder + "/" + name;
}

}  // namespace

std::optional<std::string> script_module(const std::string& importing, const std::string& source, const Paths& files) {
  if (!source.starts_with("./") && !source.starts_with("../") && source != "." && source != "..") return std::nullopt;
  std::string base = std::filesystem::path(below(folder_of(importing), source)).lexically_normal().string();
  while (base.ends_with('/'))
    base.pop_back();
  if (base == ".") base.clear();
  for (const std::string& folder : {base, below(base, "index")}) {
    for (const std::string_view end : kEnds) {
      if (const std::string path = folder + std::string(end); files.contains(path)) return path;
    }
  }
  // "./a.js" in TypeScript is a.ts before it is compiled.
  for (const auto& [written, real] :
       {std::pair{".js", ".ts"}, std::pair{".js", ".tsx"}, std::pair{".mjs", ".mts"}, std::pair{".cjs", ".cts"}}) {
    if (!base.ends_with(written)) continue;
    const std::string path = base.substr(0, base.size() - std::string_view(written).size()) + real;
    if (files.contains(path)) return path;
  }
  return std::nullopt;
}

std::optional<std::string> python_module(const std::string& importing, const std::string& source, const Paths& files) {
  const std::size_t dots = std::min(source.find_first_not_of('.'), source.size());
  std::string name = source.substr(dots);
  std::ranges::replace(name, '.', '/');
  const auto in = [&](const std::string& folder) -> std::optional<std::string> {
    const std::string base = below(folder, name);
    for (const std::string& path : {base + ".py", base + ".pyi", below(base, "__init__.py")}) {
      if (files.contains(path)) return path;
    }
    return std::nullopt;
  };
  std::string folder = folder_of(importing);
  if (dots > 0) {
    for (std::size_t i = 1; i < dots; ++i)
      folder = folder_of(folder);
    return in(folder);
  }
  while (true) {
    if (auto found = in(folder)) return found;
    if (folder.empty()) break;
    folder = folder_of(folder);
  }
  return in("src");
}

}  // namespace commandcenter::patcher
