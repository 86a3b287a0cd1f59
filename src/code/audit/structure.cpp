// How a repository is built, and what an old one left: parts, packages, largest files, exports in XML.
#include <algorithm>
#include <mutex>

#include <fmt/format.h>

#include "code/architecture/architecture.h"
#include "code/audit/audit.h"
#include "code/audit/lists.h"
#include "code/graph/tree.h"

namespace commandcenter::audit {
namespace {

using architecture::FileFacts;
using architecture::Model;
using architecture::SourceFile;

constexpr std::size_t kLargest = 15;
constexpr std::size_t kSniffed_bytes = 64 << 10;
constexpr std::size_t kMaxExport_bytes = 64 << 20;

bool could_be_export(std::string_view path, std::string_view bytes) {
  if (!path.ends_with(".xml") && !path.ends_with(".txt") && !path.ends_with(".md")) return false;
  return bytes.size() <= kMaxExport_bytes &&
         bytes.substr(0, kSniffed_bytes).find("<file path=\"") != std::string_view::npos;
}

Json largest_files(const Model& model) {
  std::vector<const SourceFile*> files;
  for (const SourceFile& file : model.graph.files) {
    if (file.facts.tongue != architecture::Tongue::kNone && !file.generated) files.push_back(&file);
  }
  std::ranges::stable_sort(files, std::ranges::greater{}, [](const SourceFile* file) { return file->facts.lines; });
  Json list = Json::array();
  for (std::size_t i = 0; i < std::min(files.size(), kLargest); ++i)
    list.push_back({{"file", files[i]->path}, {"lines", files[i]->facts.lines}});
  return list;
}

// Files that many others import: where a change reaches furthest.
Json most_imported(const Model& model) {
  std::vector<std::size_t> importers(model.graph.files.size(), 0);
  for (const architecture::Edge& edge : model.graph.edges)
    ++importers[edge.to];
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < importers.size(); ++i) {
    if (importers[i] > 1) order.push_back(i);
  }
  std::ranges::stable_sort(order, std::ranges::greater{}, [&](std::size_t i) { return importers[i]; });
  Json list = Json::array();
  for (std::size_t i = 0; i < std::min(order.size(), kLargest); ++i)
    list.push_back({{"file", model.graph.files[order[i]].path}, {"importers", importers[order[i]]}});
  return list;
}

Json parts_of(const Model& model) {
  Json parts = Json::array();
  for (const std::size_t index : model.groups.front().children) {
    const architecture::Group& group = model.groups[index];
    std::size_t tests = 0;
    for (const std::uint32_t file : group.files)
      tests += model.graph.files[file].test ? 1U : 0U;
    Json part = {{"id", group.id},
                 {"path", group.path},
                 {"files", group.files.size()},
                 {"lines", group.lines},
                 {"tests", tests}};
    if (!group.files.empty()) part["first"] = model.graph.files[group.files.front()].path;
    parts.push_back(std::move(part));
  }
  return parts;
}

Json present(const Model& model) {
  Json list = Json::array();
  for (const SourceFile& file : model.graph.files) {
    if (file.path.find('/') != std::string::npos) continue;
    for (const std::string_view name : {"README", "LICENSE", "COPYING", "CONTRIBUTING", "CHANGELOG", "SECURITY"}) {
      if (file.path.starts_with(name)) list.push_back(file.path);
    }
  }
  return list;
}

}  // namespace

Json read_export(std::string_view text) {
  Json files = Json::array();
  std::size_t lines = 0;
  std::size_t imports = 0;
  bool truncated = false;
  std::string_view rest = text;
  constexpr std::string_view kOpen = "<file path=\"";
  constexpr std::string_view kClose = "</file>";
  for (std::size_t at = rest.find(kOpen); at != std::string_view::npos && files.size() < kMaxExportFiles;
       at = rest.find(kOpen)) {
    rest.remove_prefix(at + kOpen.size());
    const std::size_t quote = rest.find('"');
    const std::size_t tag = rest.find('>');
    if (quote == std::string_view::npos || tag == std::string_view::npos || quote > tag) {
      truncated = true;
      break;
    }
    const std::string path(rest.substr(0, quote));
    rest.remove_prefix(tag + 1);
    std::size_t end = rest.find(kClose);
    const std::size_t next = rest.find(kOpen);
    const bool cut =
        end == std::string_view::npos || (next < end && rest.substr(next).find("\">") < 4'096 && end > next);
    // A file whose end is missing goes up to the next one, or to the end of what there is.
    if (end == std::string_view::npos) end = std::min(next, rest.size());
    const std::string_view body = rest.substr(0, end);
    const FileFacts facts = architecture::read_imports(path, body);
    const auto body_lines = static_cast<std::size_t>(std::ranges::count(body, '\n'));
    Json entry = {{"path", path}, {"lines", body_lines}};
    const std::string_view language = architecture::tongue_name(path);
    if (!language.empty()) entry["language"] = language;
    if (!facts.imports.empty()) entry["imports"] = facts.imports.size();
    if (!facts.declares.empty()) {
      entry["declares"] = Json::array();
      for (std::size_t i = 0; i < std::min<std::size_t>(facts.declares.size(), 20); ++i)
        entry["declares"].push_back(facts.declares[i]);
    }
    if (cut && next == std::string_view::npos) {
      entry["truncated"] = true;
      truncated = true;
    }
    lines += body_lines;
    imports += facts.imports.size();
    files.push_back(std::move(entry));
    rest.remove_prefix(end);
  }
  return {{"files", files.size()},
          {"lines", lines},
          {"imports", imports},
          {"truncated", truncated},
          {"list", std::move(files)}};
}

Result<Json> structure(const Place& place) {
  architecture::Options options;
  options.target = place.target;
  options.folder = place.folder;
  std::mutex mutex;
  std::map<std::string, Json> exports;
  options.onlooker = [&](unsigned, std::string_view path, std::string_view bytes) {
    if (!could_be_export(path, bytes)) return;
    Json read = read_export(bytes);
    if (read["files"] == 0) return;
    const std::lock_guard lock(mutex);
    exports.emplace(path, std::move(read));
  };
  const auto model = architecture::read_architecture(place.root, options);
  if (!model) return fail(model.error());
  Json result = {{"name", model->name}, {"summary", architecture::summary_json(*model)}, {"parts", parts_of(*model)}};
  result["packages"] = architecture::surroundings_json(*model)["packages"];
  result["largestFiles"] = largest_files(*model);
  result["mostImported"] = most_imported(*model);
  result["documents"] = present(*model);
  result["exports"] = Json::array();
  for (auto& [path, read] : exports) {
    if (result["exports"].size() >= kMaxExports) break;
    Json entry = {{"file", path}};
    entry.update(read);
    Json& list = entry["list"];
    list = limited(std::move(list));
    result["exports"].push_back(std::move(entry));
  }
  return result;
}

}  // namespace commandcenter::audit
