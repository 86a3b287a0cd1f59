// Each sink by its own rule; a value that is nothing but a literal is never a finding.
#include "agent/builtin/security_scanner/xss.h"

#include <algorithm>
#include <optional>
#include <string>

#include "base/assert.h"

namespace commandcenter::security_scanner {
namespace {

constexpr std::size_t kMaxValue_bytes = 300;  // how much of a value is looked at for a sanitizer

constexpr Rule kReact{"xss/dangerously-set-inner-html", "XSS Vulnerability", Category::kXss};
constexpr Rule kInnerHtml{"xss/inner-html", "XSS Vulnerability", Category::kXss};
constexpr Rule kWrite{"xss/document-write", "XSS Vulnerability", Category::kXss};
constexpr Rule kInsert{"xss/insert-adjacent-html", "XSS Vulnerability", Category::kXss};
constexpr Rule kVue{"xss/v-html", "XSS Vulnerability", Category::kXss};
constexpr Rule kPhpEcho{"xss/php-echo", "XSS Vulnerability", Category::kXss};

constexpr std::string_view kSink =
    R"(dangerouslySetInnerHTML|(?:inner|outer)HTML|insertAdjacentHTML|document\.write(?:ln)?\b|v-html|)"
    R"(\$_(?:GET|POST|REQUEST|COOKIE|SERVER)\b)";
constexpr std::string_view kSanitized = R"((?i)purify|sanitiz|sanitis|escapehtml|htmlescape|encodeuri|\bescape\()";
constexpr std::string_view kPhpEscaped =
    R"((?i)htmlspecialchars|htmlentities|strip_tags|intval|\(int\)|\(float\)|floatval|urlencode|json_encode|)"
    R"(filter_|esc_html|esc_attr|md5|count\()";

Regex compiled(std::string_view pattern) {
  auto regex = Regex::compile(pattern);
  CC_ASSERT(regex);
  return std::move(*regex);
}

bool is_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$';
}

class Checker {
 public:
  Checker(const Source& source, const Lexed& lexed)
      : text_(source.text()), language_(source.language()), lexed_(lexed) {}

  // Where the value begins if the sink that ends at `after` is used dangerously.
  std::optional<std::size_t> react(std::size_t after) const {
    std::size_t at = skip(after);
    if (at < text_.size() && (text_[at] == '?' || text_[at] == ';')) return std::nullopt;  // a type's member
    const std::size_t html = text_.find("__html", at);
    if (html == std::string_view::npos || html > at + 40) return at;
    at = skip(html + 6);
    if (at < text_.size() && (text_[at] == '"' || text_[at] == '\'')) at = skip(at + 1);
    if (at < text_.size() && text_[at] == ':') at = skip(at + 1);
    return is_plain(at) || is_type(at) ? std::nullopt : std::optional(at);
  }

  std::optional<std::size_t> assigned(std::size_t after) const {
    std::size_t at = after;
    if (at < text_.size() && is_word(text_[at])) return std::nullopt;
    if (at < text_.size() && (text_[at] == '\'' || text_[at] == '"') && at + 1 < text_.size() && text_[at + 1] == ']')
      at += 2;
    at = skip(at);
    if (text_.substr(std::min(at, text_.size())).starts_with("+=")) ++at;
    if (at >= text_.size() || text_[at] != '=') return std::nullopt;
    if (at + 1 < text_.size() && (text_[at + 1] == '=' || text_[at + 1] == '>')) return std::nullopt;
    at = skip(at + 1);
    return is_plain(at) ? std::nullopt : std::optional(at);
  }

  std::optional<std::size_t> called(std::size_t after, bool second_argument) const {
    std::size_t at = skip(after);
    if (at >= text_.size() || text_[at] != '(') return std::nullopt;
    at = skip(at + 1);
    if (second_argument) {
      if (const Literal* where = lexed_.opening_at(at))
        at = where->close;
      else
        at = std::min(text_.find_first_of(",;\n", at), text_.size());
      at = skip(at);
      if (at >= text_.size() || text_[at] != ',') return std::nullopt;
      at = skip(at + 1);
    }
    if (at < text_.size() && text_[at] == ')') return std::nullopt;
    return is_plain(at) ? std::nullopt : std::optional(at);
  }

  std::optional<std::size_t> directive(std::size_t after) const {
    const std::size_t at = skip(after);
    if (at >= text_.size() || text_[at] != '=') return std::nullopt;
    const std::size_t open = skip(at + 1);
    if (open + 1 >= text_.size() || (text_[open] != '"' && text_[open] != '\'')) return std::nullopt;
    const char inner = text_[open] == '"' ? '\'' : '"';
    const std::size_t close = std::min(text_.find(text_[open], open + 1), text_.size());
    const std::string_view value = text_.substr(open + 1, close - open - 1);
    const bool literal = value.size() >= 2 && value.front() == inner && value.back() == inner &&
                         value.find(inner, 1) == value.size() - 1;
    return value.empty() || literal ? std::nullopt : std::optional(open + 1);
  }

 private:
  std::size_t skip(std::size_t at) const {
    while (at < text_.size() && (text_[at] == ' ' || text_[at] == '\t' || text_[at] == '\n' || text_[at] == '\r'))
      ++at;
    return at;
  }

  bool is_type(std::size_t at) const {
    return text_.substr(std::min(at, text_.size())).starts_with("string") ||
           text_.substr(std::min(at, text_.size())).starts_with("TrustedHTML");
  }

  // Literals without interpolation, joined by '+', and nothing else; or a constant that is no text.
  bool is_plain(std::size_t at) const {
    for (const std::string_view word : {"null", "undefined", "true", "false"}) {
      const std::string_view rest = text_.substr(std::min(at, text_.size()));
      if (rest.starts_with(word) && (rest.size() == word.size() || !is_word(rest[word.size()]))) return true;
    }
    while (true) {
      const Literal* literal = lexed_.opening_at(at);
      if (literal == nullptr || !interpolations(text_, *literal, language_).empty()) return false;
      if (!literal->prefix.empty()) return false;
      at = literal->close;
      while (at < text_.size() && (text_[at] == ' ' || text_[at] == '\t' || text_[at] == '\r'))
        ++at;
      if (at >= text_.size()) return true;
      const std::size_t next = skip(at);
      if (next < text_.size() && text_[next] == '+') {
        at = skip(next + 1);
        continue;
      }
      if (next < text_.size() && text_[next] == '.') return false;
      return std::string_view(";,)}]<\n\"'").find(text_[at]) != std::string_view::npos;
    }
  }

  std::string_view text_;
  Language language_;
  const Lexed& lexed_;
};

// echo $_GET['x'], print, <?= …, on the line up to the superglobal.
bool php_prints(std::string_view line_head) {
  std::string small(line_head);
  for (char& c : small)
    c = static_cast<char>(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
  std::size_t from = std::string::npos;
  for (const std::string_view word : {"echo", "print", "<?="}) {
    const std::size_t found = small.rfind(word);
    if (found == std::string::npos || (found > 0 && word != "<?=" && is_word(small[found - 1]))) continue;
    from = from == std::string::npos ? found : std::max(from, found);
  }
  return from != std::string::npos && small.find(';', from) == std::string::npos &&
         small.find("?>", from) == std::string::npos;
}

}  // namespace

XssRules::XssRules() : sink_(compiled(kSink)), sanitized_(compiled(kSanitized)), php_escaped_(compiled(kPhpEscaped)) {}

bool XssRules::may_match(const Source& source) const {
  const bool page = source.language() == Language::kScript || source.language() == Language::kMarkup ||
                    source.language() == Language::kPhp;
  return page && sink_.found_in(source.text());
}

void XssRules::find(const Source& source, const Lexed& lexed, Hits& hits) const {
  const std::string_view text = source.text();
  const Checker checker(source, lexed);
  std::size_t from = 0;
  while (const auto match = sink_.search(text, from)) {
    const std::string_view sink = (*match)[0];
    const auto begin = static_cast<std::size_t>(sink.data() - text.data());
    from = begin + sink.size();
    if (lexed.in_comment(begin)) continue;
    if (begin > 0 && is_word(text[begin - 1]) && sink.front() != '$') continue;
    const Literal* around = lexed.around(begin);
    const bool property = around != nullptr && around->begin == begin && around->end == from;
    const bool code_in_text = source.language() == Language::kMarkup || sink.front() == '$' || sink == "v-html";
    if (around != nullptr && !property && !code_in_text) continue;

    const Rule* rule = nullptr;
    std::optional<std::size_t> value;
    if (sink == "dangerouslySetInnerHTML")
      rule = &kReact, value = checker.react(property ? from + 1 : from);
    else if (sink == "insertAdjacentHTML")
      rule = &kInsert, value = checker.called(from, true);
    else if (sink.starts_with("document"))
      rule = &kWrite, value = checker.called(from, false);
    else if (sink == "v-html")
      rule = &kVue, value = checker.directive(from);
    else if (sink.front() != '$')
      rule = &kInnerHtml, value = checker.assigned(from);
    else if (source.language() == Language::kPhp) {
      const std::size_t line = source.line_begin(source.line_of(begin));
      const std::string_view head = text.substr(line, begin - line);
      rule = &kPhpEcho;
      if (php_prints(head) && !php_escaped_.found_in(head)) value = begin;
    }
    if (!value) continue;
    const std::string_view rest = text.substr(*value, kMaxValue_bytes);
    const bool cleaned = rule != &kPhpEcho && sanitized_.found_in(rest.substr(0, rest.find_first_of(";\n")));
    hits.push_back({rule, begin, from, cleaned ? Confidence::kLow : Confidence::kMedium});
  }
}

}  // namespace commandcenter::security_scanner
