// What a function puts where others find it: members and attributes of requests, responses and contexts; Ruby's
// "@name".
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "code/dataflow/engine.h"
#include "code/dataflow/words.h"

namespace commandcenter::code::dataflow {
namespace {

constexpr std::size_t kMaxShelf = 500;  // places
constexpr int kMaxShelf_depth = 3;      // of objects in objects

// What each handler gets, whatever it calls it; empty: something else.
std::string_view shared_by_handlers(std::string_view root) {
  if (one_of(root, "req request")) return "request";
  if (one_of(root, "res response reply")) return "response";
  return one_of(root, "ctx context") ? "context" : std::string_view{};
}

// "flask.g.name", "res.locals.name"; empty where no other function is known to find it. A session is of its user only.
std::string place_of_member(std::string_view path, Grammar grammar) {
  const bool python = grammar == Grammar::kPython;
  if ((!python && !is_script(grammar)) || path.find(".session") != std::string_view::npos) return {};
  for (const std::string_view library : {"flask.", "quart."}) {
    if (python && path.starts_with(library)) path.remove_prefix(library.size());
  }
  const std::string_view root = path.substr(0, path.find('.'));
  const std::string_view known = python && root == "g" ? root : shared_by_handlers(root);
  return known.empty() ? std::string() : std::string(known) + std::string(path.substr(root.size()));
}

// Under what a member or an attribute is kept among the names; no name of a program.
std::string kept_name(std::string_view name) {
  return "@" + std::string(name);
}

// Of Gin, Echo and Fiber.
bool is_context(const Value& object) {
  return one_of(object.path, "c ctx context") || one_of(object.type, "Context Ctx");
}

bool is_request(const Value& object) {
  const std::string_view path = object.path;
  return one_of(path.substr(path.rfind('.') + 1), "req request httpRequest servletRequest") ||
         one_of(object.type, "HttpServletRequest ServletRequest");
}

bool has_key(const Call& call) {
  return !call.arguments.empty() && call.arguments[0].value->text && call.arguments[0].value->constant();
}

// "before_action :name", but not "before_action :other, only: :name".
bool is_named_before(std::string_view text, std::string_view name) {
  const std::string symbol = ":" + std::string(name);
  for (std::size_t at = text.find(symbol); at != std::string_view::npos; at = text.find(symbol, at + 1)) {
    const std::size_t line = at == 0 ? 0 : text.rfind('\n', at) + 1;
    const std::string_view head = text.substr(line, at - line);
    const std::size_t end = at + symbol.size();
    const bool whole = end >= text.size() || std::string_view(",) \t\r\n").find(text[end]) != std::string_view::npos;
    const auto says = [&](std::string_view word) { return head.find(word) != std::string_view::npos; };
    if (whole && says("before") && !says("only") && !says("except")) return true;
  }
  return false;
}

}  // namespace

// Where other functions find it that run later or, as they do not wait for each other, earlier in the file. Only what
// a user sent, as he sent it: a record that was looked up by it is another thing.
void Engine::shelve(const std::string& place, const ValuePtr& value, std::uint32_t offset, const Env& env, int depth) {
  if (proves_ != nullptr || shelf_.size() >= kMaxShelf) return;
  std::vector<Taint> taints = value->taints;
  if (const Box* box = box_of(*value, env)) {
    for (const auto& [name, held] : box->items) {
      if (depth < kMaxShelf_depth) shelve(place + "." + name, held, offset, env, depth + 1);
    }
    for (const ValuePtr& held : box->list)
      add_taints(taints, reach(held, env));
    if (box->rest != nullptr) add_taints(taints, reach(box->rest, env));
    if (box->built != nullptr) add_taints(taints, box->built->taints);
  }
  std::erase_if(taints, [](const Taint& taint) { return taint.level != Level::kSource || taint.guessed; });
  if (taints.empty()) return;
  came_late_ = came_late_ || missed_.contains(place);
  const ValuePtr kept = with_step(derived(taints), place_of(offset), "is kept for other functions");
  ValuePtr& held = shelf_[place];
  held = held == nullptr ? kept : join(held, kept);
}

// Null: nothing lies there, so far.
ValuePtr Engine::shelved(const std::string& place) {
  const auto held = shelf_.find(place);
  if (held != shelf_.end()) return held->second;
  if (missed_.size() < kMaxShelf) missed_.insert(place);
  return nullptr;
}

// "object.name = value", of an object of which only its name is known.
void Engine::keep_member(const Value& object, std::string_view name, const ValuePtr& value, IrId target, Env& env) {
  if (object.box != 0 || object.path.empty() || object.path.find_first_of("([") != std::string::npos) return;
  const std::string path = object.path + "." + std::string(name);
  const std::string key = kept_name(path);
  const std::string place = place_of_member(path, module_.grammar);
  const bool foreign =
      std::ranges::any_of(reach(value, env), [](const Taint& taint) { return taint.level == Level::kSource; });
  if (!foreign && !env.names.contains(key) && !shelf_.contains(place)) return;
  keeps_members_ = true;
  env.names[*spread_names_.insert(key).first] = foreign ? value : nothing();
  if (foreign && !place.empty()) shelve(place, value, module_.at(target).begin, env);
}

// What was put on it in this function; null: nothing of a user's.
ValuePtr Engine::kept_member(const Value& member, const Env& env) const {
  if (!keeps_members_ || member.path.empty()) return nullptr;
  const auto kept = env.names.find(kept_name(member.path));
  if (kept == nullptr || reach(kept->second, env).empty()) return nullptr;
  Value value = *kept->second;
  value.path = member.path;
  return std::make_shared<const Value>(std::move(value));
}

// What another function put on it, unless this one put something harmless there; null: nothing.
ValuePtr Engine::shelved_member(const Value& member, const Env& env) {
  const std::string place = place_of_member(member.path, module_.grammar);
  if (place.empty() || (keeps_members_ && env.names.contains(kept_name(member.path)))) return nullptr;
  return shelved(place);
}

// Of Go's contexts: a text, or an expression as it is written.
std::string Engine::key_in_context(const Argument& key) const {
  const Value& value = *key.value;
  if (value.text && value.constant()) return kept_name(*value.text);
  return key.ir == kNoIr ? std::string() : kept_name(written(key.ir));
}

// request.setAttribute(key, value); c.Set(key, value) of Gin and Echo, c.Locals(key, value) of Fiber;
// context.WithValue(parent, key, value).
void Engine::keep_attribute(const Call& call, Env& env) {
  if (module_.grammar == Grammar::kGo && call.path == "context.WithValue" && call.arguments.size() == 3) {
    const std::string key = key_in_context(call.arguments[1]);
    if (!key.empty()) shelve(key, call.arguments[2].value, module_.at(call.ir).begin, env);
    return;
  }
  if (call.receiver == nullptr || call.receiver->box != 0 || call.arguments.size() != 2 || !has_key(call)) return;
  const bool java = module_.grammar == Grammar::kJava && call.name == "setAttribute";
  const bool go = module_.grammar == Grammar::kGo && one_of(call.name, "Set Locals") && is_context(*call.receiver);
  if (!java && !go) return;
  const std::string key = kept_name(*call.arguments[0].value->text);
  const ValuePtr& value = call.arguments[1].value;
  env.names[*spread_names_.insert(key).first] = value;
  if (go || is_request(*call.receiver)) shelve(key, value, module_.at(call.ir).begin, env);
}

// Null: nothing is known of it.
ValuePtr Engine::kept_attribute(const Call& call, const Env& env) {
  if (call.arguments.size() != 1) return nullptr;
  const IrId asked = module_.at(call.callee).op == Op::kField ? module_.kid(call.callee, 0) : kNoIr;
  if (module_.grammar == Grammar::kGo && call.name == "Value" && asked != kNoIr &&
      (one_of(written(asked), "c ctx context") || written(asked).ends_with(".Context()"))) {
    const std::string key = key_in_context(call.arguments[0]);
    return key.empty() ? nullptr : shelved(key);
  }
  if (!has_key(call)) return nullptr;
  const bool java = module_.grammar == Grammar::kJava && call.name == "getAttribute";
  const bool go = module_.grammar == Grammar::kGo && call.receiver != nullptr &&
                  one_of(call.name, "Get MustGet GetString Value Locals") && is_context(*call.receiver);
  if (!java && !go) return nullptr;
  const std::string key = kept_name(*call.arguments[0].value->text);
  if (const auto* kept = env.names.find(key); kept != nullptr) return kept->second;
  const bool shared = go || (call.receiver != nullptr && is_request(*call.receiver));
  const ValuePtr held = shared ? shelved(key) : nullptr;
  // What nobody here has put there is none of the request's own: a handler in front has.
  const bool own = go && held == nullptr && one_of(call.name, "MustGet GetString") && call.receiver->box == 0;
  return own ? nothing() : held;
}

// Ruby's "@name" is there for all methods of its class that run behind this one.
std::string Engine::place_of_own(std::string_view name) const {
  if (module_.grammar != Grammar::kRuby || !name.starts_with('@')) return {};
  return (frame_.function == nullptr ? std::string() : std::string(frame_.function->owner)) + std::string(name);
}

// "before_action :name", or a constructor: the function that runs, or one that calls it, does so before others of its
// object. An action of a controller has an object of its own.
bool Engine::runs_first() {
  return std::ranges::any_of(active_, [&](std::size_t index) {
    const auto [known, is_new] = first_.try_emplace(index, false);
    const std::string_view name = module_.functions[index].name;
    if (is_new) known->second = name == "initialize" || (!name.empty() && is_named_before(module_.text, name));
    return known->second;
  });
}

}  // namespace commandcenter::code::dataflow
