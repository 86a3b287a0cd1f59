// What was left behind: notes to oneself, output for debugging, debuggers.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "code/review/judge.h"

namespace commandcenter::code::review {
namespace {

using enum Role;

constexpr std::size_t kMaxNote_bytes = 160;

struct Call {
  Grammar grammar;
  std::string_view callee;
};

// Output that is meant for whoever debugs. A program that prints as its purpose may suppress the rule.
constexpr auto kPrints = std::to_array<Call>({
    {Grammar::kPython, "print"},
    {Grammar::kPython, "pprint"},
    {Grammar::kPython, "pprint.pprint"},
    {Grammar::kPhp, "var_dump"},
    {Grammar::kPhp, "print_r"},
    {Grammar::kPhp, "var_export"},
    {Grammar::kPhp, "dd"},
    {Grammar::kPhp, "dump"},
    {Grammar::kRuby, "pp"},
    {Grammar::kRuby, "p"},
    {Grammar::kJava, "System.out.println"},
    {Grammar::kJava, "System.out.print"},
    {Grammar::kJava, "System.out.printf"},
    {Grammar::kRust, "dbg"},
    {Grammar::kGo, "fmt.Println"},
    {Grammar::kGo, "fmt.Printf"},
    {Grammar::kGo, "fmt.Print"},
    {Grammar::kCSharp, "Console.WriteLine"},
    {Grammar::kCSharp, "Console.Write"},
    {Grammar::kPhp, "ddd"},
    {Grammar::kRuby, "ap"},
    {Grammar::kGo, "println"},
    {Grammar::kGo, "spew.Dump"},
    {Grammar::kGo, "pp.Println"},
});

constexpr auto kDebuggers = std::to_array<Call>({
    {Grammar::kPython, "breakpoint"},
    {Grammar::kPython, "pdb.set_trace"},
    {Grammar::kPython, "ipdb.set_trace"},
    {Grammar::kPython, "pudb.set_trace"},
    {Grammar::kPython, "pdb.post_mortem"},
    {Grammar::kPython, "rdb.set_trace"},
    {Grammar::kPython, "wdb.set_trace"},
    {Grammar::kPython, "web_pdb.set_trace"},
    {Grammar::kPython, "pytest.set_trace"},
    {Grammar::kPython, "set_trace"},
    {Grammar::kPython, "IPython.embed"},
    {Grammar::kPython, "debugpy.breakpoint"},
    {Grammar::kPython, "debugpy.wait_for_client"},
    {Grammar::kPython, "pydevd.settrace"},
    {Grammar::kRuby, "byebug"},
    {Grammar::kRuby, "debugger"},
    {Grammar::kRuby, "binding.pry"},
    {Grammar::kRuby, "binding.irb"},
    {Grammar::kRuby, "binding.b"},
    {Grammar::kRuby, "binding.break"},
    {Grammar::kRuby, "binding.remote_pry"},
    {Grammar::kRuby, "Pry.start"},
    {Grammar::kPhp, "xdebug_break"},
    {Grammar::kCSharp, "Debugger.Break"},
    {Grammar::kCSharp, "Debugger.Launch"},
    {Grammar::kCSharp, "System.Diagnostics.Debugger.Break"},
    {Grammar::kCSharp, "System.Diagnostics.Debugger.Launch"},
    {Grammar::kGo, "runtime.Breakpoint"},
    {Grammar::kC, "__debugbreak"},
    {Grammar::kCpp, "__debugbreak"},
    {Grammar::kCpp, "std::breakpoint"},
});

template <std::size_t kSize>
bool names(const std::array<Call, kSize>& calls, Grammar grammar, std::string_view callee) {
  return std::ranges::any_of(calls, [&](const Call& call) { return call.grammar == grammar && call.callee == callee; });
}

// "print_r($x, true)" gives the text to whoever calls it.
bool returns_text(const View& view, NodeId call) {
  const std::string_view callee = view.callee(call);
  if (!view.is(Grammar::kPhp) || (callee != "print_r" && callee != "var_export")) return false;
  const auto arguments = view.arguments(call);
  return arguments.size() > 1 && !view.text(arguments[1]).ends_with("false");
}

// What it prints would be done or changed by printing it.
bool has_effects(const View& view, NodeId call) {
  for (NodeId id = call + 1; id < view.node(call).after; ++id) {
    const std::string_view kind = view.kind(id);
    if (view.role(id) == kAwait || kind == "yield_expression" || kind == "update_expression" ||
        kind.ends_with("assignment_expression"))
      return true;
  }
  return false;
}

// "if (debug)", "VERBOSE && …": whoever wants to read it says so.
bool is_asked_for_output(const View& view, NodeId call) {
  for (NodeId child = call, at = view.parent(call); at != kNoNode && !view.is_function(at);
       child = at, at = view.parent(at)) {
    NodeId condition = kNoNode;
    if (view.role(at) == kIf) condition = view.child(at, "condition");
    if (view.role(at) == kBinary) condition = view.tree().named_child(at, 0);
    if (condition == kNoNode || condition == child) continue;
    std::string low(view.text(condition).substr(0, kMaxNote_bytes));
    for (char& c : low)
      c = static_cast<char>(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
    for (const std::string_view word : {"debug", "verbose", "trace", "loglevel", "log_level"})
      if (low.find(word) != std::string::npos) return true;
  }
  return false;
}

bool is_word_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// A note to oneself as a word of its own, in capitals, or at the beginning with a colon or bracket behind it.
std::size_t note_in(std::string_view comment, std::size_t from) {
  constexpr auto kWords =
      std::to_array<std::string_view>({"TO"
                                       "DO",
                                       "FIX"
                                       "ME"});
  std::size_t first = std::string_view::npos;
  for (const std::string_view word : kWords) {
    for (std::size_t at = comment.find(word, from); at != std::string_view::npos; at = comment.find(word, at + 1)) {
      const bool begins = at == 0 || !is_word_byte(comment[at - 1]);
      const std::size_t end = at + word.size();
      if (begins && (end == comment.size() || !is_word_byte(comment[end]))) {
        first = std::min(first, at);
        break;
      }
    }
  }
  if (first != std::string_view::npos || from > 0) return first;
  const std::size_t begin = comment.find_first_not_of("/*#-! \t");
  if (begin == std::string_view::npos) return begin;
  for (const std::string_view word : {"todo", "fixme", "Todo", "Fixme"}) {
    const std::string_view rest = comment.substr(begin);
    if (rest.starts_with(word) && rest.size() > word.size() && (rest[word.size()] == ':' || rest[word.size()] == '('))
      return begin;
  }
  return std::string_view::npos;
}

void judge_comment(Judge& judge, NodeId id) {
  const std::string_view comment = judge.view().text(id);
  const std::size_t begin = judge.view().node(id).begin;
  for (std::size_t at = note_in(comment, 0); at != std::string_view::npos;) {
    const std::size_t end = std::min(comment.find('\n', at), comment.size());
    std::string_view note = comment.substr(at, std::min(end - at, kMaxNote_bytes));
    while (!note.empty() && std::string_view(" \t\r*/-#>").find(note.back()) != std::string_view::npos)
      note.remove_suffix(1);
    judge.add(Rule::kTodo, begin + at, begin + at + note.size(),
              fmt::format("{}: {}", info(Rule::kTodo).title, to_utf8(cut_utf8(note, kMaxNote_bytes))));
    at = end < comment.size() ? note_in(comment, end) : std::string_view::npos;
  }
}

// The statement that the call is, so that taking it out leaves nothing behind.
NodeId statement_of(const View& view, NodeId call) {
  const NodeId above = view.parent(call);
  return above != kNoNode && view.role(above) == kStatement ? above : call;
}

// A file that prints at many places shows people what it does: that is what it is for.
bool prints_often(Judge& judge) {
  constexpr std::size_t kOften = 8;
  if (judge.prints_often) return *judge.prints_often;
  const View& view = judge.view();
  std::size_t count = 0;
  for (const NodeId id : judge.leaves().with_role)
    if (view.role(id) == kCall && names(kPrints, view.tree().grammar(), view.callee(id))) ++count;
  return judge.prints_often.emplace(count > kOften);
}

void judge_output(Judge& judge, NodeId id) {
  const View& view = judge.view();
  const Traits& traits = view.source().traits();
  const std::string_view callee = view.callee(id);
  if (callee.empty()) return;
  const Grammar grammar = view.tree().grammar();
  const NodeId statement = statement_of(view, id);
  constexpr std::size_t kLongestDebugger = sizeof "System.Diagnostics.Debugger.Launch";
  const bool short_enough = !view.is_script() && callee.size() < kLongestDebugger;
  if (short_enough && names(kDebuggers, grammar, callee)) {
    judge.add(Rule::kDebugger, id, fmt::format("Debugger left in code: {}", callee)).fix =
        judge.without_line(statement);
    return;
  }
  if (traits.test || traits.example || traits.documentation) return;
  if (view.is_script()) {
    // A program: people read what it prints.
    if (view.source().text().starts_with("#!") || is_of_command(view.source().path())) return;
    constexpr auto kMethods = std::to_array<std::string_view>(
        {"console.log", "console.debug", "console.trace", "console.dir", "console.table"});
    if (std::ranges::find(kMethods, callee) == kMethods.end()) return;
    const std::string title = fmt::format("{} found in production code", callee);
    Spot& spot = judge.add(Rule::kConsole, id, title);
    if (statement != id && !has_effects(view, id)) spot.fix = judge.without_line(statement);
    if (is_asked_for_output(view, id)) spot.severity = Severity::kLow;
    return;
  }
  if (!names(kPrints, grammar, callee) || returns_text(view, id) || is_of_command(view.source().path())) return;
  const std::string_view text = view.source().text();
  const bool is_program =
      (view.is(Grammar::kPython) && (text.starts_with("#!") || text.find("__main__") != std::string_view::npos)) ||
      (view.is(Grammar::kGo) && text.find("package main") != std::string_view::npos) ||
      text.find("static void main(") != std::string_view::npos ||
      text.find("static void Main(") != std::string_view::npos;
  const bool to_stream = view.is(Grammar::kPython) && view.text(id).find("file=") != std::string_view::npos;
  if (is_program || to_stream || prints_often(judge) || is_asked_for_output(view, id)) return;
  judge.add(Rule::kPrint, id, fmt::format("Output for debugging: {}", callee));
}

}  // namespace

bool is_of_command(std::string_view path) {
  constexpr auto kFolders =
      std::to_array<std::string_view>({"bin", "cli", "cmd", "cmds", "command", "commands", "Command", "Commands",
                                       "script", "scripts", "tool", "tools"});
  for (std::size_t begin = 0, end = path.find('/'); end != std::string_view::npos; end = path.find('/', begin)) {
    if (std::ranges::find(kFolders, path.substr(begin, end - begin)) != kFolders.end()) return true;
    begin = end + 1;
  }
  return false;
}

void judge_leftovers(Judge& judge, NodeId id) {
  const View& view = judge.view();
  const Role role = view.role(id);
  if (role == kComment) return judge_comment(judge, id);
  if (role == kCall) return judge_output(judge, id);
  if (role != kDebugger) return;
  const NodeId above = view.parent(id);
  const bool stands_alone = above == kNoNode || view.role(above) != kCall;
  if (view.is_script() || (names(kDebuggers, Grammar::kRuby, view.text(id)) && stands_alone))
    judge.add(Rule::kDebugger, id, "Debugger left in code").fix = judge.without_line(id);
}

}  // namespace commandcenter::code::review
