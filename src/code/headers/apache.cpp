// Apache: Header directives of mod_headers in nested sections, and .htaccess files.
#include <algorithm>
#include <cctype>
#include <map>

#include <fmt/format.h>

#include "base/regex.h"
#include "code/headers/readers.h"
#include "code/headers/words.h"

namespace commandcenter::code::headers {
namespace {

struct Line {
  std::vector<std::string> words;  // of "<Location /x>": "<location", "/x"; of its end: "</location>"
  std::size_t file = 0;
  std::size_t offset = 0;
};

std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> words;
  std::size_t i = 0;
  while (i < line.size()) {
    if (std::isspace(static_cast<unsigned char>(line[i])) != 0) {
      ++i;
      continue;
    }
    const char quote = line[i] == '"' || line[i] == '\'' ? line[i++] : '\0';
    std::string word;
    for (; i < line.size(); ++i) {
      if (quote != '\0' ? line[i] == quote : std::isspace(static_cast<unsigned char>(line[i])) != 0) break;
      if (line[i] == '\\' && i + 1 < line.size() && (line[i + 1] == quote || line[i + 1] == '\\')) ++i;
      word += line[i];
    }
    ++i;
    words.push_back(std::move(word));
  }
  return words;
}

std::vector<Line> lines_of(Texts files, std::size_t file) {
  std::vector<Line> lines;
  const std::string_view text = files[file].text;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    std::string line;
    for (bool more = true; more && at < text.size();) {
      const std::size_t end = std::min(text.find('\n', at), text.size());
      std::string_view part = text.substr(at, end - at);
      if (part.ends_with('\r')) part.remove_suffix(1);
      more = part.ends_with('\\');
      line += more ? part.substr(0, part.size() - 1) : part;
      at = end + 1;
    }
    std::string_view rest = trimmed(line);
    if (rest.empty() || rest.front() == '#') continue;
    if (rest.front() == '<' && rest.ends_with('>') && !rest.starts_with("</")) rest.remove_suffix(1);
    Line parsed{words_of(rest), file, begin + (text.find_first_not_of(" \t\r\n", begin) - begin)};
    if (parsed.words.empty()) continue;
    parsed.words.front() = lowered(parsed.words.front());
    lines.push_back(std::move(parsed));
  }
  return lines;
}

std::string replaced(const std::string& text, const std::string& pattern, const std::string& with, bool all) {
  const auto regex = Regex::compile(pattern);
  if (!regex) return text;
  std::string out;
  std::size_t from = 0;
  while (from <= text.size()) {
    const auto match = regex->search(text, from);
    if (!match) break;
    const std::size_t begin = static_cast<std::size_t>((*match)[0].data() - text.data());
    out += text.substr(from, begin - from);
    for (std::size_t i = 0; i < with.size(); ++i) {
      const bool group =
          with[i] == '$' && i + 1 < with.size() && std::isdigit(static_cast<unsigned char>(with[i + 1])) != 0;
      if (!group) {
        out += with[i];
        continue;
      }
      const std::size_t number = static_cast<std::size_t>(with[++i] - '0');
      if (number < match->size()) out += (*match)[number];
    }
    from = begin + (*match)[0].size();
    if (!all || (*match)[0].empty()) break;
  }
  return out + text.substr(std::min(from, text.size()));
}

class ApacheReader {
 public:
  explicit ApacheReader(Texts files) : files_(files) {}

  std::optional<Findings> read() {
    Block top;
    std::vector<Line> lines = lines_of(files_, 0);
    run(lines, top, 0);
    // .htaccess files of folders below this one are parts of the site.
    if (base_name(files_[0].path) == ".htaccess") {
      for (std::size_t file = 1; file < files_.size(); ++file) {
        const std::string_view path = files_[file].path;
        if (base_name(path) != ".htaccess" || !path.starts_with(folder_of(files_[0].path))) continue;
        lines = lines_of(files_, file);
        run(lines, *child(top, fmt::format("{}", folder_of(path)), false), 0);
      }
    }
    std::vector<Findings> all;
    for (const Block& host : top.children) {
      if (host.is_host && !only_redirects(host)) all.push_back(resolve(site_of(top, &host)));
    }
    if (all.empty()) all.push_back(resolve(site_of(top, nullptr)));
    return combine(all);
  }

 private:
  // What holds in a place; its children inherit it and come later.
  struct Block {
    std::string name;
    bool is_host = false;
    bool negated = false;
    bool redirects = false;
    std::string document_root{};
    std::vector<Effect> effects{};  // in the order of the file
    std::vector<bool> always{};     // of each effect: in the table that errors get, too
    std::vector<Block> children{};
  };

  static Block* child(Block& block, std::string name, bool negated) {
    block.children.push_back(Block{std::move(name), false, negated});
    return &block.children.back();
  }

  static bool only_redirects(const Block& host) { return host.redirects && host.effects.empty(); }

  // What distributions and the manual set up, for when DocumentRoot stands elsewhere.
  static bool is_usual_root(std::string_view folder) {
    return folder == "/var/www/html" || folder == "/usr/local/apache2/htdocs" || folder == "/srv/www/htdocs";
  }

  static bool whole_site(const Block& block, const Line& line) {
    const std::string& kind = line.words.front();
    if (line.words.size() < 2) return true;
    const std::string& where = line.words.back();
    if (kind == "<location" || kind == "<directory")
      return where == "/" || where == "*" || where == block.document_root ||
             (block.document_root.empty() && is_usual_root(where));
    if (kind == "<locationmatch" || kind == "<directorymatch" || kind == "<filesmatch" || kind == "<files")
      return where == ".*" || where == "^/" || where == "^/.*" || where == ".*$" || where == "*" || where == "^.*$";
    return false;
  }

  // Lines up to the end of the section that the block is; returns the index after it.
  std::size_t run(const std::vector<Line>& lines, Block& block, int depth, std::size_t at = 0) {
    around_.push_back(&block);
    at = run_lines(lines, block, depth, at);
    around_.pop_back();
    return at;
  }

  std::size_t run_lines(const std::vector<Line>& lines, Block& block, int depth, std::size_t at) {
    for (; at < lines.size(); ++at) {
      const Line& line = lines[at];
      const std::string& word = line.words.front();
      if (word.starts_with("</")) {
        if (depth > 0) return at;
        continue;
      }
      if (word.starts_with("<")) {
        at = section(lines, at, block, depth);
        continue;
      }
      directive(line, block, depth);
    }
    return at;
  }

  std::size_t section(const std::vector<Line>& lines, std::size_t at, Block& block, int depth) {
    const Line& line = lines[at];
    const std::string& word = line.words.front();
    const std::string argument = line.words.size() > 1 ? line.words[1] : std::string();
    if (depth >= kMaxNesting) return at;
    if (word == "<macro") {
      std::vector<Line>& body = macros_[lowered(argument)];
      body.push_back(line);
      while (++at < lines.size() && lines[at].words.front() != "</macro>")
        body.push_back(lines[at]);
      return at;
    }
    const bool test = word == "<ifmodule" || word == "<ifdefine" || word == "<ifversion" || word == "<iffile";
    if (test && argument.starts_with("!")) {
      Block unused;
      return run(lines, unused, depth + 1, at + 1);
    }
    if (word == "<virtualhost") {
      Block* host = child(block, "a virtual host", false);
      host->is_host = true;
      return run(lines, *host, depth + 1, at + 1);
    }
    if (test || word == "<requireall" || word == "<else" || whole_site(block, line))
      return run(lines, block, depth + 1, at + 1);
    const std::string where = fmt::format("{}>", fmt::join(line.words, " "));
    const bool negated = word == "<if" && (contains(where, "!~") || contains(where, "!=") || contains(where, "-if !"));
    Block* inner = child(block, where, negated);
    return run(lines, *inner, depth + 1, at + 1);
  }

  void directive(const Line& line, Block& block, int depth) {
    const std::string& word = line.words.front();
    if (word == "header") header(line, block);
    if (word == "define" && line.words.size() == 3) defines_[line.words[1]] = line.words[2];
    if (word == "documentroot" && line.words.size() > 1) block.document_root = line.words[1];
    if (word == "redirect" || word == "redirectpermanent") {
      const std::size_t from = line.words.size() > 1 && !line.words[1].starts_with("/") ? 2 : 1;
      block.redirects = block.redirects || (line.words.size() > from && line.words[from] == "/");
    }
    if (word == "rewriterule" && line.words.size() > 2 && line.words[2].starts_with("https://")) block.redirects = true;
    if (depth >= kMaxNesting || ++includes_ > kMaxIncludes * 16) return;
    if (word == "use" && line.words.size() > 1) {
      if (const auto macro = macros_.find(lowered(line.words[1])); macro != macros_.end()) {
        const std::vector<Line> lines = expanded(macro->second, line);
        run(lines, block, depth + 1);
      }
    }
    if ((word == "include" || word == "includeoptional") && line.words.size() > 1) include(line.words[1], block, depth);
  }

  static std::vector<Line> expanded(const std::vector<Line>& macro, const Line& use) {
    std::vector<Line> lines(macro.begin() + 1, macro.end());
    for (Line& line : lines) {
      line.file = use.file;
      line.offset = use.offset;
      for (std::string& word : line.words) {
        for (std::size_t i = 2; i < macro.front().words.size() && i < use.words.size(); ++i) {
          const std::string& name = macro.front().words[i];
          const std::size_t found = name.empty() ? std::string::npos : word.find(name);
          if (found != std::string::npos) word.replace(found, name.size(), use.words[i]);
        }
      }
    }
    return lines;
  }

  void include(std::string_view pattern, Block& block, int depth) {
    for (std::size_t file = 1; file < files_.size(); ++file) {
      const std::string_view name = base_name(files_[file].path);
      const std::string_view wanted = base_name(pattern);
      const std::size_t star = wanted.find('*');
      const bool same = star == std::string_view::npos
                            ? name == wanted
                            : name.starts_with(wanted.substr(0, star)) && name.ends_with(wanted.substr(star + 1)) &&
                                  base_name(folder_of(files_[file].path)) == base_name(folder_of(pattern));
      if (!same) continue;
      const std::vector<Line> lines = lines_of(files_, file);
      run(lines, block, depth + 1);
    }
  }

  std::string substituted(const std::string& word) const {
    const std::size_t open = word.find("${");
    if (open == std::string::npos) return word;
    const std::size_t close = word.find('}', open);
    if (close == std::string::npos) return word;
    const auto found = defines_.find(word.substr(open + 2, close - open - 2));
    return found == defines_.end() ? word : word.substr(0, open) + found->second + word.substr(close + 1);
  }

  void header(const Line& line, Block& block) {
    std::size_t i = 1;
    bool always = false;
    if (i < line.words.size() && (same_caseless(line.words[i], "always") || same_caseless(line.words[i], "onsuccess")))
      always = same_caseless(line.words[i++], "always");
    if (i + 1 >= line.words.size()) return;
    const std::string verb = lowered(line.words[i]);
    std::string name = line.words[i + 1];
    if (name.ends_with(':')) name.pop_back();
    const Named named = header_of(name);
    if (!named.known) return;
    Effect effect{named.header, named.report_only};
    effect.file = line.file;
    effect.offset = line.offset;
    std::vector<std::string> rest(line.words.begin() + static_cast<std::ptrdiff_t>(i) + 2, line.words.end());
    std::string condition;
    if (!rest.empty() && (rest.back().starts_with("env=") || rest.back().starts_with("expr="))) {
      condition = rest.back();
      rest.pop_back();
    } else if (!rest.empty() && rest.back() == "early") {
      rest.pop_back();
    }
    const std::string value = rest.empty() ? std::string() : substituted(rest.front());
    effect.value = value;
    effect.known = !value.starts_with("%{") && !value.starts_with("expr=") && !value.starts_with("${");
    if (verb == "unset")
      effect.action = Action::kRemove;
    else if (verb == "setifempty")
      effect.action = Action::kDefault;
    else if (verb == "add" || verb == "append" || verb == "merge")
      effect.action = Action::kAppend;
    else if (verb == "edit" || verb == "edit*")
      return edit(effect, rest, verb == "edit*", block);
    else if (verb != "set")
      return;
    Block* target = &block;
    if (!condition.empty() && !contains(lowered(condition), "https"))
      target = child(block, condition, contains(condition, "=!") || contains(condition, "!~"));
    target->effects.push_back(std::move(effect));
    target->always.push_back(always);
  }

  // What the header was in this place or around it, changed.
  void edit(Effect effect, const std::vector<std::string>& rest, bool all, Block& block) {
    if (rest.empty()) return;
    const Effect* before = nullptr;
    for (const Block* place : around_) {
      for (const Effect& other : place->effects) {
        if (other.header == effect.header && other.report_only == effect.report_only) before = &other;
      }
    }
    if (before == nullptr) return;
    effect.value = replaced(before->value, rest[0], rest.size() > 1 ? rest[1] : std::string(), all);
    effect.action = effect.value.empty() ? Action::kRemove : Action::kSet;
    block.effects.push_back(std::move(effect));
    block.always.push_back(true);
  }

  // "Header unset" leaves alone what "Header always set" put into the other table.
  static bool without_effect(const Site& site, const std::vector<bool>& always, const Effect& effect,
                             bool effect_always) {
    if (effect.action != Action::kRemove || effect_always) return false;
    for (std::size_t i = 0; i < site.effects.size(); ++i) {
      const Effect& before = site.effects[i];
      if (before.header == effect.header && before.report_only == effect.report_only && before.scope == kWholeSite &&
          before.action != Action::kRemove && always[i])
        return true;
    }
    return false;
  }

  void add(Site& site, std::vector<bool>& always, const Block& block, int scope, bool except) const {
    for (std::size_t i = 0; i < block.effects.size(); ++i) {
      Effect effect = block.effects[i];
      if (without_effect(site, always, effect, block.always[i])) continue;
      effect.scope = scope;
      effect.except = except;
      site.effects.push_back(std::move(effect));
      always.push_back(block.always[i]);
    }
  }

  void add_children(Site& site, std::vector<bool>& always, const Block& block, int depth) const {
    for (const Block& inner : block.children) {
      if (inner.is_host || depth > kMaxNesting) continue;
      if (!inner.effects.empty()) add(site, always, inner, site.add_scope(inner.name), inner.negated);
      add_children(site, always, inner, depth + 1);
    }
  }

  Site site_of(const Block& top, const Block* host) const {
    Site site;
    site.framework = "apache";
    site.files = {0};
    std::vector<bool> always;
    add(site, always, top, kWholeSite, false);
    if (host != nullptr) add(site, always, *host, kWholeSite, false);
    add_children(site, always, top, 0);
    if (host != nullptr) add_children(site, always, *host, 0);
    return site;
  }

  Texts files_;
  std::size_t includes_ = 0;
  std::vector<const Block*> around_;
  std::map<std::string, std::string> defines_;
  std::map<std::string, std::vector<Line>> macros_;
};

}  // namespace

std::optional<Findings> read_apache(Texts files) {
  return ApacheReader(files).read();
}

}  // namespace commandcenter::code::headers
