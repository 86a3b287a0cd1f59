// Every number of the file is held against what there is: it may be anybody's.
#include "code/git/index_file.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <system_error>

namespace commandcenter::code {
namespace {

constexpr std::size_t kHeader_bytes = 12;
constexpr std::size_t kMode = 24;  // behind four times, device and inode
constexpr std::size_t kId = 40;
constexpr std::size_t kFlags = kId + kObjectId_bytes;
constexpr std::size_t kFlags_bytes = 2;
constexpr std::size_t kAlign_bytes = 8;
constexpr std::uint32_t kExtended = 0x4000;
constexpr std::uint32_t kStage = 0x3000;
constexpr std::size_t kExtensionHeader_bytes = 8;
constexpr std::size_t kMaxDepth = 500;
constexpr std::size_t kMostMade = 16;  // times the file: an entry takes 63 bytes, and names are short

std::uint32_t number_at(std::string_view bytes, std::size_t at, std::size_t size) {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < size; ++i)
    number = number << 8U | static_cast<unsigned char>(bytes[at + i]);
  return number;
}

class EntryReader {
 public:
  EntryReader(std::string_view bytes, std::uint32_t version, IndexFile& index)
      : bytes_(bytes), version_(version), index_(index) {}

  // Where the extensions begin; nothing when the entries go on beyond the file.
  std::optional<std::size_t> run(std::uint32_t count) {
    for (std::uint32_t i = 0; i < count; ++i) {
      if (!entry()) return std::nullopt;
    }
    return at_;
  }

 private:
  bool entry() {
    const std::size_t begin = at_;
    if (bytes_.size() < begin + kFlags + kFlags_bytes) return false;
    IndexEntry entry;
    std::memcpy(entry.id.data(), bytes_.data() + begin + kId, kObjectId_bytes);
    entry.mode = number_at(bytes_, begin + kMode, 4);
    const std::uint32_t flags = number_at(bytes_, begin + kFlags, kFlags_bytes);
    entry.in_conflict = (flags & kStage) != 0;
    at_ += kFlags + kFlags_bytes + ((flags & kExtended) != 0 ? kFlags_bytes : 0);
    std::size_t kept = 0;  // letters of the path before
    if (version_ == 4 && !shared(kept)) return false;
    const std::size_t end = at_ < bytes_.size() ? bytes_.find('\0', at_) : std::string_view::npos;
    if (end == std::string_view::npos) return false;
    const std::string_view name = bytes_.substr(at_, end - at_);
    if (kept == 0) {
      entry.path = name;
    } else {
      const std::string_view before = index_.entries.back().path;
      made_bytes_ += kept + name.size();
      if (made_bytes_ > kMostMade * bytes_.size()) return false;
      entry.path = index_.names.emplace_back(before.substr(0, kept)).append(name);
    }
    at_ = version_ == 4 ? end + 1 : begin + (end - begin) / kAlign_bytes * kAlign_bytes + kAlign_bytes;
    if (!index_.entries.empty() && entry.path < index_.entries.back().path) return false;
    index_.entries.push_back(entry);
    return at_ <= bytes_.size();
  }

  // Version 4 tells how many letters at the end of the path before are left out; as git writes offsets in packs.
  bool shared(std::size_t& kept) {
    constexpr std::size_t kMaxPath_bytes = std::size_t{1} << 20;
    std::size_t dropped = 0;
    for (bool first = true;; first = false) {
      if (at_ >= bytes_.size() || dropped > kMaxPath_bytes) return false;
      const auto byte = static_cast<unsigned char>(bytes_[at_++]);
      dropped = (first ? 0 : (dropped + 1) << 7U) + (byte & 0x7FU);
      if ((byte & 0x80U) == 0) break;
    }
    const std::size_t before = index_.entries.empty() ? 0 : index_.entries.back().path.size();
    if (dropped > before) return false;
    kept = before - dropped;
    return true;
  }

  std::string_view bytes_;
  std::uint32_t version_;
  IndexFile& index_;
  std::size_t at_ = kHeader_bytes;
  std::size_t made_bytes_ = 0;  // of names that are not in the file as they are
};

// In the order of the file: a folder, then those below it.
class TreeReader {
 public:
  explicit TreeReader(std::string_view bytes) : bytes_(bytes) {}

  bool read(CachedTree& tree, std::size_t depth) {
    if (depth > kMaxDepth) return false;
    const std::size_t name = bytes_.find('\0');
    if (name == std::string_view::npos) return false;
    tree.name = bytes_.substr(0, name);
    bytes_.remove_prefix(name + 1);
    long entries = 0;
    long folders = 0;
    if (!number(entries, ' ') || !number(folders, '\n') || folders < 0) return false;
    if (entries >= 0) {
      if (bytes_.size() < kObjectId_bytes) return false;
      std::memcpy(tree.tree.emplace().data(), bytes_.data(), kObjectId_bytes);
      tree.entries = static_cast<std::size_t>(entries);
      bytes_.remove_prefix(kObjectId_bytes);
    }
    for (long i = 0; i < folders; ++i) {
      if (!read(tree.folders.emplace_back(), depth + 1)) return false;
    }
    std::ranges::sort(tree.folders, {}, &CachedTree::name);
    return true;
  }

 private:
  bool number(long& value, char behind) {
    const auto [end, error] = std::from_chars(bytes_.data(), bytes_.data() + bytes_.size(), value);
    const auto size = static_cast<std::size_t>(end - bytes_.data());
    if (error != std::errc() || size >= bytes_.size() || bytes_[size] != behind) return false;
    bytes_.remove_prefix(size + 1);
    return true;
  }

  std::string_view bytes_;
};

}  // namespace

const CachedTree* CachedTree::find(std::string_view folder) const {
  const auto found = std::ranges::lower_bound(folders, folder, {}, &CachedTree::name);
  return found == folders.end() || found->name != folder ? nullptr : &*found;
}

std::optional<IndexFile> read_index(std::string_view bytes) {
  if (bytes.size() < kHeader_bytes + kObjectId_bytes || !bytes.starts_with("DIRC")) return std::nullopt;
  const std::uint32_t version = number_at(bytes, 4, 4);
  if (version < 2 || version > 4) return std::nullopt;
  bytes.remove_suffix(kObjectId_bytes);
  IndexFile index;
  const auto end = EntryReader(bytes, version, index).run(number_at(bytes, 8, 4));
  if (!end) return std::nullopt;
  bool told = false;
  for (std::size_t at = *end; at + kExtensionHeader_bytes <= bytes.size();) {
    const std::string_view name = bytes.substr(at, 4);
    const std::size_t size = number_at(bytes, at + 4, 4);
    at += kExtensionHeader_bytes;
    if (size > bytes.size() - at || name == "link" || name == "sdir") return std::nullopt;
    if (name == "TREE") {
      if (told || !TreeReader(bytes.substr(at, size)).read(index.root, 0)) return std::nullopt;
      told = true;
    }
    at += size;
  }
  return told ? std::optional(std::move(index)) : std::nullopt;
}

std::string_view checksum_of(std::string_view index) {
  if (index.size() < kObjectId_bytes) return {};
  const std::string_view sum = index.substr(index.size() - kObjectId_bytes);
  return std::ranges::all_of(sum, [](char c) { return c == 0; }) ? std::string_view() : sum;
}

}  // namespace commandcenter::code
