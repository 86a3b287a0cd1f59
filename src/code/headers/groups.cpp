#include "code/headers/groups.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "code/headers/words.h"

namespace commandcenter::code::headers {
namespace {

std::size_t common_folders(std::string_view left, std::string_view right) {
  const auto a = split(folder_of(left), '/');
  const auto b = split(folder_of(right), '/');
  std::size_t common = 0;
  while (common < a.size() && common < b.size() && a[common] == b[common])
    ++common;
  return common;
}

bool is_server(Framework framework) {
  return framework == Framework::kNginx || framework == Framework::kApache || framework == Framework::kCaddy;
}

bool names_file(std::string_view pattern, std::string_view path) {
  const std::string_view wanted = base_name(pattern);
  const std::string_view name = base_name(path);
  const std::size_t star = wanted.find('*');
  if (star == std::string_view::npos) return wanted == name;
  return name.starts_with(wanted.substr(0, star)) && name.ends_with(wanted.substr(star + 1)) &&
         (base_name(folder_of(pattern)).empty() || base_name(folder_of(pattern)) == base_name(folder_of(path)));
}

// Server configurations that another one includes, and .htaccess files below another, are parts of that site.
std::set<std::size_t> included(const std::vector<Member>& members, std::span<const HeaderFile> files) {
  std::set<std::size_t> parts;
  for (const Member& outer : members) {
    const std::string& path = files[outer.file].path;
    for (const std::string& pattern : includes_of(outer.role.framework, files[outer.file].text)) {
      for (const Member& inner : members) {
        if (inner.file != outer.file && names_file(pattern, files[inner.file].path)) parts.insert(inner.file);
      }
    }
    if (base_name(path) != ".htaccess") continue;
    for (const Member& inner : members) {
      const std::string& other = files[inner.file].path;
      const std::string folder = folder_of(path).empty() ? "" : std::string(folder_of(path)) + "/";
      if (inner.file != outer.file && base_name(other) == ".htaccess" && other.starts_with(folder))
        parts.insert(inner.file);
    }
  }
  return parts;
}

std::vector<Group> server_groups(Framework framework, const std::vector<Member>& members,
                                 std::span<const HeaderFile> files) {
  const std::set<std::size_t> parts = included(members, files);
  std::vector<Group> groups;
  for (const Member& member : members) {
    if (!member.role.anchor || parts.contains(member.file)) continue;
    Group group{framework, {member.file}};
    for (const Member& other : members) {
      if (parts.contains(other.file) && group.files.size() < kMaxSiteFiles) group.files.push_back(other.file);
    }
    groups.push_back(std::move(group));
  }
  return groups;
}

using Groups = std::map<std::string, Group>;

void join(Group& group, std::size_t file) {
  if (group.files.size() < kMaxSiteFiles) group.files.push_back(file);
}

// The groups whose main file shares the most folders with a file.
std::vector<Group*> nearest(Groups& groups, std::span<const HeaderFile> files, std::size_t file) {
  std::vector<Group*> near;
  std::size_t best = 0;
  for (auto& [key, group] : groups) {
    const std::size_t common = common_folders(files[group.files.front()].path, files[file].path);
    if (near.empty() || common > best) near.clear();
    if (near.empty() || common == best) near.push_back(&group);
    best = std::max(best, common);
  }
  return near;
}

// In folders that have nothing in common, such as those of two packages.
bool are_apart(std::string_view left, std::string_view right) {
  return common_folders(left, right) == 0 && !folder_of(left).empty() && !folder_of(right).empty();
}

std::string_view without_suffix(std::string_view path) {
  for (const std::string_view suffix : {".js", ".ts", ".mjs", ".cjs", ".mts", ".cts"}) {
    if (path.ends_with(suffix)) path.remove_suffix(suffix.size());
  }
  if (path.ends_with("/index")) path.remove_suffix(6);
  return path;
}

// "a/b" and "../c/d" as "a/c/d".
std::string joined(std::string_view folder, std::string_view relative) {
  std::vector<std::string_view> parts = folder.empty() ? std::vector<std::string_view>{} : split(folder, '/');
  for (const std::string_view part : split(relative, '/')) {
    if (part == ".." && !parts.empty())
      parts.pop_back();
    else if (part != "." && part != ".." && !part.empty())
      parts.push_back(part);
  }
  return fmt::format("{}", fmt::join(parts, "/"));
}

// Whether a file imports another one by its relative path.
bool imports(const HeaderFile& file, std::string_view path) {
  const std::string_view text = file.text;
  const std::string_view wanted = without_suffix(path);
  for (std::size_t at = text.find('.'); at != std::string_view::npos; at = text.find('.', at + 1)) {
    if (at == 0 || (text[at - 1] != '\'' && text[at - 1] != '"')) continue;
    const std::size_t end = text.find(text[at - 1], at);
    constexpr std::size_t kMaxPath_bytes = 300;
    if (end == std::string_view::npos || end - at > kMaxPath_bytes) continue;
    if (without_suffix(joined(folder_of(file.path), text.substr(at, end - at))) == wanted) return true;
  }
  return false;
}

bool is_named_in(const Group& group, std::span<const HeaderFile> files, std::string_view path) {
  std::string_view stem = base_name(path);
  stem = stem.substr(0, stem.find('.'));
  if (stem == "__init__") stem = base_name(folder_of(path));
  return std::ranges::any_of(group.files, [&](std::size_t file) {
    return group.framework == Framework::kNode ? imports(files[file], path) : contains(files[file].text, stem);
  });
}

// Files that could belong to several sites, or are far from the only one, belong to those that name them.
void adopt(Groups& groups, std::vector<Member> strangers, std::span<const HeaderFile> files) {
  constexpr int kRounds = 4;  // a file that is named by one that is named
  for (int round = 0; round < kRounds && !strangers.empty(); ++round) {
    std::vector<Member> left;
    for (const Member& member : strangers) {
      bool named = false;
      for (Group* group : nearest(groups, files, member.file)) {
        if (!is_named_in(*group, files, files[member.file].path)) continue;
        join(*group, member.file);
        named = true;
      }
      if (!named) left.push_back(member);
    }
    if (left.size() == strangers.size()) return;
    strangers = std::move(left);
  }
}

std::vector<Group> program_groups(Framework framework, const std::vector<Member>& members,
                                  std::span<const HeaderFile> files) {
  Groups by_key;
  for (const Member& member : members) {
    if (!member.role.anchor) continue;
    Group& group = by_key[member.role.key];
    group.framework = framework;
    group.files.push_back(member.file);
  }
  std::vector<Member> strangers;
  for (const Member& member : members) {
    if (member.role.anchor) continue;
    const std::vector<Group*> near = nearest(by_key, files, member.file);
    const bool apart = near.size() > 1 || (framework == Framework::kNode && !near.empty() &&
                                           are_apart(files[near.front()->files.front()].path, files[member.file].path));
    if (apart && base_name(files[member.file].path) != "package.json") {
      strangers.push_back(member);
    } else {
      for (Group* group : near)
        join(*group, member.file);
    }
  }
  adopt(by_key, std::move(strangers), files);
  std::set<std::size_t> taken;
  for (const auto& [key, group] : by_key)
    taken.insert(group.files.begin(), group.files.end());
  std::vector<Group> groups;
  for (const Member& member : members) {
    if (framework == Framework::kNode && !taken.contains(member.file) && exports_plugin(files[member.file].text))
      groups.push_back({framework, {member.file}});
  }
  for (auto& [key, group] : by_key)
    groups.push_back(std::move(group));
  return groups;
}

}  // namespace

std::vector<Group> groups_of(Framework framework, const std::vector<Member>& members,
                             std::span<const HeaderFile> files) {
  return is_server(framework) ? server_groups(framework, members, files) : program_groups(framework, members, files);
}

}  // namespace commandcenter::code::headers
