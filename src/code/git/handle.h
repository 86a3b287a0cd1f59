// The libgit2 side of a repository. Private to this folder.
#pragma once

#include <git2.h>

#include <memory>
#include <string>

#include "base/result.h"
#include "code/git/git.h"

namespace commandcenter::code {

// The library is loaded when a repository is first opened: with all it needs, it would double the time that every other
// command takes to start.
#define CC_GIT_FUNCTIONS(X) \
  X(git_blob_free) \
  X(git_blob_lookup) \
  X(git_blob_rawcontent) \
  X(git_blob_rawsize) \
  X(git_commit_free) \
  X(git_commit_lookup) \
  X(git_commit_tree_id) \
  X(git_diff_foreach) \
  X(git_diff_free) \
  X(git_diff_tree_to_index) \
  X(git_diff_tree_to_workdir_with_index) \
  X(git_error_last) \
  X(git_index_entrycount) \
  X(git_index_free) \
  X(git_index_get_byindex) \
  X(git_index_get_bypath) \
  X(git_index_open) \
  X(git_libgit2_init) \
  X(git_libgit2_opts) \
  X(git_object_free) \
  X(git_object_peel) \
  X(git_oid_tostr_s) \
  X(git_repository_free) \
  X(git_repository_index) \
  X(git_repository_open_ext) \
  X(git_repository_workdir) \
  X(git_revparse_single) \
  X(git_revwalk_free) \
  X(git_revwalk_new) \
  X(git_revwalk_next) \
  X(git_revwalk_push_glob) \
  X(git_revwalk_push_head) \
  X(git_revwalk_sorting) \
  X(git_tree_entry_byindex) \
  X(git_tree_entry_filemode) \
  X(git_tree_entry_id) \
  X(git_tree_entry_name) \
  X(git_tree_entry_type) \
  X(git_tree_entrycount) \
  X(git_tree_free) \
  X(git_tree_lookup)

struct GitApi {
#define X(name) decltype(&::name) name = nullptr;
  CC_GIT_FUNCTIONS(X)
#undef X
};
bool start_git();     // false when the library is not there
const GitApi& git();  // after start_git()

struct Repository::Handle {
  git_repository* repository = nullptr;
  ~Handle() { git().git_repository_free(repository); }
};

template <typename T, auto kFree>
struct GitDelete {
  void operator()(T* object) const { (git().*kFree)(object); }
};
template <typename T, auto kFree>
using GitPointer = std::unique_ptr<T, GitDelete<T, kFree>>;

using TreePointer = GitPointer<git_tree, &GitApi::git_tree_free>;
using BlobPointer = GitPointer<git_blob, &GitApi::git_blob_free>;
using DiffPointer = GitPointer<git_diff, &GitApi::git_diff_free>;
using IndexPointer = GitPointer<git_index, &GitApi::git_index_free>;
using ObjectPointer = GitPointer<git_object, &GitApi::git_object_free>;
using WalkPointer = GitPointer<git_revwalk, &GitApi::git_revwalk_free>;

tl::unexpected<Error> git_failure(ErrorCode code, const std::string& what);

}  // namespace commandcenter::code
