// From hits to trees, from trees to flaws, from flaws to spots.
#include "agent/builtin/security_scanner/flaws.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <optional>
#include <set>

#include "agent/builtin/security_scanner/foreign_names.h"
#include "agent/builtin/security_scanner/loose_sql.h"
#include "agent/builtin/security_scanner/mapper_sql.h"
#include "agent/builtin/security_scanner/mechanical_fixes.h"
#include "agent/builtin/security_scanner/neighbours.h"
#include "agent/builtin/security_scanner/pages.h"
#include "agent/builtin/security_scanner/server_pages.h"
#include "code/dataflow/dataflow.h"
#include "code/dataflow/gate.h"
#include "code/dataflow/lower.h"
#include "code/rules/rules.h"
#include "code/syntax/syntax.h"

namespace commandcenter::security_scanner {
namespace {

using code::FlawKind;
using code::Source;
namespace dataflow = code::dataflow;

constexpr std::size_t kMaxWay_steps = 20;
// Nobody writes more in one file, and a tree of it takes a hundred times as much memory.
constexpr std::size_t kMaxFollowed_bytes = std::size_t{1} << 20;

// What the words of a text say about it.
struct Hint {
  bool may_hold = false;    // else it is not worth a second look
  bool statements = false;  // of SQL
};

class FlawRules {
 public:
  explicit FlawRules(std::vector<std::string> wanted) : wanted_(wanted.begin(), wanted.end()) {
    for (const code::Pattern& pattern : code::all_patterns()) {
      Speaks speaks;
      for (const code::PatternTarget& target : pattern.targets) {
        if (target.owner != code::PatternOwner::kFlawWord) continue;
        const bool statement = code::flaw_words()[target.index].kind == FlawKind::kStatement;
        (statement ? speaks.statement : speaks.other) = true;
      }
      speaks.size_bytes = pattern.text.size();
      // Verbs begin a statement; what else speaks of one stands within.
      speaks.verb = !pattern.text.empty() && (pattern.text.ends_with(' ') || pattern.text.ends_with('\n') ||
                                              pattern.text.find("into") != std::string_view::npos ||
                                              pattern.text.find("from") != std::string_view::npos ||
                                              pattern.text.find("table") != std::string_view::npos);
      speaks_of_.push_back(speaks);
    }
  }

  Hint hint(std::string_view text, std::span<const code::Match> matches) const {
    Hint hint;
    for (const code::Match& match : matches) {
      const Speaks& speaks = speaks_of_[match.pattern];
      hint.may_hold = hint.may_hold || speaks.other;
      if (!hint.statements && speaks.statement)
        hint.statements = !speaks.verb || may_be_text(text.substr(0, match.end - speaks.size_bytes));
    }
    hint.may_hold = hint.may_hold || hint.statements;
    return hint;
  }

  bool wants(const dataflow::Rule& rule) const { return wanted_.contains(rule.category); }

 private:
  struct Speaks {
    bool statement = false;
    bool other = false;  // of what a user sends, or of an unsafe call
    std::size_t size_bytes = 0;
    bool verb = false;
  };

  // True when what follows may be part of a text: behind a quotation mark, or first on a line of several, but no
  // remark.
  static bool may_be_text(std::string_view before) {
    const std::string_view line = before.substr(before.rfind('\n') + 1);
    return line.find_first_of("'\"`(>") != std::string_view::npos ||
           line.find_first_not_of(" \t\r") == std::string_view::npos;
  }

  std::set<std::string, std::less<>> wanted_;
  std::vector<Speaks> speaks_of_;  // by pattern
};

// Statements are told apart by how they were put together.
const dataflow::Rule& rule_of(const dataflow::Flaw& flaw) {
  const char* id = flaw.rule->category != "sql-injection"          ? nullptr
                   : flaw.build == dataflow::Build::kInterpolation ? "sql/interpolation"
                   : flaw.build == dataflow::Build::kFormatting    ? "sql/formatting"
                                                                   : "sql/concatenation";
  return id == nullptr ? *flaw.rule : *dataflow::rule_named(id);
}

code::Spot spot_of(const Source& source, const dataflow::Flaw& flaw) {
  const dataflow::Rule& rule = rule_of(flaw);
  code::Spot spot;
  spot.rule = rule.id;
  spot.type = rule.name;
  spot.category = rule.category;
  spot.cwe = rule.cwe;
  spot.severity = rule.severity;
  spot.confidence = flaw.confidence;
  spot.begin = flaw.begin;
  spot.end = flaw.end;
  spot.description = rule.message;
  const std::string file = code::to_utf8(source.path());
  for (const dataflow::Place& place : flaw.way) {
    if (spot.flow.size() >= kMaxWay_steps) break;
    spot.flow.push_back({file, source.line_of(place.offset), code::to_utf8(place.message)});
  }
  return spot;
}

using NeighbourPointer = std::shared_ptr<const Neighbour>;
using NeighbourList = std::vector<NeighbourPointer>;

// The harm of a flaw is done in one of these files. What cannot be mended there is shown here.
void show_there(const dataflow::Flaw& flaw, const NeighbourList& neighbours, bool whole, code::Spot& spot) {
  const auto there = std::ranges::find_if(
      neighbours, [&](const NeighbourPointer& other) { return other->code().data() == flaw.there.data(); });
  if (there == neighbours.end()) return;
  const Source source((*there)->path(), (*there)->text());
  spot.flow.push_back({code::to_utf8(source.path()), source.line_of(flaw.there_begin), "reaches this call"});
  const bool looked_at = whole && !source.traits().vendored && !code::is_test_code(source.path());
  if (looked_at) spot.elsewhere = {(*there)->path(), (*there)->text(), flaw.there_begin, flaw.there_end};
}

// The scripts of a page.
std::vector<dataflow::Flaw> script_flaws(const Source& source) {
  dataflow::Module module;
  module.path = source.path();
  module.text = source.text();
  module.grammar = code::Grammar::kJavaScript;
  for (const auto& [begin, end] : scripts_of(source.text())) {
    if (const auto tree = code::Tree::parse(source.text(), module.grammar, {.begin = begin, .end = end}))
      dataflow::lower(*tree, module);
  }
  return dataflow::find_flaws(module);
}

// The Java of a page that a server runs.
std::vector<dataflow::Flaw> server_page_flaws(const Source& source) {
  const std::string java = java_of_page(source.text());
  const auto tree = code::Tree::parse(java, code::Grammar::kJava);
  if (!tree) return {};
  dataflow::Module module;
  module.path = source.path();
  module.text = java;
  module.grammar = code::Grammar::kJava;
  dataflow::lower(*tree, module);
  return dataflow::find_flaws(module);
}

// A whole file of a language, with functions of others.
std::vector<dataflow::Flaw> code_flaws(const code::Subject& subject, const code::Tree& tree, code::Grammar grammar,
                                       const NeighbourList& neighbours, const dataflow::Shortened& shortened = {},
                                       bool doubts = false) {
  dataflow::Module module;
  module.doubts = doubts;
  module.idle = shortened.idle;
  module.path = subject.source().path();
  module.text = tree.source();  // names are told from others by where they are
  module.grammar = grammar;
  std::size_t nodes = tree.nodes().size();
  for (const NeighbourPointer& other : neighbours)
    nodes += other->tree() == nullptr ? 0 : other->tree()->nodes().size();
  module.nodes.reserve(nodes / 2);  // about; by doubling they would be copied again and again
  module.kids.reserve(nodes / 2);
  for (const NeighbourPointer& other : neighbours) {
    const code::Tree* theirs = other->tree();
    if (theirs == nullptr) continue;
    if (other->page())
      dataflow::lower_page(*theirs, other->path(), module);
    else
      dataflow::lower_foreign(*theirs, other->name(), module);
  }
  dataflow::lower(tree, module);
  return dataflow::find_flaws(module);
}

// What a text uses of its neighbours: of each, and by name.
struct Dealers {
  std::vector<dataflow::Interest> with;
  dataflow::Foreign names;
};

Dealers dealers_of(const NeighbourList& neighbours, const dataflow::Names& names) {
  Dealers dealers;
  if (neighbours.empty()) return dealers;
  ForeignNames used(names);
  const bool records = dataflow::Gate::holds_page(names);
  for (const NeighbourPointer& other : neighbours)
    dealers.with.push_back(used.add_deep(*other, records));
  dealers.names = std::move(used).names();
  return dealers;
}

bool meet(const dataflow::Interest& a, const dataflow::Interest& b) {
  return (a.data && b.data) || (a.statements && b.statements) || (a.harm && b.harm);
}

// Those that the text uses, and those that they hand its data on to.
NeighbourList that_matter(const NeighbourList& all, const Dealers& dealers, const dataflow::Interest& in) {
  std::set<std::string_view> behind;
  for (std::size_t i = 0; i < all.size(); ++i)
    if (meet(dealers.with[i], in)) behind.insert(all[i]->behind().begin(), all[i]->behind().end());
  NeighbourList result;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (meet(dealers.with[i], in) || !all[i]->passed_on().empty() || behind.contains(all[i]->path()))
      result.push_back(all[i]);
  }
  return result;
}

using Answer = dataflow::Gate::Answer;

// What a file lacks for a flaw is in its neighbours.
bool is_fed(Answer answer, const dataflow::Foreign& names) {
  switch (answer) {
    case Answer::kClosed:
      return false;
    case Answer::kForeign:
      return !names.sources.empty();
    case Answer::kStatement:
      return !names.sources.empty() || !names.statements.empty();
    case Answer::kHanded:
      return !names.sinks.empty();
    case Answer::kOpen:
      return true;
  }
  return true;
}

// Files and functions in which nothing can be found are left out.
std::vector<dataflow::Flaw> gated_flaws(const code::Subject& subject, code::Grammar grammar, bool statements,
                                        const Neighbours& neighbours, NeighbourList& all) {
  const Source& source = subject.source();
  const bool page = grammar == code::Grammar::kHtml;
  const auto scripts = scripts_of(page ? source.text() : std::string_view());
  if (page && scripts.empty()) return {};
  const code::Grammar language = page ? code::Grammar::kJavaScript : grammar;
  const dataflow::Gate& gate = dataflow::Gate::of(language);
  const dataflow::Names names =
      page ? dataflow::Names(source.text(), language, scripts) : dataflow::Names(source.text(), language);
  const Answer answer = gate.ask(names, statements);
  if (page) return answer == Answer::kOpen ? script_flaws(source) : std::vector<dataflow::Flaw>{};
  if (answer == Answer::kClosed) return {};
  all = neighbours.of(subject, grammar);
  const Dealers dealers = dealers_of(all, names);
  if (!is_fed(answer, dealers.names)) return {};
  const dataflow::Shortened shortened = gate.shortened(names, dealers.names);
  if (shortened.nothing) return {};
  std::optional<code::Tree> shorter;
  if (shortened.text) shorter = code::Tree::parse(source.text(), grammar, {.instead = *shortened.text});
  const NeighbourPointer self = shortened.text || all.empty() ? nullptr : neighbours.self(source, grammar);
  const code::Tree* tree = shortened.text    ? (shorter ? &*shorter : nullptr)
                           : self == nullptr ? subject.parsed().tree()
                                             : self->tree();
  if (tree == nullptr) return {};
  const auto run = [&](const NeighbourList& beside) {
    return code_flaws(subject, *tree, grammar, beside, shortened, beside.size() < all.size());
  };
  const NeighbourList first = that_matter(all, dealers, shortened.in);
  // The others can only show that something is harmless.
  std::vector<dataflow::Flaw> found = run(first);
  return found.empty() || first.size() == all.size() ? found : run(all);
}

// All of a file, or the scripts of a page.
std::size_t code_bytes(const Source& source, code::Grammar grammar) {
  if (grammar != code::Grammar::kHtml || source.text().size() <= kMaxFollowed_bytes) return source.text().size();
  std::size_t size_bytes = 0;
  for (const auto& [begin, end] : scripts_of(source.text()))
    size_bytes += end - begin;
  return size_bytes;
}

// `beside`: becomes the neighbours that flaws speak of.
std::vector<dataflow::Flaw> flaws_of(const code::Subject& subject, bool statements, const Neighbours& neighbours,
                                     bool gated, NeighbourList& beside) {
  const auto grammar = code::grammar_of(subject.source());
  if (!grammar || (!dataflow::can_lower(*grammar) && *grammar != code::Grammar::kHtml)) return {};
  if (code_bytes(subject.source(), *grammar) > kMaxFollowed_bytes) {
    subject.leave_out("data is not followed through more than 1 MiB of code");
    return {};
  }
  if (gated) return gated_flaws(subject, *grammar, statements, neighbours, beside);
  if (*grammar == code::Grammar::kHtml) return script_flaws(subject.source());
  const code::Tree* tree = subject.parsed().tree();
  if (tree == nullptr) return {};
  beside = neighbours.of(subject, *grammar);
  return code_flaws(subject, *tree, *grammar, beside);
}

}  // namespace

std::vector<std::string> families() {
  std::vector<std::string> names;
  for (const dataflow::Rule& rule : dataflow::rules()) {
    if (rule.category != "internal" && std::ranges::find(names, rule.category) == names.end())
      names.push_back(rule.category);
  }
  return names;
}

code::Analyzer flaws(std::vector<std::string> wanted, FlawOptions options) {
  return [gated = options.gated, tests = options.tests, whole = options.whole,
          rules = std::make_shared<const FlawRules>(std::move(wanted)),
          neighbours = std::make_shared<const Neighbours>(std::move(options.root))](const code::Subject& subject,
                                                                                    std::vector<code::Spot>& spots) {
    const Source& source = subject.source();
    if (source.traits().lock || source.traits().minified) return;
    if (!tests && (source.traits().library || code::is_test_code(source.path()))) return;
    const Hint hint = rules->hint(source.text(), subject.matches());
    const bool may_hold = hint.may_hold || is_template(source.path()) || dataflow::Gate::may_merge(source);
    if (gated && !may_hold) return;
    std::vector<dataflow::Flaw> found = page_flaws(source);
    if (hint.statements || !gated) std::ranges::move(loose_sql_flaws(source), std::back_inserter(found));
    std::ranges::move(mapper_flaws(source), std::back_inserter(found));
    if (is_server_page(source.path()) && (hint.may_hold || !gated))
      std::ranges::move(server_page_flaws(source), std::back_inserter(found));
    NeighbourList beside;
    std::ranges::move(flaws_of(subject, hint.statements, *neighbours, gated, beside), std::back_inserter(found));
    for (const dataflow::Flaw& flaw : found) {
      if (!rules->wants(*flaw.rule)) continue;
      spots.push_back(spot_of(source, flaw));
      if (!flaw.there.empty()) show_there(flaw, beside, whole, spots.back());
      if (!spots.back().elsewhere) spots.back().fix = suggested_fix(source.text(), spots.back());
    }
  };
}

}  // namespace commandcenter::security_scanner
