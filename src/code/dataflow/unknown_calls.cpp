// What a function gives that nobody knows: what goes in may come out.
#include <algorithm>
#include <array>

#include "code/dataflow/engine.h"
#include "code/dataflow/promises.h"
#include "code/dataflow/types.h"
#include "code/dataflow/words.h"
#include "code/source/source.h"

namespace commandcenter::code::dataflow {
namespace {

constexpr std::string_view kToText = "str String valueOf strval string Sprint repr unicode toString to_s ToString";

// Only asked, or told: what goes in does not stay.
bool is_question(std::string_view method) {
  return one_of(
      method,
      "has includes contains containsKey containsValue indexOf lastIndexOf get getOrDefault equals test match "
      "find matches in_array anyMatch noneMatch allMatch some every Contains Any emit Auth Authenticate "
      "Check Verify Validate Log Logf Print Printf Println Debug Debugf Info Infof Warn Warnf Error Errorf");
}

// Works on texts that the program holds, and gives nothing but what follows from them: codec.encode("a").
bool computes(const Call& call) {
  if (call.receiver == nullptr || call.arguments.empty()) return false;
  for (const Argument& argument : call.arguments) {
    if (!argument.value->constant() || argument.value->kind == Kind::kNull) return false;
  }
  const std::string name = lower(call.name);
  constexpr auto kReads = std::to_array<std::string_view>(
      {"get",      "read",  "load",   "find",   "fetch",   "quer",    "select", "next",   "poll",   "receive",
       "input",    "ask",   "prompt", "look",   "resolve", "request", "param",  "header", "cookie", "env",
       "property", "value", "post",   "open",   "exec",    "call",    "run",    "send",   "search", "list",
       "all",      "one",   "first",  "last",   "row",     "col",     "field",  "item",   "query",  "arg",
       "option",   "attr",  "key",    "string", "text",    "data",    "body",   "form",   "json",   "session",
       "scan",     "pop",   "take",   "shift",  "invoke",  "of",      "at",     "by",     "with",   "from"});
  return std::ranges::none_of(kReads, [&](std::string_view word) { return name.find(word) != std::string::npos; });
}

}  // namespace

// One such call.
class Engine::UnknownCall : private Part {
 public:
  UnknownCall(Engine& engine, const Call& call, Env& env)
      : Part(engine, env), call_(call), receiver_(call.receiver.get()) {}

  ValuePtr result() {
    if (ValuePtr text = as_text(); text != nullptr) return text;
    if (ValuePtr made = engine_.builtin_of_go(call_, env_); made != nullptr) return made;
    if (is_address_of_go()) return call_.receiver;
    if (ValuePtr text = engine_.repeated(call_, env_); text != nullptr) return text;
    if (ValuePtr text = engine_.formatted(call_, env_); text != nullptr) return text;
    const std::string_view declared = type_of_member();
    if (engine_.is_safe(declared)) return nothing();
    std::vector<Taint> of_receiver = taints_of_receiver(declared.empty());
    std::vector<Taint> given = taints_given();
    keep(given);
    Value value;
    value.taints = std::move(of_receiver);
    become_record(given);
    add_taints(value.taints, given);
    if (!declared.empty() && module_.bases.contains(short_type(declared))) value.type = short_type(declared);
    keep_text(value);
    if (value.taints.empty() && may_bring_something(given.empty())) add_result(value);
    const bool object =
        grammar_ == Grammar::kPython && !call_.name.empty() && call_.name.front() >= 'A' && call_.name.front() <= 'Z';
    if (object) engine_.become_object(value, call_.name, given, env_);
    return std::make_shared<const Value>(std::move(value));
  }

 private:
  // String(x), x.toString()
  ValuePtr as_text() const {
    if (!one_of(call_.name, kToText)) return nullptr;
    const ValuePtr hole = text_value(std::string(1, kHole));
    const bool encodes =
        receiver_ != nullptr && (is_script(grammar_) || receiver_->box != 0);  // buffer.toString("utf8")
    if (encodes) return receiver_->box != 0 && engine_.reach(call_.receiver, env_).empty() ? hole : nullptr;
    if (call_.arguments.size() != 1) return nullptr;
    const ValuePtr given = engine_.as_text(call_.arguments[0].value, env_);
    if (given != call_.arguments[0].value) return given;
    if (given->constant()) return concatenation(text_value(""), given, Build::kConcatenation);
    return engine_.reach(given, env_).empty() ? hole : nullptr;
  }

  // r.URL.String()
  bool is_address_of_go() const {
    return grammar_ == Grammar::kGo && call_.name == "String" && call_.arguments.empty() && receiver_ != nullptr &&
           receiver_->text && !receiver_->taints.empty();
  }

  // Of the member that "getName()", or "name()" of a record, gives; empty: not known.
  std::string_view type_of_member() const {
    if (receiver_ == nullptr || !call_.arguments.empty()) return {};
    if (call_.name.size() > 3 && call_.name.starts_with("get")) {
      std::string field(call_.name.substr(3));
      field[0] = static_cast<char>(field[0] | 0x20);
      if (const auto declared = engine_.field_type(receiver_->type, field); !declared.empty()) return declared;
    }
    return engine_.field_type(receiver_->type, call_.name);
  }

  std::vector<Taint> taints_of_receiver(bool undeclared) const {
    std::vector<Taint> taints;
    if (receiver_ == nullptr) return taints;
    add_taints(taints, engine_.reach(call_.receiver, env_));
    const Argument* key = engine_.looks_up(call_.callee) ? call_.positional(0) : nullptr;
    if (key != nullptr && key->value->text && key->value->constant())
      taints = part_of(derived(taints), *key->value->text)->taints;
    // "column.name()", of what is no record here, is likely one of a few names.
    const bool enumerated = grammar_ == Grammar::kJava && call_.name == "name" && call_.arguments.empty() &&
                            undeclared && receiver_->box == 0;
    const bool texts_have_methods = grammar_ != Grammar::kPhp;
    const bool text = is_script(grammar_) &&
                      one_of(call_.name,
                             "trim trimStart trimEnd toLowerCase toUpperCase toString substring substr normalize "
                             "padStart padEnd replace replaceAll join");
    for (Taint& taint : taints) {  // what a method of an unknown object gives is not that object
      if (enumerated && taint.level == Level::kParam) taint.level = Level::kResult;
      if (taint.level == Level::kUnknown || (taint.guessed && !texts_have_methods)) taint.level = Level::kResult;
      if (text) taint.cleared |= kNosqlContext;
    }
    return taints;
  }

  std::vector<Taint> taints_given() const {
    std::vector<Taint> given;
    for (const Argument& argument : call_.arguments)
      if (argument.value->function < 0) add_taints(given, engine_.reach(argument.value, env_));
    Contexts harmless_in = module_.doubts ? 0 : promised(call_.name);
    if (grammar_ == Grammar::kJava && call_.name == "apply" && receiver_ != nullptr)
      harmless_in |= engine_.cleans(*receiver_);  // a method by reference
    for (Taint& taint : given) {
      taint.guessed = true;
      taint.cleared |= harmless_in;
    }
    return given;
  }

  // What goes into an object stays in it.
  void keep(const std::vector<Taint>& given) {
    if (receiver_ == nullptr || receiver_->box == 0 || receiver_->box == engine_.frame_.self || given.empty() ||
        is_question(call_.name))
      return;
    if (Box* box = engine_.writable(receiver_->box, env_); box != nullptr) widen(box->rest, derived(given));
  }

  // What was looked up by what was given is not that.
  void become_record(std::vector<Taint>& given) const {
    const std::string_view before = std::string_view(module_.text).substr(0, module_.at(call_.ir).begin);
    const bool awaited = receiver_ != nullptr && awaits(before) && brings_data(receiver_->path, call_.name);
    if (module_.doubts || !(awaited || finds_record(grammar_, call_))) return;
    for (Taint& taint : given)
      taint.level = Level::kResult;
  }

  // Strings that are only passed on keep their text: strip, trim, dedent, text(), literal…
  void keep_text(Value& value) const {
    const bool replaces = one_of(call_.name, "sub gsub replace replaceAll str_replace preg_replace ReplaceAll");
    const Value* kept = nullptr;
    for (const Argument& argument : call_.arguments) {
      const Value& given = *argument.value;
      const bool passed = call_.arguments.size() == 1 || (given.build != Build::kNone && replaces);
      if (given.function < 0 && given.text && passed) kept = &given;
    }
    if (receiver_ != nullptr && receiver_->text && !receiver_->taints.empty()) kept = receiver_;
    if (kept == nullptr || kept->build == Build::kNone) return;
    value.text = kept->text;
    value.holes = kept->holes;
    value.build = kept->build;
    value.kind = Kind::kText;
  }

  bool may_bring_something(bool nothing_given) const {
    if (receiver_ == nullptr) return true;
    const bool own = receiver_->path.starts_with("this") || receiver_->path.starts_with("self");
    // A method of what is known to be harmless.
    const bool harmless = receiver_->box == 0 && nothing_given &&
                          (receiver_->kind == Kind::kNumber ||
                           (receiver_->path.empty() && receiver_->type.empty() && !receiver_->constant()));
    return !own && !harmless && !computes(call_);
  }

  void add_result(Value& value) const {
    const std::uint32_t offset = engine_.place_of(module_.at(call_.ir).begin);
    auto step = std::make_shared<const Step>(Step{offset, "result of " + std::string(call_.name), nullptr, 1});
    value.taints.push_back({Level::kResult, offset, 0, true, std::move(step)});
  }

  const Call& call_;
  const Value* receiver_;  // null: a plain function
};

ValuePtr Engine::unknown_call(const Call& call, Env& env) {
  return UnknownCall(*this, call, env).result();
}

}  // namespace commandcenter::code::dataflow
