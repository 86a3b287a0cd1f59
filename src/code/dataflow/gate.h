// Which texts are worth parsing: those that hold the names without which no model can apply. Pure.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "code/dataflow/dealings.h"
#include "code/dataflow/idle.h"
#include "code/dataflow/models.h"
#include "code/dataflow/names_reader.h"
#include "code/dataflow/uses.h"
#include "code/source/source.h"

namespace commandcenter::code::dataflow {

// One pass over the names of a text, without a tree. Names in comments and texts count, too.
class Gate {
 public:
  static const Gate& of(Grammar grammar);
  Gate(const Models& models, Grammar grammar);

  enum class Answer : std::uint8_t {
    kClosed,     // find_flaws() of the file finds nothing, whatever its neighbours hold
    kForeign,    // only if a neighbour speaks of a user's data
    kStatement,  // only if one does, or has parts of statements
    kHanded,     // only if a neighbour does harm with what it gets
    kOpen,
  };
  // Scripts that may put an object into another, member by member; no word tells that.
  static bool may_merge(const Source& source);
  // `statements`: the text speaks of SQL.
  Answer ask(const Names& names, bool statements) const;

  // What of the text is worth being parsed and run. `foreign`: what it uses of its neighbours.
  Shortened shortened(const Names& names, const Foreign& foreign = {}) const;
  // It holds the tags of a page. Only there records of a store count.
  static bool holds_page(const Names& names);
  // What a neighbour may do.
  Dealings dealings(const Names& names) const;
  // The same of a file that hands data on to `foreign` sinks, which are as its own.
  Dealings dealings(const Names& names, const Foreign& foreign) const;

 private:
  using Word = std::uint16_t;
  struct Slot {
    std::uint64_t hash = 0;
    std::string_view text;
    Word word = 0;
  };
  // Where the words stand.
  struct Seen {
    struct Place {
      Word word = 0;
      std::uint32_t begin = 0;
      std::uint32_t end = 0;
    };
    std::vector<bool> words;
    std::vector<Place> places;  // in order
  };
  // What an entry of the models needs to be in the text.
  struct Need {
    std::vector<Word> words;
    Word last = kNoWord;  // of the path: used like this
    Use use = Use::kSeen;
    bool of_call = false;       // a method of what another call gives
    std::vector<Word> calls{};  // which must be called, too
    Word object = kNoWord;      // what the last is a member of, by name
    bool fixed = false;         // it is one whatever it gets
    bool constant = false;      // the same, but for what is written here: "MD5"
    bool source = false;        // a user's data, too
    bool record = false;        // of a source: it is of a store
    bool statement = false;     // else: of a user's data or in a statement
    enum class Shape : std::uint8_t { kNone, kMerge, kPattern } shape = Shape::kNone;  // found by how it looks
    std::vector<std::shared_ptr<const Pattern>> texts{};                               // each of them
    std::vector<std::shared_ptr<const Pattern>> code{};                                // each of them, outside of texts
  };

  struct Mark {
    Mark(const Marked& marked, bool param, bool all);

    std::shared_ptr<const Pattern> anywhere;             // null: it may be in any text
    std::vector<std::shared_ptr<const Pattern>> others;  // that must be in it, too
    bool of_param = false;                               // else of a function, all of whose parameters a user sends
    bool of_class = false;                               // of all functions behind
  };

  static constexpr Word kNoWord = 0xFFFF;

  void add_sources(const Models& models);
  void add_sinks(const Models& models);
  void add_bodies(const Models& models);
  void add_checks(Grammar grammar);
  void add_path(const Entry& entry, Need need, std::vector<Need>& list);
  Use use_of(const Entry& entry) const;
  Word word(std::string_view text);
  Seen words_in(const Names& names) const;
  bool met(const Need& need, const Seen& seen, std::string_view text) const {
    return std::ranges::all_of(need.words, [&](Word word) { return seen.words[word]; }) && is_used(need, seen, text);
  }
  bool is_used(const Need& need, const Seen& seen, std::string_view text) const;
  static bool all_in(const Need& need, const Names& names);
  bool is_in(const Mark& mark, const Names& names) const;
  bool is_member(const Need& need, const Seen& seen, const Seen::Place& place, const Uses& uses) const;
  bool holds_source(const Seen& seen, const Names& names, bool records) const;
  class Places;
  static std::vector<std::uint32_t> slow_patterns(const Names& names);

  Grammar grammar_;
  bool any_case_;
  bool says_this_;  // members are written with what they are members of
  std::vector<std::string> words_;
  std::unordered_map<std::string, Word> numbers_;  // of them
  std::vector<Slot> slots_;                        // open addressing; as many as a power of two
  std::vector<Need> sources_;
  std::vector<Need> sinks_;
  std::vector<Mark> marks_;                           // of parameters that a user sends
  std::vector<Mark> answers_;                         // of functions whose result is shown
  PatternSet mark_patterns_;                          // of both
  std::vector<std::shared_ptr<const Pattern>> runs_;  // of calls that run a statement, by their name
};

}  // namespace commandcenter::code::dataflow
