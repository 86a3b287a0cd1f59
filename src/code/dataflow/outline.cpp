#include "code/dataflow/outline.h"

#include <algorithm>
#include <array>

#include "code/dataflow/names_reader.h"
#include "code/dataflow/words.h"

namespace commandcenter::code::dataflow {
namespace {

constexpr std::size_t kMaxHead_lines = 60;

struct Line {
  std::size_t begin = 0;
  std::size_t end = 0;     // of the text, without the sign that ends the line
  std::size_t indent = 0;  // where what is not blank begins; end: nothing is
};

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front()))
    text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back()))
    text.remove_suffix(1);
  return text;
}

// The name before `place`, which ends where blanks begin.
std::string_view name_before(std::string_view text, std::size_t place) {
  while (place > 0 && text[place - 1] == ' ')
    --place;
  std::size_t begin = place;
  while (begin > 0 && NamesReader::part_of_name(text[begin - 1]))
    --begin;
  return text.substr(begin, place - begin);
}

constexpr std::string_view kNoHeads =
    "if for while switch catch with function return else do try using lock foreach fixed synchronized elseif match "
    "new throw await yield case select go defer func unless until when super this";
constexpr std::string_view kModifiers =
    "public private protected internal static final abstract async override virtual sealed unsafe extern synchronized "
    "native default export new partial explicit";

class Outliner {
 public:
  Outliner(std::string_view text, Grammar grammar) : text_(text), grammar_(grammar) {}

  std::vector<OutlinedFunction> run() {
    read_lines();
    std::vector<OutlinedFunction> found;
    for (std::size_t i = 0; i < lines_.size(); ++i) {
      OutlinedFunction function;
      std::size_t last = 0;
      const std::size_t stop = head_stop(i);  // the head's last line
      if (!head(i, stop, function) || !body(i, stop, function, last)) continue;
      found.push_back(function);
      i = last;
    }
    return found;
  }

 private:
  void read_lines() {
    for (std::size_t begin = 0; begin < text_.size();) {
      Line line;
      line.begin = begin;
      line.end = std::min(text_.find('\n', begin), text_.size());
      line.indent = begin;
      while (line.indent < line.end && is_blank(text_[line.indent]))
        ++line.indent;
      lines_.push_back(line);
      begin = line.end + 1;
    }
  }

  std::string_view code(const Line& line) const { return trimmed(text_.substr(line.indent, line.end - line.indent)); }

  // The line on which the brackets close that are open at the end of this one.
  std::size_t head_stop(std::size_t index) const {
    const std::string_view line = code(lines_[index]);
    if (!(line.ends_with('(') || line.ends_with(',')) || line.size() < 5) return index;
    int depth = 0;
    for (std::size_t at = index; at < std::min(lines_.size(), index + kMaxHead_lines); ++at) {
      for (const char c : code(lines_[at]))
        depth += c == '(' ? 1 : c == ')' ? -1 : 0;
      if (depth <= 0) return at;
    }
    return index;
  }

  bool head(std::size_t index, std::size_t stop, OutlinedFunction& function) const {
    const std::string_view line = code(lines_[index]);
    if (line.size() < 5) return false;
    switch (grammar_) {
      case Grammar::kPython:
        return (line.starts_with("def ") || line.starts_with("async def ")) && code(lines_[stop]).ends_with(':') &&
               named(line, line.find('('), function);
      case Grammar::kRuby:
        return line.starts_with("def ") && ruby(line.substr(4), function);
      case Grammar::kGo:
        return line.starts_with("func ") && line.ends_with('{') &&
               named(line, line.find('(', line.starts_with("func (") ? line.find(')') : 0), function);
      case Grammar::kPhp:
        return line.find("function ") != std::string_view::npos && closes(stop) &&
               named(line, line.find('(', line.find("function ")), function);
      case Grammar::kJava:
      case Grammar::kCSharp:
        return closes(stop) && typed(line, function);
      default:
        return line.ends_with('{') && script(line, function);
    }
  }

  // The head ends with a bracket, or one stands alone on the next line.
  bool closes(std::size_t index) const {
    const std::string_view line = code(lines_[index]);
    if (line.ends_with('{')) return true;
    return line.find(')') != std::string_view::npos && !line.ends_with(';') && index + 1 < lines_.size() &&
           code(lines_[index + 1]) == "{";
  }

  static bool named(std::string_view line, std::size_t open, OutlinedFunction& function) {
    if (open == std::string_view::npos) return false;
    function.name = name_before(line, open);
    return !function.name.empty() && !one_of(function.name, kNoHeads);
  }

  static bool ruby(std::string_view rest, OutlinedFunction& function) {
    if (rest.starts_with("self.")) rest.remove_prefix(5);
    std::size_t end = 0;
    while (end < rest.size() && NamesReader::part_of_name(rest[end]))
      ++end;
    function.name = rest.substr(0, end);
    return end > 0 && rest.find(" = ") == std::string_view::npos && rest.find("; ") == std::string_view::npos &&
           !rest.ends_with("end");
  }

  // Java and C#: modifiers, a type, the name; without a type it is a constructor.
  static bool typed(std::string_view line, OutlinedFunction& function) {
    const std::size_t open = line.find('(');
    if (open == std::string_view::npos || !named(line, open, function)) return false;
    const std::string_view before = line.substr(0, static_cast<std::size_t>(function.name.data() - line.data()));
    if (before.find_first_of("=.;{}@\"") != std::string_view::npos && before.find("->") != std::string_view::npos)
      return false;
    if (before.find_first_of("=;{}\"@") != std::string_view::npos || before.ends_with('.')) return false;
    if (line.find("->") != std::string_view::npos || line.find("=>") != std::string_view::npos) return false;
    bool has_type = false;
    for (std::size_t at = 0; at < before.size();) {
      const std::size_t end = std::min(before.find(' ', at), before.size());
      const std::string_view word = before.substr(at, end - at);
      if (one_of(word, "return throw new else case await yield")) return false;
      has_type = has_type || (!word.empty() && !one_of(word, kModifiers));
      at = end + 1;
    }
    function.makes = !has_type;
    return true;
  }

  // function name(…) {, name(…) {, name: function (…) {, name = (…) => {
  static bool script(std::string_view line, OutlinedFunction& function) {
    const std::size_t keyword = line.find("function");
    const std::size_t open = line.find('(', keyword == std::string_view::npos ? 0 : keyword);
    if (open == std::string_view::npos || open == 0) return false;
    const std::string_view before = trimmed(line.substr(0, open));
    const std::size_t value = std::min(before.find('='), before.find(": "));
    if (before.ends_with("function") || before.ends_with("function*") || before.ends_with('=') ||
        before.ends_with("async") || before.ends_with(':')) {
      if (value == std::string_view::npos || value == 0) return false;
      const bool arrow = line.find("=> {") != std::string_view::npos;
      if (before.find("function") == std::string_view::npos && !arrow) return false;
      if (before.find_first_of("()\"'`,") != std::string_view::npos) return false;
      function.name = name_before(before, value);
      return !function.name.empty() && !one_of(function.name, kNoHeads);
    }
    if (value != std::string_view::npos || before.find_first_of("()\"'`,.&|?{}") != std::string_view::npos ||
        line.find("=> {") != std::string_view::npos)
      return false;
    return named(line, open, function);
  }

  bool body(std::size_t index, std::size_t head_last, OutlinedFunction& function, std::size_t& last) const {
    const Line& head_line = lines_[index];
    const std::string_view indent = text_.substr(head_line.begin, head_line.indent - head_line.begin);
    std::size_t first = head_last + 1;
    const bool block = grammar_ != Grammar::kPython && grammar_ != Grammar::kRuby;
    if (block && !code(lines_[head_last]).ends_with('{')) ++first;
    std::size_t at = first;
    std::size_t stop = first;  // behind the last line that is not blank
    for (; at < lines_.size(); ++at) {
      const Line& line = lines_[at];
      if (line.indent >= line.end || (!block && text_[line.indent] == '#')) continue;
      const std::string_view own = text_.substr(line.begin, line.indent - line.begin);
      if (own.size() <= indent.size() || !own.starts_with(indent)) break;
      stop = at + 1;
    }
    if (stop <= first) return false;
    if (grammar_ == Grammar::kPython) {
      if (at < lines_.size()) {
        const Line& next = lines_[at];
        const std::string_view own = text_.substr(next.begin, next.indent - next.begin);
        if (!indent.starts_with(own) || std::string_view(")]}\"'").find(text_[next.indent]) != std::string_view::npos)
          return false;
      }
    } else {
      if (at >= lines_.size()) return false;
      const Line& close = lines_[at];
      if (text_.substr(close.begin, close.indent - close.begin) != indent) return false;
      if (block ? text_[close.indent] != '}' : code(close) != "end") return false;
    }
    std::size_t top = index;  // with its decorators
    while (top > 0 && (code(lines_[top - 1]).starts_with('@') || code(lines_[top - 1]).starts_with('[')))
      --top;
    function.begin = static_cast<std::uint32_t>(lines_[top].begin);
    function.body = static_cast<std::uint32_t>(lines_[first].begin);
    function.end = static_cast<std::uint32_t>(lines_[stop - 1].end);
    function.makes = function.makes || fills(function.name);
    last = stop - 1;
    return true;
  }

  static bool fills(std::string_view name) {
    const bool setter = name.starts_with("set") && name.size() > 3 && name[3] >= 'A' && name[3] <= 'Z';
    return setter ||  // or called by the language itself
           one_of(
               name,
               "constructor __init__ __construct initialize init setUp prepare before dispatch setup componentDidMount "
               "componentWillMount UNSAFE_componentWillMount ngOnInit connectedCallback") ||
           one_of(name, "__str__ __repr__ __enter__ toString ToString to_s __toString __get __set offsetGet offsetSet");
  }

  std::string_view text_;
  Grammar grammar_;
  std::vector<Line> lines_;
};

}  // namespace

std::vector<OutlinedFunction> outline(std::string_view text, Grammar grammar) {
  return Outliner(text, grammar).run();
}

}  // namespace commandcenter::code::dataflow
