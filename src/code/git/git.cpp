// libgit2, loaded when a repository is first opened: with all it needs, it would double the time that every other
// command takes to start.
// tidy: long because no other file may know the header of the library
#include "code/git/git.h"

#include <dlfcn.h>
#include <git2.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>
#include <sstream>
#include <utility>

#include <fmt/format.h>

#include "code/git/staged_paths.h"

// libgit2 reads the certificates of the system as it starts, for connections that nothing here makes, and for a tenth
// of the time that a scan of what is staged may take. It finds this function before its library's: none is read.
extern "C" [[gnu::visibility("default"), gnu::used]] int mbedtls_x509_crt_parse_file(void* /*chain*/,
                                                                                     const char* /*path*/) {
  return 0;
}

namespace commandcenter::code {
namespace {

#define CC_GIT_FUNCTIONS(X)              \
  X(git_blame_buffer)                    \
  X(git_blame_file)                      \
  X(git_blame_free)                      \
  X(git_blame_get_hunk_byline)           \
  X(git_blob_free)                       \
  X(git_blob_lookup)                     \
  X(git_blob_rawcontent)                 \
  X(git_blob_rawsize)                    \
  X(git_commit_free)                     \
  X(git_commit_lookup)                   \
  X(git_commit_parent)                   \
  X(git_commit_parentcount)              \
  X(git_commit_time)                     \
  X(git_commit_tree)                     \
  X(git_commit_tree_id)                  \
  X(git_diff_find_similar)               \
  X(git_diff_foreach)                    \
  X(git_diff_free)                       \
  X(git_diff_get_delta)                  \
  X(git_diff_num_deltas)                 \
  X(git_diff_tree_to_index)              \
  X(git_diff_tree_to_tree)               \
  X(git_diff_tree_to_workdir_with_index) \
  X(git_error_last)                      \
  X(git_index_checksum)                  \
  X(git_index_entrycount)                \
  X(git_index_free)                      \
  X(git_index_get_byindex)               \
  X(git_index_get_bypath)                \
  X(git_index_open)                      \
  X(git_index_path)                      \
  X(git_libgit2_init)                    \
  X(git_libgit2_opts)                    \
  X(git_object_free)                     \
  X(git_object_id)                       \
  X(git_object_peel)                     \
  X(git_merge_base)                      \
  X(git_oid_tostr_s)                     \
  X(git_repository_free)                 \
  X(git_repository_index)                \
  X(git_repository_open_ext)             \
  X(git_repository_workdir)              \
  X(git_revparse_single)                 \
  X(git_revwalk_free)                    \
  X(git_revwalk_new)                     \
  X(git_revwalk_next)                    \
  X(git_revwalk_push_glob)               \
  X(git_revwalk_push_head)               \
  X(git_revwalk_sorting)                 \
  X(git_tree_entry_byindex)              \
  X(git_tree_entry_bypath)               \
  X(git_tree_entry_filemode)             \
  X(git_tree_entry_free)                 \
  X(git_tree_entry_id)                   \
  X(git_tree_entry_name)                 \
  X(git_tree_entry_type)                 \
  X(git_tree_entrycount)                 \
  X(git_tree_free)                       \
  X(git_tree_id)                         \
  X(git_tree_lookup)

struct GitApi {
#define X(name) decltype(&::name) name = nullptr;
  CC_GIT_FUNCTIONS(X)
#undef X
};
const GitApi& git();

template <typename T, auto kFree>
struct GitDelete {
  void operator()(T* object) const { (git().*kFree)(object); }
};
template <typename T, auto kFree>
using GitPointer = std::unique_ptr<T, GitDelete<T, kFree>>;

using TreePointer = GitPointer<git_tree, &GitApi::git_tree_free>;
using EntryPointer = GitPointer<git_tree_entry, &GitApi::git_tree_entry_free>;
using BlobPointer = GitPointer<git_blob, &GitApi::git_blob_free>;
using DiffPointer = GitPointer<git_diff, &GitApi::git_diff_free>;
using IndexPointer = GitPointer<git_index, &GitApi::git_index_free>;
using ObjectPointer = GitPointer<git_object, &GitApi::git_object_free>;
using CommitPointer = GitPointer<git_commit, &GitApi::git_commit_free>;
using BlamePointer = GitPointer<git_blame, &GitApi::git_blame_free>;
using WalkPointer = GitPointer<git_revwalk, &GitApi::git_revwalk_free>;

struct Library {
  GitApi api;
  bool loaded = false;

  Library() {
    void* library = ::dlopen("libgit2.so." LIBGIT2_SOVERSION, RTLD_LAZY | RTLD_LOCAL);
    if (library == nullptr) return;
    loaded = true;
#define X(name)                                                             \
  api.name = reinterpret_cast<decltype(api.name)>(::dlsym(library, #name)); \
  loaded = loaded && api.name != nullptr;
    CC_GIT_FUNCTIONS(X)
#undef X
    if (!loaded) return;
    api.git_libgit2_init();
    api.git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);  // nothing of the repository is run, whoever owns it
  }
};

const Library& library() {
  static const Library loaded;  // like a linked library: once per process, never unloaded
  return loaded;
}

bool start_git() {  // false when the library is not there
  return library().loaded;
}

const GitApi& git() {
  return library().api;
}

tl::unexpected<Error> git_failure(ErrorCode code, const std::string& what) {
  const git_error* error = git().git_error_last();
  return fail(code, fmt::format("{}: {}", what, error != nullptr ? error->message : "unknown error"));
}

constexpr std::size_t kMaxCommits = 10'000'000;
constexpr std::size_t kMaxFilesOfCommit = 1'000'000;

std::string_view content_of(const git_blob* blob) {
  return {static_cast<const char*>(git().git_blob_rawcontent(blob)),
          static_cast<std::size_t>(git().git_blob_rawsize(blob))};
}

// The lines that a difference adds, by file.
struct Collector {
  std::vector<ChangedFile> files;
  std::vector<git_oid> before;  // of each; all zeros: it is new
  bool is_link = false;         // the file that is looked at: where it leads is nobody's change

  static int on_file(const git_diff_delta* delta, float, void* payload) {
    auto& self = *static_cast<Collector*>(payload);
    if (self.files.size() >= kMaxChangedFiles) return GIT_EUSER;
    self.files.push_back({delta->new_file.path, {}, {}});
    const bool was_file = delta->status != GIT_DELTA_ADDED && delta->status != GIT_DELTA_UNTRACKED &&
                          delta->old_file.mode != GIT_FILEMODE_LINK;
    self.before.push_back(was_file ? delta->old_file.id : git_oid{});
    self.is_link = delta->new_file.mode == GIT_FILEMODE_LINK;
    return 0;
  }

  static int on_hunk(const git_diff_delta*, const git_diff_hunk* hunk, void* payload) {
    auto& self = *static_cast<Collector*>(payload);
    if (hunk->new_lines > 0 && !self.is_link) {
      const auto first = static_cast<std::size_t>(hunk->new_start);
      self.files.back().added.emplace_back(first, first + static_cast<std::size_t>(hunk->new_lines) - 1);
    }
    return 0;
  }
};

Result<ObjectPointer> commit_of(git_repository* repository, const std::string& revision) {
  git_object* object = nullptr;
  if (git().git_revparse_single(&object, repository, revision.c_str()) != 0)
    return git_failure(ErrorCode::kNotFound, fmt::format("there is no revision {}", revision));
  const ObjectPointer held(object);
  git_object* commit = nullptr;
  if (git().git_object_peel(&commit, object, GIT_OBJECT_COMMIT) != 0)
    return git_failure(ErrorCode::kInvalid, fmt::format("{} is no commit", revision));
  return ObjectPointer(commit);
}

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

// A file that got another name is held against what it was under the old one; where that cannot be told it counts as
// new.
void pair_renamed(git_diff* diff) {
  git_diff_find_options options = GIT_DIFF_FIND_OPTIONS_INIT;
  options.flags = GIT_DIFF_FIND_RENAMES | GIT_DIFF_FIND_FOR_UNTRACKED;
  git().git_diff_find_similar(diff, &options);
}

Result<std::vector<ChangedFile>> collect(git_repository* repository, git_diff* diff, std::size_t max_file_bytes) {
  pair_renamed(diff);
  Collector collector;
  if (git().git_diff_foreach(diff, Collector::on_file, nullptr, Collector::on_hunk, nullptr, &collector) != 0)
    return git_failure(ErrorCode::kTooLarge,
                       fmt::format("the difference cannot be read, or has more than {} files", kMaxChangedFiles));
  for (std::size_t i = 0; i < collector.files.size(); ++i) {
    git_blob* blob = nullptr;
    const git_oid none{};
    if (collector.files[i].added.empty() || std::memcmp(&collector.before[i], &none, sizeof none) == 0) continue;
    if (git().git_blob_lookup(&blob, repository, &collector.before[i]) != 0) continue;
    const BlobPointer held(blob);
    if (content_of(blob).size() <= max_file_bytes) collector.files[i].before = content_of(blob);
  }
  std::erase_if(collector.files, [](const ChangedFile& file) { return file.added.empty(); });
  return std::move(collector.files);
}

ObjectId object_id(const git_oid& id) {
  ObjectId made;
  std::memcpy(made.data(), id.id, made.size());
  return made;
}

std::optional<Folder> folder_of(git_repository* repository, const ObjectId& id) {
  git_oid name{};
  std::memcpy(name.id, id.data(), id.size());
  git_tree* opened = nullptr;
  if (git().git_tree_lookup(&opened, repository, &name) != 0) return std::nullopt;
  const TreePointer held(opened);
  Folder folder;
  for (std::size_t i = 0; i < git().git_tree_entrycount(opened); ++i) {
    const git_tree_entry* entry = git().git_tree_entry_byindex(opened, i);
    folder.push_back({git().git_tree_entry_name(entry), object_id(*git().git_tree_entry_id(entry)),
                      static_cast<std::uint32_t>(git().git_tree_entry_filemode(entry))});
  }
  return folder;
}

// Nothing when the index does not tell, or its file is no longer what the library has read: all must be compared.
std::optional<std::vector<std::string>> staged_in(git_repository* repository, git_index* index, const git_tree* head) {
  const char* path = git().git_index_path(index);
  std::ifstream file(path == nullptr ? "" : path, std::ios::binary);
  std::ostringstream read;
  read << file.rdbuf();
  const std::string bytes = std::move(read).str();
  const ObjectId known = object_id(*git().git_index_checksum(index));
  if (checksum_of(bytes) != std::string_view(reinterpret_cast<const char*>(known.data()), known.size()))
    return std::nullopt;
  const auto entries = read_index(bytes);
  if (!entries) return std::nullopt;
  return staged_paths(*entries, head == nullptr ? std::nullopt : std::optional(object_id(*git().git_tree_id(head))),
                      [&](const ObjectId& id) { return folder_of(repository, id); });
}

// Trees of the history, each once; or what they have at one place.
class BlobWalk {
 public:
  BlobWalk(git_repository* repository, std::string place, std::size_t max_file_bytes,
           const std::function<void(const BlobPlace&, std::string_view)>& see)
      : repository_(repository), place_(std::move(place)), max_file_bytes_(max_file_bytes), see_(see) {}

  void commit(const git_oid& root, const std::string& name) {
    if (place_.empty()) return tree(root, {}, name);
    git_tree* opened = nullptr;
    if (git().git_tree_lookup(&opened, repository_, &root) != 0) return;
    const TreePointer held(opened);
    git_tree_entry* found = nullptr;
    if (git().git_tree_entry_bypath(&found, opened, place_.c_str()) != 0) return;
    const EntryPointer held_entry(found);
    look_at(found, place_, name);
  }

 private:
  void tree(const git_oid& id, const std::string& path, const std::string& commit) {
    if (!is_new(id)) return;
    git_tree* opened = nullptr;
    if (git().git_tree_lookup(&opened, repository_, &id) != 0) return;
    const TreePointer held(opened);
    for (std::size_t i = 0; i < git().git_tree_entrycount(opened); ++i) {
      const git_tree_entry* entry = git().git_tree_entry_byindex(opened, i);
      const std::string name = path.empty() ? git().git_tree_entry_name(entry)
                                            : fmt::format("{}/{}", path, git().git_tree_entry_name(entry));
      look_at(entry, name, commit);
    }
  }

  void look_at(const git_tree_entry* entry, const std::string& name, const std::string& commit) {
    if (git().git_tree_entry_type(entry) == GIT_OBJECT_TREE) {
      tree(*git().git_tree_entry_id(entry), name, commit);
    } else if (git().git_tree_entry_type(entry) == GIT_OBJECT_BLOB &&
               git().git_tree_entry_filemode(entry) != GIT_FILEMODE_LINK) {
      blob(*git().git_tree_entry_id(entry), name, commit);
    }
  }

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
  std::string place_;  // in each tree; "": all of it
  std::size_t max_file_bytes_;
  const std::function<void(const BlobPlace&, std::string_view)>& see_;
  std::set<std::string> seen_;
};

}  // namespace

struct Repository::Handle {
  git_repository* repository = nullptr;
  ~Handle() { git().git_repository_free(repository); }
};

std::vector<std::string> tracked_paths(const std::string& root) {
  std::vector<std::string> paths;
  auto repository = Repository::open(root);
  if (!repository || repository->work_folder().empty()) return paths;
  const std::string index_path = root + "/.git/index";
  git_index* opened = nullptr;
  if (git().git_index_open(&opened, index_path.c_str()) != 0) return paths;
  const IndexPointer index(opened);
  const std::size_t count = git().git_index_entrycount(index.get());
  paths.reserve(count);
  for (std::size_t i = 0; i < count; ++i)
    paths.emplace_back(git().git_index_get_byindex(index.get(), i)->path);
  std::ranges::sort(paths);
  return paths;
}

Result<Repository> Repository::open(const std::string& path) {
  if (!start_git())
    return fail(ErrorCode::kUnavailable, "git repositories need the library libgit2 " LIBGIT2_SOVERSION "; install it");
  git_repository* opened = nullptr;
  if (git().git_repository_open_ext(&opened, path.c_str(), 0, nullptr) != 0) {
    return git_failure(ErrorCode::kNotFound, fmt::format("{} is in no git repository that can be read", path));
  }
  return Repository(new Handle{opened});
}

Repository::Repository(Repository&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}

Repository& Repository::operator=(Repository&& other) noexcept {
  std::swap(handle_, other.handle_);
  return *this;
}

Repository::~Repository() {
  delete handle_;
}

std::string Repository::work_folder() const {
  const char* folder = git().git_repository_workdir(handle_->repository);
  std::string path = folder == nullptr ? "" : folder;
  while (path.size() > 1 && path.ends_with('/'))
    path.pop_back();
  return path;
}

std::string Repository::way_to(const std::string& path) const {
  namespace fs = std::filesystem;
  const std::string work = work_folder();
  std::error_code error;
  const fs::path top = fs::weakly_canonical(work, error);
  const fs::path way = fs::weakly_canonical(path, error).lexically_relative(top);
  if (error || work.empty() || way.empty()) return {};
  const fs::path& first = *way.begin();
  return first == "." || first == ".." || first == ".git" ? std::string() : way.generic_string() + "/";
}

Result<std::int64_t> Repository::time_of(const std::string& revision) const {
  auto commit = commit_of(handle_->repository, revision);
  if (!commit) return fail(std::move(commit.error()));
  return git().git_commit_time(reinterpret_cast<const git_commit*>(commit->get()));
}

Result<std::vector<ChangedFile>> Repository::staged(std::size_t max_file_bytes) const {
  git_index* opened = nullptr;
  if (git().git_repository_index(&opened, handle_->repository) != 0)
    return git_failure(ErrorCode::kInvalid, "the index cannot be read");
  const IndexPointer index(opened);
  TreePointer head;
  if (auto tree = tree_of(handle_->repository, "HEAD")) head = std::move(*tree);  // none before the first commit
  git_diff_options options = diff_options(max_file_bytes);
  auto paths = staged_in(handle_->repository, index.get(), head.get());
  std::vector<char*> names;
  if (paths) {
    if (paths->empty()) return std::vector<ChangedFile>();
    for (std::string& path : *paths)
      names.push_back(path.data());
    options.pathspec = {names.data(), names.size()};
  }
  git_diff* made = nullptr;
  if (git().git_diff_tree_to_index(&made, handle_->repository, head.get(), index.get(), &options) != 0)
    return git_failure(ErrorCode::kInvalid, "what is staged cannot be compared");
  const DiffPointer diff(made);
  auto files = collect(handle_->repository, diff.get(), max_file_bytes);
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
  auto files = collect(handle_->repository, diff.get(), max_file_bytes);
  if (!files) return files;
  for (ChangedFile& file : *files) {
    std::ifstream in(fmt::format("{}/{}", root, file.path), std::ios::binary);
    std::ostringstream bytes;
    bytes << in.rdbuf();
    file.text = std::move(bytes).str();
  }
  return files;
}

Result<void> Repository::files_at(const std::string& revision, std::size_t max_file_bytes,
                                  const std::function<void(std::string_view, std::string_view)>& see) const {
  auto root = tree_of(handle_->repository, revision);
  if (!root) return fail(std::move(root.error()));
  std::vector<std::pair<TreePointer, std::string>> waiting;
  waiting.emplace_back(std::move(*root), "");
  for (std::size_t files = 0; !waiting.empty() && files < kMaxFilesOfCommit;) {
    const auto [tree, folder] = std::move(waiting.back());
    waiting.pop_back();
    for (std::size_t i = 0; i < git().git_tree_entrycount(tree.get()); ++i) {
      const git_tree_entry* entry = git().git_tree_entry_byindex(tree.get(), i);
      const std::string path = folder + git().git_tree_entry_name(entry);
      const git_oid* id = git().git_tree_entry_id(entry);
      if (git().git_tree_entry_type(entry) == GIT_OBJECT_TREE) {
        git_tree* below = nullptr;
        if (git().git_tree_lookup(&below, handle_->repository, id) == 0)
          waiting.emplace_back(TreePointer(below), path + "/");
      } else if (git().git_tree_entry_type(entry) == GIT_OBJECT_BLOB &&
                 git().git_tree_entry_filemode(entry) != GIT_FILEMODE_LINK) {
        git_blob* blob = nullptr;
        if (git().git_blob_lookup(&blob, handle_->repository, id) != 0) continue;
        const BlobPointer held(blob);
        ++files;
        if (const std::string_view text = content_of(blob); text.size() <= max_file_bytes) see(path, text);
      }
    }
  }
  return {};
}

Result<std::string> Repository::fork_point(const std::string& one, const std::string& other) const {
  const auto first = commit_of(handle_->repository, one);
  if (!first) return fail(first.error());
  const auto second = commit_of(handle_->repository, other);
  if (!second) return fail(second.error());
  git_oid base;
  if (git().git_merge_base(&base, handle_->repository, git().git_object_id(first->get()),
                           git().git_object_id(second->get())) != 0)
    return git_failure(ErrorCode::kNotFound, fmt::format("{} and {} have no commit in common", one, other));
  return std::string(git().git_oid_tostr_s(&base));
}

Result<std::size_t> Repository::history(
    const std::string& way, std::size_t max_file_bytes,
    const std::function<void(const BlobPlace& place, std::string_view text)>& see) const {
  git_revwalk* made = nullptr;
  if (git().git_revwalk_new(&made, handle_->repository) != 0)
    return git_failure(ErrorCode::kInvalid, "the history cannot be read");
  const WalkPointer walk(made);
  git().git_revwalk_sorting(walk.get(), GIT_SORT_TIME);
  git().git_revwalk_push_glob(walk.get(), "refs/*");
  git().git_revwalk_push_head(walk.get());
  BlobWalk blobs(handle_->repository, way.substr(0, way.find_last_not_of('/') + 1), max_file_bytes, see);
  std::size_t commits = 0;
  git_oid id;
  while (commits < kMaxCommits && git().git_revwalk_next(&id, walk.get()) == 0) {
    ++commits;
    git_commit* commit = nullptr;
    if (git().git_commit_lookup(&commit, handle_->repository, &id) != 0) continue;
    const std::string name(git().git_oid_tostr_s(&id));
    const git_oid tree = *git().git_commit_tree_id(commit);
    git().git_commit_free(commit);
    blobs.commit(tree, name);
  }
  return commits;
}

namespace {

TreePointer tree_of_commit(git_commit* commit) {
  git_tree* tree = nullptr;
  if (commit == nullptr || git().git_commit_tree(&tree, commit) != 0) return nullptr;
  return TreePointer(tree);
}

// Paths that a commit has otherwise than its parent; nothing for merges.
void count_changes(git_repository* repository, git_commit* commit, std::map<std::string, std::size_t>& counts) {
  if (git().git_commit_parentcount(commit) > 1) return;
  git_commit* parent = nullptr;
  if (git().git_commit_parentcount(commit) == 1 && git().git_commit_parent(&parent, commit, 0) != 0) return;
  const CommitPointer held(parent);
  const TreePointer before = tree_of_commit(parent);
  const TreePointer after = tree_of_commit(commit);
  git_diff* made = nullptr;
  if (git().git_diff_tree_to_tree(&made, repository, before.get(), after.get(), nullptr) != 0) return;
  const DiffPointer diff(made);
  for (std::size_t i = 0; i < git().git_diff_num_deltas(made); ++i)
    ++counts[git().git_diff_get_delta(made, i)->new_file.path];
}

}  // namespace

Result<std::map<std::string, std::size_t>> Repository::churn(std::size_t max_commits) const {
  git_revwalk* made = nullptr;
  if (git().git_revwalk_new(&made, handle_->repository) != 0)
    return git_failure(ErrorCode::kInvalid, "the history cannot be read");
  const WalkPointer walk(made);
  git().git_revwalk_sorting(walk.get(), GIT_SORT_TIME);
  git().git_revwalk_push_head(walk.get());
  std::map<std::string, std::size_t> counts;
  git_oid id;
  for (std::size_t i = 0; i < max_commits && git().git_revwalk_next(&id, walk.get()) == 0; ++i) {
    git_commit* commit = nullptr;
    if (git().git_commit_lookup(&commit, handle_->repository, &id) != 0) continue;
    const CommitPointer held(commit);
    count_changes(handle_->repository, commit, counts);
  }
  return counts;
}

Result<std::vector<LineOrigin>> Repository::origins(const std::string& path, std::string_view text,
                                                    const std::vector<std::size_t>& lines) const {
  git_blame* made = nullptr;
  if (git().git_blame_file(&made, handle_->repository, path.c_str(), nullptr) != 0)
    return git_failure(ErrorCode::kNotFound, fmt::format("{} has no history", path));
  const BlamePointer committed(made);
  if (git().git_blame_buffer(&made, committed.get(), text.data(), text.size()) != 0)
    return git_failure(ErrorCode::kInvalid, fmt::format("{} cannot be held against its history", path));
  const BlamePointer blame(made);
  std::vector<LineOrigin> origins;
  for (const std::size_t line : lines) {
    const git_blame_hunk* hunk = git().git_blame_get_hunk_byline(blame.get(), line);
    const git_signature* author = hunk == nullptr ? nullptr : hunk->final_signature;
    if (author == nullptr)
      origins.emplace_back();
    else
      origins.push_back({author->name, author->when.time});
  }
  return origins;
}

}  // namespace commandcenter::code
