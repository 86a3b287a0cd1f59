// The model as JSON; docs/formats/architecture.md describes it.
#include <algorithm>
#include <cmath>
#include <map>

#include "code/architecture/architecture.h"
#include "code/architecture/layout.h"
#include "code/graph/tree.h"

namespace commandcenter::architecture {
namespace {

Json spot_json(const Spot& spot) {
  return {{"file", spot.file}, {"line", spot.line}};
}

Json with_spot(Json object, const Spot& spot) {
  object["file"] = spot.file;
  object["line"] = spot.line;
  return object;
}

void add_change(Json& object, Change change) {
  if (change != Change::kNone) object["change"] = change_word(change);
}

Json nodes_json(const Model& model) {
  std::vector<bool> is_end(model.graph.files.size(), false);
  for (const Edge& edge : model.graph.edges)
    is_end[edge.from] = is_end[edge.to] = true;
  Json nodes = Json::array();
  for (std::size_t i = 0; i < model.graph.files.size(); ++i) {
    const SourceFile& file = model.graph.files[i];
    if (file.facts.tongue == Tongue::kNone && !is_end[i]) continue;
    Json node = {{"path", file.path}};
    const std::string_view language = tongue_name(file.path);
    node["language"] = language.empty() ? std::string_view("JSON") : language;
    node["lines"] = file.facts.lines;
    node["group"] = model.groups[model.group_of_file[i]].id;
    if (file.test) node["test"] = true;
    if (file.generated) node["generated"] = true;
    if (model.difference) add_change(node, model.difference->files[i]);
    nodes.push_back(std::move(node));
  }
  return nodes;
}

Json edges_json(const Model& model) {
  Json edges = Json::array();
  for (std::size_t i = 0; i < model.graph.edges.size(); ++i) {
    const Edge& edge = model.graph.edges[i];
    Json json = {{"from", model.graph.files[edge.from].path},
                 {"to", model.graph.files[edge.to].path},
                 {"kind", import_word(edge.kind)},
                 {"line", edge.line}};
    if (model.difference) add_change(json, model.difference->edges[i]);
    edges.push_back(std::move(json));
  }
  return edges;
}

Json groups_json(const Model& model) {
  Json groups = Json::array();
  for (std::size_t i = 0; i < model.groups.size(); ++i) {
    const Group& group = model.groups[i];
    Json json = {{"id", group.id},     {"name", group.name},          {"kind", group.kind},
                 {"path", group.path}, {"files", group.files.size()}, {"lines", group.lines}};
    if (i > 0) json["parent"] = model.groups[group.parent].id;
    if (!group.section.empty()) json["section"] = group.section;
    if (group.aside) json["aside"] = true;
    if (model.difference) add_change(json, model.difference->groups[i]);
    json["children"] = Json::array();
    for (const std::size_t child : group.children)
      json["children"].push_back(model.groups[child].id);
    json["members"] = Json::array();
    for (const std::uint32_t file : group.members)
      json["members"].push_back(model.graph.files[file].path);
    groups.push_back(std::move(json));
  }
  return groups;
}

Json languages_json(const Model& model) {
  std::map<std::string_view, std::pair<std::size_t, std::size_t>> languages;
  for (const SourceFile& file : model.graph.files) {
    if (file.facts.tongue == Tongue::kNone) continue;
    auto& [files, lines] = languages[tongue_name(file.path)];
    ++files;
    lines += file.facts.lines;
  }
  Json list = Json::array();
  std::vector<std::pair<std::string_view, std::pair<std::size_t, std::size_t>>> ordered(languages.begin(),
                                                                                        languages.end());
  std::ranges::stable_sort(ordered, std::ranges::greater{}, [](const auto& entry) { return entry.second.second; });
  for (const auto& [name, counts] : ordered)
    list.push_back({{"name", name}, {"files", counts.first}, {"lines", counts.second}});
  return list;
}

std::size_t count_of(const Model& model, std::string_view kind) {
  return static_cast<std::size_t>(std::ranges::count(model.signals, kind, &Signal::kind));
}

}  // namespace

Json view_json(const Model& model, const View& view) {
  const Drawing drawing = lay_out(view);
  Json json = {{"group", model.groups[view.group].id}, {"nodes", Json::array()}, {"edges", Json::array()}};
  json["width"] = std::lround(drawing.width);
  json["height"] = std::lround(drawing.height);
  for (std::size_t i = 0; i < view.nodes.size(); ++i) {
    const ViewNode& node = view.nodes[i];
    Json entry = {{"id", node.id}, {"label", node.label}, {"kind", node.kind}};
    if (!node.section.empty()) entry["section"] = node.section;
    if (node.files > 0) entry["files"] = node.files;
    if (node.lines > 0) entry["lines"] = node.lines;
    if (node.entry) entry["entry"] = true;
    if (node.cycle) entry["cycle"] = true;
    if (node.aside) entry["aside"] = true;
    add_change(entry, node.change);
    if (!node.spot.file.empty()) entry["source"] = spot_json(node.spot);
    entry["x"] = std::lround(drawing.boxes[i].x);
    entry["y"] = std::lround(drawing.boxes[i].y);
    entry["width"] = std::lround(drawing.boxes[i].width);
    entry["height"] = std::lround(drawing.boxes[i].height);
    json["nodes"].push_back(std::move(entry));
  }
  std::vector<const Line*> lines(view.edges.size(), nullptr);
  for (const Line& line : drawing.lines)
    lines[line.edge] = &line;
  for (std::size_t i = 0; i < view.edges.size(); ++i) {
    const ViewEdge& edge = view.edges[i];
    Json entry = {{"from", view.nodes[edge.from].id}, {"to", view.nodes[edge.to].id}, {"imports", edge.imports}};
    if (edge.cycle) entry["cycle"] = true;
    if (edge.back && edge.cycle) entry["back"] = true;
    add_change(entry, edge.change);
    if (edge.added > 0) entry["added"] = edge.added;
    if (edge.removed > 0) entry["removed"] = edge.removed;
    if (edge.violation) entry["violation"] = true;
    if (edge.implied) entry["implied"] = true;
    if (lines[i] != nullptr) {
      entry["points"] = Json::array();
      for (const Point& point : lines[i]->points)
        entry["points"].push_back(Json::array({std::lround(point.x), std::lround(point.y)}));
    }
    json["edges"].push_back(with_spot(std::move(entry), edge.spot));
  }
  return json;
}

Json signals_json(const Model& model, std::string_view kind) {
  Json list = Json::array();
  for (const Signal& signal : model.signals) {
    if (signal.kind != kind) continue;
    Json entry = Json::object();
    if (!signal.method.empty()) entry["method"] = signal.method;
    entry["name"] = signal.name;
    if (!signal.framework.empty()) entry["framework"] = signal.framework;
    list.push_back(with_spot(std::move(entry), signal.spot));
  }
  return list;
}

Json summary_json(const Model& model) {
  std::size_t code_files = 0;
  std::size_t lines = 0;
  for (const SourceFile& file : model.graph.files) {
    code_files += file.facts.tongue != Tongue::kNone ? 1U : 0U;
    lines += file.facts.lines;
  }
  Json languages = languages_json(model);
  return {{"files", model.graph.files.size()},
          {"codeFiles", code_files},
          {"lines", lines},
          {"imports", model.graph.edges.size()},
          {"unresolvedImports", model.graph.unresolved},
          {"omittedImports", model.graph.omitted_edges},
          {"packages", model.graph.packages.size()},
          {"groups", model.groups.size() - 1},
          {"cycles", model.cycles.size()},
          {"entryPoints", model.entries.size()},
          {"routes", count_of(model, "route")},
          {"systems", model.systems.size()},
          {"services", model.services.size()},
          {"violations", model.violations.size()},
          {"languages", std::move(languages)}};
}

Json surroundings_json(const Model& model) {
  Json json = {{"packages", Json::array()},  {"entryPoints", Json::array()}, {"routes", signals_json(model, "route")},
               {"systems", Json::array()},   {"services", Json::array()},    {"cycles", Json::array()},
               {"violations", Json::array()}};
  for (const Package& package : model.graph.packages)
    json["packages"].push_back(
        {{"name", package.name}, {"path", package.folder}, {"kind", package.kind}, {"manifest", package.manifest}});
  for (const EntryPoint& entry : model.entries)
    json["entryPoints"].push_back(with_spot({{"kind", entry.kind}, {"name", entry.name}}, entry.spot));
  for (const System& system : model.systems) {
    if (system.change == Change::kRemoved) continue;  // a fact of the state before
    Json entry = {{"name", system.name}, {"kind", system.kind}, {"spots", Json::array()}};
    for (const Spot& spot : system.spots)
      entry["spots"].push_back(spot_json(spot));
    json["systems"].push_back(std::move(entry));
  }
  for (const Service& service : model.services) {
    Json entry = {{"name", service.name}, {"kind", service.kind}};
    if (!service.image.empty()) entry["image"] = service.image;
    if (!service.build.empty()) entry["build"] = service.build;
    if (!service.needs.empty()) entry["needs"] = service.needs;
    json["services"].push_back(with_spot(std::move(entry), service.spot));
  }
  for (const Cycle& cycle : model.cycles) {
    Json entry = {{"files", Json::array()}, {"path", Json::array()}};
    for (const std::uint32_t file : cycle.files)
      entry["files"].push_back(model.graph.files[file].path);
    for (const std::uint32_t file : cycle.path)
      entry["path"].push_back(model.graph.files[file].path);
    json["cycles"].push_back(std::move(entry));
  }
  for (const Violation& violation : model.violations) {
    json["violations"].push_back(with_spot({{"rule", violation.rule},
                                            {"message", violation.message},
                                            {"severity", violation.severity},
                                            {"target", violation.target}},
                                           violation.spot));
  }
  return json;
}

Json architecture_json(const Model& model) {
  Json json = {{"format", "commandcenter-architecture"},
               {"version", 1},
               {"name", model.name},
               {"summary", model.difference ? model.difference->summary : summary_json(model)}};
  if (model.difference) json["difference"] = model.difference->lists;
  json["nodes"] = nodes_json(model);
  json["edges"] = edges_json(model);
  json["groups"] = groups_json(model);
  json["views"] = Json::array();
  for (std::size_t i = 0; i < model.groups.size(); ++i) {
    const View view = view_of(model, i);
    if (!view.nodes.empty()) json["views"].push_back(view_json(model, view));
  }
  json.update(surroundings_json(model));
  json["skipped"] = Json::array();
  for (const auto& [path, reason] : model.graph.skipped)
    json["skipped"].push_back({{"file", path}, {"reason", reason}});
  return json;
}

}  // namespace commandcenter::architecture
