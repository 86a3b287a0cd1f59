// From a head to the values below it. Every look is bounded; what has no shape of a secret is left out at once.
#include "code/secrets/columns.h"

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <string>

#include "code/secrets/assigned.h"
#include "code/secrets/value.h"

namespace commandcenter::code {
namespace {

constexpr std::size_t kMaxTable_bytes = 8'000;
constexpr std::size_t kMaxHead_bytes = 200;
constexpr std::size_t kMaxRow_bytes = 1'000;
constexpr std::size_t kMaxRows = 200;
constexpr std::size_t kMinMade_bytes = 20;

struct Cell {
  std::size_t begin = 0;
  std::size_t end = 0;
  bool quoted = false;
};

bool has_end(std::string_view name, std::initializer_list<std::string_view> ends) {
  return std::ranges::any_of(ends, [&](std::string_view end) { return name.ends_with(end); });
}

// Of people, and of what they choose.
bool is_of_passwords(std::string_view name) {
  return has_end(name, {"passwords", "passwds", "pwds", "users", "accounts", "logins", "credentials"});
}

// Of what programs make.
bool is_of_keys(std::string_view name) {
  return has_end(name, {"tokens", "secrets", "credentials", "apikeys", "api_keys", "api-keys", "secret_keys",
                        "secretkeys", "access_keys", "accesskeys", "auth_keys", "authkeys", "signing_keys"});
}

// What people choose, or letters by chance: all else in a table may be anything.
bool is_telling(std::string_view value, bool chosen, bool made) {
  if (value.find('\\') != std::string_view::npos || is_address(value)) return false;
  if (lower(value).find("pass") != std::string::npos) return false;
  return (chosen && is_mixed_password(value)) ||
         (made && value.size() >= kMinMade_bytes && !has_filler_word(value) && is_random(value));
}

// Without blanks and quotes around it.
Cell trimmed(std::string_view text, std::size_t begin, std::size_t end) {
  while (begin < end && (is_blank(text[begin]) || text[begin] == '\n' || text[begin] == '\r'))
    ++begin;
  while (end > begin && (is_blank(text[end - 1]) || text[end - 1] == '\n' || text[end - 1] == '\r'))
    --end;
  const bool quoted = end - begin >= 2 && is_quote(text[begin]) && text[end - 1] == text[begin];
  return quoted ? Cell{begin + 1, end - 1, true} : Cell{begin, end, false};
}

// Behind the text that opens at `at`; its line's end when nothing closes it.
std::size_t past_quotes(std::string_view text, std::size_t at, std::size_t stop) {
  std::size_t i = at + 1;
  while (i < stop && text[i] != text[at] && text[i] != '\n')
    i += text[i] == '\\' ? 2U : 1U;
  return std::min(i + 1, stop);
}

// The parts between separators at the outermost level, up to `stop` or the bracket that closes them.
std::vector<Cell> cells_of(std::string_view text, std::size_t begin, std::size_t stop, char separator,
                           std::size_t* past = nullptr) {
  std::vector<Cell> cells;
  std::size_t depth = 0;
  std::size_t from = begin;
  std::size_t i = begin;
  for (; i < stop; ++i) {
    const char c = text[i];
    if (is_quote(c)) {
      i = past_quotes(text, i, stop) - 1;
    } else if (c == '(' || c == '[' || c == '{') {
      ++depth;
    } else if (c == ')' || c == ']' || c == '}') {
      if (depth == 0) break;
      --depth;
    } else if (c == separator && depth == 0) {
      cells.push_back(trimmed(text, from, i));
      from = i + 1;
    }
  }
  cells.push_back(trimmed(text, from, std::min(i, stop)));
  if (past != nullptr) *past = std::min(i + 1, stop);
  return cells;
}

class Table {
 public:
  Table(const Source& source, std::size_t name_begin, std::size_t name_end)
      : source_(source), text_(source.text()), name_begin_(name_begin), name_end_(name_end) {}

  std::vector<Candidate> found() { return std::move(found_); }
  std::size_t unclosed() const { return unclosed_; }
  Rows lines_read() const { return lines_read_; }
  std::string_view name() const { return text_.substr(name_begin_, name_end_ - name_begin_); }

  void take(const Cell& cell, bool pair = false) {
    if (!is_telling(text_.substr(cell.begin, cell.end - cell.begin), chosen_, made_)) return;
    Candidate candidate;
    candidate.name_begin = candidate.word_begin = name_begin_;
    candidate.name_end = candidate.word_end = name_end_;
    candidate.begin = cell.begin;
    candidate.end = cell.end;
    candidate.op = Operator::kColon;
    if (pair || (chosen_ && is_mixed_password(text_.substr(cell.begin, cell.end - cell.begin))))
      candidate.kinds = static_cast<std::uint16_t>(1U << static_cast<unsigned>(KeyKind::kPassword));
    if (cell.quoted) candidate.quote = text_[cell.end] == '"' ? Quote::kDouble : Quote::kSingle;
    found_.push_back(candidate);
  }

  // What a value may be.
  void look_for(bool chosen, bool made) {
    chosen_ = chosen;
    made_ = made;
  }

  // a|b|c
  void lines();
  // ("user,password", [("joe", "…"), …])
  void tuples();
  // struct { name, password string }{ {"joe", "…"}, … }
  void structs();
  // (name, password) VALUES ('joe', '…'), …
  void insert();
  // {"joe": "…", …}
  void members();
  // name:\n  joe: …
  void deeper_lines();

 private:
  std::size_t line_begin() const {
    const std::size_t floor = name_begin_ - std::min(name_begin_, kMaxHead_bytes);
    const std::size_t at = text_.substr(floor, name_begin_ - floor).rfind('\n');
    return at == std::string_view::npos ? floor : floor + at + 1;
  }
  // The first of these characters from `at` on, within so many; the end of that when there is none.
  std::size_t next(std::string_view set, std::size_t at, std::size_t within) const {
    at = std::min(at, text_.size());
    const std::string_view near = text_.substr(at, within);
    return at + std::min(near.find_first_of(set), near.size());
  }
  std::size_t line_end(std::size_t at) const { return next("\n", at, kMaxRow_bytes); }
  std::size_t past_blanks(std::size_t at) const {
    return std::min(text_.find_first_not_of(" \t\r\n", at), text_.size());
  }
  std::size_t limit() const { return std::min(text_.size(), name_end_ + kMaxTable_bytes); }
  // Rows in brackets from `at` on, each with its value at `index`.
  void rows(std::size_t at, std::size_t index, std::size_t width);

  const Source& source_;
  std::string_view text_;
  std::size_t name_begin_;
  std::size_t name_end_;
  std::size_t unclosed_ = 0;
  Rows lines_read_;
  bool chosen_ = true;
  bool made_ = true;
  std::vector<Candidate> found_;
};

// Which of the head's cells the name is; none when one of them is no name.
std::optional<std::size_t> place_in(std::string_view text, const std::vector<Cell>& head, std::size_t name_begin) {
  constexpr std::size_t kMaxName_bytes = 30;
  std::optional<std::size_t> place;
  for (std::size_t i = 0; i < head.size(); ++i) {
    const std::string_view cell = text.substr(head[i].begin, head[i].end - head[i].begin);
    const bool is_name = cell.size() <= kMaxName_bytes && std::ranges::all_of(cell, [](char c) {
                           return is_word(c) || is_blank(c) || c == '-' || c == '.' || c == '*';
                         });
    if (!is_name) return std::nullopt;
    if (name_begin >= head[i].begin && name_begin < head[i].end) place = i;
  }
  return place;
}

void Table::lines() {
  const std::size_t begin = line_begin();
  std::size_t end = next("\n", name_end_, kMaxHead_bytes);
  if (end - begin > kMaxHead_bytes || end == text_.size() || text_[end] != '\n') return;
  const std::string_view head_line = text_.substr(begin, end - begin);
  for (const char separator : {'|', ',', ';', '\t'}) {
    const auto count = std::ranges::count(head_line, separator);
    if (count == 0) continue;
    const std::vector<Cell> head = cells_of(text_, begin, end, separator);
    const auto place = place_in(text_, head, name_begin_);
    if (!place || (separator == '|' && count < 3)) return;
    for (std::size_t row = 0; row < kMaxRows && end < text_.size(); ++row) {
      const std::size_t at = end + 1;
      end = line_end(at);
      const std::vector<Cell> cells = cells_of(text_, at, end, separator);
      if (cells.size() != head.size()) return;
      if (row == 0) lines_read_.begin = at;
      lines_read_.end = end;
      take(cells[*place]);
    }
    return;
  }
}

void Table::rows(std::size_t at, std::size_t index, std::size_t width) {
  const std::size_t stop = limit();
  for (std::size_t row = 0; row < kMaxRows; ++row) {
    at = past_blanks(at);
    if (text_.substr(at, 15).starts_with("pytest.param(")) at += 12;
    if (at >= stop || (text_[at] != '(' && text_[at] != '{' && text_[at] != '[')) return;
    std::size_t past = at;
    const std::vector<Cell> cells = cells_of(text_, at + 1, stop, ',', &past);
    const bool fits = cells.size() >= width && cells.size() <= width + 1;
    if (fits && cells[index].quoted) take(cells[index]);
    at = past_blanks(past);
    if (at >= stop || text_[at] != ',') return;
    ++at;
  }
}

void Table::tuples() {
  std::size_t open = name_begin_;
  const std::size_t floor = name_begin_ - std::min(name_begin_, kMaxHead_bytes);
  while (open > floor && !is_quote(text_[open - 1]) && text_[open - 1] != '\n')
    --open;
  if (open == floor || !is_quote(text_[open - 1])) return;
  const std::size_t close = next(text_.substr(open - 1, 1), name_end_, kMaxHead_bytes);
  if (close == text_.size() || text_[close] != text_[open - 1]) return;
  const std::vector<Cell> head = cells_of(text_, open, close, ',');
  const auto place = place_in(text_, head, name_begin_);
  if (!place || head.size() < 2) return;
  std::size_t at = past_blanks(close + 1);
  if (at >= text_.size() || text_[at] != ',') return;
  at = past_blanks(at + 1);
  if (at < text_.size() && text_[at] == '[') rows(at + 1, *place, head.size());
}

void Table::structs() {
  const std::size_t floor = name_begin_ - std::min(name_begin_, kMaxHead_bytes * 4);
  const std::size_t found = text_.substr(floor, name_begin_ - floor).rfind("struct {");
  const std::size_t close = next("}", name_end_, kMaxHead_bytes * 4);
  if (found == std::string_view::npos || close + 1 >= text_.size() || text_[close] != '}') return;
  const std::size_t open = floor + found + 8;
  const std::string_view fields = text_.substr(open, close - open);
  if (fields.find('{') != std::string_view::npos || text_[close + 1] != '{') return;
  std::size_t width = 0;
  std::optional<std::size_t> place;
  for (std::size_t at = 0; at < fields.size();) {  // each line: names, then their type
    const std::size_t end = std::min(fields.find_first_of("\n;", at), fields.size());
    std::string_view line = fields.substr(at, end - at);
    line = line.substr(0, line.find("//"));
    std::size_t names = 0;
    std::size_t i = at;
    while (i < at + line.size()) {
      const std::size_t name = fields.find_first_not_of(" \t\r", i);
      if (name >= at + line.size()) break;
      std::size_t stop = name;
      while (stop < at + line.size() && is_word(fields[stop]))
        ++stop;
      if (stop == name) break;
      if (open + name == name_begin_) place = width + names;
      ++names;
      if (stop >= at + line.size() || fields[stop] != ',') break;
      i = stop + 1;
    }
    width += names;
    at = end + 1;
  }
  if (place) rows(close + 2, *place, width);
}

void Table::insert() {
  const std::size_t floor = name_begin_ - std::min(name_begin_, kMaxBlock_bytes);
  const std::size_t open = text_.substr(floor, name_begin_ - floor).rfind('(');
  const std::size_t close = next(")", name_end_, kMaxBlock_bytes);
  if (open == std::string_view::npos || close == text_.size() || text_[close] != ')') return;
  const std::vector<Cell> head = cells_of(text_, floor + open + 1, close, ',');
  const auto place = place_in(text_, head, name_begin_);
  std::size_t values = past_blanks(close + 1);
  if (!place || lower(text_.substr(values, 6)) != "values") return;
  rows(values + 6, *place, head.size());
  std::erase_if(found_, [&](const Candidate& candidate) {  // of a table of texts, the word itself
    return lower(text_.substr(candidate.begin, candidate.end - candidate.begin)).find("passw") != std::string::npos;
  });
}

// Of an entry in a map, what says who or what it is.
bool is_other_key(std::string_view key) {
  const std::string name = lower(key);
  return std::ranges::any_of(
      std::initializer_list<std::string_view>{"name", "user", "login", "mail", "id", "type", "url", "host", "title",
                                              "label", "role", "provider", "path", "file", "description", "version"},
      [&](std::string_view word) { return name == word || name.ends_with(std::string("_") + std::string(word)); });
}

void Table::members() {
  std::size_t at = name_end_;
  while (at < text_.size() && (is_quote(text_[at]) || text_[at] == ']' || is_blank(text_[at])))
    ++at;
  const std::string_view behind = text_.substr(at, 2);
  if (behind.starts_with(":=") || behind.starts_with("=>")) {
    at += 2;
  } else if (behind.starts_with('=') || behind.starts_with(':')) {
    ++at;
  } else {
    return;
  }
  // the type: map[string]string, new Dictionary<string, string>, Map.of(
  const std::size_t stop = limit();
  std::size_t open = at;
  while (open < stop && open - at < kMaxCall_bytes && text_[open] != '{' && text_[open] != '(' &&
         (text_[open] != '[' || text_.substr(at, open - at).ends_with("map"))) {
    const char c = text_[open];
    if (c == '[') open = std::min(next("]", open, kMaxCall_bytes), stop - 1);
    if (!is_word(c) && !is_blank(c) && c != '[' && c != ']' && c != '<' && c != '>' && c != ',' && c != '.' &&
        c != '\n' && c != '*')
      return;
    ++open;
  }
  if (open >= stop || open - at >= kMaxCall_bytes) return;
  const std::string_view call = text_.substr(at, open - at);
  if (text_[open] == '(' && !call.empty() && is_word(call.back()) && !has_end(call, {".of", "mapOf", "dict"})) return;
  if (text_[open] == '[' && open + 1 < stop && text_[open + 1] == ']')
    open = next("{", open, kMaxCall_bytes);  // []string{
  if (open >= stop) return;
  std::size_t depth = 1;
  std::size_t last_end = open;  // of the text before
  unclosed_ = stop;
  for (std::size_t i = open + 1; i < stop && depth > 0; ++i) {
    const char c = text_[i];
    if (c == '(' || c == '[' || c == '{') {
      ++depth;
      last_end = i;
    } else if (c == ')' || c == ']' || c == '}') {
      --depth;
      last_end = i;
    } else if (is_quote(c)) {
      const std::size_t past = past_quotes(text_, i, stop);
      const std::size_t next = past_blanks(past);
      const std::string_view follows = text_.substr(next, 2);
      const std::string_view between = text_.substr(last_end, i - last_end);
      const bool is_key = follows.starts_with(':') || follows.starts_with('=') ||
                          text_.substr(next).starts_with("to ") || text_.substr(next).starts_with("+ ");
      const std::size_t colon = between.find_first_of(":=");
      const bool pair = between.find(',') != std::string_view::npos;
      std::string_view key = between.substr(0, std::min(colon, between.size()));
      key = key.substr(std::min(key.find_last_of(" \t\n\r,{([\"'") + 1, key.size()));  // npos counts as 0
      const bool named = colon != std::string_view::npos && depth == 1 && !is_other_key(key);
      const bool listed = colon == std::string_view::npos && depth <= 2 && (pair || depth == 1);
      if (!is_key && (named || listed) && past > i + 2) take({i + 1, past - 1, true});
      last_end = is_key ? i + 1 : past;
      i = past - 1;
    }
  }
  if (depth == 0) unclosed_ = 0;
}

void Table::deeper_lines() {
  const std::size_t begin = line_begin();
  std::size_t end = line_end(name_end_);
  const std::string_view rest = text_.substr(name_end_, end - name_end_);
  if (rest.find_first_not_of("\"' :\r") != std::string_view::npos || rest.find(':') == std::string_view::npos) return;
  const std::size_t indent = name_begin_ - begin;
  for (std::size_t row = 0; row < kMaxRows && end < text_.size(); ++row) {
    std::size_t at = end + 1;
    end = line_end(at);
    const std::size_t first = std::min(text_.find_first_not_of(' ', at), end);
    const bool item = text_.substr(first, 2) == "- ";
    if (first == end || first - at + (item ? 1 : 0) <= indent) return;
    if (item) {
      const Cell cell = trimmed(text_, first + 2, end);
      const std::string_view value = text_.substr(cell.begin, cell.end - cell.begin);
      const std::size_t colon = value.find(':');
      if (value.find(": ") != std::string_view::npos) return;
      if (colon == std::string_view::npos) {
        take(cell);
      } else {  // user:password
        take({cell.begin + colon + 1, cell.end, cell.quoted}, true);
      }
      continue;
    }
    const std::size_t colon = text_.substr(first, end - first).find(':');
    if (colon == std::string_view::npos || first + colon + 1 >= end) return;
    if (is_other_key(text_.substr(first, colon))) continue;
    take(trimmed(text_, first + colon + 1, end));
  }
}

// Whether a cell, or the name of a field, may end with the name; most names are given a value.
// "apt\tpasswd\t1:4.13" below "apt\tparted\t3.5": a row of many, no head.
bool continues_table(std::string_view text, std::size_t at) {
  const auto cells = [](std::string_view line) { return std::ranges::count(line, '\t'); };
  const std::size_t least = at - std::min(at, 2 * kMaxHead_bytes);
  const std::string_view above = text.substr(least, at - least);
  const std::size_t end = above.rfind('\n');
  if (end == std::string_view::npos || end == 0) return false;
  const std::string_view before = above.substr(0, end);
  std::string_view line = text.substr(least + end + 1, at - least - end - 1 + kMaxHead_bytes);
  line = line.substr(0, line.find('\n'));
  return cells(line) > 0 && cells(line) == cells(before.substr(before.rfind('\n') + 1));  // npos counts as 0
}

bool is_head(const Source& source, std::size_t name_begin, std::size_t name_end) {
  const std::string_view text = source.text();
  std::size_t at = name_end;
  switch (source.language()) {
    case Language::kGo:
      return at < text.size() && (text[at] == ' ' || text[at] == ',') && name_begin > 0 &&
             (is_blank(text[name_begin - 1]) || text[name_begin - 1] == '\n');
    case Language::kText:
    case Language::kMarkdown:
    case Language::kPython:
    case Language::kSql:
      break;
    default:
      return false;
  }
  if (at < text.size() && text[at] == '\t') return !continues_table(text, name_begin);
  while (at < text.size() && at - name_end < 20 && (is_blank(text[at]) || is_quote(text[at]) || text[at] == '*'))
    ++at;
  return at < text.size() && std::string_view("|,;\r\n)").find(text[at]) != std::string_view::npos;
}

}  // namespace

std::vector<Candidate> members_of(const Source& source, std::size_t name_begin, std::size_t name_end,
                                  std::size_t& read) {
  if (name_begin < read) return {};
  Table table(source, name_begin, name_end);
  if (name_end - name_begin < 5 || (source.text()[name_end - 1] | 0x20) != 's') return {};
  const std::string name = lower(table.name());
  table.look_for(is_of_passwords(name), is_of_keys(name));
  if (!is_of_passwords(name) && !is_of_keys(name)) return {};
  if (source.language() == Language::kYaml) table.deeper_lines();
  table.members();
  read = table.unclosed();
  return table.found();
}

std::vector<Candidate> column_of(const Source& source, std::size_t name_begin, std::size_t name_end, Rows& rows) {
  if (name_begin >= rows.begin && name_begin < rows.end) return {};
  if (!is_head(source, name_begin, name_end)) return {};
  Table table(source, name_begin, name_end);
  const std::string name = lower(table.name());
  const auto has = [&](std::string_view word) { return name.find(word) != std::string::npos; };
  const bool chosen = has("pass") || has("pwd");
  const bool made = has("secret") || has("token") || has("apikey") || has("api_key");
  if (!chosen && !made) return {};
  table.look_for(chosen, made);
  switch (source.language()) {
    case Language::kText:
    case Language::kMarkdown:
      table.lines();
      break;
    case Language::kPython:
      table.tuples();
      break;
    case Language::kGo:
      table.structs();
      break;
    case Language::kSql:
      table.insert();
      break;
    default:
      break;
  }
  if (table.lines_read().end > 0) rows = table.lines_read();
  return table.found();
}

}  // namespace commandcenter::code
