#include "code/architecture/groups.h"

#include <algorithm>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "code/architecture/algorithms.h"
#include "code/graph/tree.h"

namespace commandcenter::architecture {
namespace {

constexpr std::size_t kMaxDepth = 256;    // of folders; deeper ones are folded into their parent
constexpr double kOpenShare = 0.12;       // a folder with more than this part of all files is opened at the top
constexpr double kAsideWeight = 0.2;      // of tests and the like, next to the product
constexpr std::size_t kClusterGoal = 14;  // communities that a flat folder falls into
constexpr std::size_t kSmallCluster = 3;  // files; smaller ones are put together

using FileIndex = std::uint32_t;

struct Folder {
  std::string path;
  std::map<std::string, std::size_t, std::less<>> folders;  // name to index
  std::vector<FileIndex> files;
  std::size_t all_files = 0;
};

class Grouping {
 public:
  explicit Grouping(Model& model) : model_(model) {
    folders_.push_back({});
    for (FileIndex file = 0; file < model.graph.files.size(); ++file) {
      if (model.graph.files[file].facts.tongue != Tongue::kNone) place(file);
    }
    for (const Package& package : model.graph.packages)
      packages_.emplace(package.folder, package.name);
  }

  void run() {
    Group root;
    root.kind = "root";
    root.id = ".";
    root.name = model_.name;
    model_.groups.push_back(std::move(root));
    top_level();
    finish();
  }

 private:
  struct Item {  // of the top level
    std::size_t folder;
    bool files_only;
    std::string section;
  };

  void place(FileIndex file) {
    const std::string_view path = model_.graph.files[file].path;
    std::size_t at = 0;
    ++folders_[0].all_files;
    std::string_view rest = path;
    for (std::size_t depth = 0; depth < kMaxDepth; ++depth) {
      const std::size_t slash = rest.find('/');
      if (slash == std::string_view::npos) break;
      const std::string name(rest.substr(0, slash));
      rest.remove_prefix(slash + 1);
      const auto [entry, is_new] = folders_[at].folders.emplace(name, folders_.size());
      const std::size_t next = entry->second;
      if (is_new) {
        Folder folder;
        folder.path = std::string(path.substr(0, path.size() - rest.size() - 1));
        folders_.push_back(std::move(folder));
      }
      at = next;
      ++folders_[at].all_files;
    }
    folders_[at].files.push_back(file);
  }

  // Folders that hold nothing but one folder are passed through.
  std::size_t collapsed(std::size_t folder) const {
    while (folders_[folder].files.empty() && folders_[folder].folders.size() == 1 &&
           !packages_.contains(folders_[folder].path))
      folder = folders_[folder].folders.begin()->second;
    return folder;
  }

  double weight(const Item& item) const {
    const Folder& folder = folders_[item.folder];
    const auto count = static_cast<double>(item.files_only ? folder.files.size() : folder.all_files);
    return mostly_aside(item) ? count * kAsideWeight : count;
  }

  bool mostly_aside(const Item& item) const {
    std::size_t aside = 0;
    std::size_t seen = 0;
    std::vector<std::size_t> waiting{item.folder};
    for (std::size_t i = 0; i < waiting.size() && seen < 500; ++i) {
      const Folder& folder = folders_[waiting[i]];
      for (const FileIndex file : folder.files) {
        ++seen;
        aside += is_aside(model_.graph.files[file]) ? 1U : 0U;
      }
      for (const auto& [name, below] : folder.folders) {
        if (!item.files_only) waiting.push_back(below);
      }
    }
    return 2 * aside > seen;
  }

  // The folders of the first picture: those below the root, the heavy ones opened as long as there is room.
  void top_level() {
    std::vector<Item> items;
    const std::size_t root = collapsed(0);
    const auto open = [&](std::size_t folder, const std::string& section) {
      for (const auto& [name, below] : folders_[folder].folders)
        items.push_back({collapsed(below), false, section});
      if (!folders_[folder].files.empty()) items.push_back({folder, true, section});
    };
    open(root, folders_[root].path);
    while (true) {
      double total = 0;
      for (const Item& item : items)
        total += weight(item);
      std::optional<std::size_t> heaviest;
      for (std::size_t i = 0; i < items.size(); ++i) {
        const Folder& folder = folders_[items[i].folder];
        const std::size_t parts = folder.folders.size() + (folder.files.empty() ? 0 : 1);
        if (items[i].files_only || parts < 2 || items.size() - 1 + parts > kMaxTopGroups) continue;
        if (weight(items[i]) < kOpenShare * total && items.size() > 4) continue;
        if (heaviest && weight(items[i]) <= weight(items[*heaviest])) continue;
        heaviest = i;
      }
      if (!heaviest) break;
      const std::size_t folder = items[*heaviest].folder;
      items.erase(items.begin() + static_cast<std::ptrdiff_t>(*heaviest));
      open(folder, folders_[folder].path);
    }
    std::ranges::sort(items, [&](const Item& a, const Item& b) {
      return std::tie(folders_[a.folder].path, a.files_only) < std::tie(folders_[b.folder].path, b.files_only);
    });
    if (items.size() > kMaxTopGroups) return too_many(items);
    for (const Item& item : items) {
      if (!item.files_only) {
        add_folder(0, item.folder, item.section, 0);
      } else if (items.size() == 1 || folders_[item.folder].files.size() > folders_[0].all_files / 2) {
        add_files(0, item.folder, folders_[item.folder].files, kMaxTopGroups - items.size() + 1, item.section);
      } else {
        const std::vector<FileIndex>& files = folders_[item.folder].files;
        const std::size_t group = add_group(0, "files", folders_[item.folder].path,
                                            files.size() == 1 ? std::string(name_of(model_.graph.files[files[0]].path))
                                                              : folder_name(item.folder, {}) + "/*");
        model_.groups[group].id = folders_[item.folder].path + "/*";
        model_.groups[group].section = item.section;
        add_files(group, item.folder, folders_[item.folder].files, kMaxViewNodes, {});
      }
    }
  }

  // Hundreds of folders side by side: the largest stand alone, the others share ranges of the alphabet.
  void too_many(const std::vector<Item>& items) {
    std::vector<std::size_t> folders;
    for (const Item& item : items) {
      if (item.files_only)
        add_files(0, item.folder, folders_[item.folder].files, 4, item.section);
      else
        folders.push_back(item.folder);
    }
    add_ranges(0, folders, kMaxTopGroups - 4);
  }

  void add_ranges(std::size_t parent, std::vector<std::size_t> folders, std::size_t room) {
    std::vector<std::size_t> by_size = folders;
    std::ranges::stable_sort(by_size, std::ranges::greater{}, [&](std::size_t f) { return folders_[f].all_files; });
    by_size.resize(std::min(by_size.size(), room / 2));
    std::vector<std::size_t> small;
    for (const std::size_t folder : folders) {
      if (std::ranges::find(by_size, folder) != by_size.end())
        add_folder(parent, folder, {}, 0);
      else
        small.push_back(folder);
    }
    const std::size_t ranges = std::max<std::size_t>(1, room - by_size.size());
    const std::size_t each = (small.size() + ranges - 1) / ranges;
    for (std::size_t begin = 0; begin < small.size(); begin += each) {
      const std::size_t end = std::min(begin + each, small.size());
      const std::string first(name_of(folders_[small[begin]].path));
      const std::string last(name_of(folders_[small[end - 1]].path));
      if (end - begin == 1) {
        add_folder(parent, small[begin], {}, 0);
        continue;
      }
      const std::size_t group = add_group(parent, "range", std::string(folder_of(folders_[small[begin]].path)),
                                          fmt::format("{} – {}", first, last));
      model_.groups[group].id = fmt::format("{}/{}..{}", model_.groups[group].path, first, last);
      const std::vector<std::size_t> part(small.begin() + static_cast<std::ptrdiff_t>(begin),
                                          small.begin() + static_cast<std::ptrdiff_t>(end));
      if (part.size() > kMaxViewNodes) {
        add_ranges(group, part, kMaxViewNodes);
      } else {
        for (const std::size_t folder : part)
          add_folder(group, folder, {}, 0);
      }
    }
  }

  std::string folder_name(std::size_t folder, std::string_view above) const {
    std::string_view path = folders_[folder].path;
    if (path.empty()) return model_.name;
    if (!above.empty() && path.starts_with(above)) path.remove_prefix(std::min(above.size() + 1, path.size()));
    return std::string(path);
  }

  std::size_t add_group(std::size_t parent, std::string kind, std::string path, std::string name) {
    Group group;
    group.kind = std::move(kind);
    group.id = path.empty() ? "./" + name : path;
    group.path = std::move(path);
    group.name = std::move(name);
    group.parent = parent;
    model_.groups.push_back(std::move(group));
    model_.groups[parent].children.push_back(model_.groups.size() - 1);
    return model_.groups.size() - 1;
  }

  void add_folder(std::size_t parent, std::size_t folder, const std::string& section, std::size_t depth) {
    const Folder& here = folders_[folder];
    const auto package = packages_.find(here.path);
    const std::string_view above = section.empty() ? std::string_view(model_.groups[parent].path) : section;
    const std::size_t group =
        add_group(parent, package != packages_.end() ? "package" : "folder", here.path, folder_name(folder, above));
    model_.groups[group].section = section;
    std::vector<std::size_t> below;
    for (const auto& [name, index] : here.folders)
      below.push_back(collapsed(index));
    if (depth > kMaxDepth) return;
    std::size_t room = kMaxViewNodes;
    if (below.size() > kMaxViewNodes - 8) {
      add_ranges(group, below, kMaxViewNodes - 8);
      room = 8;
    } else {
      for (const std::size_t index : below)
        add_folder(group, index, {}, depth + 1);
      room -= below.size();
    }
    add_files(group, folder, here.files, room, {});
  }

  // Files of one folder: as they are if there is room, else in communities.
  void add_files(std::size_t group, std::size_t folder, const std::vector<FileIndex>& files, std::size_t room,
                 const std::string& section) {
    if (files.size() <= room && group != 0) {
      model_.groups[group].members = files;
      return;
    }
    const std::vector<std::vector<FileIndex>> parts = cluster(files, std::min(room, kClusterGoal));
    for (const std::vector<FileIndex>& part : parts) {
      const std::string name = cluster_name(part);
      const std::size_t below = add_group(group, "cluster", folders_[folder].path, name);
      model_.groups[below].id = fmt::format("{}/~{}", folders_[folder].path, name);
      model_.groups[below].section = section;
      split(below, part);
    }
  }

  void split(std::size_t group, const std::vector<FileIndex>& files) {
    if (files.size() <= kMaxViewNodes) {
      model_.groups[group].members = files;
      return;
    }
    const std::size_t parts = std::min(kMaxViewNodes, (files.size() + kMaxViewNodes - 1) / kMaxViewNodes);
    const std::size_t each = (files.size() + parts - 1) / parts;
    for (std::size_t begin = 0; begin < files.size(); begin += each) {
      const std::size_t end = std::min(begin + each, files.size());
      const std::string first(name_of(model_.graph.files[files[begin]].path));
      const std::string last(name_of(model_.graph.files[files[end - 1]].path));
      const std::size_t below =
          add_group(group, "range", model_.groups[group].path, fmt::format("{} – {}", first, last));
      model_.groups[below].id = fmt::format("{}/{}..{}", model_.groups[group].id, first, last);
      split(below,
            {files.begin() + static_cast<std::ptrdiff_t>(begin), files.begin() + static_cast<std::ptrdiff_t>(end)});
    }
  }

  std::vector<std::vector<FileIndex>> cluster(const std::vector<FileIndex>& files, std::size_t room) const {
    std::map<FileIndex, std::uint32_t> number;
    for (const FileIndex file : files)
      number.emplace(file, static_cast<std::uint32_t>(number.size()));
    std::vector<double> importers(files.size(), 0);
    std::vector<std::pair<std::uint32_t, std::uint32_t>> pairs;
    for (const FileIndex file : files) {
      for (const Edge& edge : edges_of(file)) {
        const auto to = number.find(edge.to);
        if (to == number.end()) continue;
        pairs.emplace_back(number[file], to->second);
        importers[to->second] += 1;
      }
    }
    std::vector<Weighted> edges;
    for (const auto& [from, to] : pairs)
      edges.push_back({from, to, 1 / (1 + importers[to] / 4)});  // what everybody imports joins nobody
    // A file and its header, or its test, are one thing.
    std::map<std::string_view, std::uint32_t> stems;
    for (const FileIndex file : files) {
      const auto [same, is_new] = stems.emplace(stem_of(model_.graph.files[file].path), number[file]);
      if (!is_new) edges.push_back({same->second, number[file], 4});
    }
    const std::vector<std::uint32_t> community = communities(files.size(), edges, std::max<std::size_t>(room, 2) - 1);
    std::map<std::uint32_t, std::vector<FileIndex>> found;
    for (const FileIndex file : files)
      found[community[number[file]]].push_back(file);
    std::vector<std::vector<FileIndex>> parts;
    std::vector<FileIndex> rest;
    for (auto& [index, members] : found)
      parts.push_back(std::move(members));
    std::ranges::stable_sort(parts, std::ranges::greater{}, [](const auto& part) { return part.size(); });
    while (!parts.empty() && (parts.size() + (rest.empty() ? 0 : 1) > room || parts.back().size() < kSmallCluster)) {
      rest.insert(rest.end(), parts.back().begin(), parts.back().end());
      parts.pop_back();
    }
    std::ranges::sort(rest);
    if (!rest.empty()) parts.push_back(std::move(rest));
    return parts;
  }

  // After the file that the others import most.
  std::string cluster_name(const std::vector<FileIndex>& files) const {
    std::map<FileIndex, std::size_t> importers;
    for (const FileIndex file : files) {
      for (const Edge& edge : edges_of(file)) {
        if (std::ranges::binary_search(files, edge.to)) ++importers[edge.to];
      }
    }
    FileIndex best = files.front();
    for (const auto& [file, count] : importers) {
      if (count > (importers.contains(best) ? importers.at(best) : 0)) best = file;
    }
    return fmt::format("{} +{}", name_of(model_.graph.files[best].path), files.size() - 1);
  }

  std::span<const Edge> edges_of(FileIndex file) const {
    const auto begin = std::ranges::lower_bound(model_.graph.edges, file, {}, &Edge::from);
    const auto end = std::ranges::upper_bound(model_.graph.edges, file, {}, &Edge::from);
    return {begin, end};
  }

  void finish() {
    std::vector<Group>& groups = model_.groups;
    model_.group_of_file.assign(model_.graph.files.size(), 0);
    std::map<std::string, std::size_t> ids;
    for (std::size_t i = groups.size(); i-- > 0;) {
      Group& group = groups[i];
      group.files.insert(group.files.end(), group.members.begin(), group.members.end());
      std::ranges::sort(group.files);
      std::size_t aside = 0;
      for (const FileIndex file : group.files) {
        group.lines += model_.graph.files[file].facts.lines;
        aside += is_aside(model_.graph.files[file]) ? 1U : 0U;
      }
      group.aside = 2 * aside > group.files.size();
      for (const FileIndex file : group.members)
        model_.group_of_file[file] = i;
      if (i == 0) continue;
      Group& parent = groups[group.parent];
      parent.files.insert(parent.files.end(), group.files.begin(), group.files.end());
    }
    for (Group& group : groups) {
      const std::size_t count = ++ids[group.id];
      if (count > 1) group.id += fmt::format("#{}", count);
    }
  }

  Model& model_;
  std::vector<Folder> folders_{};
  std::map<std::string, std::string, std::less<>> packages_{};
};

}  // namespace

bool is_aside(const SourceFile& file) {
  return file.test || file.path.starts_with("docs/") || file.path.starts_with("doc/") ||
         file.path.starts_with("examples/") || file.path.find("/examples/") != std::string::npos ||
         file.path.find("third_party/") != std::string::npos || file.path.starts_with("deps/") ||
         file.path.starts_with("vendor/") || file.path.starts_with("bench");
}

void make_groups(Model& model) {
  Grouping(model).run();
}

}  // namespace commandcenter::architecture
