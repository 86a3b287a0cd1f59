// Which texts are worth parsing: those that hold the names without which no model can apply. Pure.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/regex.h"
#include "code/dataflow/models.h"

namespace commandcenter::code::dataflow {

// One pass over the names of a text, without a tree. Names in comments and texts count, too.
class Gate {
 public:
  static const Gate& of(Grammar grammar);
  Gate(const Models& models, Grammar grammar);

  enum class Answer : std::uint8_t {
    kClosed,   // find_flaws() of the file finds nothing, whatever its neighbours hold
    kForeign,  // only if a neighbour speaks of a user's data
    kOpen,
  };
  Answer ask(std::string_view text, bool statements) const;  // `statements`: it speaks of SQL
  bool speaks_of_source(std::string_view text) const { return holds_source(words_in(text), text); }

 private:
  using Word = std::uint16_t;
  struct Slot {
    std::uint64_t hash = 0;
    std::string_view text;
    Word word = 0;
  };
  // What an entry of the models needs to be in the text.
  struct Need {
    std::vector<Word> words;
    bool source = false;                                // a user's data, too
    bool statement = false;                             // else: of a user's data or in a statement
    std::vector<std::shared_ptr<const Regex>> texts{};  // each of them
  };

  void add_path(const Entry& entry, Need need, std::vector<Need>& list);
  Word word(std::string_view text);
  std::vector<bool> words_in(std::string_view text) const;
  bool holds_source(const std::vector<bool>& seen, std::string_view text) const;

  bool any_case_;
  bool says_this_;  // members are written with what they are members of
  std::vector<std::string> words_;
  std::vector<Slot> slots_;  // open addressing; as many as a power of two
  std::vector<Need> sources_;
  std::vector<Need> sinks_;
  std::vector<std::shared_ptr<const Regex>> marks_;    // of parameters that a user sends
  std::vector<std::shared_ptr<const Regex>> answers_;  // of functions whose result is shown
};

}  // namespace commandcenter::code::dataflow
