// What scans of a tree saw, kept between runs: a file that did not change is not even read. One file for each tree and
// each way to look at it. What is broken, or was made by another build of this program, counts as not there.
//
// A file is the same when its size, inode and times are, unless it was written so shortly before it was read that its
// times may hide a change; then, and when only the times differ, its digest decides. What was seen of a file holds as
// long as the files that had a say in it are the same, too, and those that were not there still are not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "code/scan/scan.h"
#include "code/scan/seen.h"
#include "code/walk/read.h"

namespace commandcenter::code {

inline constexpr std::size_t kMaxScanCache_bytes = std::size_t{64} << 20;     // of one tree
inline constexpr std::size_t kMaxCacheFolder_bytes = std::size_t{256} << 20;  // the oldest go first

// Tells builds of this program apart: another one may see other things.
std::string this_build();

// Takes the caches out of a folder that were not renewed for longest until they fit, and what died runs left; never
// `kept`.
void prune_caches(const std::string& folder, const std::string& kept);

std::int64_t wall_ns();

class ScanCache {
 public:
  // `about`: whatever decides what is seen, beside the files.
  ScanCache(std::string folder, const std::string& root, const std::string& about, std::int64_t now_ns = wall_ns());

  // From any thread. By its identity alone, or by its text.
  std::optional<SeenFile> unread(std::string_view path, const FileIdentity& identity);
  std::optional<SeenFile> find(std::string_view path, const FileIdentity& identity, const std::string& digest);
  void put(std::string_view path, const FileIdentity& identity, std::string digest, const SeenFile& seen,
           std::vector<ConsultedFile> dependencies);

  // Writes what this run used or made. A cache that cannot be written is none: nothing fails.
  void save();

  static std::string digest_of(std::string_view text);

 private:
  struct State {  // of a file at some time
    FileIdentity identity;
    bool settled = false;  // its times would tell a change
    std::string digest;
  };
  struct Entry {
    State state;
    std::string_view seen;  // packed
    std::vector<ConsultedFile> dependencies;
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  template <typename Value>
  using ByPath = std::unordered_map<std::string, Value, Hash, std::equal_to<>>;

  bool load();
  bool is_settled(const FileIdentity& identity) const;
  bool holds(const Entry& entry);
  std::string digest_now(const std::string& path);
  std::optional<SeenFile> take(std::string_view path, const Entry& entry, State state);
  std::string image() const;

  std::string folder_;
  std::string path_;
  std::string about_;
  std::string text_;  // of the cache, as it was read
  std::int64_t now_ns_;
  Descriptor root_;
  ByPath<Entry> known_;
  ByPath<State> others_;  // files that only others depend on
  std::mutex mutex_;
  ByPath<Entry> used_;
  ByPath<State> looked_at_;                  // dependencies, as they are now
  std::map<std::string, std::string> made_;  // packed, which entries refer to
  bool changed_ = false;
};

}  // namespace commandcenter::code
