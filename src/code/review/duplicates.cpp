// Equal code by winnowing: of every few windows of tokens that follow each other the one with the least hash is marked,
// in each file by the same rule, so a run of equal tokens that is long enough holds a mark at the same place in both.
#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <utility>
#include <vector>

#include "code/review/across.h"
#include "code/scan/packed.h"

namespace commandcenter::code::review {
namespace {

constexpr std::size_t kWindow = 50;                               // tokens
constexpr std::size_t kWindows = kDuplicateTokens - kWindow + 1;  // in a run that is just long enough: one is marked
constexpr std::uint64_t kBase = 1'000'003;
constexpr std::uint32_t kNobody = std::numeric_limits<std::uint32_t>::max();

using TokenHash = std::uint16_t;  // enough for the ends of a run; what lies between has its marks

std::uint64_t mixed(std::uint64_t hash) {
  hash = (hash ^ (hash >> 32)) * 0x9e3779b97f4a7c15;
  return hash ^ (hash >> 29);
}

// Calls mark(position, hash) for each window that is marked.
template <typename Mark>
void winnow(const std::vector<std::uint32_t>& tokens, std::uint64_t seed, const Mark& mark) {
  if (tokens.size() < kDuplicateTokens) return;
  std::uint64_t power = 1;
  std::uint64_t rolling = 0;
  for (std::size_t i = 0; i < kWindow; ++i) {
    rolling = rolling * kBase + tokens[i];
    if (i > 0) power *= kBase;
  }
  std::array<std::uint64_t, kWindows> latest{};  // hashes, by position
  std::size_t least = 0;
  for (std::size_t at = 0;; ++at) {
    const std::uint64_t hash = mixed(rolling ^ seed);
    const std::uint64_t before = latest[least % kWindows];
    latest[at % kWindows] = hash;
    bool is_new = at + 1 == kWindows;
    if (at == least + kWindows) {  // it is left behind: now the least of those that follow it
      least = at;
      for (std::size_t i = at + 1 - kWindows; i < at; ++i)
        if (latest[i % kWindows] < latest[least % kWindows]) least = i;
      is_new = true;
    } else if (at == 0 || hash < before) {
      least = at;
      is_new = at + 1 >= kWindows;
    }
    if (is_new) mark(least, latest[least % kWindows]);
    if (at + kWindow >= tokens.size()) return;
    rolling = (rolling - tokens[at] * power) * kBase + tokens[at + kWindow];
  }
}

// What strip_of() packed. Broken bytes are an empty strip, or one with other copies.
struct Strip {
  std::uint8_t family = 0;  // files of different languages are not compared
  std::string_view hashes;
  std::string_view lines;  // steps: tokens, lines
  std::string_view marks;  // a hash, and how far it is from the one before

  explicit Strip(std::string_view bytes) {
    if (bytes.empty()) return;
    PackReader in(bytes);
    family = static_cast<std::uint8_t>(in.number());
    hashes = in.text();
    lines = in.text();
    marks = in.text();
  }

  std::size_t size() const { return hashes.size() / sizeof(TokenHash); }
  TokenHash at(std::size_t index) const {
    TokenHash hash = 0;
    std::memcpy(&hash, hashes.data() + index * sizeof hash, sizeof hash);
    return hash;
  }
  // Calls see(position, hash) for each mark.
  template <typename See>
  void for_each_mark(const See& see) const {
    PackReader in(marks);
    for (std::size_t at = 0; !in.at_end();) {
      std::uint32_t hash = 0;
      const std::string_view bytes = in.raw(sizeof hash);
      at += in.number();
      if (!in.sound() || at + kWindow > size()) return;
      std::memcpy(&hash, bytes.data(), sizeof hash);
      see(static_cast<std::uint32_t>(at), hash);
    }
  }
  std::size_t line_of(std::size_t token) const {
    PackReader in(lines);
    std::size_t line = 1;
    for (std::size_t at = 0; !in.at_end();) {
      at += in.number();
      if (at > token) break;
      line += in.number();
    }
    return line;
  }
};

class Comparison {
 public:
  explicit Comparison(const std::vector<std::string_view>& strips) {
    std::size_t marks = 0;
    for (const std::string_view strip : strips) {
      files_.emplace_back(strip);
      marks += files_.back().marks.size() / kLeastMark_bytes;
    }
    std::size_t heads = 1;
    while (heads < 2 * marks)
      heads *= 2;
    heads_.assign(heads, kNobody);
    places_.reserve(marks);
  }

  std::vector<Duplicate> run() {
    for (std::uint32_t file = 0; file < files_.size() && found_.size() < kMaxDuplicates; ++file) {
      const std::vector<std::uint32_t> rows = rows_of(files_[file]);
      std::size_t done = 0;  // tokens before it are told already
      files_[file].for_each_mark([&](std::uint32_t at, std::uint32_t hash) {
        const bool row = std::ranges::binary_search(rows, hash);
        if (at >= done) done = std::max(done, compared(file, at, done, hash, row));
        add(file, at, hash);
      });
    }
    return std::move(found_);
  }

 private:
  static constexpr std::size_t kLeastMark_bytes = sizeof(std::uint32_t) + 1;
  static constexpr std::size_t kMaxPlaces = 32;  // that a mark is held against; copies of copies are told by the first

  // Marks of lists: what comes again before a copy could end is a row among others, and no copy of those.
  static std::vector<std::uint32_t> rows_of(const Strip& file) {
    std::vector<std::pair<std::uint32_t, std::uint32_t>> marks;
    file.for_each_mark([&](std::uint32_t at, std::uint32_t hash) { marks.emplace_back(hash, at); });
    std::ranges::sort(marks);
    std::vector<std::uint32_t> rows;
    for (std::size_t i = 1; i < marks.size(); ++i) {
      const auto& [hash, at] = marks[i];
      const auto& [hash_before, at_before] = marks[i - 1];
      if (hash == hash_before && at - at_before < kDuplicateTokens && (rows.empty() || rows.back() != hash))
        rows.push_back(hash);
    }
    return rows;
  }

  struct Place {
    std::uint32_t hash;
    std::uint32_t file;
    std::uint32_t at;
    std::uint32_t next;  // of the same bucket
  };

  std::uint32_t& head_of(std::uint32_t hash) { return heads_[hash & (heads_.size() - 1)]; }

  // A place goes behind the others of its bucket, so that the first one is met first.
  void add(std::uint32_t file, std::uint32_t at, std::uint32_t hash) {
    const auto index = static_cast<std::uint32_t>(places_.size());
    std::size_t equal = 0;
    std::uint32_t* link = &head_of(hash);
    while (*link != kNobody) {
      if (places_[*link].hash == hash) ++equal;
      link = &places_[*link].next;
    }
    if (equal >= kMaxPlaces) return;
    *link = index;
    places_.push_back({hash, file, at, kNobody});
  }

  // Where the longest copy ends that the mark belongs to; 0 when there is none.
  std::size_t compared(std::uint32_t file, std::size_t at, std::size_t from, std::uint32_t hash, bool row) {
    Run longest;
    for (std::uint32_t i = head_of(hash); i != kNobody; i = places_[i].next) {
      const Place& place = places_[i];
      if (place.hash != hash || (place.file == file && (row || place.at + kWindow > at))) continue;
      if (const Run run = run_around(file, at, from, place); run.size() > longest.size()) longest = run;
    }
    if (longest.size() < kDuplicateTokens) return 0;
    const std::size_t line = files_[file].line_of(longest.begin);
    const std::size_t end_line = files_[file].line_of(longest.end - 1);
    if (end_line - line + 1 >= kDuplicateLines)
      found_.push_back(
          {file, line, end_line, longest.other_file, files_[longest.other_file].line_of(longest.other_begin)});
    return longest.end;  // also when it is data on a few lines: it is looked at once
  }

  // Equal tokens here and there.
  struct Run {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::size_t other_file = 0;
    std::size_t other_begin = 0;
    std::size_t size() const { return end - begin; }
  };

  Run run_around(std::size_t file, std::size_t at, std::size_t from, const Place& place) const {
    const Strip& later = files_[file];
    const Strip& earlier = files_[place.file];
    if (later.family != earlier.family) return {};
    std::size_t begin = at;
    std::size_t other = place.at;
    while (begin > from && other > 0 && later.at(begin - 1) == earlier.at(other - 1) &&
           (place.file != file || other + (at - place.at) > begin - 1)) {
      --begin;
      --other;
    }
    std::size_t end = at;
    std::size_t other_end = place.at;
    while (end < later.size() && other_end < earlier.size() && later.at(end) == earlier.at(other_end) &&
           (place.file != file || other_end < begin)) {
      ++end;
      ++other_end;
    }
    return {begin, end, place.file, other};
  }

  std::vector<Strip> files_;
  std::vector<std::uint32_t> heads_;
  std::vector<Place> places_;
  std::vector<Duplicate> found_;
};

}  // namespace

namespace {

// Lists of what a file uses are alike wherever the same is used. Behind the last one stands kNoNode.
std::vector<NodeId> imports_in(const View& view) {
  std::vector<NodeId> imports;
  for (NodeId at = view.tree().first_child(0); at != kNoNode; at = view.tree().next_sibling(at)) {
    if (!view.node(at).named) continue;
    const std::string_view kind = view.kind(at);
    if (kind.starts_with("import_") || kind == "namespace_use_declaration" || kind == "using_directive" ||
        kind == "use_declaration" || kind == "preproc_include")
      imports.push_back(at);
  }
  imports.push_back(kNoNode);
  return imports;
}

}  // namespace

std::string strip_of(const View& view, const Leaves& leaves) {
  if (view.source().path().ends_with(".d.ts")) return {};  // says again what is said elsewhere
  const std::string_view text = view.tree().source();
  std::vector<std::uint32_t> tokens;
  tokens.reserve(leaves.all.size());
  PackWriter lines;
  std::size_t counted = 0;  // bytes whose line ends are counted
  std::size_t told = 0;     // tokens
  auto from = leaves.all.begin();
  for (const NodeId import : imports_in(view)) {
    const auto to = import == kNoNode ? leaves.all.end() : leaves.begin_of(import);
    for (; from != to; ++from) {
      const std::uint32_t begin = view.node(from->id).begin;
      if (begin < counted) continue;
      const auto ends = std::ranges::count(text.substr(counted, begin - counted), '\n');
      counted = begin;
      if (ends > 0) {
        lines.number(tokens.size() - told);
        lines.number(static_cast<std::uint64_t>(ends));
        told = tokens.size();
      }
      tokens.push_back(from->hash);
    }
    if (import != kNoNode) from = leaves.begin_of(view.node(import).after);
  }
  if (tokens.size() < kDuplicateTokens) return {};
  const auto family = static_cast<std::uint8_t>(view.is_script() ? Grammar::kJavaScript : view.tree().grammar());
  std::string hashes(tokens.size() * sizeof(TokenHash), '\0');
  char* end = hashes.data();
  for (const std::uint32_t token : tokens) {
    const auto hash = static_cast<TokenHash>(token ^ (token >> 16));
    std::memcpy(end, &hash, sizeof hash);
    end += sizeof hash;
  }
  PackWriter marks;
  std::size_t last = 0;
  winnow(tokens, family, [&](std::size_t at, std::uint64_t hash) {
    const auto mark = static_cast<std::uint32_t>(hash);
    marks.raw(&mark, sizeof mark);
    marks.number(at - last);
    last = at;
  });
  PackWriter out;
  out.number(family);
  out.text(hashes);
  out.text(lines.take());
  out.text(marks.take());
  return out.take();
}

std::size_t tokens_in(std::string_view strip) {
  return Strip(strip).size();
}

std::vector<Duplicate> duplicates_of(const std::vector<std::string_view>& strips) {
  return Comparison(strips).run();
}

}  // namespace commandcenter::code::review
