#include "code/review/file_outcome.h"

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "code/review/judge.h"
#include "code/syntax/syntax.h"

namespace commandcenter::code::review {
namespace {

constexpr std::size_t kLeastTable_bytes = std::size_t{1} << 20;

// The last part of "Shop::Cart::add", "outer.inner", "get head".
std::string_view short_name(std::string_view name) {
  const std::size_t at = name.find_last_of(":. ");
  return at == std::string_view::npos ? name : name.substr(at + 1);
}

// The tree's function that the counters mean: on the same line and of the same name; then, of what is left, the first
// on the same line.
std::vector<JudgedFunction> matched(const FileMetrics& file, std::vector<FunctionFigures> figures) {
  std::vector<JudgedFunction> functions;
  functions.reserve(file.functions.size());
  for (const FunctionMetrics& metrics : file.functions)
    functions.push_back({metrics, std::nullopt});
  std::vector<bool> taken(figures.size(), false);
  std::unordered_map<std::size_t, std::vector<std::size_t>> by_line;  // in the order of the text
  for (std::size_t i = 0; i < figures.size(); ++i) {
    by_line[figures[i].line].push_back(i);
    if (figures[i].name_line != figures[i].line) by_line[figures[i].name_line].push_back(i);
  }
  for (const bool by_name : {true, false}) {
    for (JudgedFunction& function : functions) {
      const auto on_line = by_line.find(function.metrics.line);
      if (function.figures || on_line == by_line.end()) continue;
      const auto found = std::ranges::find_if(on_line->second, [&](std::size_t i) {
        return !taken[i] && (!by_name || figures[i].name == short_name(function.metrics.name));
      });
      if (found == on_line->second.end()) continue;
      taken[*found] = true;
      function.figures = figures[*found];
    }
  }
  return functions;
}

void judge_file(const View& view, const Leaves& leaves, const std::vector<JudgedFunction>& functions,
                std::vector<Spot>& spots) {
  Judge judge(view, leaves, functions, spots);
  judge_size(judge);
  judge_promises(judge);
  judge_unused(judge);
  for (const NodeId id : leaves.with_role) {
    judge_extent(judge, id);
    judge_leftovers(judge, id);
    judge_errors(judge, id);
    judge_security(judge, id);
    judge_performance(judge, id);
  }
}

ReviewedFunction listed(const JudgedFunction& function) {
  ReviewedFunction reviewed{"", function.metrics};
  if (!function.figures) return reviewed;
  reviewed.has_figures = true;
  reviewed.cognitive = function.figures->cognitive;
  reviewed.nesting = function.figures->nesting;
  reviewed.volume = function.figures->volume();
  reviewed.maintainability =
      maintainability(reviewed.volume, function.metrics.cyclomatic, function.metrics.lines_of_code);
  return reviewed;
}

}  // namespace

FileOutcome look_at(const ParsedSource& parsed, bool native) {
  const Source& source = parsed.source();
  FileOutcome outcome;
  if (source.traits().minified) {
    outcome.left_out = "minified";
    return outcome;
  }
  const auto file = measure(source.path(), source.text());
  if (!file) {
    outcome.left_out = "too large to be measured";
    return outcome;
  }
  outcome.measured = true;
  outcome.lines = source.line_count();
  if (!file->complete) outcome.left_out = "nested too deeply: measured in part";
  std::vector<JudgedFunction> functions;
  // A table without a function has nothing that a tree could tell of, and may have millions of nodes.
  const bool is_table =
      file->functions.empty() && (source.traits().generated || source.text().size() > kLeastTable_bytes);
  if (const Tree* tree = is_table ? nullptr : parsed.tree()) {
    const View view(source, *tree);
    const Leaves leaves(view);
    functions = matched(*file, figures_of(view, leaves, native));
    if (native && (view.is_script() || view.is(Grammar::kPython))) {
      for (JudgedFunction& function : functions)
        if (function.figures) function.metrics.cyclomatic = function.figures->native;
    }
    if (!source.traits().generated) {
      judge_file(view, leaves, functions, outcome.spots);
      outcome.strip = strip_of(view, leaves);
      outcome.imports = imports_of(view);
      outcome.private_names = private_names_of(view, leaves);
    }
  } else {
    for (const FunctionMetrics& metrics : file->functions)
      functions.push_back({metrics, std::nullopt});
  }
  for (const JudgedFunction& function : functions)
    outcome.functions.push_back(listed(function));
  return outcome;
}

}  // namespace commandcenter::code::review
