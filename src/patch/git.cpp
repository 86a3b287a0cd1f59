#include "patch/git.h"

#include <git2.h>
#include <git2/sys/mempack.h>
#include <git2/sys/odb_backend.h>
#include <git2/sys/repository.h>

#include <fmt/format.h>

namespace commandcenter::patch {
namespace {

// libgit2 counts its users; one for the whole process is enough.
void start_library() {
  static const int started = git_libgit2_init();
  static_cast<void>(started);
}

}  // namespace

void Free::operator()(git_diff* handle) const {
  git_diff_free(handle);
}
void Free::operator()(git_diff_stats* handle) const {
  git_diff_stats_free(handle);
}
void Free::operator()(git_index* handle) const {
  git_index_free(handle);
}
void Free::operator()(git_odb* handle) const {
  git_odb_free(handle);
}
void Free::operator()(git_repository* handle) const {
  git_repository_free(handle);
}
void Free::operator()(git_tree* handle) const {
  git_tree_free(handle);
}

Error git_failure(std::string_view doing) {
  const ::git_error* last = git_error_last();
  return {ErrorCode::kInternal, fmt::format("{}: {}", doing, last == nullptr ? "no reason given" : last->message)};
}

Result<Memory> Memory::open() {
  start_library();
  Memory memory;
  git_odb* objects = nullptr;
  if (git_odb_new(&objects) != 0) return fail(git_failure("a patch cannot be made"));
  memory.objects_.reset(objects);
  git_odb_backend* backend = nullptr;
  if (git_mempack_new(&backend) != 0) return fail(git_failure("a patch cannot be made"));
  if (git_odb_add_backend(objects, backend, 1) != 0) return fail(git_failure("a patch cannot be made"));
  git_repository* repository = nullptr;
  if (git_repository_wrap_odb(&repository, objects) != 0) return fail(git_failure("a patch cannot be made"));
  memory.repository_.reset(repository);
  return memory;
}

Result<Index> new_index() {
  start_library();
  git_index* index = nullptr;
  if (git_index_new(&index) != 0) return fail(git_failure("a patch cannot be made"));
  return Index(index);
}

std::uint32_t git_mode(Mode mode) {
  switch (mode) {
    case Mode::kFile:
      return GIT_FILEMODE_BLOB;
    case Mode::kExecutable:
      return GIT_FILEMODE_BLOB_EXECUTABLE;
    case Mode::kLink:
      return GIT_FILEMODE_LINK;
  }
  return GIT_FILEMODE_BLOB;
}

bool is_content(const Content& content, const git_oid& id) {
  git_oid own{};
  return git_odb_hash(&own, content.bytes.data(), content.bytes.size(), GIT_OBJECT_BLOB) == 0 &&
         git_oid_cmp(&own, &id) == 0;
}

Result<void> Memory::add(git_index& index, const std::string& path, const Content& content) const {
  git_index_entry entry{};
  if (git_blob_create_from_buffer(&entry.id, repository(), content.bytes.data(), content.bytes.size()) != 0) {
    return fail(git_failure("a patch cannot be made"));
  }
  entry.mode = git_mode(content.mode);
  entry.path = path.c_str();
  if (git_index_add(&index, &entry) != 0) return fail(git_failure(fmt::format("{} cannot be part of a patch", path)));
  return {};
}

Result<Tree> Memory::tree(git_index& index) const {
  git_oid id{};
  git_tree* tree = nullptr;
  if (git_index_write_tree_to(&id, &index, repository()) != 0 || git_tree_lookup(&tree, repository(), &id) != 0) {
    return fail(git_failure("a patch cannot be made"));
  }
  return Tree(tree);
}

Result<Content> Memory::content(const git_oid& id, std::uint32_t mode) const {
  git_blob* blob = nullptr;
  if (git_blob_lookup(&blob, repository(), &id) != 0) return fail(git_failure("the patch cannot be applied"));
  Content content;
  content.mode = mode == GIT_FILEMODE_LINK              ? Mode::kLink
                 : mode == GIT_FILEMODE_BLOB_EXECUTABLE ? Mode::kExecutable
                                                        : Mode::kFile;
  content.bytes.assign(static_cast<const char*>(git_blob_rawcontent(blob)),
                       static_cast<std::size_t>(git_blob_rawsize(blob)));
  git_blob_free(blob);
  return content;
}

}  // namespace commandcenter::patch
