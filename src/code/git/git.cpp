// Repositories, the index, and differences with the lines they add.
#include "code/git/git.h"

#include <dlfcn.h>

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "code/git/handle.h"

namespace commandcenter::code {

namespace {

struct Library {
  GitApi api;
  bool loaded = false;

  Library() {
    void* library = ::dlopen("libgit2.so." LIBGIT2_SOVERSION, RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) return;
    loaded = true;
#define X(name)                                                                   \
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

}  // namespace

bool start_git() {
  return library().loaded;
}

const GitApi& git() {
  return library().api;
}

tl::unexpected<Error> git_failure(ErrorCode code, const std::string& what) {
  const git_error* error = git().git_error_last();
  return fail(code, fmt::format("{}: {}", what, error != nullptr ? error->message : "unknown error"));
}

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

}  // namespace commandcenter::code
