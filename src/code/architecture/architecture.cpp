// From files to the model, in a fixed order.
#include "code/architecture/architecture.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include "code/architecture/algorithms.h"
#include "code/architecture/groups.h"
#include "code/architecture/signals.h"
#include "code/architecture/surroundings.h"
#include "code/graph/tree.h"
#include "code/walk/walk.h"

namespace commandcenter::architecture {
namespace {

std::string name_for(const std::string& root, const Options& options, const SourceGraph& graph) {
  if (!options.name.empty()) return options.name;
  for (const Package& package : graph.packages) {
    if (package.folder == options.target && !package.name.empty()) return package.name;
  }
  if (options.target.empty() && !options.folder.empty()) return options.folder;
  std::error_code error;
  std::string name = std::filesystem::canonical(root, error).filename().string();
  if (!options.target.empty()) name = std::string(name_of(options.target));
  return name.empty() || name == "/" || name == "workspace" ? "repository" : name;
}

// Imports of types vanish before the program runs, and a module always knows what it is made of: neither makes a cycle.
void find_cycles(Model& model) {
  Links links(model.graph.files.size());
  for (const Edge& edge : model.graph.edges) {
    if (edge.kind != ImportKind::kType && edge.kind != ImportKind::kModule) links[edge.from].push_back(edge.to);
  }
  const auto component = components(links);
  std::vector<std::vector<std::uint32_t>> members(model.graph.files.size() + 1);
  for (std::uint32_t file = 0; file < component.size(); ++file)
    members[component[file]].push_back(file);
  for (std::vector<std::uint32_t>& files : members) {
    if (files.size() < 2) continue;
    Cycle cycle;
    cycle.path = shortest_cycle(links, component, files.front());
    cycle.files = std::move(files);
    model.cycles.push_back(std::move(cycle));
  }
  std::ranges::sort(model.cycles, {}, [](const Cycle& cycle) { return cycle.files.front(); });
}

}  // namespace

Result<Model> read_architecture(const std::string& root, const Options& options) {
  std::array<std::vector<Signal>, code::kMaxThreads> signals;
  const Onlooker onlooker = [&](unsigned thread, std::string_view path, std::string_view bytes) {
    if (tongue_of(path) != Tongue::kNone) read_signals(path, bytes, signals.at(thread));
    if (options.onlooker) options.onlooker(thread, path, bytes);
  };
  auto graph = options.commit.empty() ? read_folder(root, options.target, options.threads, onlooker)
                                      : read_commit(root, options.target, options.commit, onlooker);
  if (!graph) return fail(std::move(graph.error()));
  Model model;
  model.graph = std::move(*graph);
  model.name = name_for(root, options, model.graph);
  for (std::vector<Signal>& some : signals)
    model.signals.insert(model.signals.end(), some.begin(), some.end());
  std::erase_if(model.signals, [&](const Signal& signal) {
    const SourceFile* file = model.graph.find(signal.spot.file);
    return file == nullptr || file->test || file->generated;
  });
  std::ranges::sort(model.signals, {},
                    [](const Signal& s) { return std::tie(s.kind, s.spot, s.name, s.method, s.framework); });
  // One line that two frameworks would understand is one route.
  const auto is_same = [](const Signal& a, const Signal& b) {
    return std::tie(a.kind, a.spot, a.name) == std::tie(b.kind, b.spot, b.name);
  };
  model.signals.erase(std::unique(model.signals.begin(), model.signals.end(), is_same), model.signals.end());
  if (model.signals.size() > kMaxSignals) model.signals.resize(kMaxSignals);
  find_services(model);
  find_systems(model);
  find_entries(model);
  find_cycles(model);
  make_groups(model);
  return model;
}

}  // namespace commandcenter::architecture
