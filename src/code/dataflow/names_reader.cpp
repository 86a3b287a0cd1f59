#include "code/dataflow/names_reader.h"

#include <algorithm>
#include <array>

namespace commandcenter::code::dataflow {
namespace {

constexpr std::uint64_t kHashStart = 0xCBF29CE484222325;
constexpr std::uint64_t kHashFactor = 0x100000001B3;

enum Class : std::uint8_t { kOther, kName, kSign };

constexpr auto kClasses = [] {
  std::array<Class, 256> table{};
  for (std::size_t c = 0; c < 256; ++c) {
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$')
      table[c] = kName;
  }
  for (const char c : {'"', '\'', '`', '/', '#', '<', '?', '\n'})
    table[static_cast<unsigned char>(c)] = kSign;
  return table;
}();

Class class_of(char c) {
  return kClasses[static_cast<unsigned char>(c)];
}

// The first place from `at` on where a character is of another class.
std::size_t behind(std::string_view text, std::size_t at, Class kind) {
  while (at < text.size() && class_of(text[at]) == kind)
    ++at;
  return at;
}

constexpr auto kBeforePattern = std::to_array<std::string_view>(
    {"return", "typeof", "case",  "in", "of",     "delete", "void", "throw", "new", "else",
     "do",     "await",  "yield", "if", "unless", "when",   "and",  "or",    "not", "then"});

}  // namespace

bool NamesReader::part_of_name(char c) {
  return class_of(c) == kName;
}

NamesReader::NamesReader(std::string_view text, Grammar grammar)
    : text_(text),
      grammar_(grammar),
      script_(grammar == Grammar::kJavaScript || grammar == Grammar::kTypeScript || grammar == Grammar::kTsx) {
  if (grammar == Grammar::kPhp) skip_markup();
}

bool NamesReader::next(std::size_t& begin, std::size_t& end) {
  while (at_ < text_.size()) {
    const char c = text_[at_];
    switch (class_of(c)) {
      case kOther:
        at_ = behind(text_, at_, kOther);
        break;
      case kSign:
        if (at_ < literal_end_)
          ++at_;
        else
          sign(c);
        break;
      case kName:
        begin = at_;
        end = at_ = behind(text_, at_, kName);
        return true;
    }
  }
  return false;
}

void NamesReader::sign(char c) {
  const std::size_t before = at_;
  if (c == '"' || c == '\'' || c == '`') {
    quote(c);
  } else if (c == '/') {
    slash();
  } else if (c == '#') {
    hash();
  } else if (c == '<') {
    if (grammar_ == Grammar::kPhp && text_.substr(at_).starts_with("<<<")) heredoc_php();
    if (grammar_ == Grammar::kRuby && at(at_ + 1) == '<') heredoc_ruby();
  } else if (c == '?') {
    if (grammar_ == Grammar::kPhp && at(at_ + 1) == '>') skip_markup();
  } else if (heredoc_begin_ != 0) {  // the end of the line that names it
    std::size_t end = at_ + 1;
    while (end < text_.size()) {
      const std::size_t stop = end_of_line(end);
      std::string_view line = text_.substr(end, stop - end);
      line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
      end = stop + 1;
      if (line.starts_with(heredoc_name_)) break;
    }
    heredoc_begin_ = 0;
    literal(end);
  }
  if (at_ == before) ++at_;
}

std::size_t NamesReader::end_of_line(std::size_t from) const {
  return std::min(text_.find('\n', from), text_.size());
}

void NamesReader::literal(std::size_t end) {
  literal_end_ = std::min(end, text_.size());
  literals_.push_back({static_cast<std::uint32_t>(at_), static_cast<std::uint32_t>(literal_end_)});
  apart_.push_back(literals_.back());
}

void NamesReader::set_apart(std::size_t begin, std::size_t end) {
  apart_.push_back({static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(std::min(end, text_.size()))});
}

// Behind the mark that closes what was opened before `from`; 0 when nothing does.
std::size_t NamesReader::closed(std::size_t from, char mark, bool lines) const {
  for (std::size_t i = from; i < text_.size(); ++i) {
    if (text_[i] == '\\') {
      ++i;
      if (!lines && at(i) == '\n' && !script_) return 0;
    } else if (text_[i] == mark) {
      return i + 1;
    } else if (text_[i] == '\n' && !lines) {
      return 0;
    }
  }
  return 0;
}

void NamesReader::quote(char c) {
  const bool triples = grammar_ == Grammar::kPython || grammar_ == Grammar::kJava || grammar_ == Grammar::kCSharp;
  if (triples && c != '`' && at(at_ + 1) == c && at(at_ + 2) == c) {
    std::size_t end = at_ + 3;
    while (end < text_.size() && !(text_[end] == c && at(end + 1) == c && at(end + 2) == c))
      end += text_[end] == '\\' && grammar_ != Grammar::kCSharp ? 2U : 1U;
    const char prefix = at_ == 0 ? ' ' : static_cast<char>(text_[at_ - 1] | 0x20);
    const char before = at_ < 2 ? ' ' : static_cast<char>(text_[at_ - 2] | 0x20);
    const bool plain = prefix != 'f' && !(prefix == 'r' && before == 'f');
    literal(end + 3);
    if (grammar_ == Grammar::kPython && plain) at_ = literal_end_;  // there is no code in it
    return;
  }
  if (c == '`' && grammar_ == Grammar::kGo) {
    const std::size_t end = text_.find('`', at_ + 1);
    if (end != std::string_view::npos) literal(end + 1);
    return;
  }
  const bool verbatim = grammar_ == Grammar::kCSharp && at_ > 0 &&
                        (text_[at_ - 1] == '@' || (at_ > 1 && text_[at_ - 1] == '$' && text_[at_ - 2] == '@'));
  if (verbatim) {
    const std::size_t end = text_.find('"', at_ + 1);
    if (end != std::string_view::npos) literal(end + 1);
    return;
  }
  const bool lines = c == '`' || grammar_ == Grammar::kPhp;
  if (const std::size_t end = closed(at_ + 1, c, lines); end != 0) literal(end);
}

void NamesReader::slash() {
  if (grammar_ != Grammar::kPython && grammar_ != Grammar::kRuby) {
    if (at(at_ + 1) == '/' && (at_ == 0 || text_[at_ - 1] != ':')) {
      const std::size_t end = end_of_line(at_);
      const std::size_t close = grammar_ == Grammar::kPhp ? text_.find("?>", at_) : std::string_view::npos;
      set_apart(at_, std::min(end, close));
      at_ = apart_.back().end;
      return;
    }
    if (at(at_ + 1) == '*') {
      const std::size_t end = text_.find("*/", at_ + 2);
      if (end == std::string_view::npos) return;
      set_apart(at_, end + 2);
      at_ = end + 2;
      return;
    }
  }
  if ((!script_ && grammar_ != Grammar::kRuby) || value_before()) return;
  bool in_class = false;
  for (std::size_t i = at_ + 1; i < text_.size() && text_[i] != '\n'; ++i) {
    if (text_[i] == '\\') {
      ++i;
    } else if (text_[i] == '[' || text_[i] == ']') {
      in_class = text_[i] == '[';
    } else if (text_[i] == '/' && !in_class) {
      literal_end_ = i + 1;
      set_apart(at_, literal_end_);
      return;
    }
  }
}

// True when a "/" here divides.
bool NamesReader::value_before() const {
  std::size_t end = at_;
  while (end > 0 && (text_[end - 1] == ' ' || text_[end - 1] == '\t'))
    --end;
  if (end == 0) return false;
  if (text_[end - 1] == ')' || text_[end - 1] == ']') return true;
  std::size_t begin = end;
  while (begin > 0 && class_of(text_[begin - 1]) == kName)
    --begin;
  return begin < end && std::ranges::find(kBeforePattern, text_.substr(begin, end - begin)) == kBeforePattern.end();
}

void NamesReader::hash() {
  const std::size_t begin = at_;
  if (grammar_ == Grammar::kPython) {
    at_ = end_of_line(at_);
  } else if (grammar_ == Grammar::kPhp && at(at_ + 1) != '[') {
    at_ = std::min(end_of_line(at_), text_.find("?>", at_));
  } else if (grammar_ == Grammar::kRuby && (at_ == 0 || text_[at_ - 1] <= ' ')) {
    const std::size_t end = end_of_line(at_);
    if (text_.substr(at_, end - at_).find("#{") == std::string_view::npos) at_ = end;
  }
  if (at_ > begin) set_apart(begin, at_);
}

void NamesReader::heredoc_ruby() {
  std::size_t from = at_ + 2;
  if (at(from) == '~' || at(from) == '-') ++from;
  if (at(from) == '"' || at(from) == '\'') ++from;
  std::size_t to = from;
  while (class_of(at(to)) == kName)
    ++to;
  if (to == from || text_[from] < 'A' || text_[from] > 'Z') return;
  heredoc_begin_ = at_;
  heredoc_name_ = text_.substr(from, to - from);
  at_ = to;
}

void NamesReader::heredoc_php() {
  std::size_t from = at_ + 3;
  while (at(from) == ' ' || at(from) == '"' || at(from) == '\'')
    ++from;
  std::size_t to = from;
  while (class_of(at(to)) == kName)
    ++to;
  if (to == from) return;
  const std::string_view name = text_.substr(from, to - from);
  for (std::size_t line = end_of_line(to); line < text_.size(); line = end_of_line(line + 1)) {
    const std::size_t begin = std::min(text_.find_first_not_of(" \t", line + 1), text_.size());
    if (text_.substr(begin).starts_with(name) && class_of(at(begin + name.size())) != kName)
      return literal(begin + name.size());
  }
}

// PHP: what is outside of its tags.
void NamesReader::skip_markup() {
  const std::size_t open = text_.find("<?", at_);
  const std::size_t begin = at_;
  at_ = open == std::string_view::npos ? text_.size() : open + 2;
  set_apart(begin, at_);
}

std::uint64_t hash_of(std::string_view name, Grammar grammar, std::uint64_t before) {
  const unsigned char fold = grammar == Grammar::kPhp ? 0x20 : 0;
  for (const char c : name)
    before = (before ^ (static_cast<unsigned char>(c) | fold)) * kHashFactor;
  return before;
}

std::uint64_t hash_of(std::string_view name, Grammar grammar) {
  return hash_of(name, grammar, kHashStart);
}

Names::Names(std::string_view text, Grammar grammar) : text_(text), grammar_(grammar) {
  all_.reserve(text.size() / 8);
  read(0, text.size());
}

Names::Names(std::string_view text, Grammar grammar, std::span<const std::pair<std::size_t, std::size_t>> scripts)
    : text_(text), grammar_(grammar), page_(true) {
  for (const auto& [begin, end] : scripts)
    read(begin, end);
}

void Names::read(std::size_t from, std::size_t to) {
  const std::string_view text = text_.substr(from, to - from);
  const auto place = [&](std::size_t offset) { return static_cast<std::uint32_t>(from + offset); };
  NamesReader reader(text, grammar_);
  std::size_t begin = 0;
  std::size_t end = 0;
  while (reader.next(begin, end))
    all_.push_back({place(begin), place(end), hash_of(text.substr(begin, end - begin), grammar_)});
  for (const Literal& literal : reader.literals())
    literals_.push_back({place(literal.begin), place(literal.end)});
  for (const Literal& apart : reader.apart())
    apart_.push_back({place(apart.begin), place(apart.end)});
}

Names::Held& Names::held(std::vector<Held>& known, const Pattern& pattern) {
  if (pattern.number() >= known.size()) known.resize(pattern.number() + 1, Held::kNotAsked);
  return known[pattern.number()];
}

bool Names::holds(const Pattern& pattern) const {
  Held& known = held(held_, pattern);
  if (known == Held::kNotAsked) known = pattern.found_in(text_) ? Held::kYes : Held::kNo;
  return known == Held::kYes;
}

const Literal* Names::apart_at(std::size_t place) const {
  const auto next = std::ranges::upper_bound(apart_, place, {}, &Literal::begin);
  return next == apart_.begin() || place >= std::prev(next)->end ? nullptr : &*std::prev(next);
}

// There is no code in it.
bool Names::is_plain(const Literal& apart) const {
  const char first = text_[apart.begin];
  const char second = apart.begin + 1 < text_.size() ? text_[apart.begin + 1] : '\0';
  if (first == '#' || (first == '/' && (second == '/' || second == '*'))) return true;
  if (first != '"' && first != '\'' && first != '`') return false;
  const auto before = [&](std::size_t back) { return apart.begin < back ? '\0' : text_[apart.begin - back]; };
  switch (grammar_) {
    case Grammar::kJava:
    case Grammar::kGo:
      return true;
    case Grammar::kCSharp:
      return before(1) != '$' && before(2) != '$';
    case Grammar::kPython:
      return (before(1) | 0x20) != 'f' && (before(2) | 0x20) != 'f';
    default:
      return false;  // an apostrophe of markup looks like one
  }
}

bool Names::in_code(std::size_t begin, std::size_t end) const {
  const Literal* apart = apart_at(begin);
  return apart == nullptr || end > apart->end || !is_plain(*apart);
}

bool Names::is_literal(const Name& name) const {
  const Literal* apart = apart_at(name.begin);
  return apart != nullptr && name.begin == apart->begin + 1 && name.end + 1 == apart->end;
}

bool Names::holds_in_code(const Pattern& pattern) const {
  Held& known = held(held_in_code_, pattern);
  if (known == Held::kNotAsked) known = find_in_code(pattern) ? Held::kYes : Held::kNo;
  return known == Held::kYes;
}

void Names::look_for(const PatternSet& patterns) const {
  const auto& all = patterns.all();
  if (all.empty() || held(held_, *all.back()) != Held::kNotAsked) return;
  const auto found = patterns.found_in(text_);
  if (!found) return;
  for (const auto& pattern : all)
    held(held_, *pattern) = Held::kNo;
  for (const int place : *found)
    held(held_, *all[static_cast<std::size_t>(place)]) = Held::kYes;
}

bool Names::find_in_code(const Pattern& pattern) const {
  if (!holds(pattern)) return false;
  for (std::size_t from = 0; from < text_.size();) {
    const auto match = pattern.find(text_, from);
    if (!match) return false;
    const auto begin = static_cast<std::size_t>(match->data() - text_.data());
    if (in_code(begin, begin + match->size())) return true;
    from = begin + std::max<std::size_t>(match->size(), 1);
  }
  return false;
}

}  // namespace commandcenter::code::dataflow
