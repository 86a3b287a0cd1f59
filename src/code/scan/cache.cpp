#include "code/scan/cache.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <functional>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "base/sha256.h"
#include "code/scan/draft.h"
#include "code/scan/packed.h"
#include "code/walk/read.h"

namespace commandcenter::code {
namespace {

constexpr std::string_view kMagic = "commandcenter scan cache 4\n";
constexpr std::string_view kExtension = ".scan";
constexpr std::string_view kExtensions = ".scan .review";
constexpr std::size_t kDigest_bytes = 32;                            // half of a SHA-256 in hex
constexpr std::int64_t kSettling_ns = 2'000'000'000;                 // the coarsest times that file systems keep
constexpr std::int64_t kForgotten_s = std::int64_t{30} * 24 * 3600;  // drafts of runs that died

void write(PackWriter& out, const FileIdentity& identity) {
  out.number(identity.device);
  out.number(identity.inode);
  for (const std::int64_t number : {identity.size_bytes, identity.modified_ns, identity.changed_ns})
    out.number(static_cast<std::uint64_t>(number));
}

FileIdentity read_identity(PackReader& in) {
  FileIdentity identity;
  identity.device = in.number();
  identity.inode = in.number();
  for (std::int64_t* number : {&identity.size_bytes, &identity.modified_ns, &identity.changed_ns})
    *number = static_cast<std::int64_t>(in.number());
  return identity;
}

// Tells a broken part from a whole one, sooner than a digest that keeps strangers out, too: they could write both.
std::uint64_t check_of(std::string_view part) {
  return std::hash<std::string_view>{}(part);
}

// Empty when it cannot be read, or is longer.
std::string whole_file(const std::string& path, std::size_t max_bytes) {
  std::string text;
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY));
  struct stat status {};
  if (!file.valid() || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return text;
  if (status.st_size <= 0 || static_cast<std::uintmax_t>(status.st_size) > max_bytes) return text;
  text.resize(static_cast<std::size_t>(status.st_size));
  std::size_t filled = 0;
  while (filled < text.size()) {
    const ssize_t got = ::read(file.get(), text.data() + filled, text.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return {};
    filled += static_cast<std::size_t>(got);
  }
  return text;
}

}  // namespace

std::int64_t wall_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::string this_build() {
  struct stat status {};
  if (::stat("/proc/self/exe", &status) != 0) return "?";
  return fmt::format("{} {} {}", status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
}

std::string ScanCache::digest_of(std::string_view text) {
  return sha256_hex(text).substr(0, kDigest_bytes);
}

ScanCache::ScanCache(std::string folder, const std::string& root, const std::string& about, std::int64_t now_ns)
    : folder_(std::move(folder)), now_ns_(now_ns), root_(::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
  std::error_code error;
  const std::filesystem::path whole = std::filesystem::weakly_canonical(root, error);
  about_ = fmt::format("{}\n{}\n{}", this_build(), error ? root : whole.string(), about);
  // Another build of the program takes the place of this one.
  const std::string name = sha256_hex(about_.substr(about_.find('\n'))).substr(0, kDigest_bytes);
  path_ = fmt::format("{}/{}{}", folder_, name, kExtension);
  if (!load()) {
    known_.clear();
    others_.clear();
    changed_ = true;
  }
}

bool ScanCache::load() {
  text_ = whole_file(path_, kMaxScanCache_bytes);
  if (!text_.starts_with(kMagic)) return false;
  PackReader in(std::string_view(text_).substr(kMagic.size()));
  return in.text() == about_ && load_others(in) && load_entries(in) && in.at_end();
}

ScanCache::State ScanCache::read_state(PackReader& in) {
  State one;
  one.identity = read_identity(in);
  one.settled = in.number() == 1;
  one.digest = in.text();
  return one;
}

bool ScanCache::load_others(PackReader& in) {
  const std::string_view begin = in.rest();
  for (std::size_t i = in.count(); i > 0 && in.sound(); --i) {
    const std::string_view path = in.text();
    others_.push_back({path, read_state(in), {}});
  }
  const std::string_view image = begin.substr(0, begin.size() - in.rest().size());
  return in.word() == check_of(image) && in.sound();
}

// Whether an entry is whole is looked at when somebody wants it.
bool ScanCache::load_entries(PackReader& in) {
  const std::size_t entries = in.count();
  known_.reserve(entries);
  for (std::size_t i = entries; i > 0 && in.sound(); --i) {
    const std::string_view begin = in.rest();
    const std::string_view path = in.text();
    Entry entry;
    entry.state = read_state(in);
    entry.seen = in.text();
    for (std::size_t j = in.count(); j > 0 && in.sound(); --j) {
      const std::uint64_t index = in.number();
      if (index >= others_.size()) return false;
      entry.others.push_back(static_cast<std::uint32_t>(index));
    }
    entry.image = begin.substr(0, begin.size() - in.rest().size());
    entry.check = in.word();
    known_.emplace(path, std::move(entry));
  }
  return in.sound();
}

bool ScanCache::is_settled(const FileIdentity& identity) const {
  return std::max(identity.modified_ns, identity.changed_ns) + kSettling_ns < now_ns_;
}

std::string_view ScanCache::keep(std::string_view text) {
  return kept_.emplace_back(text);
}

// What was not there and is in no list of names still is not: that is cheaper than to ask for each.
bool ScanCache::is_missing(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  const std::string_view folder = slash == std::string_view::npos ? std::string_view{} : path.substr(0, slash);
  const std::string_view name = slash == std::string_view::npos ? path : path.substr(slash + 1);
  auto known = folders_.find(folder);
  if (known == folders_.end()) {
    const bool none = !folder.empty() && is_missing(folder);
    known = folders_.emplace(folder, none ? std::vector<std::string>{} : names_in(root_.get(), folder)).first;
  }
  return !std::ranges::binary_search(known->second, name);
}

// As it is on the disk; `before` spares reading what did not change.
ScanCache::State ScanCache::now(std::string_view path, const State* before) {
  State state;
  if (path.ends_with('/')) {
    state.digest = keep(digest_of(folder_text(names_in(root_.get(), path))));
    return state;
  }
  const bool was_missing = before != nullptr && before->digest.empty() && before->identity == FileIdentity{};
  if (was_missing && is_missing(path)) return state;
  if (!identify(root_.get(), std::string(path).c_str(), state.identity)) return state;
  state.settled = is_settled(state.identity);
  if (state.identity.size_bytes > static_cast<std::int64_t>(kMaxDependency_bytes)) return state;  // nobody reads it
  if (before != nullptr && before->settled && before->identity == state.identity) {
    state.digest = before->digest;
    return state;
  }
  FileBuffer buffer(kMaxDependency_bytes);
  std::string reason;
  const std::string_view text = buffer.read(root_.get(), std::string(path).c_str(), reason);
  if (!text.empty()) state.digest = keep(digest_of(text));  // an empty one says nothing either
  return state;
}

bool ScanCache::holds(const Entry& entry) {
  return std::ranges::all_of(entry.others, [&](std::uint32_t index) {
    Other& other = others_[index];
    if (other.verdict == Verdict::kUnknown) {
      other.now = now(other.path, &other.before);
      other.verdict = other.now.digest == other.before.digest ? Verdict::kSame : Verdict::kOther;
      changed_ = changed_ || other.now.identity != other.before.identity || other.now.settled != other.before.settled;
    }
    return other.verdict == Verdict::kSame;
  });
}

std::optional<SeenFile> ScanCache::take(std::string_view path, Entry& entry, const State& state) {
  SeenFile seen;
  if (check_of(entry.image) != entry.check || !unpack(entry.seen, seen)) return std::nullopt;
  const bool same = state.identity == entry.state.identity && state.settled == entry.state.settled;
  if (same && entry.others.empty()) {  // each file comes once, so nobody else is at its entry
    entry.used = true;
    return seen;
  }
  const std::lock_guard lock(mutex_);
  if (!holds(entry)) return std::nullopt;
  entry.used = true;
  if (same) return seen;
  changed_ = true;
  Entry renewed = entry;
  renewed.state.identity = state.identity;
  renewed.state.settled = state.settled;
  made_.insert_or_assign(keep(path), std::move(renewed));
  return seen;
}

std::optional<SeenFile> ScanCache::unread(std::string_view path, const FileIdentity& identity) {
  const auto found = known_.find(path);
  if (found == known_.end()) return std::nullopt;
  const State& state = found->second.state;
  if (!state.settled || state.identity != identity) return std::nullopt;
  return take(path, found->second, state);
}

std::optional<SeenFile> ScanCache::find(std::string_view path, const FileIdentity& identity,
                                        const std::string& digest) {
  const auto found = known_.find(path);
  if (found == known_.end() || found->second.state.digest != digest) return std::nullopt;
  return take(path, found->second, {identity, is_settled(identity), digest});
}

std::uint32_t ScanCache::other_named(std::string_view path) {
  if (other_by_path_.empty()) {
    for (std::size_t i = 0; i < others_.size(); ++i)
      other_by_path_.emplace(others_[i].path, static_cast<std::uint32_t>(i));
  }
  if (const auto found = other_by_path_.find(path); found != other_by_path_.end()) return found->second;
  const auto index = static_cast<std::uint32_t>(others_.size());
  Other other;
  other.path = keep(path);
  const auto scanned = known_.find(path);
  other.before = other.now = now(other.path, scanned == known_.end() ? nullptr : &scanned->second.state);
  other.verdict = Verdict::kSame;
  others_.push_back(other);
  other_by_path_.emplace(other.path, index);
  return index;
}

void ScanCache::put(std::string_view path, const FileIdentity& identity, std::string digest, const SeenFile& seen,
                    std::vector<ConsultedFile> dependencies) {
  const std::string bytes = packed(seen);
  const std::lock_guard lock(mutex_);
  changed_ = true;
  Entry entry;
  for (const ConsultedFile& one : dependencies) {
    const std::uint32_t index = other_named(one.path);
    Other& other = others_[index];
    if (other.verdict == Verdict::kUnknown || other.verdict == Verdict::kOther) {
      if (other.verdict == Verdict::kUnknown) other.now = now(other.path, &other.before);
      other.verdict = other.now.digest == other.before.digest ? Verdict::kSame : Verdict::kOther;
    }
    if (other.now.digest != one.digest) return;  // it changes while it is looked at
    entry.others.push_back(index);
  }
  entry.state = {identity, is_settled(identity), keep(digest)};
  entry.seen = keep(bytes);
  made_.insert_or_assign(keep(path), std::move(entry));
}

void ScanCache::write_to(Draft& draft) const {
  PackWriter head;
  head.text(about_);
  const std::string about = head.take();
  const auto write_state = [](PackWriter& out, const State& one) {
    write(out, one.identity);
    out.number(one.settled ? 1 : 0);
    out.text(one.digest);
  };
  const auto write_part = [&](PackWriter& out) {
    const std::string part = out.take();
    draft.write(part);
    out.word(check_of(part));
    draft.write(out.take());
  };
  std::vector<std::pair<std::string_view, const Entry*>> entries;
  for (const auto& [path, entry] : made_)
    entries.emplace_back(path, &entry);
  for (const auto& [path, entry] : known_) {
    if (entry.used && !made_.contains(path)) entries.emplace_back(path, &entry);
  }
  std::vector<std::uint32_t> numbers(others_.size(), 0);  // in the new table, from 1; 0: nobody depends on it
  std::vector<const Other*> listed;
  for (const auto& [path, entry] : entries) {
    for (const std::uint32_t index : entry->others) {
      if (numbers[index] != 0) continue;
      listed.push_back(&others_[index]);
      numbers[index] = static_cast<std::uint32_t>(listed.size());
    }
  }
  draft.write(kMagic);
  draft.write(about);
  PackWriter out;
  out.number(listed.size());
  for (const Other* other : listed) {
    out.text(other->path);
    write_state(out, other->now);
  }
  write_part(out);
  out.number(entries.size());
  draft.write(out.take());
  for (const auto& [path, entry] : entries) {
    out.text(path);
    write_state(out, entry->state);
    out.text(entry->seen);
    out.number(entry->others.size());
    for (const std::uint32_t index : entry->others)
      out.number(numbers[index] - 1);
    write_part(out);
  }
}

void ScanCache::save() {
  const bool all_used = std::ranges::all_of(known_, [](const auto& one) { return one.second.used; });
  if (!changed_ && all_used) return;
  std::error_code error;
  std::filesystem::create_directories(folder_, error);
  Draft draft(path_, kMaxScanCache_bytes);
  write_to(draft);
  if (draft.replace()) prune_caches(folder_, path_);
}

void prune_caches(const std::string& folder, const std::string& kept_path) {
  struct Kept {
    std::filesystem::file_time_type time;
    std::uintmax_t size_bytes;
    std::filesystem::path path;
  };
  std::vector<Kept> kept;
  std::uintmax_t total_bytes = 0;
  std::error_code error;
  const auto now = std::filesystem::file_time_type::clock::now();
  for (std::filesystem::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    std::error_code gone;
    const std::string name = at->path().filename().string();  // "<digest>.scan", of a draft "<digest>.scan.x7Gh2k"
    const std::string extension = name.size() > kDigest_bytes ? name.substr(kDigest_bytes) : std::string();
    const std::string kind = extension.substr(0, extension.find('.', 1));
    if (kind.size() < 2 || kExtensions.find(kind) == std::string_view::npos || !at->is_regular_file(gone)) continue;
    const Kept one{at->last_write_time(gone), at->file_size(gone), at->path()};
    if (gone) continue;
    const bool draft = kind != extension;
    if (draft && now - one.time > std::chrono::seconds(kForgotten_s)) std::filesystem::remove(one.path, gone);
    if (draft) continue;
    total_bytes += one.size_bytes;
    kept.push_back(one);
  }
  std::ranges::sort(kept, {}, &Kept::time);
  for (const Kept& one : kept) {
    if (total_bytes <= kMaxCacheFolder_bytes || one.path == kept_path) continue;
    std::filesystem::remove(one.path, error);
    total_bytes -= one.size_bytes;
  }
}

}  // namespace commandcenter::code
