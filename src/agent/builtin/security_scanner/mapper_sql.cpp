#include "agent/builtin/security_scanner/mapper_sql.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <utility>

#include "base/regex.h"

namespace commandcenter::security_scanner {
namespace {

namespace dataflow = code::dataflow;

using Range = std::pair<std::size_t, std::size_t>;

constexpr auto kNumbers = std::to_array<std::string_view>({"int", "long", "short", "byte", "double", "float", "boolean",
                                                           "integer", "Integer", "Long", "Short", "Byte", "Double",
                                                           "Float", "Boolean", "BigInteger", "BigDecimal"});

// The root of MyBatis; Ant has elements of that name, too.
const Regex& mapper_root() {
  static const Regex regex = Regex::known(R"(<mapper\s[^>]*\bnamespace\s*=)");
  return regex;
}

const Regex& element() {
  static const Regex regex = Regex::known(R"(<(select|insert|update|delete|sql)\b)");
  return regex;
}

const Regex& annotation() {
  static const Regex regex = Regex::known(R"(@(?:Select|Insert|Update|Delete)\s*\()");
  return regex;
}

const Regex& hole() {
  static const Regex regex = Regex::known(R"(\$\{\s*([\w.\[\]]+)\s*\})");
  return regex;
}

constexpr std::size_t kMaxDeclaration_bytes = 4'000;  // of an element's tag, of a method's head

const Regex& parameter() {
  static const Regex regex =
      Regex::known(R"re((?:@Param\(\s*(?:value\s*=\s*)?"(\w+)"\s*\)\s*)?(?:final\s+)?([\w.]+)\s+(\w+)\s*[,)])re");
  return regex;
}

const Regex& parameter_type() {
  static const Regex regex = Regex::known(R"re(parameterType\s*=\s*"([\w.]+)")re");
  return regex;
}

bool is_number(std::string_view type) {
  if (type.starts_with("java.lang.")) type.remove_prefix(10);
  if (type.starts_with('_')) type.remove_prefix(1);
  return std::ranges::find(kNumbers, type) != kNumbers.end();
}

// What is known to be a number of that which a statement is given.
struct Numbers {
  bool all = false;
  std::set<std::string_view> names;
};

// The tag of an element says it of its one parameter, the method behind an annotation of each.
Numbers numbers_of(std::string_view text, const Range& statement, bool mapper) {
  Numbers numbers;
  const std::string_view rest = text.substr(mapper ? statement.first : statement.second, kMaxDeclaration_bytes);
  const std::string_view declaration = rest.substr(0, rest.find(mapper ? '>' : ';'));
  if (mapper) {
    const auto type = parameter_type().search(declaration, 0);
    numbers.all = type && is_number((*type)[1]);
    return numbers;
  }
  std::size_t from = 0;
  while (const auto match = parameter().search(declaration, from)) {
    from = static_cast<std::size_t>((*match)[0].data() - declaration.data()) + (*match)[0].size();
    if (is_number((*match)[2])) numbers.names.insert((*match)[1].empty() ? (*match)[3] : (*match)[1]);
  }
  return numbers;
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

std::vector<Range> statements_of(const code::Source& source) {
  const std::string_view text = source.text();
  const std::string_view path = source.path();
  std::vector<Range> ranges;
  const bool mapper = path.ends_with(".xml") && mapper_root().found_in(text);
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
    std::optional<Numbers> numbers;
    std::size_t from = begin;
    while (const auto match = hole().search(statement, from)) {
      const auto at = static_cast<std::size_t>((*match)[0].data() - text.data());
      from = at + (*match)[0].size();
      if (text.substr(begin, at - begin).rfind("<!--") != std::string_view::npos &&
          text.find("-->", begin + text.substr(begin, at - begin).rfind("<!--")) > at)
        continue;
      if (!numbers) numbers = numbers_of(text, {begin, end}, mapper);
      if (numbers->all || numbers->names.contains((*match)[1])) continue;
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
