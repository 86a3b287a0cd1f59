#include "sandbox/bare_repository.h"

#include <sys/stat.h>

#include <algorithm>
#include <set>
#include <string_view>

namespace commandcenter::sandbox {
namespace {

// Some file systems take names that differ in case for the same.
std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

class Afterwards {
 public:
  Afterwards(const std::vector<patch::Change>& changes, const std::string& workspace) : workspace_(workspace) {
    for (const patch::Change& change : changes) {
      if (!change.after) {
        gone_.insert(change.path);
        continue;
      }
      std::string_view path = change.path;
      present_.insert(lower(path));
      while (!path.empty()) {
        const std::size_t slash = path.find_last_of('/');
        path = path.substr(0, slash == std::string_view::npos ? 0 : slash);
        present_.insert(lower(path));
        folders_.emplace(path);
      }
    }
  }

  // Those in which the patch puts something, at any depth.
  const std::set<std::string>& folders() const { return folders_; }

  bool has(const std::string& folder, std::string_view name) const {
    std::string path = folder.empty() ? "" : folder + "/";
    path += name;
    if (present_.contains(lower(path))) return true;
    struct stat about {};
    return !gone_.contains(path) && ::lstat((workspace_ + "/" + path).c_str(), &about) == 0;
  }

 private:
  const std::string& workspace_;
  std::set<std::string> present_;
  std::set<std::string> gone_;
  std::set<std::string> folders_;
};

}  // namespace

std::optional<std::string> bare_repository(const std::vector<patch::Change>& changes, const std::string& workspace) {
  const Afterwards after(changes, workspace);
  for (const std::string& folder : after.folders()) {
    if (!after.has(folder, "HEAD")) continue;
    // With the third one, the other two are somewhere else.
    if ((after.has(folder, "objects") && after.has(folder, "refs")) || after.has(folder, "commondir"))
      return folder.empty() ? "." : folder;
  }
  return std::nullopt;
}

}  // namespace commandcenter::sandbox
