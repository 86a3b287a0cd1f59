#include "code/architecture/difference.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <map>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include "code/architecture/groups.h"
#include "code/architecture/rules.h"
#include "code/git/git.h"
#include "code/graph/tree.h"

namespace commandcenter::architecture {
namespace {

Result<Model> read_state(const std::string& root, Options options, const std::string& revision, const Json& rules) {
  options.commit = revision;
  auto model = read_architecture(root, options);
  if (!model || rules.is_null()) return model;
  if (auto applied = apply_rules(*model, rules); !applied) return fail(std::move(applied.error()));
  return model;
}

Json came_and_went() {
  return {{"added", Json::array()}, {"removed", Json::array()}};
}

// What one list of objects holds and the other does not; two are the same when the members named are.
Json difference_of(const Json& before, const Json& after, std::initializer_list<const char*> key) {
  const auto name = [&](const Json& entry) {
    std::string text;
    for (const char* member : key) {
      const Json* value = find_member(entry, member);
      text += value != nullptr && value->is_string() ? value->get<std::string>() : std::string();
      text += '\0';
    }
    return text;
  };
  const auto without = [&](const Json& some, const Json& others, Json& left) {
    std::set<std::string> known;
    for (const Json& entry : others)
      known.insert(name(entry));
    for (const Json& entry : some) {
      if (known.insert(name(entry)).second) left.push_back(entry);
    }
  };
  Json result = came_and_went();
  without(after, before, result["added"]);
  without(before, after, result["removed"]);
  return result;
}

// Folders that hold code, themselves or below, with the number of files.
std::map<std::string, std::size_t> folders_of(const Model& model) {
  std::map<std::string, std::size_t> folders;
  for (const SourceFile& file : model.graph.files) {
    if (file.facts.tongue == Tongue::kNone) continue;
    for (std::string_view folder = folder_of(file.path); !folder.empty(); folder = folder_of(folder))
      ++folders[std::string(folder)];
  }
  return folders;
}

// Only the topmost of what is new: a folder that came with all below it is one module.
Json folders_only_in(const std::map<std::string, std::size_t>& some, const std::map<std::string, std::size_t>& others) {
  Json list = Json::array();
  for (const auto& [folder, files] : some) {
    const std::string above(folder_of(folder));
    if (others.contains(folder) || (!above.empty() && !others.contains(above))) continue;
    list.push_back({{"path", folder}, {"files", files}});
  }
  return list;
}

std::set<std::string> paths_of(const Model& model, const std::vector<std::uint32_t>& files) {
  std::set<std::string> paths;
  for (const std::uint32_t file : files)
    paths.insert(model.graph.files[file].path);
  return paths;
}

// A circle that shares files with one of the other state is the same, grown or shrunk.
Json cycles_difference(const Model& before, const Model& after, const Json& cycles_before, const Json& cycles_after) {
  Json result = came_and_went();
  result["changed"] = Json::array();
  std::vector<std::set<std::string>> old;
  std::map<std::string, std::size_t> old_of_file;
  for (const Cycle& cycle : before.cycles) {
    old.push_back(paths_of(before, cycle.files));
    for (const std::string& path : old.back())
      old_of_file[path] = old.size() - 1;
  }
  std::vector<bool> kept(old.size(), false);
  for (std::size_t i = 0; i < after.cycles.size(); ++i) {
    const std::set<std::string> files = paths_of(after, after.cycles[i].files);
    std::set<std::string> shared_with;
    std::set<std::size_t> ancestors;
    for (const std::string& path : files) {
      const auto ancestor = old_of_file.find(path);
      if (ancestor != old_of_file.end()) ancestors.insert(ancestor->second);
    }
    if (ancestors.empty()) {
      result["added"].push_back(cycles_after[i]);
      continue;
    }
    Json gone = Json::array();
    for (const std::size_t ancestor : ancestors) {
      kept[ancestor] = true;
      shared_with.insert(old[ancestor].begin(), old[ancestor].end());
    }
    for (const std::string& path : shared_with) {
      if (!files.contains(path)) gone.push_back(path);
    }
    Json grown = Json::array();
    for (const std::string& path : files) {
      if (!shared_with.contains(path)) grown.push_back(path);
    }
    if (grown.empty() && gone.empty()) continue;
    Json changed = cycles_after[i];
    changed["filesAdded"] = std::move(grown);
    changed["filesRemoved"] = std::move(gone);
    result["changed"].push_back(std::move(changed));
  }
  for (std::size_t i = 0; i < old.size(); ++i) {
    if (!kept[i]) result["removed"].push_back(cycles_before[i]);
  }
  return result;
}

// Puts both states into one model: the facts of the second, the files and imports of both.
class Union {
 public:
  Union(Model before, Model after, const Range& range) : before_(std::move(before)), after_(std::move(after)) {
    difference_.from = range.since_fork ? range.from + "..." : range.from;
    difference_.to = range.to;
  }

  Model run() {
    tell();
    join_files();
    join_edges();
    join_packages();
    join_systems();
    Model model = std::move(after_);
    model.graph.files = std::move(files_);
    model.graph.edges = std::move(edges_);
    for (Cycle& cycle : model.cycles) {
      for (auto* files : {&cycle.files, &cycle.path}) {
        for (std::uint32_t& file : *files)
          file = place_after_[file];
      }
    }
    for (OuterImport& import : model.graph.outer)
      import.file = place_after_[import.file];
    model.groups.clear();
    model.group_of_file.clear();
    make_groups(model);
    mark_groups(model);
    model.difference = std::move(difference_);
    return model;
  }

 private:
  void tell() {
    difference_.summary = summary_json(after_);
    const Json before = surroundings_json(before_);
    const Json after = surroundings_json(after_);
    Json& lists = difference_.lists;
    lists = {{"from", difference_.from}, {"to", difference_.to}};
    const auto old_folders = folders_of(before_);
    const auto new_folders = folders_of(after_);
    lists["modules"] = {{"added", folders_only_in(new_folders, old_folders)},
                        {"removed", folders_only_in(old_folders, new_folders)}};
    lists["files"] = came_and_went();
    lists["edges"] = came_and_went();
    lists["cycles"] = cycles_difference(before_, after_, before["cycles"], after["cycles"]);
    lists["packages"] = difference_of(before["packages"], after["packages"], {"kind", "name", "path"});
    lists["entryPoints"] = difference_of(before["entryPoints"], after["entryPoints"], {"kind", "name", "file"});
    lists["routes"] = difference_of(before["routes"], after["routes"], {"method", "name"});
    lists["systems"] = difference_of(before["systems"], after["systems"], {"name"});
    lists["services"] = difference_of(before["services"], after["services"], {"kind", "name"});
    lists["violations"] = difference_of(before["violations"], after["violations"], {"rule", "file", "target"});
    std::set<std::tuple<std::string, std::string, std::string>> known;
    for (const Violation& violation : before_.violations)
      known.emplace(violation.rule, violation.spot.file, violation.target);
    std::erase_if(after_.violations, [&](const Violation& violation) {
      return known.contains({violation.rule, violation.spot.file, violation.target});
    });
  }

  void join_files() {
    std::vector<SourceFile>& old = before_.graph.files;
    std::vector<SourceFile>& now = after_.graph.files;
    const auto take = [&](SourceFile& file, Change change) {
      if (file.facts.tongue != Tongue::kNone && change != Change::kNone)
        difference_.lists["files"][std::string(change_word(change))].push_back(file.path);
      difference_.files.push_back(file.facts.tongue == Tongue::kNone ? Change::kNone : change);
      files_.push_back(std::move(file));
    };
    std::size_t a = 0;
    std::size_t b = 0;
    while (a < old.size() || b < now.size()) {
      const auto number = static_cast<std::uint32_t>(files_.size());
      if (b == now.size() || (a < old.size() && old[a].path < now[b].path)) {
        place_before_.push_back(number);
        take(old[a++], Change::kRemoved);
      } else if (a == old.size() || now[b].path < old[a].path) {
        place_after_.push_back(number);
        take(now[b++], Change::kAdded);
      } else {
        place_before_.push_back(number);
        place_after_.push_back(number);
        take(now[b++], Change::kNone);
        ++a;
      }
    }
  }

  void join_edges() {
    const auto moved = [](std::vector<Edge> edges, const std::vector<std::uint32_t>& place) {
      for (Edge& edge : edges) {
        edge.from = place[edge.from];
        edge.to = place[edge.to];
      }
      return edges;  // places keep the order, so these are still ordered
    };
    const std::vector<Edge> old = moved(std::move(before_.graph.edges), place_before_);
    const std::vector<Edge> now = moved(std::move(after_.graph.edges), place_after_);
    const auto key = [](const Edge& edge) { return std::pair(edge.from, edge.to); };
    const auto take = [&](const Edge& edge, Change change) {
      edges_.push_back(edge);
      difference_.edges.push_back(change);
      if (change == Change::kNone) return;
      difference_.lists["edges"][std::string(change_word(change))].push_back({{"from", files_[edge.from].path},
                                                                              {"to", files_[edge.to].path},
                                                                              {"kind", import_word(edge.kind)},
                                                                              {"line", edge.line}});
    };
    std::size_t a = 0;
    std::size_t b = 0;
    while (a < old.size() || b < now.size()) {
      if (b == now.size() || (a < old.size() && key(old[a]) < key(now[b]))) {
        take(old[a++], Change::kRemoved);
      } else if (a == old.size() || key(now[b]) < key(old[a])) {
        take(now[b++], Change::kAdded);
      } else {
        take(now[b++], Change::kNone);
        ++a;
      }
    }
  }

  void join_packages() {
    for (Package& package : before_.graph.packages) {
      if (std::ranges::find(after_.graph.packages, package.folder, &Package::folder) == after_.graph.packages.end())
        after_.graph.packages.push_back(std::move(package));
    }
    std::ranges::stable_sort(after_.graph.packages, {}, &Package::folder);
  }

  void join_systems() {
    const auto has = [](const std::vector<System>& systems, const System& wanted) {
      return std::ranges::find(systems, wanted.name, &System::name) != systems.end();
    };
    for (System& system : after_.systems)
      system.change = has(before_.systems, system) ? Change::kNone : Change::kAdded;
    for (System& system : before_.systems) {
      if (has(after_.systems, system)) continue;
      system.change = Change::kRemoved;
      after_.systems.push_back(std::move(system));
    }
  }

  void mark_groups(const Model& model) {
    std::vector<bool> touched(model.graph.files.size(), false);
    for (std::size_t file = 0; file < touched.size(); ++file)
      touched[file] = difference_.files[file] != Change::kNone;
    std::vector<bool> inside(model.groups.size(), false);  // an import between two of its files came or went
    for (std::size_t i = 0; i < model.graph.edges.size(); ++i) {
      if (difference_.edges[i] == Change::kNone) continue;
      std::set<std::size_t> above;
      for (std::size_t group = model.group_of_file[model.graph.edges[i].from];
           above.insert(group).second && group != 0;)
        group = model.groups[group].parent;
      std::size_t group = model.group_of_file[model.graph.edges[i].to];
      while (!above.contains(group))
        group = model.groups[group].parent;
      for (; !inside[group]; group = model.groups[group].parent)
        inside[group] = true;
    }
    for (std::size_t group = 0; group < model.groups.size(); ++group) {
      const std::vector<std::uint32_t>& files = model.groups[group].files;
      const auto all = [&](Change change) {
        return !files.empty() &&
               std::ranges::all_of(files, [&](std::uint32_t file) { return difference_.files[file] == change; });
      };
      const bool some = inside[group] || std::ranges::any_of(files, [&](std::uint32_t file) { return touched[file]; });
      difference_.groups.push_back(all(Change::kAdded)     ? Change::kAdded
                                   : all(Change::kRemoved) ? Change::kRemoved
                                   : some                  ? Change::kChanged
                                                           : Change::kNone);
    }
  }

  Model before_;
  Model after_;
  Difference difference_{};
  std::vector<SourceFile> files_{};
  std::vector<Edge> edges_{};
  std::vector<std::uint32_t> place_before_{};  // of each file of that state among all
  std::vector<std::uint32_t> place_after_{};
};

}  // namespace

std::string_view change_word(Change change) {
  static constexpr auto kWords = std::to_array<std::string_view>({"", "added", "removed", "changed"});
  return kWords.at(static_cast<std::size_t>(change));
}

Result<Range> parse_range(std::string_view text) {
  Range range;
  const std::size_t dots = text.find("..");
  if (dots == std::string_view::npos) {
    range.from = text;
    if (!text.empty()) return range;
  } else {
    std::string_view rest = text.substr(dots + 2);
    range.since_fork = rest.starts_with('.');
    if (range.since_fork) rest.remove_prefix(1);
    range.from = dots == 0 ? "HEAD" : text.substr(0, dots);
    range.to = rest.empty() ? "HEAD" : rest;
    if (text.find_first_not_of('.') != std::string_view::npos && rest.find("..") == std::string_view::npos)
      return range;
  }
  return fail(ErrorCode::kInvalid,
              fmt::format("\"{}\" is no range of commits; expected A..B, A...B, or A for what the files of the folder "
                          "differ from",
                          text));
}

Result<Model> read_model(const std::string& root, const Options& options, std::string_view diff, const Json& rules) {
  if (diff.empty()) return read_state(root, options, options.commit, rules);
  if (!options.commit.empty())
    return fail(ErrorCode::kInvalid, "a commit and a difference exclude each other; the difference names both commits");
  const auto range = parse_range(diff);
  if (!range) return fail(range.error());
  std::string from = range->from;
  if (range->since_fork) {
    const auto repository = code::Repository::open(root);
    if (!repository) return fail(repository.error());
    auto fork = repository->fork_point(range->from, range->to);
    if (!fork) return fail(std::move(fork.error()));
    from = std::move(*fork);
  }
  auto before = read_state(root, options, from, rules);
  if (!before) return before;
  auto after = read_state(root, options, range->to, rules);
  if (!after) return after;
  return Union(std::move(*before), std::move(*after), *range).run();
}

}  // namespace commandcenter::architecture
