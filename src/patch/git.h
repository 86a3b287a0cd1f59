// libgit2 as this folder uses it: a repository in memory, handles that free themselves, failures as Error. Private.
#pragma once

#include <memory>
#include <string>

#include <git2.h>

#include "base/result.h"
#include "patch/patch.h"

namespace commandcenter::patch {

template <auto Free>
struct Freed {
  template <typename T>
  void operator()(T* handle) const {
    Free(handle);
  }
};
using Diff = std::unique_ptr<git_diff, Freed<git_diff_free>>;
using Tree = std::unique_ptr<git_tree, Freed<git_tree_free>>;
using Index = std::unique_ptr<git_index, Freed<git_index_free>>;
using Blob = std::unique_ptr<git_blob, Freed<git_blob_free>>;
using DiffStats = std::unique_ptr<git_diff_stats, Freed<git_diff_stats_free>>;

Error git_failure(std::string_view doing);

// Objects live as long as it does.
class Memory {
 public:
  static Result<Memory> open();
  git_repository* repository() const { return repository_.get(); }

  Result<void> add(git_index& index, const std::string& path, const Content& content) const;
  Result<Tree> tree(git_index& index) const;
  Result<Content> content(const git_oid& id, std::uint32_t mode) const;

 private:
  std::unique_ptr<git_odb, Freed<git_odb_free>> objects_;
  std::unique_ptr<git_repository, Freed<git_repository_free>> repository_;
};

Result<Index> new_index();
bool is_content(const Content& content, const git_oid& id);
std::uint32_t git_mode(Mode mode);

}  // namespace commandcenter::patch
