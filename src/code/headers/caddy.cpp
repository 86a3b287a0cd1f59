// Caddyfiles: sites, snippets, matchers, and the header directive.
#include <algorithm>
#include <cctype>
#include <map>

#include <fmt/format.h>

#include "code/headers/readers.h"
#include "code/headers/words.h"

namespace commandcenter::code::headers {
namespace {

struct Word {
  std::string text;
  bool quoted = false;
};

struct Statement {
  std::vector<Word> words;
  std::size_t offset = 0;
  std::size_t file = 0;
  bool has_block = false;
  std::vector<Statement> block;
  std::string_view name() const { return words.empty() ? std::string_view() : std::string_view(words.front().text); }
};

class Parser {
 public:
  Parser(Texts files, std::size_t file) : file_(file), text_(files[file].text) {}

  std::vector<Statement> parse(int depth) {
    std::vector<Statement> all;
    Statement current;
    current.file = file_;
    const auto finish = [&] {
      if (!current.words.empty() || current.has_block) all.push_back(std::move(current));
      current = Statement{};
      current.file = file_;
    };
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '\n') {
        ++at_;
        finish();
      } else if (std::isspace(static_cast<unsigned char>(c)) != 0) {
        ++at_;
      } else if (c == '\\' && at_ + 1 < text_.size() && text_[at_ + 1] == '\n') {
        at_ += 2;
      } else if (c == '#') {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (c == '{' && ends_line(at_ + 1)) {
        ++at_;
        if (current.words.empty()) current.offset = at_ - 1;
        current.has_block = true;
        if (depth < kMaxNesting) current.block = parse(depth + 1);
        finish();
      } else if (c == '}' && ends_line(at_ + 1)) {
        ++at_;
        finish();
        if (depth > 0) return all;
      } else {
        if (current.words.empty()) current.offset = at_;
        current.words.push_back(word());
      }
    }
    finish();
    return all;
  }

 private:
  bool ends_line(std::size_t at) const {
    while (at < text_.size() && (text_[at] == ' ' || text_[at] == '\t' || text_[at] == '\r'))
      ++at;
    return at >= text_.size() || text_[at] == '\n' || text_[at] == '#';
  }

  Word word() {
    const char quote = text_[at_] == '"' || text_[at_] == '`' ? text_[at_] : '\0';
    Word word;
    word.quoted = quote != '\0';
    if (word.quoted) ++at_;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (word.quoted ? c == quote : std::isspace(static_cast<unsigned char>(c)) != 0) break;
      if (c == '\\' && at_ + 1 < text_.size() && text_[at_ + 1] == quote && word.quoted) ++at_;
      word.text += text_[at_];
    }
    if (word.quoted && at_ < text_.size()) ++at_;
    return word;
  }

  std::size_t file_;
  std::string_view text_;
  std::size_t at_ = 0;
};

class CaddyReader {
 public:
  explicit CaddyReader(Texts files) : files_(files) {}

  std::optional<Findings> read() {
    const std::vector<Statement> top = Parser(files_, 0).parse(0);
    for (const Statement& statement : top) {
      const std::string_view name = statement.name();
      if (name.starts_with("(") && name.ends_with(")"))
        snippets_[std::string(name.substr(1, name.size() - 2))] = &statement;
    }
    std::vector<Findings> all;
    const auto first = std::ranges::find_if(top, [](const Statement& statement) {
      return !statement.name().empty() && !statement.name().starts_with("(") && statement.name() != "import";
    });
    // A file of one site may come without braces: addresses on the first line, directives below it.
    if (first != top.end() && !first->has_block) return resolve(site_of(top));
    for (const Statement& statement : top) {
      const std::string_view name = statement.name();
      if (name.starts_with("(") || name.empty() || !statement.has_block || only_redirects(statement.block)) continue;
      all.push_back(resolve(site_of(statement.block)));
    }
    if (all.empty()) return std::nullopt;
    return combine(all);
  }

 private:
  struct Place {
    int scope = kWholeSite;
    bool except = false;
  };

  static bool only_redirects(const std::vector<Statement>& block) {
    bool redirects = false;
    for (const Statement& statement : block) {
      if (statement.name() == "redir")
        redirects = true;
      else if (statement.name() != "tls" && statement.name() != "log" && statement.name() != "encode")
        return false;
    }
    return redirects;
  }

  Site site_of(const std::vector<Statement>& block) {
    Site site;
    site.framework = "caddy";
    site.files = {0};
    matchers_.clear();
    imports_ = 0;
    collect_matchers(block, 0);
    walk(site, block, {}, 0);
    return site;
  }

  void collect_matchers(const std::vector<Statement>& block, int depth) {
    for (const Statement& statement : block) {
      if (statement.name().starts_with("@")) matchers_[std::string(statement.name())] = &statement;
      if (statement.name() == "import" && statement.words.size() > 1 && depth < kMaxNesting) {
        if (const auto found = snippets_.find(statement.words[1].text); found != snippets_.end())
          collect_matchers(found->second->block, depth + 1);
      }
    }
  }

  // The part of the site that a matcher means.
  Place place_of(Site& site, const std::string& matcher, Place outer) const {
    if (matcher == "*" || matcher == "/*") return outer;
    std::string words = matcher;
    if (const auto found = matchers_.find(matcher); found != matchers_.end()) {
      for (const Word& word : found->second->words)
        words += " " + word.text;
      for (const Statement& line : found->second->block) {
        for (const Word& word : line.words)
          words += " " + word.text;
      }
      if (contains(words, " protocol https") || contains(words, " path *") || contains(words, " path /*")) return outer;
    }
    const bool negated = contains(words, " not ") || contains(words, "!path") || contains(words, " !");
    return {site.add_scope(matcher), negated};
  }

  static bool is_matcher(const Word& word) {
    return !word.quoted && (word.text.starts_with("/") || word.text.starts_with("@") || word.text == "*");
  }

  void walk(Site& site, const std::vector<Statement>& block, Place place, int depth) {
    if (depth > kMaxNesting) return;
    for (const Statement& statement : block) {
      const std::string_view name = statement.name();
      if (name == "header") {
        header(site, statement, place);
      } else if (name == "import" && statement.words.size() > 1) {
        import(site, statement, place, depth);
      } else if (name == "handle" || name == "handle_path" || name == "route") {
        Place inner = place;
        if (statement.words.size() > 1 && is_matcher(statement.words[1]))
          inner = place_of(site, statement.words[1].text, place);
        walk(site, statement.block, inner, depth + 1);
      } else if (name == "reverse_proxy" || name == "php_fastcgi") {
        Place inner = place;
        if (statement.words.size() > 1 && is_matcher(statement.words[1]))
          inner = place_of(site, statement.words[1].text, place);
        for (const Statement& line : statement.block) {
          if (line.name() == "header_down") field(site, line, 1, inner, Phase::kEarly, true);
        }
      }
    }
  }

  void import(Site& site, const Statement& statement, Place place, int depth) {
    if (++imports_ > kMaxIncludes) return;
    const std::string& name = statement.words[1].text;
    if (const auto snippet = snippets_.find(name); snippet != snippets_.end()) {
      std::vector<Statement> block = snippet->second->block;
      fill(block, statement, 0);
      walk(site, block, place, depth + 1);
      return;
    }
    for (std::size_t file = 1; file < files_.size(); ++file) {
      if (base_name(files_[file].path) != base_name(name)) continue;
      const std::vector<Statement> block = Parser(files_, file).parse(0);
      walk(site, block, place, depth + 1);
    }
  }

  // "{args[0]}" and "{args.0}" become what the import hands over.
  static void fill(std::vector<Statement>& block, const Statement& import, int depth) {
    for (Statement& statement : block) {
      for (Word& word : statement.words) {
        for (std::size_t i = 2; i < import.words.size(); ++i) {
          for (const std::string& mark : {fmt::format("{{args[{}]}}", i - 2), fmt::format("{{args.{}}}", i - 2)}) {
            if (const std::size_t at = word.text.find(mark); at != std::string::npos)
              word.text.replace(at, mark.size(), import.words[i].text);
          }
        }
      }
      if (depth < kMaxNesting) fill(statement.block, import, depth + 1);
    }
  }

  void header(Site& site, const Statement& statement, Place place) const {
    std::size_t first = 1;
    if (statement.words.size() > 1 && is_matcher(statement.words[1])) {
      place = place_of(site, statement.words[1].text, place);
      first = 2;
    }
    if (statement.words.size() > first) field(site, statement, first, place, Phase::kEarly, false);
    const bool deferred =
        std::ranges::any_of(statement.block, [](const Statement& line) { return line.name() == "defer"; });
    for (const Statement& line : statement.block)
      field(site, line, 0, place, deferred ? Phase::kHandler : Phase::kEarly, false);
  }

  static void field(Site& site, const Statement& line, std::size_t first, Place place, Phase phase,
                    bool from_upstream) {
    if (line.words.size() <= first) return;
    std::string name = line.words[first].text;
    char sign = '\0';
    if (!name.empty() && contains("+-?>", std::string_view(name).substr(0, 1))) {
      sign = name.front();
      name.erase(0, 1);
    }
    if (name.ends_with(':')) name.pop_back();
    const std::size_t values = line.words.size() - first - 1;
    const bool wild = sign == '-' && name.ends_with('*');
    for (std::size_t i = 0; i < kHeaders; ++i) {
      Named named = header_of(name);
      if (wild)
        named = {lowered(header_name(static_cast<Header>(i))).starts_with(lowered(name.substr(0, name.size() - 1))),
                 static_cast<Header>(i), false};
      if (!named.known || named.header != static_cast<Header>(i)) continue;
      if (sign != '-' && values != 1) continue;  // two values: find and replace
      if (sign == '-' && from_upstream) continue;
      Effect effect{named.header, named.report_only, Action::kSet};
      if (sign == '-') effect.action = Action::kRemove;
      if (sign == '+') effect.action = Action::kAppend;
      if (sign == '?') effect.action = Action::kDefault;
      if (values > 0) effect.value = line.words[first + 1].text;
      effect.known = !effect.value.starts_with("{");
      if (sign == '>' || sign == '-') phase = Phase::kHandler;  // both wait for the answer
      effect.phase = phase;
      effect.scope = place.scope;
      effect.except = place.except;
      effect.file = line.file;
      effect.offset = line.offset;
      site.effects.push_back(std::move(effect));
    }
  }

  Texts files_;
  std::map<std::string, const Statement*> snippets_;
  std::map<std::string, const Statement*> matchers_;
  std::size_t imports_ = 0;
};

}  // namespace

std::optional<Findings> read_caddy(Texts files) {
  return CaddyReader(files).read();
}

}  // namespace commandcenter::code::headers
