// The libgit2 side of a repository. Private to this folder.
#pragma once

#include <git2.h>

#include <memory>
#include <string>

#include "base/result.h"
#include "code/git/git.h"

namespace commandcenter::code {

struct Repository::Handle {
  git_repository* repository = nullptr;
  ~Handle() { git_repository_free(repository); }
};

template <typename T, void (*kFree)(T*)>
struct GitDelete {
  void operator()(T* object) const { kFree(object); }
};
template <typename T, void (*kFree)(T*)>
using GitPointer = std::unique_ptr<T, GitDelete<T, kFree>>;

using TreePointer = GitPointer<git_tree, git_tree_free>;
using BlobPointer = GitPointer<git_blob, git_blob_free>;
using DiffPointer = GitPointer<git_diff, git_diff_free>;
using IndexPointer = GitPointer<git_index, git_index_free>;
using ObjectPointer = GitPointer<git_object, git_object_free>;
using WalkPointer = GitPointer<git_revwalk, git_revwalk_free>;

void start_git();  // once per process; cheap afterwards

tl::unexpected<Error> git_failure(ErrorCode code, const std::string& what);

}  // namespace commandcenter::code
