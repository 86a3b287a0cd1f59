// libgit2 as this folder uses it: a repository in memory, handles that free themselves, failures as Error. Private.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "patch/patch.h"

struct git_diff;
struct git_diff_stats;
struct git_index;
struct git_odb;
struct git_oid;
struct git_repository;
struct git_tree;

namespace commandcenter::patch {

struct Free {
  void operator()(git_diff* handle) const;
  void operator()(git_diff_stats* handle) const;
  void operator()(git_index* handle) const;
  void operator()(git_odb* handle) const;
  void operator()(git_repository* handle) const;
  void operator()(git_tree* handle) const;
};
using Diff = std::unique_ptr<git_diff, Free>;
using DiffStats = std::unique_ptr<git_diff_stats, Free>;
using Index = std::unique_ptr<git_index, Free>;
using Tree = std::unique_ptr<git_tree, Free>;

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
  std::unique_ptr<git_odb, Free> objects_;
  std::unique_ptr<git_repository, Free> repository_;
};

Result<Index> new_index();
bool is_content(const Content& content, const git_oid& id);
std::uint32_t git_mode(Mode mode);

}  // namespace commandcenter::patch
