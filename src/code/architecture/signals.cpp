#include "code/architecture/signals.h"

#include <algorithm>
#include <span>
#include <unordered_set>

#include "base/assert.h"
#include "base/embedded_file.h"
#include "base/regex.h"
#include "code/graph/tree.h"
#include "code/imports/lexer.h"

namespace commandcenter::architecture {

std::span<const EmbeddedFile> architecture_data();  // made of data/ by the build

namespace {

constexpr std::size_t kMaxName_bytes = 300;
constexpr std::size_t kMaxSignalsPerFile = 2'000;

struct Pattern {
  std::string kind;
  std::string framework;
  std::vector<std::string> endings;
  std::vector<std::string> needs;  // one of them must be in the text
  Regex regex;
  std::size_t method = 0;
  std::size_t name = 0;
};

Json data_file(std::string_view name) {
  for (const EmbeddedFile& file : architecture_data()) {
    if (file.path != name) continue;
    auto parsed = parse_json(file.content);
    CC_ASSERT(parsed.has_value());
    return std::move(*parsed);
  }
  CC_ASSERT(false);
  return {};
}

std::vector<std::string> texts(const Json& list) {
  std::vector<std::string> result;
  for (const Json& item : list)
    result.push_back(item.get<std::string>());
  return result;
}

std::vector<std::string> alternatives(const std::string& text) {
  std::vector<std::string> result;
  std::size_t begin = 0;
  while (begin <= text.size()) {
    const std::size_t end = std::min(text.find('|', begin), text.size());
    result.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return result;
}

const std::vector<Pattern>& patterns() {
  static const std::vector<Pattern> kPatterns = [] {
    std::vector<Pattern> all;
    for (const Json& entry : data_file("signals.json")) {
      auto regex = Regex::compile(string_member(entry, "pattern"));
      CC_ASSERT(regex.has_value());
      all.push_back({string_member(entry, "kind"), string_member(entry, "framework"), texts(entry["files"]),
                     alternatives(string_member(entry, "needs")), std::move(*regex), entry.value("method", 0U),
                     entry["name"].get<std::size_t>()});
    }
    return all;
  }();
  return kPatterns;
}

// Places where a word or a sign of the code begins, so that comments and strings can be told.
std::unordered_set<std::size_t> token_begins(std::string_view path, std::string_view text) {
  std::unordered_set<std::size_t> begins;
  Lexer lexer(text, tongue_of(path));
  for (Token token = lexer.next(); token.kind != TokenKind::kEnd; token = lexer.next())
    begins.insert(token.begin);
  return begins;
}

// Without what may be secret: who signs in, and what follows a question mark.
std::string address(std::string_view text) {
  text = text.substr(0, std::min(text.find('?'), kMaxName_bytes));
  std::string result(text);
  const std::size_t scheme = result.find("://");
  if (scheme == std::string::npos) return result;
  const std::size_t end = std::min(result.find('/', scheme + 3), result.size());
  const std::size_t at = result.rfind('@', end);
  if (at != std::string::npos && at > scheme) result.erase(scheme + 3, at - scheme - 2);
  return result;
}

std::string upper(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return result;
}

}  // namespace

void read_signals(std::string_view path, std::string_view text, std::vector<Signal>& signals) {
  const std::string_view ending = ending_of(path);
  std::unordered_set<std::size_t> begins;
  std::size_t found = 0;
  for (const Pattern& pattern : patterns()) {
    if (std::ranges::find(pattern.endings, ending) == pattern.endings.end()) continue;
    if (std::ranges::none_of(pattern.needs,
                             [&](const std::string& need) { return text.find(need) != std::string_view::npos; }))
      continue;
    std::size_t from = 0;
    std::uint32_t line = 1;
    std::size_t counted = 0;
    while (const auto groups = pattern.regex.search(text, from)) {
      const auto at = static_cast<std::size_t>((*groups)[0].data() - text.data());
      from = at + std::max<std::size_t>((*groups)[0].size(), 1);
      if (begins.empty()) begins = token_begins(path, text);
      if (!begins.contains(at)) continue;
      if (++found > kMaxSignalsPerFile) return;
      line += static_cast<std::uint32_t>(std::count(text.begin() + static_cast<std::ptrdiff_t>(counted),
                                                    text.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
      counted = at;
      Signal signal{.kind = pattern.kind,
                    .framework = pattern.framework,
                    .method = {},
                    .name = {},
                    .spot = {std::string(path), line}};
      if (pattern.method > 0) signal.method = upper((*groups)[pattern.method]);
      std::string_view name = (*groups)[pattern.name];
      for (std::size_t i = pattern.name + 1; name.empty() && i < groups->size(); ++i)
        name = (*groups)[i];  // the other way to write it
      signal.name = address(name);
      signals.push_back(std::move(signal));
    }
  }
}

const std::vector<KnownSystem>& known_systems() {
  static const std::vector<KnownSystem> kSystems = [] {
    std::vector<KnownSystem> all;
    for (const Json& entry : data_file("systems.json"))
      all.push_back({string_member(entry, "name"), string_member(entry, "kind"), texts(entry["imports"]),
                     texts(entry["images"])});
    return all;
  }();
  return kSystems;
}

}  // namespace commandcenter::architecture
