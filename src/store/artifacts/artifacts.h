// Files named by their content: what is too large for a row, and what agents deliver.
//
// A file is on the disk before put() returns, so a row that names it can be committed afterwards; a crash between the
// two leaves a file that no row names, which sweep() removes at the next start. The number of rows that name a file is
// its reference count: whoever deletes the last one removes the file. Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/result.h"

namespace commandcenter::store {

inline constexpr std::int64_t kMaxArtifact_bytes = 64LL << 20;

class ArtifactFolder {
 public:
  // Makes the folder (mode 0700) when it is not there.
  static Result<std::unique_ptr<ArtifactFolder>> open(std::string folder);

  // The SHA-256 of the content, as hex. The file is there until release(), whatever remove() and sweep() are told: call
  // it once the row is committed or given up.
  Result<std::string> put(std::string_view content);
  void release(const std::string& hash);

  // kNotFound when it is not there, kInternal when it is not what its name says.
  Result<std::string> read(const std::string& hash) const;

  // Does nothing when it is not there or held by a put().
  void remove(const std::string& hash);

  // Removes what a crash left: half-made files, and files that nobody names. Returns how many.
  Result<std::int64_t> sweep(const std::function<Result<bool>(const std::string& hash)>& is_named);

 private:
  explicit ArtifactFolder(std::string folder) : folder_(std::move(folder)) {}
  std::string path_of(const std::string& hash) const;

  std::string folder_;
  std::mutex mutex_;                 // also held while files come and go
  std::map<std::string, int> held_;  // by put(), until release()
};

// 64 lower-case hex digits.
bool is_artifact_hash(std::string_view text);

}  // namespace commandcenter::store
