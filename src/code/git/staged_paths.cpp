// The index is a list in the order of paths, so that a folder is a range of it.
#include "code/git/staged_paths.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

namespace commandcenter::code {
namespace {

constexpr std::size_t kMaxFolderDepth = 500;

class Comparison {
 public:
  Comparison(const IndexFile& index, const ReadFolder& read) : index_(index), read_(read) {}

  std::optional<std::vector<std::string>> run(const std::optional<ObjectId>& head) {
    if (head && head == index_.root.tree) return std::vector<std::string>();
    folder(head, &index_.root, "");
    if (failed_ || at_ != index_.entries.size()) return std::nullopt;
    return std::move(paths_);
  }

 private:
  // The entries from here on whose paths begin so, held against the commit's folder; nothing: it has none.
  void folder(const std::optional<ObjectId>& id, const CachedTree* cached, const std::string& way) {
    std::optional<Folder> was = id ? read_(*id) : Folder();
    failed_ = failed_ || !was || depth_ > kMaxFolderDepth;
    if (failed_) return;
    ++depth_;
    std::ranges::sort(*was, {}, &FolderEntry::name);
    std::set<std::string_view> names;
    while (!failed_ && at_ < index_.entries.size()) {
      const IndexEntry& entry = index_.entries[at_];
      if (!entry.path.starts_with(way)) break;
      const std::string_view rest = entry.path.substr(way.size());
      const std::string_view name = rest.substr(0, rest.find('/'));
      const auto found = std::ranges::lower_bound(*was, name, {}, &FolderEntry::name);
      const FolderEntry* old = found != was->end() && found->name == name ? &*found : nullptr;
      names.insert(name);
      if (rest.size() == name.size())
        file(entry, old);
      else
        below(old, cached == nullptr ? nullptr : cached->find(name), way + std::string(name));
    }
    for (const FolderEntry& old : *was) {
      if (!names.contains(old.name)) paths_.push_back(way + old.name);
    }
    --depth_;
  }

  void file(const IndexEntry& entry, const FolderEntry* old) {
    ++at_;
    if (old == nullptr || entry.in_conflict || old->id != entry.id || old->mode != entry.mode)
      paths_.emplace_back(entry.path);
  }

  void below(const FolderEntry* old, const CachedTree* cached, const std::string& path) {
    const bool was_folder = old != nullptr && old->mode == kFolderMode;
    if (was_folder && cached != nullptr && cached->tree == old->id) return pass_over(cached->entries, path + "/");
    if (old != nullptr && !was_folder) paths_.push_back(path);
    folder(was_folder ? std::optional(old->id) : std::nullopt, cached, path + "/");
  }

  void pass_over(std::size_t count, std::string_view way) {
    const auto& entries = index_.entries;
    failed_ = count == 0 || count > entries.size() - at_ || !entries[at_ + count - 1].path.starts_with(way) ||
              (at_ + count < entries.size() && entries[at_ + count].path.starts_with(way));
    if (!failed_) at_ += count;
  }

  const IndexFile& index_;
  const ReadFolder& read_;
  std::size_t at_ = 0;  // the entry that is looked at
  std::size_t depth_ = 0;
  bool failed_ = false;
  std::vector<std::string> paths_;
};

}  // namespace

std::optional<std::vector<std::string>> staged_paths(const IndexFile& index, const std::optional<ObjectId>& head,
                                                     const ReadFolder& read) {
  return Comparison(index, read).run(head);
}

}  // namespace commandcenter::code
