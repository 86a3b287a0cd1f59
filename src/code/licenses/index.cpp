// Two steps. Runs of five words that few licences have point to candidates. Each candidate is then laid along the text:
// runs of three words that both have, near one diagonal, say which words of either belong together; what is left over
// on both sides costs. The best explanation of a part of the text wins, its part is taken out, and the rest is asked
// again.
#include "code/licenses/index.h"

#include <algorithm>
#include <array>
#include <bit>
#include <functional>
#include <mutex>

#include "code/licenses/texts.h"

namespace commandcenter::code::licenses {
namespace {

using Number = std::uint16_t;
constexpr Number kNoWord = 0xffff;
constexpr std::size_t kRun = 5;          // words that point to candidates
constexpr std::size_t kShort = 3;        // words that are laid along each other
constexpr std::size_t kSampled = 3;      // of long texts one run in so many is looked up
constexpr std::size_t kShortText = 60;   // words; of shorter licences every run counts
constexpr std::size_t kMaxOwners = 160;  // a run that more licences have points to none
constexpr std::size_t kByWeight = 6;     // candidates that explain most of the text
constexpr std::size_t kByShare = 3;      // candidates of which most is there
constexpr std::size_t kBin = 32;         // diagonals that count as one

std::uint64_t mixed(std::uint64_t value) {
  value ^= value >> 31U;
  value *= 0x9e3779b97f4a7c15ULL;
  value ^= value >> 29U;
  return value;
}

// A hash table from keys to 32-bit values; open addressing, filled once. Of a key it keeps 32 bits, so that a line of
// the cache holds eight slots; a wrong hit among some thousands of keys is rarer than a misprint.
class Table {
 public:
  explicit Table(std::size_t expected) : slots_(std::bit_ceil(expected * 2 + 8)), mask_(slots_.size() - 1) {}
  // The value of a key; a new one is 0.
  std::uint32_t& at(std::uint64_t key) {
    const std::uint64_t hash = mixed(key);
    const std::uint32_t tag = tag_of(hash);
    std::size_t slot = hash & mask_;
    while (slots_[slot].tag != 0 && slots_[slot].tag != tag)
      slot = (slot + 1) & mask_;
    slots_[slot].tag = tag;
    return slots_[slot].value;
  }
  const std::uint32_t* find(std::uint64_t key) const {
    const std::uint64_t hash = mixed(key);
    const std::uint32_t tag = tag_of(hash);
    std::size_t slot = hash & mask_;
    while (slots_[slot].tag != 0) {
      if (slots_[slot].tag == tag) return &slots_[slot].value;
      slot = (slot + 1) & mask_;
    }
    return nullptr;
  }

 private:
  static std::uint32_t tag_of(std::uint64_t hash) { return static_cast<std::uint32_t>(hash >> 32U) | 1U; }
  struct Slot {
    std::uint32_t tag = 0;
    std::uint32_t value = 0;
  };
  std::vector<Slot> slots_;
  std::size_t mask_;
};

std::uint64_t run_key(const Number* words, std::size_t count) {
  std::uint64_t key = 0x9ddfea08eb382d69ULL;
  for (std::size_t i = 0; i < count; ++i) {
    if (words[i] == kNoWord) return 0;
    key = (key ^ words[i]) * 0x9fb21c651e98df25ULL;
    key ^= key >> 32U;
  }
  return key | 1U;
}

bool is_sampled(std::uint64_t key) {
  return (key >> 20U) % kSampled == 0;
}

// Where each run of three words stands in one licence.
struct Places {
  explicit Places(std::span<const Number> words) : first(words.size()), next(words.size(), 0) {
    for (std::size_t i = words.size(); i-- > 0;) {
      if (i + kShort > words.size()) continue;
      const std::uint64_t key = run_key(&words[i], kShort);
      std::uint32_t& head = first.at(key);
      next[i] = head;
      head = static_cast<std::uint32_t>(i + 1);
    }
  }
  Table first;                      // place + 1
  std::vector<std::uint32_t> next;  // the next place of the same run + 1
};

struct Laid {
  double score = 0;
  std::size_t begin = 0;
  std::size_t end = 0;
  double coverage = 0;
  std::size_t matched = 0;
};

struct Scratch {
  std::vector<std::uint32_t> histogram;
  std::vector<std::uint8_t> in_text;
  std::vector<std::uint8_t> in_license;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> hits;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> claimed;
};

// Each run of the licence belongs to one place of the text: first to those on the strongest diagonal, then to others of
// the band. So a second text with the same sentences is no part of the first.
void claim(std::size_t text_size, std::size_t size, std::size_t low, std::size_t high, Scratch& scratch) {
  std::size_t peak = low;
  for (std::size_t bin = low; bin <= high; ++bin) {
    if (scratch.histogram[bin] > scratch.histogram[peak]) peak = bin;
  }
  scratch.in_text.assign(text_size, 0);
  scratch.in_license.assign(size, 0);
  scratch.claimed.clear();
  for (const bool near : {true, false}) {
    for (const auto& [i, j] : scratch.hits) {
      const std::size_t bin = (i + size - j) / kBin;
      if (bin < low || bin > high || (bin + 1 >= peak && bin <= peak + 1) != near) continue;
      if (!near && (scratch.in_license[j] != 0 || scratch.in_text[i] == 2)) continue;
      scratch.in_license[j] = 1;
      scratch.claimed.emplace_back(i, j);
      for (std::size_t k = 0; k < kShort; ++k)
        scratch.in_text[i + k] = std::max(scratch.in_text[i + k], static_cast<std::uint8_t>(k == 0 ? 2 : 1));
    }
  }
}

constexpr double kTextLeft = 0.6;       // cost of a word of the text that the licence does not have
constexpr double kLicenseLeft = 0.6;    // of a word that the licence has between matched ones
constexpr double kLicenseCut = 0.03;    // of a word that it has before or after
constexpr std::size_t kMaxPlaces = 12;  // of one run within a licence

}  // namespace

struct TextIndex::Tables {
  Tables() : word_numbers(vocabulary().size()), runs(1), short_runs(1) {
    const auto words = vocabulary();
    for (std::size_t i = 0; i < words.size(); ++i)
      word_numbers.at(words[i]) = static_cast<std::uint32_t>(i + 1);
    const std::string_view bytes = license_words();
    all.resize(bytes.size() / 2);
    for (std::size_t i = 0; i < all.size(); ++i)
      all[i] = static_cast<Number>(static_cast<unsigned char>(bytes[2 * i]) |
                                   (static_cast<unsigned>(static_cast<unsigned char>(bytes[2 * i + 1])) << 8U));
    index_runs();
    places.resize(license_rows().size());
    made = std::make_unique<std::once_flag[]>(license_rows().size());
  }

  std::span<const Number> words_of_row(std::size_t row) const {
    const LicenseRow& license = license_rows()[row];
    return {all.data() + license.first_word, license.word_count};
  }

  void index_runs() {
    const auto rows = license_rows();
    std::vector<std::pair<std::uint64_t, Number>> pairs;
    std::vector<std::pair<std::uint64_t, Number>> others;  // runs of long licences that point to none of them
    totals.assign(rows.size(), 0);
    std::size_t short_pairs = 0;
    for (std::size_t row = 0; row < rows.size(); ++row) {
      const auto words = words_of_row(row);
      for (std::size_t i = 0; i + kRun <= words.size(); ++i) {
        const std::uint64_t key = run_key(&words[i], kRun);
        const bool points = words.size() <= kShortText || is_sampled(key);
        (points ? pairs : others).emplace_back(key, static_cast<Number>(row));
      }
    }
    for (auto* list : {&pairs, &others}) {
      std::ranges::sort(*list);
      list->erase(std::unique(list->begin(), list->end()), list->end());
    }
    for (const auto& pair : pairs)
      short_pairs += is_sampled(pair.first) ? 0U : 1U;
    runs = Table(pairs.size() - short_pairs);
    short_runs = Table(short_pairs);
    lists.push_back(0);
    for (std::size_t i = 0; i < pairs.size();) {
      std::size_t end = i;
      while (end < pairs.size() && pairs[end].first == pairs[i].first)
        ++end;
      if (end - i <= kMaxOwners) {
        (is_sampled(pairs[i].first) ? runs : short_runs).at(pairs[i].first) = static_cast<std::uint32_t>(lists.size());
        const auto from = std::ranges::lower_bound(others, std::pair(pairs[i].first, Number{0}));
        const auto to =
            std::ranges::find_if(from, others.end(), [&](const auto& pair) { return pair.first != pairs[i].first; });
        const std::size_t sharers = end - i + static_cast<std::size_t>(to - from);
        lists.push_back(static_cast<Number>(end - i));
        lists.push_back(static_cast<Number>(sharers));
        for (std::size_t owner = i; owner < end; ++owner) {
          lists.push_back(pairs[owner].second);
          totals[pairs[owner].second] += 1.0F / static_cast<float>(sharers);
        }
      }
      i = end;
    }
  }

  const Places& places_of(std::size_t row) const {
    std::call_once(made[row], [&] { places[row] = std::make_unique<Places>(words_of_row(row)); });
    return *places[row];
  }

  std::vector<std::size_t> candidates(std::span<const Number> text) const;
  Laid lay(std::span<const Number> text, std::size_t row, Scratch& scratch) const;
  void collect_hits(std::span<const Number> text, std::size_t row, Scratch& scratch) const;

  Table word_numbers;
  std::vector<Number> all;
  Table runs;                 // key of a run to its place in `lists`
  Table short_runs;           // of runs that only short licences are known by
  std::vector<Number> lists;  // how many rows, how many licences have the run, the rows
  std::vector<float> totals;  // weight of all runs of a row
  mutable std::vector<std::unique_ptr<Places>> places;
  mutable std::unique_ptr<std::once_flag[]> made;
};

std::vector<std::size_t> TextIndex::Tables::candidates(std::span<const Number> text) const {
  std::vector<float> weights(totals.size(), 0);
  std::vector<Number> touched;
  for (std::size_t i = 0; i + kRun <= text.size(); ++i) {
    const std::uint64_t key = run_key(&text[i], kRun);
    if (key == 0) continue;
    const std::uint32_t* list = (is_sampled(key) ? runs : short_runs).find(key);
    if (list == nullptr || *list == 0) continue;
    const std::size_t count = lists[*list];
    const float weight = 1.0F / static_cast<float>(lists[*list + 1]);
    for (std::size_t owner = 2; owner < count + 2; ++owner) {
      const Number row = lists[*list + owner];
      if (weights[row] == 0) touched.push_back(row);
      weights[row] += weight;
    }
  }
  // Those that explain most of the text, and those of which most is there.
  std::vector<std::size_t> chosen;
  const auto take = [&](std::size_t most, double least, auto&& value) {
    const std::size_t count = std::min(most, touched.size());
    std::partial_sort(touched.begin(), touched.begin() + static_cast<std::ptrdiff_t>(count), touched.end(),
                      [&](Number a, Number b) { return value(a) != value(b) ? value(a) > value(b) : a < b; });
    for (std::size_t i = 0; i < count; ++i) {
      if (value(touched[i]) < least * value(touched[0])) break;
      if (std::ranges::find(chosen, touched[i]) == chosen.end()) chosen.push_back(touched[i]);
    }
  };
  take(kByWeight, 0.4, [&](Number row) { return weights[row]; });
  take(kByShare, 0.6, [&](Number row) { return weights[row] / (totals[row] + 0.5F); });
  std::ranges::sort(chosen, std::greater(), [&](std::size_t row) { return weights[row] * weights[row] / totals[row]; });
  return chosen;
}

void TextIndex::Tables::collect_hits(std::span<const Number> text, std::size_t row, Scratch& scratch) const {
  const Places& where = places_of(row);
  scratch.hits.clear();
  for (std::size_t i = 0; i + kShort <= text.size(); ++i) {
    const std::uint64_t key = run_key(&text[i], kShort);
    if (key == 0) continue;
    const std::uint32_t* head = where.first.find(key);
    if (head == nullptr) continue;
    std::size_t count = 0;
    for (std::uint32_t place = *head; place != 0 && count < kMaxPlaces; place = where.next[place - 1], ++count)
      scratch.hits.emplace_back(static_cast<std::uint32_t>(i), place - 1);
  }
}

Laid TextIndex::Tables::lay(std::span<const Number> text, std::size_t row, Scratch& scratch) const {
  const std::size_t size = words_of_row(row).size();
  collect_hits(text, row, scratch);
  if (scratch.hits.empty()) return {};
  // The band of diagonals with most hits.
  const std::size_t width = 1 + (32 + size / 4) / kBin;
  scratch.histogram.assign((text.size() + size) / kBin + 2 + width, 0);
  for (const auto& [i, j] : scratch.hits)
    ++scratch.histogram[(i + size - j) / kBin];
  std::size_t sum = 0;
  std::size_t best_sum = 0;
  std::size_t best = 0;
  for (std::size_t bin = 0; bin < scratch.histogram.size(); ++bin) {
    sum += scratch.histogram[bin];
    if (bin >= 2 * width) sum -= scratch.histogram[bin - 2 * width];
    if (sum <= best_sum) continue;
    best_sum = sum;
    best = bin;
  }
  const std::size_t low = best + 1 >= 2 * width ? best + 1 - 2 * width : 0;
  claim(text.size(), size, low, best, scratch);
  // The stretch of the text that the licence explains best.
  Laid laid;
  double run = 0;
  double top = 0;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (run <= 0) {
      run = 0;
      begin = i;
    }
    run += scratch.in_text[i] != 0 ? 1.0 : -kTextLeft;
    if (run <= top) continue;
    top = run;
    laid.begin = begin;
    laid.end = i + 1;
  }
  // What of the licence is there.
  scratch.in_license.assign(size, 0);
  for (const auto& [i, j] : scratch.claimed) {
    if (i >= laid.begin && i < laid.end) std::fill_n(scratch.in_license.begin() + j, kShort, std::uint8_t{1});
  }
  const auto first = std::ranges::find(scratch.in_license, std::uint8_t{1});
  if (first == scratch.in_license.end()) return {};
  const auto last = std::find(scratch.in_license.rbegin(), scratch.in_license.rend(), std::uint8_t{1});
  const auto matched = static_cast<std::size_t>(std::ranges::count(scratch.in_license, std::uint8_t{1}));
  const auto span = static_cast<std::size_t>(last.base() - first);
  laid.matched = matched;
  laid.coverage = static_cast<double>(matched) / static_cast<double>(size);
  laid.score =
      top - kLicenseLeft * static_cast<double>(span - matched) - kLicenseCut * static_cast<double>(size - span);
  return laid;
}

TextIndex::TextIndex() : tables_(std::make_unique<Tables>()) {}
TextIndex::~TextIndex() = default;

namespace {

// Enough of a licence to name it.
bool convinces(const Laid& laid, std::size_t size) {
  constexpr std::size_t kLong = 250;  // words that no two licences share by chance
  if (laid.score <= 0) return false;
  const auto stretch = static_cast<double>(laid.end - laid.begin);
  const bool dense = static_cast<double>(laid.matched) >= 0.6 * stretch;
  if (size < 40) return laid.coverage >= 0.6 && dense && laid.matched >= 9;
  if (laid.coverage >= 0.5 && dense) return true;
  return laid.matched >= kLong && static_cast<double>(laid.matched) >= 0.85 * stretch;
}

// Every word of the licence, and no other between them; candidates come with those of most words first.
bool is_whole(const Laid& laid, std::size_t size) {
  return laid.matched == size && laid.end - laid.begin == size;
}

}  // namespace

std::vector<TextMatch> TextIndex::recognize(std::span<const Word> words) const {
  std::vector<Number> text(words.size());
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::uint32_t* number = tables_->word_numbers.find(words[i].hash);
    text[i] = number == nullptr ? kNoWord : static_cast<Number>(*number - 1);
  }
  std::vector<TextMatch> matches;
  Scratch scratch;
  while (matches.size() < kMaxTextsOfOneFile) {
    Laid best;
    std::size_t best_row = 0;
    for (const std::size_t row : tables_->candidates(text)) {
      const Laid laid = tables_->lay(text, row, scratch);
      if (laid.score <= best.score || !convinces(laid, license_rows()[row].word_count)) continue;
      best = laid;
      best_row = row;
      if (is_whole(laid, license_rows()[row].word_count)) break;
    }
    if (best.score <= 0) break;
    matches.push_back({best_row, best.begin, best.end, best.coverage});
    std::fill(text.begin() + static_cast<std::ptrdiff_t>(best.begin),
              text.begin() + static_cast<std::ptrdiff_t>(best.end), kNoWord);
  }
  std::ranges::sort(matches, {}, &TextMatch::begin);
  return matches;
}

}  // namespace commandcenter::code::licenses
