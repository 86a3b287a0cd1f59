// Reading the models: lines of columns with two or more spaces between them. models/README.txt says what they mean.
#include "code/dataflow/models.h"

#include <algorithm>
#include <array>
#include <mutex>
#include <optional>
#include <utility>

#include "base/assert.h"
#include "base/embedded_file.h"
#include "code/source/source.h"

namespace commandcenter::code::dataflow {

std::span<const EmbeddedFile> model_files();

namespace {

constexpr std::size_t kMaxSegments = 16;  // of a path that are compared
constexpr auto kContextWords =
    std::to_array<std::string_view>({"sql",   "html", "shell",  "path",   "url",      "host",   "code",   "ldap",
                                     "xpath", "xml",  "object", "nosql",  "template", "trust",  "header", "regex",
                                     "other", "log",  "quoted", "stored", "json",     "scheme", "tags",   "entities"});

std::vector<std::string_view> split(std::string_view text, std::string_view by) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const std::size_t at = std::min(text.find(by), text.size());
    if (at > 0) parts.push_back(text.substr(0, at));
    text.remove_prefix(std::min(at + by.size(), text.size()));
    while (by == "  " && !text.empty() && text.front() == ' ')
      text.remove_prefix(1);
  }
  return parts;
}

// Behind it "=" stands for what a member is, which code may write as "name: value".
bool ends_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == ')' || c == '?';
}

// What must stand somewhere in the text of a file for the pattern to hold of a part of it; null: nothing in particular.
// Marks are put together from several places, and what a program says is true, false or nothing is written otherwise.
std::shared_ptr<const Pattern> anywhere(std::string_view pattern) {
  for (const std::string_view vague : {".*", "^ ", "true", "false", "null", "|)", "(|"}) {
    if (pattern.find(vague) != std::string_view::npos) return nullptr;
  }
  std::string free;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const bool literal = i > 0 && (pattern[i - 1] == '[' || pattern[i - 1] == '\\');
    if (pattern[i] == '^' && !literal)
      free += "(?:^|[^a-zA-Z0-9_])";
    else if (pattern[i] == '$' && !literal)
      free += "(?:$|[^a-zA-Z0-9_])";
    else if (pattern[i] == '=' && i > 0 && ends_name(pattern[i - 1]))
      free += R"(['"]?\s*(?:=>?|:)\s*['"([]*)";
    else
      free += pattern[i];
  }
  return pattern_of(free);
}

// The same of marks, which are in the file as they are, with gaps between their parts: of the longest part, then of the
// others.
std::vector<std::shared_ptr<const Pattern>> parts_anywhere(std::string_view pattern) {
  std::vector<std::string_view> parts = split(pattern, ".*");
  const auto longest = std::ranges::max_element(parts, {}, &std::string_view::size);
  std::iter_swap(parts.begin(), longest);
  std::vector<std::shared_ptr<const Pattern>> found;
  for (const std::string_view part : parts) {
    const auto regex = Regex::compile(part) ? anywhere(part) : nullptr;
    if (regex != nullptr || found.empty()) found.push_back(regex);
  }
  return found;
}

// "secure" of "secure=false", when the pattern asks for nothing else.
std::string key_in(std::string_view pattern) {
  std::size_t end = 0;
  while (end < pattern.size() && ((pattern[end] | 0x20) >= 'a' && (pattern[end] | 0x20) <= 'z'))
    ++end;
  const bool plain =
      end > 2 && end < pattern.size() && pattern[end] == '=' && pattern.find('|') == std::string_view::npos;
  return plain ? std::string(pattern.substr(0, end)) : std::string();
}

Contexts contexts_of(std::string_view words) {
  Contexts contexts = 0;
  for (const std::string_view word : split(words, ",")) {
    if (word == "all") return kAllContexts;
    const auto* found = std::ranges::find(kContextWords, word);
    CC_ASSERT(found != kContextWords.end());
    contexts |= Contexts{1} << (found - kContextWords.begin());
  }
  return contexts;
}

std::string_view file_named(std::string_view name) {
  for (const EmbeddedFile& file : model_files()) {
    if (file.path == name) return file.content;
  }
  CC_ASSERT(false);
  return {};
}

std::optional<Level> level_of(std::string_view word) {
  if (word == "source") return Level::kSource;
  if (word == "param") return Level::kParam;
  if (word == "unknown") return Level::kUnknown;
  if (word == "result") return Level::kResult;
  return std::nullopt;
}

// "rule <id>", then lines "<what> <text>" up to the next rule.
std::vector<Rule> read_rules() {
  std::vector<Rule> result;
  for (const std::string_view line : split(file_named("rules.txt"), "\n")) {
    if (line.starts_with('#')) continue;
    const std::size_t space = std::min(line.find(' '), line.size());
    const std::string_view word = line.substr(0, space);
    const std::string_view text = line.substr(std::min(space + 1, line.size()));
    if (word == "rule") {
      result.emplace_back().id = text;
      continue;
    }
    CC_ASSERT(!result.empty());
    Rule& rule = result.back();
    if (word == "name") rule.name = text;
    if (word == "cwe") rule.cwe = "CWE-" + std::string(text);
    if (word == "category") rule.category = text;
    if (word == "context") rule.context = contexts_of(text);
    if (word == "least") rule.least = level_of(text).value_or(Level::kSource);
    if (word == "message") rule.message = text;
    if (word == "why") rule.why = text;
    if (word == "fix") rule.fix = text;
    if (word == "language") rule.language = text;
    if (word == "bad") rule.bad = text;
    if (word == "good") rule.good = text;
    if (word == "severity") {
      for (const Severity severity : {Severity::kLow, Severity::kMedium, Severity::kHigh, Severity::kCritical}) {
        if (severity_word(severity) == text) rule.severity = severity;
      }
    }
  }
  return result;
}

std::vector<std::string> segments_of(std::string_view path) {
  std::vector<std::string> segments;
  for (const std::string_view part : split(path, ".")) {
    for (const std::string_view piece : split(part, "::"))  // Ruby's way to write it
      segments.emplace_back(piece);
  }
  std::ranges::reverse(segments);
  return segments;
}

}  // namespace

class ModelReader {
 public:
  explicit ModelReader(Models& models, bool any_case) : models_(models) { models.any_case_ = any_case; }

  void read(std::string_view file) {
    for (const std::string_view line : split(file_named(file), "\n")) {
      if (line.starts_with('#') || line.starts_with(' ')) continue;
      const auto columns = split(line, "  ");
      if (columns.size() < 2) continue;
      if (!marked(columns)) entry(columns);
    }
  }

 private:
  bool marked(const std::vector<std::string_view>& columns) {
    const std::string_view word = columns[0];
    std::vector<Marked>* list = word == "entry"    ? &models_.entries
                                : word == "param"  ? &models_.params
                                : word == "except" ? &models_.excepts
                                : word == "return" ? &models_.returns
                                : word == "body"   ? &models_.bodies
                                : word == "like"   ? &models_.patterns
                                                   : nullptr;
    if (list == nullptr) return false;
    Marked marked;
    marked.pattern = pattern_of(columns[1]);
    marked.parts = parts_anywhere(columns[1]);
    marked.anywhere = marked.parts.front();
    marked.parts.erase(marked.parts.begin());
    marked.label = columns[1];
    for (std::size_t i = 2; i < columns.size(); ++i) {
      const std::string_view option = columns[i];
      const std::string_view pattern = option.substr(std::min(option.find(':') + 1, option.size()));
      if (option.starts_with("file:"))
        marked.file = pattern_of(pattern);
      else if (option.starts_with("not-file:"))
        marked.not_file = pattern_of(pattern);
      else if (option.starts_with("not:"))
        marked.unless = pattern_of(pattern);
      else if (option.starts_with("text:"))
        marked.text = pattern_of(pattern);
      else if (option == "page")
        marked.needs_page = true;
      else if (option == "empty" || option == "true" || option == "always")
        marked.label = option;
      else
        marked.rule = rule_named(option);
    }
    marked.spelled = columns[1];
    list->push_back(std::move(marked));
    return true;
  }

  void entry(const std::vector<std::string_view>& columns) {
    constexpr auto kRoleWords = std::to_array<std::pair<std::string_view, Role>>({{"source", Role::kSource},
                                                                                  {"sink", Role::kSink},
                                                                                  {"clean", Role::kClean},
                                                                                  {"flag", Role::kFlag},
                                                                                  {"guard", Role::kGuard},
                                                                                  {"exit", Role::kExit},
                                                                                  {"assign", Role::kAssign},
                                                                                  {"store", Role::kStore},
                                                                                  {"fill", Role::kFill},
                                                                                  {"feed", Role::kFeed},
                                                                                  {"self", Role::kSelf},
                                                                                  {"undo", Role::kUndo}});
    const auto* role = std::ranges::find(kRoleWords, columns[0], &std::pair<std::string_view, Role>::first);
    CC_ASSERT(role != kRoleWords.end());
    for (const std::string_view path : split(columns[1], "|")) {
      Entry entry;
      entry.role = role->second;
      entry.path = segments_of(models_.any_case_ ? std::string_view(code::lower(path)) : path);
      std::size_t next = 2;
      if (entry.role == Role::kSink || entry.role == Role::kFlag || entry.role == Role::kAssign ||
          entry.role == Role::kStore) {
        CC_ASSERT(columns.size() > next);
        entry.rule = rule_named(columns[next++]);
        CC_ASSERT(entry.rule != nullptr);
        entry.least = entry.rule->least;
      }
      if (entry.role == Role::kClean || entry.role == Role::kGuard || entry.role == Role::kUndo) {
        CC_ASSERT(columns.size() > next);
        entry.contexts = contexts_of(columns[next++]);
      }
      for (; next < columns.size(); ++next)
        option(columns[next], entry);
      CC_ASSERT(!entry.path.empty() && entry.path.size() < kMaxSegments);
      Models::ByRole& known = models_.by_last_[entry.path.front()];
      known.roles |= 1U << static_cast<unsigned>(entry.role);
      known.entries[static_cast<std::size_t>(entry.role)].push_back(std::move(entry));
    }
  }

  static void option(std::string_view text, Entry& entry) {
    const auto rest = [&](std::string_view word) { return text.substr(word.size()); };
    if (text.starts_with("if:") || text.starts_with("unless:")) {
      const bool unless = text.starts_with("unless:");
      const std::string_view body = rest(unless ? "unless:" : "if:");
      const std::size_t tilde = std::min(body.find('~'), body.size());
      Condition condition{std::string(body.substr(0, tilde)), nullptr, nullptr, unless};
      if (tilde < body.size()) {
        condition.expected = pattern_of(body.substr(tilde + 1));
        if (!unless) condition.anywhere = anywhere(body.substr(tilde + 1));
        if (!unless) condition.key = key_in(body.substr(tilde + 1));
      }
      entry.conditions.push_back(std::move(condition));
    } else if (text.starts_with("near:")) {
      entry.near = pattern_of(rest("near:"));
    } else if (text.starts_with("not-near:")) {
      entry.not_near = pattern_of(rest("not-near:"));
    } else if (text.starts_with("beside:")) {
      entry.beside = pattern_of(rest("beside:"));
    } else if (text.starts_with("not-beside:")) {
      entry.not_beside = pattern_of(rest("not-beside:"));
    } else if (text.starts_with("without:")) {
      entry.without = contexts_of(rest("without:"));
    } else if (text.starts_with("file:")) {
      entry.file = pattern_of(rest("file:"));
    } else if (text.starts_with("not-file:")) {
      entry.not_file = pattern_of(rest("not-file:"));
    } else if (text == "stored") {
      entry.without = kOutsidePages;
    } else if (text == "sqltext") {
      entry.needs_sql = true;
    } else if (text == "built") {
      entry.needs_build = true;
    } else if (text == "html") {
      entry.needs_html = true;
    } else if (text == "page") {
      entry.needs_page = true;
    } else if (text == "start") {
      entry.needs_start = true;
    } else if (text == "format") {
      entry.is_format = true;
    } else if (text == "fluent") {
      entry.is_fluent = true;
    } else if (text.starts_with("literal:")) {
      entry.literal = rest("literal:");
    } else if (text == "variable") {
      entry.no_template = true;
    } else if (text == "command") {
      entry.is_command = true;
    } else if (text == "member") {
      entry.is_member = true;
    } else if (text == "routed") {
      entry.routed = true;
    } else if (text == "slash") {
      entry.begins_slash = true;
    } else if (text == "true" || text == "false") {
      entry.when = text == "true";
    } else if (text.starts_with("least:")) {
      entry.least = level_of(rest("least:")).value_or(entry.least);
    } else if (entry.role == Role::kSource || entry.role == Role::kFeed) {
      entry.label = text;
    } else {
      for (const std::string_view argument : split(text, ","))
        entry.arguments.emplace_back(argument);
    }
  }

  Models& models_;
};

std::span<const Rule> rules() {
  static const std::vector<Rule> all = read_rules();
  return all;
}

const Rule* rule_named(std::string_view id) {
  for (const Rule& rule : rules()) {
    if (rule.id == id) return &rule;
  }
  return nullptr;
}

namespace {

// The parts between dots, the last first. For the length of one question; no memory is asked for.
std::span<const std::string_view> segments_from_end(std::string_view path,
                                                    std::array<std::string_view, kMaxSegments>& place) {
  std::size_t count = 0;
  while (!path.empty() && count < place.size()) {
    const std::size_t dot = path.rfind('.');
    const std::size_t begin = dot == std::string_view::npos ? 0 : dot + 1;
    if (begin < path.size()) place[count++] = path.substr(begin);
    path = path.substr(0, dot == std::string_view::npos ? 0 : dot);
  }
  return {place.data(), count};
}

// True when the pattern, given from its end, ends the path; "*" is any name, "^" asks for the beginning.
bool ends_with(std::span<const std::string_view> segments, const std::vector<std::string>& pattern) {
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const std::string_view wanted = pattern[i];
    if (i >= segments.size()) return wanted == "^";
    if (wanted == "*" || wanted == segments[i]) continue;
    const std::size_t slash = segments[i].rfind('/');  // of Go's packages
    if (slash == std::string_view::npos || wanted != segments[i].substr(slash + 1)) return false;
  }
  return true;
}

}  // namespace

Models::Listed Models::listed(const Spelling& names) const {
  Listed listed;
  std::string small;
  std::optional<std::string_view> looked_for;
  const ByRole* known = nullptr;
  std::size_t at = 0;
  for (const std::string_view way : {names.path, names.typed, names.spelled}) {
    const std::string_view last = way.substr(way.rfind('.') + 1);
    if (!way.empty() && last != looked_for) {  // the three mostly end alike
      const auto place = by_last_.find(any_case_ ? std::string_view(small = code::lower(last)) : last);
      known = place == by_last_.end() ? nullptr : &place->second;
      looked_for = last;
    }
    if (!way.empty() && known != nullptr) listed.roles |= known->roles, listed.places[at] = known;
    ++at;
  }
  return listed;
}

void Models::find(Role role, const Spelling& names, const Listed& listed, std::vector<const Entry*>& found) const {
  found.clear();
  if (!listed.may_have(role)) return;
  std::string small;
  std::size_t at = 0;
  for (std::string_view way : {names.path, names.typed, names.spelled}) {
    const ByRole* known = listed.places[at++];
    if (known == nullptr) continue;
    const std::vector<Entry>& of_role = known->entries[static_cast<std::size_t>(role)];
    if (of_role.empty()) continue;
    if (any_case_) way = small = code::lower(way);
    std::array<std::string_view, kMaxSegments> place;
    const auto segments = segments_from_end(way, place);
    for (const Entry& entry : of_role) {
      if (ends_with(segments, entry.path) && std::ranges::find(found, &entry) == found.end()) found.push_back(&entry);
    }
  }
}

namespace {

// The file of a language; empty: nothing is known of it.
std::string_view file_of(Grammar grammar) {
  switch (grammar) {
    case Grammar::kPython:
      return "python.txt";
    case Grammar::kJava:
      return "java.txt";
    case Grammar::kGo:
      return "go.txt";
    case Grammar::kPhp:
      return "php.txt";
    case Grammar::kRuby:
      return "ruby.txt";
    case Grammar::kCSharp:
      return "csharp.txt";
    case Grammar::kJavaScript:
    case Grammar::kTypeScript:
    case Grammar::kTsx:
      return "script.txt";
    default:
      return {};
  }
}

}  // namespace

// A language's are read when it is first met: that takes longer than to scan a small repository.
const Models& Models::of(Grammar grammar) {
  struct Kept {
    std::once_flag read;
    Models models;
  };
  static std::array<Kept, kGrammars> all;
  const std::string_view file = file_of(grammar);
  const bool script = file == file_of(Grammar::kJavaScript);  // its dialects share them
  Kept& kept = all[static_cast<std::size_t>(script ? Grammar::kJavaScript : grammar)];
  std::call_once(kept.read, [&] {
    if (file.empty()) return;
    ModelReader reader(kept.models, grammar == Grammar::kPhp);
    reader.read("all.txt");
    reader.read(file);
  });
  return kept.models;
}

}  // namespace commandcenter::code::dataflow
