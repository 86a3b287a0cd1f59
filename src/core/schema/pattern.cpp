#include "core/schema/pattern.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace commandcenter::schema {
namespace {

// White space and line ends of ECMA-262, as the inside of a class, and everything else.
constexpr std::string_view kSpace =
    "\\t-\\r \\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}\\x{feff}";
constexpr std::string_view kNotSpace =
    "\\x{0}-\\x{8}\\x{e}-\\x{1f}!-\\x{9f}\\x{a1}-\\x{167f}\\x{1681}-\\x{1fff}\\x{200b}-\\x{2027}\\x{202a}-\\x{202e}"
    "\\x{2030}-\\x{205e}\\x{2060}-\\x{2fff}\\x{3001}-\\x{fefe}\\x{ff00}-\\x{10ffff}";
constexpr std::string_view kNotLineEnd = "[^\\n\\r\\x{2028}\\x{2029}]";
constexpr std::string_view kAnything = "[\\x{0}-\\x{10ffff}]";
constexpr std::string_view kNothing = "[^\\x{0}-\\x{10ffff}]";
constexpr std::size_t kClassWeight = 4;
constexpr std::size_t kMaxWeight = 1'000'000;

// Unicode general categories by the long names that ECMA-262 knows and RE2 does not.
constexpr auto kCategories = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"Letter", "L"},
    {"Cased_Letter", "L&"},
    {"Uppercase_Letter", "Lu"},
    {"Lowercase_Letter", "Ll"},
    {"Titlecase_Letter", "Lt"},
    {"Modifier_Letter", "Lm"},
    {"Other_Letter", "Lo"},
    {"Mark", "M"},
    {"Nonspacing_Mark", "Mn"},
    {"Spacing_Mark", "Mc"},
    {"Enclosing_Mark", "Me"},
    {"Number", "N"},
    {"Decimal_Number", "Nd"},
    {"digit", "Nd"},
    {"Letter_Number", "Nl"},
    {"Other_Number", "No"},
    {"Punctuation", "P"},
    {"punct", "P"},
    {"Connector_Punctuation", "Pc"},
    {"Dash_Punctuation", "Pd"},
    {"Open_Punctuation", "Ps"},
    {"Close_Punctuation", "Pe"},
    {"Initial_Punctuation", "Pi"},
    {"Final_Punctuation", "Pf"},
    {"Other_Punctuation", "Po"},
    {"Symbol", "S"},
    {"Math_Symbol", "Sm"},
    {"Currency_Symbol", "Sc"},
    {"Modifier_Symbol", "Sk"},
    {"Other_Symbol", "So"},
    {"Separator", "Z"},
    {"Space_Separator", "Zs"},
    {"Line_Separator", "Zl"},
    {"Paragraph_Separator", "Zp"},
    {"Other", "C"},
    {"Control", "Cc"},
    {"Format", "Cf"},
    {"Private_Use", "Co"},
    {"Surrogate", "Cs"},
});

class Translator {
 public:
  explicit Translator(std::string_view pattern) : pattern_(pattern) {}

  Result<TranslatedPattern> run() {
    while (at_ < pattern_.size() && !error_)
      step();
    if (error_) return fail(std::move(*error_));
    return TranslatedPattern{std::move(out_), std::max<std::size_t>(groups_.front(), 1)};
  }

 private:
  void step() {
    const char c = pattern_[at_];
    if (c == '\\') {
      escape(false);
      weigh(kClassWeight);
    } else if (c == '[') {
      character_class();
      weigh(kClassWeight);
    } else if (c == '(') {
      open_group();
    } else if (c == ')') {
      close_group();
    } else if (c == '{') {
      repetition();
    } else {
      if (c == '.')
        out_ += kNotLineEnd;
      else
        out_ += c;
      ++at_;
      if (c != '*' && c != '+' && c != '?' && c != '|') weigh(1);
    }
  }

  void open_group() {
    out_ += '(';
    ++at_;
    // (?<name> is (?P<name> to RE2; (?<= and (?<! it refuses itself.
    if (pattern_.substr(at_).starts_with("?<") && !pattern_.substr(at_).starts_with("?<=") &&
        !pattern_.substr(at_).starts_with("?<!")) {
      out_ += "?P<";
      at_ += 2;
    } else if (at_ < pattern_.size() && pattern_[at_] == '?') {
      out_ += '?';
      ++at_;
      if (at_ < pattern_.size() && pattern_[at_] == 'P') refuse("(?P", "write (?<name>…) for a named group");
    }
    groups_.push_back(0);
  }

  void close_group() {
    out_ += ')';
    ++at_;
    if (groups_.size() == 1) return;  // RE2 will say that it is unbalanced
    const std::size_t weight = groups_.back();
    groups_.pop_back();
    weigh(weight);
  }

  // {n}, {n,} or {n,m}: what stands before it weighs that many times as much.
  void repetition() {
    std::size_t count = 1;
    std::size_t number = 0;
    std::size_t i = at_ + 1;
    for (; i < pattern_.size() && (std::isdigit(static_cast<unsigned char>(pattern_[i])) != 0 || pattern_[i] == ',');
         ++i) {
      number = pattern_[i] == ',' ? 0 : std::min(number * 10 + static_cast<std::size_t>(pattern_[i] - '0'), kMaxWeight);
      count = std::max(count, number);
    }
    if (i < pattern_.size() && pattern_[i] == '}') {
      groups_.back() = std::min(groups_.back() - last_ + last_ * count, kMaxWeight);
      last_ = std::min(last_ * count, kMaxWeight);
      out_ += pattern_.substr(at_, i + 1 - at_);
      at_ = i + 1;
    } else {
      out_ += "\\{";
      ++at_;
      weigh(1);
    }
  }

  void character_class() {
    ++at_;
    const bool negated = at_ < pattern_.size() && pattern_[at_] == '^';
    if (negated) ++at_;
    if (at_ < pattern_.size() && pattern_[at_] == ']') {  // RE2 takes this ] for a member
      out_ += negated ? kAnything : kNothing;
      ++at_;
      return;
    }
    out_ += negated ? "[^" : "[";
    while (at_ < pattern_.size() && pattern_[at_] != ']' && !error_) {
      if (pattern_[at_] == '\\') {
        escape(true);
      } else {
        if (pattern_[at_] == '[') out_ += '\\';  // RE2 knows [[:alpha:]], ECMA-262 does not
        out_ += pattern_[at_++];
      }
    }
    if (at_ < pattern_.size())
      ++at_;
    else if (!error_)
      refuse("[", "the class has no closing ]");
    out_ += ']';
  }

  void escape(bool in_class) {
    if (at_ + 1 >= pattern_.size()) return refuse("\\", "a backslash must be followed by something");
    const char c = pattern_[at_ + 1];
    const std::size_t start = at_;
    at_ += 2;
    switch (c) {
      case 's':
        out_ += in_class ? std::string(kSpace) : fmt::format("[{}]", kSpace);
        return;
      case 'S':
        out_ += in_class ? std::string(kNotSpace) : fmt::format("[{}]", kNotSpace);
        return;
      case 'u':
        return unicode_escape(start);
      case 'x':
        return append_code_point(read_hex(2), start);
      case 'c':
        if (at_ < pattern_.size() && std::isalpha(static_cast<unsigned char>(pattern_[at_])) != 0) {
          out_ += fmt::format("\\x{{{:x}}}", static_cast<unsigned>(pattern_[at_++]) % 32);
          return;
        }
        return refuse(pattern_.substr(start, 2), "a letter must follow");
      case '0':
        out_ += "\\x{0}";
        return;
      case 'p':
      case 'P':
        return property(start);
      case 'b':
      case 'B':
        if (in_class && c == 'B') return refuse("\\B", "it has no meaning inside a class");
        out_ += in_class ? "\\x{8}" : pattern_.substr(start, 2);
        return;
      default:
        break;
    }
    constexpr std::string_view kSame = "dDwWtnvfr";
    const bool word = std::isalnum(static_cast<unsigned char>(c)) != 0;
    if (kSame.find(c) != std::string_view::npos || (!word && c != '_' && static_cast<unsigned char>(c) < 0x80)) {
      out_ += pattern_.substr(start, 2);
    } else if (std::isdigit(static_cast<unsigned char>(c)) != 0 || c == 'k') {
      refuse(pattern_.substr(start, 2), "back-references are not supported");
    } else if (word) {
      refuse(pattern_.substr(start, 2), "there is no such escape in ECMA-262");
    } else {
      out_ += c;  // an escaped character beyond ASCII, or _, is itself
    }
  }

  void unicode_escape(std::size_t start) {
    if (at_ < pattern_.size() && pattern_[at_] == '{') {
      const std::size_t end = pattern_.find('}', at_);
      if (end == std::string_view::npos || end - at_ > 7) return refuse(pattern_.substr(start, 3), "expected \\u{…}");
      ++at_;
      append_code_point(read_hex(end - at_), start);
      ++at_;
      return;
    }
    auto code = read_hex(4);
    if (code && *code >= 0xd800 && *code <= 0xdbff && pattern_.substr(at_).starts_with("\\u")) {
      at_ += 2;
      const auto low = read_hex(4);
      if (!low || *low < 0xdc00 || *low > 0xdfff) return refuse(pattern_.substr(start, 6), "half of a surrogate pair");
      code = 0x10000 + ((*code - 0xd800) << 10) + (*low - 0xdc00);
    }
    append_code_point(code, start);
  }

  std::optional<std::uint32_t> read_hex(std::size_t size) {
    if (size == 0 || at_ + size > pattern_.size()) return std::nullopt;
    std::uint32_t value = 0;
    const char* first = pattern_.data() + at_;
    if (std::from_chars(first, first + size, value, 16).ptr != first + size) return std::nullopt;
    at_ += size;
    return value;
  }

  void append_code_point(std::optional<std::uint32_t> code, std::size_t start) {
    if (!code || *code > 0x10ffff || (*code >= 0xd800 && *code <= 0xdfff)) {
      return refuse(pattern_.substr(start, 2), "expected the hexadecimal digits of a character");
    }
    out_ += fmt::format("\\x{{{:x}}}", *code);
  }

  // \p{Letter}, \p{gc=Lu}, \p{Script=Greek}; names RE2 does not know it refuses itself.
  void property(std::size_t start) {
    const std::size_t end = pattern_.find('}', at_);
    if (at_ >= pattern_.size() || pattern_[at_] != '{' || end == std::string_view::npos) {
      return refuse(pattern_.substr(start, 2), "expected \\p{…}");
    }
    std::string_view name = pattern_.substr(at_ + 1, end - at_ - 1);
    for (const std::string_view prefix : {"General_Category=", "gc=", "Script=", "sc="}) {
      if (name.starts_with(prefix)) name.remove_prefix(prefix.size());
    }
    for (const auto& [full, brief] : kCategories) {
      if (name == full) name = brief;
    }
    if (name == "L&") return refuse(pattern_.substr(start, end + 1 - start), "name Lu, Ll and Lt instead");
    out_ += fmt::format("\\{}{{{}}}", pattern_[start + 1], name);
    at_ = end + 1;
  }

  void weigh(std::size_t weight) {
    last_ = std::min(weight, kMaxWeight);
    groups_.back() = std::min(groups_.back() + last_, kMaxWeight);
  }

  void refuse(std::string_view what, std::string_view why) {
    if (!error_) error_ = Error{ErrorCode::kInvalid, fmt::format("{}: {}", what, why)};
    at_ = pattern_.size();
  }

  std::string_view pattern_;
  std::size_t at_ = 0;
  std::string out_;
  std::vector<std::size_t> groups_ = {0};  // weight so far of each open group, the whole pattern first
  std::size_t last_ = 0;                   // weight of what a repetition would apply to
  std::optional<Error> error_;
};

}  // namespace

Result<TranslatedPattern> translate_pattern(std::string_view pattern) {
  return Translator(pattern).run();
}

}  // namespace commandcenter::schema
