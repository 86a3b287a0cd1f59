// What scans of a tree saw, kept between runs: a file that did not change is not even read. One file for each tree and
// each way to look at it. What is broken, or was made by another build of this program, counts as not there.
//
// A file is the same when its size, inode and times are, unless it was written so shortly before it was read that its
// times may hide a change; then, and when only the times differ, its digest decides. What was seen of a file holds as
// long as the files that had a say in it are the same, too, and those that were not there still are not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "code/scan/packed.h"
#include "code/scan/scan.h"
#include "code/scan/seen.h"
#include "code/walk/read.h"

namespace commandcenter::code {

class Draft;

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
  // Of a file at some time; texts refer to the cache as it was read, or to `kept_`.
  struct State {
    FileIdentity identity;
    bool settled = false;  // its times would tell a change
    std::string_view digest;
  };
  enum class Verdict : std::uint8_t { kUnknown, kSame, kOther };
  struct Other {  // a file, or a folder, that others depend on
    std::string_view path;
    State before;
    State now;
    Verdict verdict = Verdict::kUnknown;
  };
  struct Entry {
    State state;
    std::string_view seen;              // packed
    std::vector<std::uint32_t> others;  // on which it depends
    std::string_view image;             // the entry as it was read, whole only if it has this check
    std::uint64_t check = 0;
    bool used = false;
  };
  template <typename Value>
  using ByPath = std::unordered_map<std::string_view, Value>;

  bool load();
  bool load_others(PackReader& in);
  bool load_entries(PackReader& in);
  bool is_settled(const FileIdentity& identity) const;
  bool holds(const Entry& entry);
  State now(std::string_view path, const State* before);
  bool is_missing(std::string_view path);
  std::uint32_t other_named(std::string_view path);
  std::string_view keep(std::string_view text);
  static State read_state(PackReader& in);
  std::optional<SeenFile> take(std::string_view path, Entry& entry, const State& state);
  void write_to(Draft& draft) const;

  std::string folder_;
  std::string path_;
  std::string about_;
  std::string text_;  // of the cache, as it was read
  std::int64_t now_ns_;
  Descriptor root_;
  std::mutex mutex_;  // for all below
  std::deque<Other> others_;
  ByPath<std::uint32_t> other_by_path_;                                   // made when it is first asked for
  ByPath<Entry> known_;                                                   // of an earlier run: no entry comes or goes
  ByPath<Entry> made_;                                                    // of this one
  std::map<std::string, std::vector<std::string>, std::less<>> folders_;  // names in them
  std::deque<std::string> kept_;
  bool changed_ = false;
};

}  // namespace commandcenter::code
