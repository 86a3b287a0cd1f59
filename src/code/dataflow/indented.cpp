#include "code/dataflow/indented.h"

#include <utility>
#include <vector>

namespace commandcenter::code::dataflow {
namespace {

constexpr std::uint32_t kMaxHead_bytes = 1'000;  // parameters behind are none

}  // namespace

void find_indented(Clauses& all) {
  std::vector<std::uint32_t> first(all.clauses.size(), kNoNumber);
  for (std::uint32_t i = 0; i < all.words.size(); ++i) {
    auto& place = first[all.words[i].clause];
    if (place == kNoNumber) place = i;
  }
  std::vector<std::pair<std::uint32_t, std::uint32_t>> around;  // column, function
  for (std::uint32_t i = 0; i < all.clauses.size(); ++i) {
    Clause& here = all.clauses[i];
    if (here.parent != kNoNumber || first[i] == kNoNumber) continue;
    while (!around.empty() && around.back().first >= here.column)
      around.pop_back();
    here.function = around.empty() ? kNoNumber : around.back().second;
    if (here.nameless && here.target != kNoNumber) {
      ClauseFunction made{i, {all.words[here.target].name}, {}};
      for (std::uint32_t w = first[i]; w < all.words.size() && all.words[w].begin < here.left_end + kMaxHead_bytes;
           ++w) {
        if (all.words[w].clause == i && !all.names.is_keyword(all.words[w].name)) made.params.push_back(w);
      }
      all.functions.push_back(std::move(made));
    }
    if (here.keyword == kNoNumber) continue;
    ClauseFunction made;
    made.clause = i;
    for (std::uint32_t w = first[i]; w < all.words.size() && all.words[w].begin < here.keyword + kMaxHead_bytes; ++w) {
      ClauseWord& word = all.words[w];
      if (word.clause != i || word.begin <= here.keyword || all.names.is_keyword(word.name)) continue;
      if (made.names.empty() && word.name != all.self) {
        made.names.push_back(word.name);
        word.key = true;
      } else if (!made.names.empty()) {
        word.head = true;
        made.params.push_back(w);
      }
    }
    around.emplace_back(here.column, static_cast<std::uint32_t>(all.functions.size()));
    all.functions.push_back(std::move(made));
  }
  for (Clause& here : all.clauses) {
    if (here.parent != kNoNumber) here.function = all.clauses[here.parent].function;
  }
}

}  // namespace commandcenter::code::dataflow
