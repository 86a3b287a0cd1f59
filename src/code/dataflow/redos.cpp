#include "code/dataflow/redos.h"

#include <algorithm>
#include <bitset>
#include <cstdint>
#include <vector>

namespace commandcenter::code::dataflow {
namespace {

constexpr int kMaxGroups_deep = 12;

using Letters = std::bitset<128>;

// A part of a sequence: some letter, or a group.
struct Atom {
  Letters letters;
  std::vector<std::vector<Atom>> branches;  // of a group
  bool optional = false;
  bool endless = false;
  bool edge = false;  // "^", "$", "\b", a look-ahead: takes no letter
};
using Sequence = std::vector<Atom>;

// Bytes beyond ASCII are left out.
Letters range(char from, char to) {
  Letters letters;
  for (unsigned c = static_cast<unsigned char>(from); c <= static_cast<unsigned char>(to) && c < letters.size(); ++c)
    letters.set(c);
  return letters;
}

Letters escape_class(char c) {
  switch (c) {
    case 'd':
      return range('0', '9');
    case 'w':
      return range('0', '9') | range('a', 'z') | range('A', 'Z') | range('_', '_');
    case 's':
      return range('\t', '\r') | range(' ', ' ');
    case 'D':
    case 'W':
    case 'S':
      return ~escape_class(static_cast<char>(c | 0x20));
    case 'n':
      return range('\n', '\n');
    case 't':
      return range('\t', '\t');
    default:
      return range(c, c);
  }
}

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  // Branches up to ")" or the end.
  std::vector<Sequence> branches(int depth) {
    std::vector<Sequence> all(1);
    while (at_ < text_.size() && text_[at_] != ')') {
      if (text_[at_] == '|') {
        ++at_;
        all.emplace_back();
        continue;
      }
      all.back().push_back(atom(depth));
      quantifier(all.back().back());
    }
    return all;
  }

  bool broken() const { return broken_; }

 private:
  Atom atom(int depth) {
    Atom atom;
    const char c = text_[at_++];
    if (c == '(') {
      group(atom, depth);
    } else if (c == '[') {
      atom.letters = set();
    } else if (c == '\\' && at_ < text_.size()) {
      const char next = text_[at_++];
      atom.edge = next == 'b' || next == 'B' || next == 'A' || next == 'z' || next == 'Z';
      if (!atom.edge) atom.letters = escape_class(next);
    } else if (c == '.') {
      atom.letters = ~range('\n', '\n');
    } else if (c == '^' || c == '$') {
      atom.edge = true;
    } else {
      atom.letters = range(c, c);
    }
    return atom;
  }

  void group(Atom& atom, int depth) {
    if (text_.substr(at_).starts_with("?")) {
      const std::string_view rest = text_.substr(at_);
      atom.edge =
          rest.starts_with("?=") || rest.starts_with("?!") || rest.starts_with("?<=") || rest.starts_with("?<!");
      broken_ = broken_ || rest.starts_with("?>");  // gives nothing back: not slow
      std::size_t skip = rest.starts_with("?:") ? 2 : 1;
      if (rest.starts_with("?P<") || (rest.starts_with("?<") && !atom.edge)) skip = rest.find('>') + 1;
      at_ = std::min(at_ + skip, text_.size());
    }
    if (depth >= kMaxGroups_deep) broken_ = true;
    if (broken_) {
      at_ = text_.size();
      return;
    }
    atom.branches = branches(depth + 1);
    if (at_ < text_.size()) ++at_;  // ")"
  }

  Letters set() {
    Letters letters;
    const bool negated = at_ < text_.size() && text_[at_] == '^';
    if (negated) ++at_;
    bool first = true;
    while (at_ < text_.size() && (text_[at_] != ']' || first)) {
      first = false;
      char c = text_[at_++];
      if (c == '\\' && at_ < text_.size()) {
        letters |= escape_class(text_[at_++]);
        continue;
      }
      if (at_ + 1 < text_.size() && text_[at_] == '-' && text_[at_ + 1] != ']') {
        letters |= range(c, text_[at_ + 1]);
        at_ += 2;
      } else {
        letters |= range(c, c);
      }
    }
    if (at_ < text_.size()) ++at_;
    return negated ? ~letters : letters;
  }

  void quantifier(Atom& atom) {
    if (at_ >= text_.size()) return;
    const char c = text_[at_];
    if (c == '*' || c == '?') atom.optional = true;
    if (c == '*' || c == '+') atom.endless = true;
    if (c == '{') {
      const std::size_t close = text_.find('}', at_);
      if (close == std::string_view::npos || text_.substr(at_ + 1, 1).find_first_of("0123456789,") != 0) return;
      const std::string_view inside = text_.substr(at_ + 1, close - at_ - 1);
      atom.endless = inside.ends_with(',');
      atom.optional = inside.starts_with('0') || inside.starts_with(',');
      at_ = close + 1;
    } else if (atom.optional || atom.endless) {
      ++at_;
    } else {
      return;
    }
    if (at_ < text_.size() && text_[at_] == '?') ++at_;
    if (at_ < text_.size() && text_[at_] == '+') {  // possessive: gives nothing back
      ++at_;
      atom.endless = false;
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool broken_ = false;
};

// A sequence with groups that are not repeated opened up.
void flatten(const Sequence& sequence, Sequence& out) {
  for (const Atom& atom : sequence) {
    if (atom.branches.size() == 1 && !atom.optional && !atom.endless && !atom.edge)
      flatten(atom.branches[0], out);
    else if (!atom.edge)
      out.push_back(atom);
  }
}

// True when "X" can also be read as "XX": one endless part, and nothing else that must be there.
bool repeats_itself(const Sequence& sequence) {
  Sequence flat;
  flatten(sequence, flat);
  std::size_t needed = 0;
  bool endless = false;
  for (const Atom& atom : flat) {
    needed += atom.optional ? 0 : 1;
    endless = endless || (atom.endless && (atom.letters.any() || !atom.branches.empty()));
  }
  if (!endless) return false;
  return needed == 0 ||
         (needed == 1 && std::ranges::any_of(flat, [](const Atom& atom) { return atom.endless && !atom.optional; }));
}

bool overlapping(const std::vector<Sequence>& branches) {
  for (std::size_t i = 0; i < branches.size(); ++i) {
    for (std::size_t j = i + 1; j < branches.size(); ++j) {
      const bool single = branches[i].size() == 1 && branches[j].size() == 1 && branches[i][0].branches.empty() &&
                          branches[j][0].branches.empty();
      if (single && (branches[i][0].letters & branches[j][0].letters).any()) return true;
    }
  }
  return false;
}

bool can_fail(const Sequence& sequence, std::size_t from, bool behind) {
  for (std::size_t i = from; i < sequence.size(); ++i) {
    if (sequence[i].edge || !sequence[i].optional) return true;
  }
  return behind;
}

bool slow(const std::vector<Sequence>& branches, bool behind) {
  for (const Sequence& sequence : branches) {
    for (std::size_t i = 0; i < sequence.size(); ++i) {
      const Atom& atom = sequence[i];
      if (atom.branches.empty()) continue;
      const bool fails = can_fail(sequence, i + 1, behind);
      if (atom.endless && fails && (std::ranges::any_of(atom.branches, repeats_itself) || overlapping(atom.branches)))
        return true;
      if (slow(atom.branches, fails)) return true;
    }
  }
  return false;
}

}  // namespace

bool is_exponential(std::string_view pattern, bool whole) {
  if (pattern.size() > kMaxPattern_bytes || pattern.find(')') == std::string_view::npos) return false;
  if (pattern.size() > 2 && pattern.front() == '/') {  // as a literal, with its flags
    const std::size_t end = pattern.rfind('/');
    pattern = pattern.substr(1, end > 1 ? end - 1 : pattern.size() - 1);
  }
  Reader reader(pattern);
  const auto branches = reader.branches(0);
  return !reader.broken() && slow(branches, whole);
}

}  // namespace commandcenter::code::dataflow
