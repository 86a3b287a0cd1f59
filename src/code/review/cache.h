// What reviews saw of files, kept by their content, so that a file that did not change costs its hash. One file for
// each tree; what is broken, or was made by another build of this program, counts as not there.
#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "code/review/file_outcome.h"

namespace commandcenter::code::review {

inline constexpr std::size_t kMaxCache_bytes = std::size_t{64} << 20;

class Cache {
 public:
  Cache(const std::string& folder, const std::string& root);

  // From any thread.
  std::string key(const Source& source, bool native) const;
  std::optional<FileOutcome> find(const std::string& key);
  void put(const std::string& key, const FileOutcome& outcome);

  // Writes what this run used or made. A cache that cannot be written is none: nothing fails.
  void save() const;

 private:
  void load();

  std::string folder_;
  std::string path_;
  std::string build_;  // of this program
  std::string text_;   // of the file, as it was read
  std::map<std::string, std::string_view, std::less<>> known_;
  std::map<std::string, std::string, std::less<>> made_;
  std::map<std::string, std::string_view, std::less<>> used_;
  std::mutex mutex_;
};

// One entry as bytes, and back; nothing when they are no entry.
std::string encoded(const FileOutcome& outcome);
std::optional<FileOutcome> decoded(std::string_view bytes);

}  // namespace commandcenter::code::review
