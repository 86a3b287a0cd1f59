// Differences with the lines they add, and every blob of the history.
#include <algorithm>
#include <fstream>
#include <memory>
#include <set>
#include <sstream>

#include <fmt/format.h>

#include "code/git/handle.h"

namespace commandcenter::code {
namespace {

constexpr std::size_t kMaxCommits = 10'000'000;

std::string_view content_of(const git_blob* blob) {
  return {static_cast<const char*>(git().git_blob_rawcontent(blob)), static_cast<std::size_t>(git().git_blob_rawsize(blob))};
}

// The lines that a difference adds, by file.
struct Collector {
  std::vector<ChangedFile> files;

  static int on_file(const git_diff_delta* delta, float, void* payload) {
    auto& self = *static_cast<Collector*>(payload);
    if (self.files.size() >= kMaxChangedFiles) return GIT_EUSER;
    self.files.push_back({delta->new_file.path, {}, {}});
    return 0;
  }

  static int on_hunk(const git_diff_delta*, const git_diff_hunk* hunk, void* payload) {
    auto& self = *static_cast<Collector*>(payload);
    if (hunk->new_lines > 0) {
      const auto first = static_cast<std::size_t>(hunk->new_start);
      self.files.back().added.emplace_back(first, first + static_cast<std::size_t>(hunk->new_lines) - 1);
    }
    return 0;
  }
};

Result<TreePointer> tree_of(git_repository* repository, const std::string& revision) {
  git_object* object = nullptr;
  if (git().git_revparse_single(&object, repository, revision.c_str()) != 0)
    return git_failure(ErrorCode::kNotFound, fmt::format("there is no revision {}", revision));
  const ObjectPointer held(object);
  git_object* tree = nullptr;
  if (git().git_object_peel(&tree, object, GIT_OBJECT_TREE) != 0)
    return git_failure(ErrorCode::kInvalid, fmt::format("{} is no commit", revision));
  return TreePointer(reinterpret_cast<git_tree*>(tree));
}

git_diff_options diff_options(std::size_t max_file_bytes) {
  git_diff_options options = GIT_DIFF_OPTIONS_INIT;
  options.context_lines = 0;
  options.interhunk_lines = 0;
  options.max_size = static_cast<git_off_t>(max_file_bytes);
  options.flags = GIT_DIFF_INCLUDE_UNTRACKED | GIT_DIFF_RECURSE_UNTRACKED_DIRS | GIT_DIFF_SHOW_UNTRACKED_CONTENT |
                  GIT_DIFF_IGNORE_SUBMODULES | GIT_DIFF_DISABLE_PATHSPEC_MATCH;
  return options;
}

Result<std::vector<ChangedFile>> collect(git_diff* diff) {
  Collector collector;
  if (git().git_diff_foreach(diff, Collector::on_file, nullptr, Collector::on_hunk, nullptr, &collector) != 0)
    return git_failure(ErrorCode::kTooLarge, fmt::format("the difference cannot be read, or has more than {} files", kMaxChangedFiles));
  std::erase_if(collector.files, [](const ChangedFile& file) { return file.added.empty(); });
  return std::move(collector.files);
}

// Trees of the history, each once.
class BlobWalk {
 public:
  BlobWalk(git_repository* repository, std::size_t max_file_bytes,
           const std::function<void(const BlobPlace&, std::string_view)>& see)
      : repository_(repository), max_file_bytes_(max_file_bytes), see_(see) {}

  void tree(const git_oid& id, const std::string& path, const std::string& commit) {
    if (!is_new(id)) return;
    git_tree* opened = nullptr;
    if (git().git_tree_lookup(&opened, repository_, &id) != 0) return;
    const TreePointer held(opened);
    for (std::size_t i = 0; i < git().git_tree_entrycount(opened); ++i) {
      const git_tree_entry* entry = git().git_tree_entry_byindex(opened, i);
      const std::string name = path.empty() ? git().git_tree_entry_name(entry) : fmt::format("{}/{}", path, git().git_tree_entry_name(entry));
      if (git().git_tree_entry_type(entry) == GIT_OBJECT_TREE) {
        tree(*git().git_tree_entry_id(entry), name, commit);
      } else if (git().git_tree_entry_type(entry) == GIT_OBJECT_BLOB && git().git_tree_entry_filemode(entry) != GIT_FILEMODE_LINK) {
        blob(*git().git_tree_entry_id(entry), name, commit);
      }
    }
  }

 private:
  bool is_new(const git_oid& id) { return seen_.emplace(reinterpret_cast<const char*>(id.id), sizeof id.id).second; }

  void blob(const git_oid& id, const std::string& name, const std::string& commit) {
    if (!is_new(id)) return;
    git_blob* opened = nullptr;
    if (git().git_blob_lookup(&opened, repository_, &id) != 0) return;
    const BlobPointer held(opened);
    const std::string_view text = content_of(opened);
    if (text.size() <= max_file_bytes_) see_({name, commit}, text);
  }

  git_repository* repository_;
  std::size_t max_file_bytes_;
  const std::function<void(const BlobPlace&, std::string_view)>& see_;
  std::set<std::string> seen_;
};

}  // namespace

Result<std::vector<ChangedFile>> Repository::staged(std::size_t max_file_bytes) const {
  git_index* opened = nullptr;
  if (git().git_repository_index(&opened, handle_->repository) != 0)
    return git_failure(ErrorCode::kInvalid, "the index cannot be read");
  const IndexPointer index(opened);
  TreePointer head;
  if (auto tree = tree_of(handle_->repository, "HEAD")) head = std::move(*tree);  // none before the first commit
  const git_diff_options options = diff_options(max_file_bytes);
  git_diff* made = nullptr;
  if (git().git_diff_tree_to_index(&made, handle_->repository, head.get(), index.get(), &options) != 0)
    return git_failure(ErrorCode::kInvalid, "what is staged cannot be compared");
  const DiffPointer diff(made);
  auto files = collect(diff.get());
  if (!files) return files;
  for (ChangedFile& file : *files) {
    const git_index_entry* entry = git().git_index_get_bypath(index.get(), file.path.c_str(), 0);
    git_blob* blob = nullptr;
    if (entry == nullptr || git().git_blob_lookup(&blob, handle_->repository, &entry->id) != 0) continue;
    const BlobPointer held(blob);
    file.text = content_of(blob);
  }
  return files;
}

Result<std::vector<ChangedFile>> Repository::since(const std::string& revision, std::size_t max_file_bytes) const {
  const std::string root = work_folder();
  if (root.empty()) return fail(ErrorCode::kInvalid, "a bare repository has no files to compare");
  auto tree = tree_of(handle_->repository, revision);
  if (!tree) return fail(std::move(tree.error()));
  const git_diff_options options = diff_options(max_file_bytes);
  git_diff* made = nullptr;
  if (git().git_diff_tree_to_workdir_with_index(&made, handle_->repository, tree->get(), &options) != 0)
    return git_failure(ErrorCode::kInvalid, fmt::format("the changes since {} cannot be found", revision));
  const DiffPointer diff(made);
  auto files = collect(diff.get());
  if (!files) return files;
  for (ChangedFile& file : *files) {
    std::ifstream in(fmt::format("{}/{}", root, file.path), std::ios::binary);
    std::ostringstream bytes;
    bytes << in.rdbuf();
    file.text = std::move(bytes).str();
  }
  return files;
}

Result<std::size_t> Repository::history(
    std::size_t max_file_bytes, const std::function<void(const BlobPlace& place, std::string_view text)>& see) const {
  git_revwalk* made = nullptr;
  if (git().git_revwalk_new(&made, handle_->repository) != 0) return git_failure(ErrorCode::kInvalid, "the history cannot be read");
  const WalkPointer walk(made);
  git().git_revwalk_sorting(walk.get(), GIT_SORT_TIME);
  git().git_revwalk_push_glob(walk.get(), "refs/*");
  git().git_revwalk_push_head(walk.get());
  BlobWalk blobs(handle_->repository, max_file_bytes, see);
  std::size_t commits = 0;
  git_oid id;
  while (commits < kMaxCommits && git().git_revwalk_next(&id, walk.get()) == 0) {
    ++commits;
    git_commit* commit = nullptr;
    if (git().git_commit_lookup(&commit, handle_->repository, &id) != 0) continue;
    const std::string name(git().git_oid_tostr_s(&id));
    const git_oid tree = *git().git_commit_tree_id(commit);
    git().git_commit_free(commit);
    blobs.tree(tree, {}, name);
  }
  return commits;
}

}  // namespace commandcenter::code
