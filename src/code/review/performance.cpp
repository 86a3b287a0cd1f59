// Loops in loops, and what a loop repeats for no reason.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "code/review/judge.h"

namespace commandcenter::code::review {
namespace {

using enum Role;

constexpr auto kSyncNames = std::to_array<std::string_view>(
    {"readFileSync", "writeFileSync", "appendFileSync", "existsSync",     "statSync",   "lstatSync",
     "readdirSync",  "mkdirSync",     "rmSync",         "rmdirSync",      "unlinkSync", "renameSync",
     "copyFileSync", "accessSync",    "openSync",       "closeSync",      "readSync",   "writeSync",
     "chmodSync",    "realpathSync",  "symlinkSync",    "truncateSync",   "cpSync",     "mkdtempSync",
     "readJsonSync", "writeJsonSync", "ensureDirSync",  "outputFileSync", "removeSync"});

// "text.replaceAll(\"a+\", …)": of a text that is written down.
bool has_constant(const View& view, NodeId call) {
  const auto arguments = view.arguments(call);  // those of a matcher have one less
  const std::size_t least = called_name(view, call) == "matches" ? 1 : 2;
  return arguments.size() >= least && view.role(arguments[0]) == kString;
}

bool compiles_regex(const View& view, NodeId id) {
  const std::string_view callee = view.callee(id);
  switch (view.tree().grammar()) {
    case Grammar::kJavaScript:
    case Grammar::kTypeScript:
    case Grammar::kTsx:
      return callee == "RegExp";
    case Grammar::kPython:
      return callee == "re.compile" || callee == "regex.compile";
    case Grammar::kJava: {
      constexpr auto kMethods = std::to_array<std::string_view>({"matches", "replaceAll", "replaceFirst"});
      if (callee == "Pattern.compile" || callee == "Pattern.matches") return true;
      const std::string_view name =
          callee.empty() ? called_name(view, id) : callee.substr(callee.find_last_of('.') + 1);
      return std::ranges::find(kMethods, name) != kMethods.end() && has_constant(view, id);
    }
    case Grammar::kGo:
      return callee == "regexp.MustCompile" || callee == "regexp.Compile" || callee == "regexp.MatchString";
    case Grammar::kRust:
      return callee == "Regex::new";
    case Grammar::kCSharp:
      return view.role(id) == kNew && callee == "Regex";
    case Grammar::kRuby:
      return callee == "Regexp.new";
    default:
      return false;
  }
}

// A program that people start waits for nobody else.
bool is_program(const View& view) {
  return view.source().text().starts_with("#!") || is_of_command(view.source().path());
}

// Calls that stop the whole event loop.
bool blocks(const View& view, std::string_view callee) {
  if (view.is(Grammar::kPython)) {
    constexpr auto kNames = std::to_array<std::string_view>(
        {"open", "time.sleep", "urllib.request.urlopen", "subprocess.run", "subprocess.call", "subprocess.check_call",
         "subprocess.check_output", "os.system", "os.listdir", "os.walk", "shutil.copy", "shutil.rmtree"});
    return callee.starts_with("requests.") || std::ranges::find(kNames, callee) != kNames.end();
  }
  if (!view.is(Grammar::kCSharp)) return false;
  if (callee.starts_with("System.IO.")) callee.remove_prefix(10);
  const bool file =
      callee.starts_with("File.Read") || callee.starts_with("File.Write") || callee.starts_with("File.Append");
  return (file && !callee.ends_with("Async")) || callee == "Thread.Sleep";
}

// A warning when the inner loop searches among all for what the outer one brings: that is what a map is for. Loops
// whose turns are all needed, such as those over rows and columns, are worth a look when the data grow.
void judge_loop(Judge& judge, const Loops& loops, NodeId id) {
  const View& view = judge.view();
  const NodeId outer = loops.around(id);
  if (outer == kNoNode) return;
  Spot& spot =
      judge.add(Rule::kNestedLoops, id, fmt::format("Nested loops detected: in the loop of line {}", view.line(outer)));
  if (loops.length_of(id, outer) == Loops::Length::kOfAll) {
    if (!view.source().traits().test && loops.compares(id, outer)) return;
    spot.suggestion = "If both grow with the data, find another way than to see each pair.";
  } else {
    spot.suggestion = "Nothing to do when each element is seen once.";
  }
  spot.severity = Severity::kLow;
  spot.confidence = Confidence::kMedium;
}

// Of a text that is the same in each turn. The first argument tells: others are flags, or what is looked into.
void judge_regex(Judge& judge, const Loops& loops, NodeId id) {
  const View& view = judge.view();
  const NodeId loop = loops.around(id);
  const auto arguments = view.arguments(id);
  if (loop == kNoNode || arguments.empty()) return;
  if (view.is_constant(arguments[0]) || loops.is_same_in_each_turn(arguments[0], loop))
    judge.add(Rule::kRegexInLoop, id);
}

void judge_call(Judge& judge, const Loops& loops, NodeId id) {
  const View& view = judge.view();
  const std::string_view callee = view.callee(id);
  if (callee.empty()) {
    if (view.is(Grammar::kJava) && compiles_regex(view, id)) judge_regex(judge, loops, id);
    return judge_query(judge, loops, id, callee);
  }
  if (view.is_script() && callee.ends_with("Sync")) {
    const std::size_t point = callee.rfind('.');
    const std::string_view name = point == std::string_view::npos ? callee : callee.substr(point + 1);
    const std::string_view receiver = point == std::string_view::npos ? "fs" : callee.substr(0, point);
    const bool of_fs = receiver.starts_with("fs") || receiver.ends_with("fs") || receiver.ends_with("fsExtra");
    if (!of_fs || std::ranges::find(kSyncNames, name) == kSyncNames.end() || is_program(view)) return;
    const NodeId function = view.function_around(id);
    const bool waits = function != kNoNode && view.is_async(function);
    Spot& spot = judge.add(Rule::kSyncFs, id,
                           waits ? fmt::format("Synchronous file system operation in an async function: {}", name)
                                 : fmt::format("Synchronous file system operation: {}", name));
    if (waits && !view.source().traits().test) spot.severity = Severity::kMedium;
    return;
  }
  if (blocks(view, callee)) {
    const NodeId function = view.function_around(id);
    if (function == kNoNode || !view.is_async(function)) return;
    Spot& spot = judge.add(Rule::kSyncFs, id, fmt::format("Blocking call in an async function: {}", callee));
    spot.severity = view.source().traits().test ? Severity::kLow : Severity::kMedium;
    spot.suggestion = view.is(Grammar::kCSharp) ? "Use the method of the same name that ends in Async, and await it."
                                                : "Await its asynchronous counterpart, or asyncio.to_thread.";
    return;
  }
  if (compiles_regex(view, id)) return judge_regex(judge, loops, id);
  judge_query(judge, loops, id, callee);
}

// What is waited for is time: to try again later, or not too often.
bool is_pause(const View& view, NodeId awaited) {
  if (view.role(awaited) == kNew) return view.text(awaited).find("setTimeout") != std::string_view::npos;
  if (view.role(awaited) != kCall) return false;
  constexpr auto kNames = std::to_array<std::string_view>({"sleep", "delay", "setTimeout", "Delay", "Sleep"});
  const std::string_view callee = view.callee(awaited);
  return std::ranges::find(kNames, callee.substr(callee.find_last_of(".:") + 1)) != kNames.end();
}

// What is awaited waits for many already, or hands on work that others wait for.
bool waits_for_many(const View& view, NodeId awaited) {
  if (view.role(awaited) != kCall) return false;
  constexpr auto kCalls =
      std::to_array<std::string_view>({"Promise.all", "Promise.allSettled", "Promise.race", "Promise.any",
                                       "asyncio.gather", "asyncio.wait", "Task.WhenAll", "Task.WhenAny"});
  if (std::ranges::find(kCalls, view.callee(awaited)) != kCalls.end()) return true;
  const std::string_view name = called_name(view, awaited);
  return view.is(Grammar::kPython) && (name == "spawn" || name == "put");
}

// "a = await f(a)": the next turn needs what this one waits for.
bool carries_on(const View& view, NodeId await) {
  const NodeId above = view.parent(await);
  if (above == kNoNode || view.kind(above).find("assignment") == std::string_view::npos) return false;
  const NodeId left = view.child(above, "left");
  if (left == kNoNode || view.node(left).after != left + 1) return false;
  bool used = false;
  for_each_name(view, await, [&](NodeId, std::string_view name) { used = used || name == view.text(left); });
  return used;
}

// The turns follow each other by nature: the elements come one by one ("for await"), or there is a condition instead of
// elements, or a turn decides whether there is another one.
bool is_sequence(const View& view, NodeId loop) {
  const std::string_view kind = view.kind(loop);
  if (kind.starts_with("while") || kind.starts_with("do_") || kind.starts_with("until")) return true;
  for (NodeId at = view.tree().first_child(loop); at != kNoNode && view.role(at) != kBlock;
       at = view.tree().next_sibling(at)) {
    const std::string_view text = view.node(at).named ? std::string_view() : view.text(at);
    if (text == "await" || text == "async") return true;
  }
  for (NodeId id = loop + 1; id < view.node(loop).after;) {
    if (view.is_function(id)) {
      id = view.node(id).after;
      continue;
    }
    const Role role = view.role(id);
    if (role == kReturn) return true;
    if (role == kBreak && view.text(id).starts_with("break")) {
      NodeId around = view.parent(id);
      while (around != loop && view.role(around) != kLoop && view.role(around) != kSwitch)
        around = view.parent(around);
      if (around == loop) return true;
    }
    ++id;
  }
  return false;
}

// The first one of a loop: who starts all turns at once looks at them all.
void judge_await(Judge& judge, const Loops& loops, NodeId id) {
  const View& view = judge.view();
  const NodeId loop = loops.around(id);
  if (loop == kNoNode || view.role(loop) != kLoop) return;
  const NodeId awaited = view.tree().named_child(id, 0);
  if (awaited != kNoNode && view.role(awaited) == kCall && is_query(view, awaited)) return;  // told already
  if (awaited != kNoNode && (is_pause(view, awaited) || waits_for_many(view, awaited))) return;
  if (!judge.first_of(loop) || carries_on(view, id) || is_sequence(view, loop)) return;
  judge.add(Rule::kAwaitInLoop, id);
}

}  // namespace

void judge_performance(Judge& judge, NodeId id) {
  const View& view = judge.view();
  const Loops loops(view);
  const Role role = view.role(id);
  if (role == kLoop) {
    if (loops.is_loop(id)) judge_loop(judge, loops, id);
  } else if (role == kCall) {
    if (loops.is_loop(id))
      judge_loop(judge, loops, id);
    else
      judge_call(judge, loops, id);
  } else if (role == kNew && compiles_regex(view, id)) {
    judge_call(judge, loops, id);
  } else if (role == kAwait) {
    judge_await(judge, loops, id);
  }
}

}  // namespace commandcenter::code::review
