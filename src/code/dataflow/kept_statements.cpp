#include "code/dataflow/kept_statements.h"

#include <algorithm>
#include <map>

#include "code/dataflow/words.h"

namespace commandcenter::code::dataflow {
namespace {

constexpr std::size_t kMaxWindow_bytes = 240;  // from the literal to the member
constexpr std::size_t kMaxMembers = 64;        // of a text; further ones are not looked for

bool is_name_part(char c) {
  return NamesReader::part_of_name(c) && c != '$';
}

class KeptReader {
 public:
  KeptReader(std::string_view text, Grammar grammar) : text_(text), grammar_(grammar) {
    switch (grammar) {
      case Grammar::kPython:
        mark_ = "self.";
        break;
      case Grammar::kPhp:
        mark_ = "$this->";
        break;
      case Grammar::kRuby:
        mark_ = "@";
        break;
      case Grammar::kGo:
        mark_ = ".";
        break;
      default:
        mark_ = "this.";
    }
  }

  bool puts_in_member(std::size_t literal) {
    const bool lines = grammar_ == Grammar::kPython || grammar_ == Grammar::kRuby || grammar_ == Grammar::kGo;
    std::string_view window = text_.substr(literal, kMaxWindow_bytes);
    window = window.substr(0, window.find(lines ? '\n' : ';'));
    const bool bare = grammar_ == Grammar::kJava || grammar_ == Grammar::kCSharp;  // "this." may be left out
    for (std::size_t at = 0; at < window.size(); ++at) {
      const bool begins = is_name_part(window[at]) && (at == 0 || !is_name_part(window[at - 1]));
      if (window.substr(at).starts_with(mark_)) {
        if (is_given(name_at(window, at + mark_.size()))) return true;
      } else if (bare && begins && is_given(name_at(window, at))) {
        return true;
      }
    }
    return false;
  }

 private:
  static std::string_view name_at(std::string_view text, std::size_t begin) {
    std::size_t end = begin;
    while (end < text.size() && is_name_part(text[end]))
      ++end;
    return text.substr(begin, end - begin);
  }

  // "this.order = order", "@parts << part", "self.parts.append(part)": no text of the program.
  bool is_given(std::string_view name) {
    if (name.empty() || (name[0] >= '0' && name[0] <= '9')) return false;
    const auto known = given_.find(name);
    if (known != given_.end()) return known->second;
    if (given_.size() >= kMaxMembers) return false;
    const std::string member = std::string(mark_) + std::string(name);
    bool given = false;
    for (std::size_t at = text_.find(member); at != std::string_view::npos && !given;
         at = text_.find(member, at + member.size()))
      given = takes_name(text_.substr(at + member.size(), kMaxWindow_bytes));
    return given_[name] = given;
  }

  static bool takes_name(std::string_view rest) {
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
    if (rest.starts_with("[]")) rest.remove_prefix(std::min(rest.find_first_not_of(' ', 2), rest.size()));
    std::size_t behind = 0;
    for (const std::string_view sign : {".append(", ".push(", ".add(", "<<", "+=", ".=", "||=", "="}) {
      if (!rest.starts_with(sign)) continue;
      behind = sign.size();
      break;
    }
    if (behind == 0 || rest.substr(behind).starts_with('=')) return false;
    const std::size_t begin = rest.find_first_not_of(" $", behind);
    const std::string_view value = begin == std::string_view::npos ? std::string_view() : name_at(rest, begin);
    return !value.empty() && (value[0] | 0x20) >= 'a' && (value[0] | 0x20) <= 'z' &&
           !one_of(value, "None null nil NULL true false True False new array await List");
  }

  std::string_view text_;
  Grammar grammar_;
  std::string_view mark_;
  std::map<std::string_view, bool> given_;
};

}  // namespace

void add_with_kept_parts(std::string_view text, Grammar grammar, std::span<const std::uint32_t> literals,
                         std::vector<std::uint32_t>& to) {
  KeptReader reader(text, grammar);
  for (const std::uint32_t literal : literals)
    if (reader.puts_in_member(literal)) to.push_back(literal);
}

}  // namespace commandcenter::code::dataflow
