// Repositories, the index, and differences with the lines they add.
#include "code/git/git.h"

#include <algorithm>
#include <mutex>

#include <fmt/format.h>

#include "code/git/handle.h"

namespace commandcenter::code {

void start_git() {
  static std::once_flag once;
  std::call_once(once, [] {
    git_libgit2_init();
    git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);  // nothing of the repository is run, whoever owns it
  });
}

tl::unexpected<Error> git_failure(ErrorCode code, const std::string& what) {
  const git_error* error = git_error_last();
  return fail(code, fmt::format("{}: {}", what, error != nullptr ? error->message : "unknown error"));
}

std::vector<std::string> tracked_paths(const std::string& root) {
  std::vector<std::string> paths;
  auto repository = Repository::open(root);
  if (!repository || repository->work_folder().empty()) return paths;
  const std::string index_path = root + "/.git/index";
  git_index* opened = nullptr;
  if (git_index_open(&opened, index_path.c_str()) != 0) return paths;
  const IndexPointer index(opened);
  const std::size_t count = git_index_entrycount(index.get());
  paths.reserve(count);
  for (std::size_t i = 0; i < count; ++i)
    paths.emplace_back(git_index_get_byindex(index.get(), i)->path);
  std::ranges::sort(paths);
  return paths;
}

Result<Repository> Repository::open(const std::string& path) {
  start_git();
  git_repository* opened = nullptr;
  if (git_repository_open_ext(&opened, path.c_str(), 0, nullptr) != 0) {
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
  const char* folder = git_repository_workdir(handle_->repository);
  std::string path = folder == nullptr ? "" : folder;
  while (path.size() > 1 && path.ends_with('/'))
    path.pop_back();
  return path;
}

}  // namespace commandcenter::code
