// nginx: directives in nested blocks. add_header is inherited only by a block that has none of its own.
#include <algorithm>
#include <cctype>
#include <map>
#include <memory>

#include <fmt/format.h>

#include "code/headers/readers.h"
#include "code/headers/words.h"

namespace commandcenter::code::headers {
namespace {

struct Directive {
  std::vector<std::string> words;
  std::size_t file = 0;
  std::size_t offset = 0;
  std::vector<Directive> block;
  bool is(std::string_view name) const { return !words.empty() && words.front() == name; }
};

class Parser {
 public:
  Parser(Texts files, std::size_t file) : files_(files), file_(file), text_(files[file].text) {}

  std::vector<Directive> parse(int depth) {
    std::vector<Directive> all;
    Directive current;
    while (skip_space()) {
      const char c = text_[at_];
      if (c == '}') {
        ++at_;
        if (depth > 0) break;
        continue;
      }
      if (c == ';') {
        ++at_;
        finish(current, all);
        continue;
      }
      if (c == '{') {
        ++at_;
        if (!current.words.empty() && current.words.front().ends_with("_by_lua_block")) {
          skip_lua();
        } else if (depth < kMaxNesting) {
          current.block = parse(depth + 1);
        }
        finish(current, all);
        continue;
      }
      if (current.words.empty()) {
        current.file = file_;
        current.offset = at_;
      }
      current.words.push_back(word());
    }
    return all;
  }

 private:
  void finish(Directive& current, std::vector<Directive>& all) {
    if (!current.words.empty()) all.push_back(std::move(current));
    current = Directive{};
  }

  bool skip_space() {
    while (at_ < text_.size()) {
      if (std::isspace(static_cast<unsigned char>(text_[at_])) != 0) {
        ++at_;
      } else if (text_[at_] == '#') {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else {
        return true;
      }
    }
    return false;
  }

  void skip_lua() {
    for (int depth = 1; at_ < text_.size() && depth > 0; ++at_) {
      if (text_[at_] == '{') ++depth;
      if (text_[at_] == '}') --depth;
    }
  }

  std::string word() {
    std::string out;
    const char quote = text_[at_] == '"' || text_[at_] == '\'' ? text_[at_++] : '\0';
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (quote != '\0' ? c == quote : (std::isspace(static_cast<unsigned char>(c)) != 0 || c == ';' || c == '}'))
        break;
      if (quote == '\0' && c == '{') {
        if (out.empty() || out.back() != '$') break;  // "${name}" is a variable
        const std::size_t end = std::min(text_.find('}', at_), text_.size() - 1);
        out += text_.substr(at_, end - at_ + 1);
        at_ = end;
        continue;
      }
      if (c == '\\' && at_ + 1 < text_.size()) {
        const char next = text_[++at_];
        if (next != '"' && next != '\'' && next != '\\') out += '\\';
        out += next;
        continue;
      }
      out += c;
    }
    if (quote != '\0' && at_ < text_.size()) ++at_;
    return out;
  }

  Texts files_;
  std::size_t file_;
  std::string_view text_;
  std::size_t at_ = 0;
};

// "conf.d/*.conf" against the end of a path.
bool include_matches(std::string_view pattern, std::string_view path) {
  std::string_view name = base_name(pattern);
  const std::string_view file = base_name(path);
  const std::size_t star = name.find('*');
  const bool same = star == std::string_view::npos
                        ? name == file
                        : file.size() + 1 >= name.size() && file.starts_with(name.substr(0, star)) &&
                              file.ends_with(name.substr(star + 1));
  if (!same) return false;
  const std::string_view folder = base_name(folder_of(pattern));
  return star == std::string_view::npos || folder.empty() || folder == base_name(folder_of(path));
}

class NginxReader {
 public:
  explicit NginxReader(Texts files) : files_(files) {}

  std::optional<Findings> read() {
    std::vector<Directive> top = Parser(files_, 0).parse(0);
    expand(top, 0);
    collect_variables(top, 0);
    const std::vector<Effect> none;
    walk_top(top, none);
    std::vector<Findings> all;
    for (Site& site : sites_)
      all.push_back(resolve(site));
    if (all.empty()) return std::nullopt;
    return combine(all);
  }

 private:
  void expand(std::vector<Directive>& block, int depth) {
    for (std::size_t i = 0; i < block.size(); ++i) {
      expand(block[i].block, depth);
      if (!block[i].is("include") || block[i].words.size() < 2 || depth >= kMaxNesting || includes_ >= kMaxIncludes)
        continue;
      const std::string pattern = block[i].words[1];
      for (std::size_t file = 1; file < files_.size() && includes_ < kMaxIncludes; ++file) {
        if (!include_matches(pattern, files_[file].path)) continue;
        ++includes_;
        std::vector<Directive> more = Parser(files_, file).parse(0);
        expand(more, depth + 1);
        block.insert(block.begin() + static_cast<std::ptrdiff_t>(i) + 1, more.begin(), more.end());
        i += more.size();
      }
    }
  }

  void collect_variables(const std::vector<Directive>& block, int depth) {
    for (const Directive& directive : block) {
      if (directive.is("set") && directive.words.size() == 3) variables_[directive.words[1]] = {directive.words[2]};
      if ((directive.is("map") || directive.is("geo")) && directive.words.size() >= 2) {
        std::vector<std::string> values;
        for (const Directive& entry : directive.block) {
          if (entry.words.size() != 2) continue;
          values.insert(entry.is("default") ? values.begin() : values.end(), entry.words[1]);
        }
        if (!values.empty()) variables_[directive.words.back()] = std::move(values);
      }
      if (depth < kMaxNesting) collect_variables(directive.block, depth + 1);
    }
  }

  // The values that a word can have, the usual one first.
  std::vector<std::string> values_of(const std::string& word, bool& known) const {
    if (const auto whole = variables_.find(word); whole != variables_.end()) return whole->second;
    std::string out;
    for (std::size_t i = 0; i < word.size(); ++i) {
      if (word[i] != '$') {
        out += word[i];
        continue;
      }
      std::size_t end = i + 1;
      const bool braces = end < word.size() && word[end] == '{';
      while (end < word.size() && (std::isalnum(static_cast<unsigned char>(word[end])) != 0 || word[end] == '_' ||
                                   (braces && (word[end] == '{'))))
        ++end;
      std::string name = "$" + word.substr(i + (braces ? 2 : 1), end - i - (braces ? 2 : 1));
      if (braces && end < word.size()) ++end;
      if (const auto found = variables_.find(name); found != variables_.end()) {
        out += found->second.front();
      } else if (i == 0 && end == word.size()) {
        known = false;
      } else {
        out += name;
      }
      i = end - 1;
    }
    return {out};
  }

  void add(const Directive& directive, std::string_view name, const std::string& value, std::vector<Effect>& effects,
           std::vector<Effect>& variants) const {
    const Named named = header_of(name);
    if (!named.known) return;
    Effect effect{named.header, named.report_only, Action::kAppend};
    effect.file = directive.file;
    effect.offset = directive.offset;
    const std::vector<std::string> values = values_of(value, effect.known);
    for (std::size_t i = 0; i < values.size(); ++i) {
      effect.value = values[i];
      if (i > 0) {
        effect.action = values[i].empty() ? Action::kRemove : Action::kSet;
        variants.push_back(effect);
      } else if (!values[i].empty() || !effect.known) {
        effects.push_back(effect);
      }
    }
  }

  // Effects of a block: those of its add_header lines, or else those around it; the module headers-more adds to both.
  std::vector<Effect> effects_in(const std::vector<Directive>& block, const std::vector<Effect>& outer,
                                 std::vector<Effect>& variants) const {
    std::vector<Effect> own;
    bool any = false;
    bool merge = false;
    for (const Directive& directive : block) {
      if (directive.is("add_header_inherit") && directive.words.size() > 1) merge = directive.words[1] == "merge";
      if (!directive.is("add_header") || directive.words.size() < 3 || directive.words.size() > 4) continue;
      any = true;
      add(directive, directive.words[1], directive.words[2], own, variants);
    }
    std::vector<Effect> effects = any && !merge ? own : outer;
    if (any && !merge) {
      for (const Effect& effect : outer) {
        if (effect.action != Action::kAppend) effects.push_back(effect);
      }
    }
    if (any && merge) effects.insert(effects.end(), own.begin(), own.end());
    for (const Directive& directive : block)
      add_more(directive, effects);
    return effects;
  }

  static void add_more(const Directive& directive, std::vector<Effect>& effects) {
    const bool set = directive.is("more_set_headers");
    if (!set && !directive.is("more_clear_headers")) return;
    for (std::size_t i = 1; i < directive.words.size(); ++i) {
      const std::string& word = directive.words[i];
      if (word.starts_with("-")) {
        if (word == "-s" || word == "-t") ++i;
        continue;
      }
      const std::size_t colon = word.find(':');
      const Named named = header_of(word.substr(0, colon));
      if (!named.known) continue;
      Effect effect{named.header, named.report_only, Action::kRemove};
      effect.file = directive.file;
      effect.offset = directive.offset;
      if (set && colon != std::string::npos) {
        effect.value = trimmed(std::string_view(word).substr(colon + 1));
        if (!effect.value.empty()) effect.action = Action::kSet;
      }
      effects.push_back(std::move(effect));
    }
  }

  void walk_top(const std::vector<Directive>& block, const std::vector<Effect>& outer) {
    std::vector<Effect> variants;
    const std::vector<Effect> effects = effects_in(block, outer, variants);
    bool any = false;
    for (const Directive& directive : block) {
      if (directive.is("http")) walk_top(directive.block, effects);
      if (directive.is("server") && !directive.block.empty() && !only_redirects(directive.block)) {
        walk_server(directive, effects, variants);
      }
      any = any || directive.is("http") || (directive.is("server") && !directive.block.empty());
    }
    if (any) return;
    // A part that others include: what stands in it holds for the whole site.
    const bool part = std::ranges::any_of(block, [](const Directive& directive) {
      return directive.is("add_header") || directive.is("location") || directive.is("more_set_headers");
    });
    if (!part) return;
    Directive server;
    server.words = {"server"};
    server.block = block;
    walk_server(server, outer, variants);
  }

  static bool only_redirects(const std::vector<Directive>& block) {
    bool redirects = false;
    for (const Directive& directive : block) {
      if (directive.is("return") && directive.words.size() > 1)
        redirects = redirects || directive.words[1].starts_with("3") || directive.words[1].starts_with("4");
      if (directive.is("rewrite") && directive.words.back() == "permanent") redirects = true;
      if (!directive.is("location")) continue;
      const bool challenge =
          std::ranges::any_of(directive.words, [](const std::string& word) { return contains(word, ".well-known"); });
      if (!challenge && !only_redirects(directive.block)) return false;
      redirects = redirects || !challenge;
    }
    return redirects;
  }

  void walk_server(const Directive& server, const std::vector<Effect>& outer,
                   const std::vector<Effect>& outer_variants) {
    Site site;
    site.framework = "nginx";
    site.files = {server.file};
    std::vector<Effect> variants = outer_variants;
    const std::vector<Effect> own = effects_in(server.block, outer, variants);
    // What is right around the server and not inherited by it counts as taken back.
    const bool from_outside = !outer.empty();
    site.effects = from_outside ? outer : own;
    if (from_outside) add_scope(site, "the server", own);
    if (from_outside) site.main_scope = 1;
    for (const Effect& variant : variants) {
      Effect inner = variant;
      inner.scope = site.add_scope("one case of a map");
      site.effects.push_back(inner);
    }
    walk_locations(site, server.block, own, 0);
    sites_.push_back(std::move(site));
  }

  static void add_scope(Site& site, std::string name, const std::vector<Effect>& effects) {
    const int scope = site.add_scope(std::move(name), true);
    for (Effect effect : effects) {
      effect.scope = scope;
      site.effects.push_back(std::move(effect));
    }
  }

  void walk_locations(Site& site, const std::vector<Directive>& block, const std::vector<Effect>& outer, int depth) {
    for (const Directive& directive : block) {
      const bool location = directive.is("location");
      if ((!location && !directive.is("if") && !directive.is("limit_except")) || depth > kMaxNesting) continue;
      std::vector<Effect> variants;
      const std::vector<Effect> effects = effects_in(directive.block, outer, variants);
      const bool root = location && depth == 0 && directive.words.size() == 2 && directive.words[1] == "/";
      const std::size_t before = site.effects.size();
      add_scope(site, fmt::format("{}", fmt::join(directive.words, " ")), effects);
      if (site.effects.size() == before) mark(site, directive);
      if (root && site.main_scope == kWholeSite) site.main_scope = static_cast<int>(site.scopes.size()) - 1;
      walk_locations(site, directive.block, effects, depth + 1);
    }
  }

  // A scope that sends nothing still has a place.
  static void mark(Site& site, const Directive& directive) {
    for (std::size_t i = 0; i < kHeaders; ++i) {
      Effect effect{static_cast<Header>(i), false, Action::kRemove};
      effect.scope = static_cast<int>(site.scopes.size()) - 1;
      effect.file = directive.file;
      effect.offset = directive.offset;
      site.effects.push_back(effect);
    }
  }

  Texts files_;
  std::size_t includes_ = 0;
  std::map<std::string, std::vector<std::string>> variables_;
  std::vector<Site> sites_;
};

}  // namespace

std::optional<Findings> read_nginx(Texts files) {
  return NginxReader(files).read();
}

}  // namespace commandcenter::code::headers
