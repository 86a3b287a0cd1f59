// Reading git repositories: what is tracked, what changed, what was ever committed. Only reads objects and the index:
// no hook, filter or configured program runs, so a hostile repository can do nothing here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace commandcenter::code {

inline constexpr std::size_t kMaxChangedFiles = 100'000;

// Paths that the index of the repository at `root` holds, ordered; empty when there is no repository.
std::vector<std::string> tracked_paths(const std::string& root);

using LineRange = std::pair<std::size_t, std::size_t>;  // first and last line, 1-based

struct ChangedFile {
  std::string path;  // relative to the repository
  std::string text;  // as it is after the change
  std::vector<LineRange> added;
  std::optional<std::string> before{};  // its text before the change, under another name perhaps; none for a new file
};

struct BlobPlace {
  std::string path;
  std::string commit;  // the newest that is known to hold it
};

struct LineOrigin {
  std::string author;       // empty: not committed yet
  std::int64_t time_s = 0;  // since 1970
};

class Repository {
 public:
  // `path` is the repository or a folder in it. Fails with kNotFound when there is none, kInvalid when it is broken.
  static Result<Repository> open(const std::string& path);

  Repository(Repository&& other) noexcept;
  Repository& operator=(Repository&& other) noexcept;
  ~Repository();

  std::string work_folder() const;  // without a final slash; "" for a bare repository
  // The way from the work folder to a folder or file in it, with a slash behind; "" for itself, and for what lies
  // elsewhere or in git's own folder.
  std::string way_to(const std::string& path) const;
  Result<std::int64_t> time_of(const std::string& revision) const;  // of a commit, in seconds since 1970

  // What is in the index but not in HEAD: what the next commit will hold.
  Result<std::vector<ChangedFile>> staged(std::size_t max_file_bytes) const;
  // What is in the working tree but not in the commit ("main", "HEAD~3", an id); untracked files that are not ignored
  // count as new.
  Result<std::vector<ChangedFile>> since(const std::string& revision, std::size_t max_file_bytes) const;
  // Every file of a commit, in the order of git's trees; longer ones are left out.
  Result<void> files_at(const std::string& revision, std::size_t max_file_bytes,
                        const std::function<void(std::string_view path, std::string_view text)>& see) const;
  // The commit at which two revisions parted, by its id.
  Result<std::string> fork_point(const std::string& one, const std::string& other) const;
  // Each blob that any branch or tag can reach, once. `way`: only what was at or below it, as way_to() tells; "": all.
  // Returns the number of commits.
  Result<std::size_t> history(const std::string& way, std::size_t max_file_bytes,
                              const std::function<void(const BlobPlace& place, std::string_view text)>& see) const;
  // How many of the latest commits changed each path; merges do not count.
  Result<std::map<std::string, std::size_t>> churn(std::size_t max_commits) const;
  // Who wrote each of the lines of a file whose text may differ from what is committed.
  Result<std::vector<LineOrigin>> origins(const std::string& path, std::string_view text,
                                          const std::vector<std::size_t>& lines) const;

 private:
  struct Handle;
  explicit Repository(Handle* handle) : handle_(handle) {}
  Handle* handle_;
};

}  // namespace commandcenter::code
