#include "agent/builtin/security_scanner/mapper_sql.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "base/regex.h"

namespace commandcenter::security_scanner {
namespace {

namespace dataflow = code::dataflow;

using Range = std::pair<std::size_t, std::size_t>;

Regex compiled(std::string_view pattern) {
  auto regex = Regex::compile(pattern);
  CC_ASSERT(regex);
  return std::move(*regex);
}

const Regex& element() {
  static const Regex regex = compiled(R"(<(select|insert|update|delete|sql)\b)");
  return regex;
}

const Regex& annotation() {
  static const Regex regex = compiled(R"(@(?:Select|Insert|Update|Delete)\s*\()");
  return regex;
}

const Regex& hole() {
  static const Regex regex = compiled(R"(\$\{\s*([\w.\[\]]+)\s*\})");
  return regex;
}

// A type whose values are numbers, behind a word of MyBatis or of Java: "parameterType="int"", "@Param("n") int n".
constexpr std::string_view kNumber =
    R"((?:java\.lang\.)?_?(?:int|long|short|byte|double|float|boolean|[iI]nteger|Long|Short|Byte|Double|Float))";

// Whether what stands at a hole is a number: by the type of the element's parameter, or of the method's behind the
// annotation.
bool is_number(std::string_view declaration, std::string_view name, bool mapper) {
  const std::string number(kNumber);
  if (mapper) {
    static const Regex whole = compiled("parameterType\\s*=\\s*\"" + number + "\"");
    return whole.search(declaration, 0).has_value();
  }
  if (name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") !=
      std::string_view::npos)
    return false;
  const std::string given(name);
  return compiled("@Param\\(\\s*(?:value\\s*=\\s*)?\"" + given + "\"\\s*\\)\\s*(?:final\\s+)?" + number + "\\s")
             .search(declaration, 0)
             .has_value() ||
         (declaration.find("\"" + given + "\"") == std::string_view::npos &&
          compiled("\\b" + number + "\\s+" + given + "\\s*[,)]").search(declaration, 0).has_value());
}

// The bracket that closes the one before `at`; texts in between are jumped over.
std::size_t closing(std::string_view text, std::size_t at) {
  int depth = 1;
  for (; at < text.size(); ++at) {
    if (text[at] == '"') {
      for (++at; at < text.size() && text[at] != '"'; ++at)
        at += text[at] == '\\' ? 1U : 0U;
    } else if (text[at] == '(') {
      ++depth;
    } else if (text[at] == ')' && --depth == 0) {
      break;
    }
  }
  return std::min(at, text.size());
}

// Where the types of what a statement is given are said: the tag of an element, the method behind an annotation.
std::string_view declaration_of(std::string_view text, std::size_t begin, std::size_t end, bool mapper) {
  const std::string_view rest = text.substr(mapper ? begin : end);
  return rest.substr(0, rest.find(mapper ? '>' : ';'));
}

std::vector<Range> statements_of(const code::Source& source) {
  const std::string_view text = source.text();
  const std::string_view path = source.path();
  std::vector<Range> ranges;
  const bool mapper = path.ends_with(".xml") && text.find("<mapper") != std::string_view::npos;
  const bool code = (path.ends_with(".java") || path.ends_with(".kt")) && text.find("${") != std::string_view::npos;
  if (!mapper && !code) return ranges;
  std::size_t from = 0;
  while (const auto match = (mapper ? element() : annotation()).search(text, from)) {
    const auto begin = static_cast<std::size_t>((*match)[0].data() - text.data()) + (*match)[0].size();
    const std::size_t end =
        mapper ? std::min(text.find("</" + std::string((*match)[1]), begin), text.size()) : closing(text, begin);
    ranges.emplace_back(begin, end);
    from = std::max(end, begin);
  }
  return ranges;
}

}  // namespace

std::vector<dataflow::Flaw> mapper_flaws(const code::Source& source) {
  std::vector<dataflow::Flaw> flaws;
  const std::string_view text = source.text();
  const bool mapper = source.path().ends_with(".xml");
  for (const auto& [begin, end] : statements_of(source)) {
    const std::string_view statement = text.substr(0, end);
    std::size_t from = begin;
    while (const auto match = hole().search(statement, from)) {
      const auto at = static_cast<std::size_t>((*match)[0].data() - text.data());
      from = at + (*match)[0].size();
      if (text.substr(begin, at - begin).rfind("<!--") != std::string_view::npos &&
          text.find("-->", begin + text.substr(begin, at - begin).rfind("<!--")) > at)
        continue;
      if (is_number(declaration_of(text, begin, end, mapper), (*match)[1], mapper)) continue;
      if (flaws.size() >= dataflow::kMaxFlaws) return flaws;
      dataflow::Flaw flaw;
      flaw.rule = dataflow::rule_named("sql/interpolation");
      flaw.begin = at;
      flaw.end = from;
      flaw.confidence = code::Confidence::kMedium;
      flaw.build = dataflow::Build::kInterpolation;
      flaws.push_back(std::move(flaw));
    }
  }
  return flaws;
}

}  // namespace commandcenter::security_scanner
