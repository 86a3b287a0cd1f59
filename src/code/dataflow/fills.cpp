// Calls that put what they get into one of their arguments: json.Unmarshal(body, &form).
#include <algorithm>

#include "code/dataflow/engine.h"
#include "code/dataflow/words.h"

namespace commandcenter::code::dataflow {

class Engine::Filling : private Part {
 public:
  Filling(Engine& engine, const Call& call, Env& env) : Part(engine, env), call_(call) {}

  void run() {
    write_to_stream();
    print_to_file();
    change_lists();
    change_text_of_ruby();
    give_out_of_csharp();
    if (grammar_ == Grammar::kPython && call_.path == "setattr" && call_.arguments.size() == 3)
      engine_.put(argument(0), argument(1), argument(2), env_);
    for (const Entry* entry : engine_.entries_for(Role::kFill, call_)) {
      if (engine_.applies(*entry, call_, env_) && !entry->arguments.empty()) fill(*entry);
    }
  }

 private:
  const ValuePtr& argument(std::size_t place) const { return call_.arguments[place].value; }

  void append(const ValuePtr& builder, const ValuePtr& more) {
    Box* box = engine_.writable(builder->box, env_);
    if (box != nullptr && box->built != nullptr) box->built = concatenation(box->built, more, Build::kConcatenation);
  }

  // fmt.Fprintf(&builder, …)
  void write_to_stream() {
    if (call_.arguments.size() < 2 || !one_of(call_.name, "Fprintf Fprint Fprintln WriteString")) return;
    const ValuePtr text = engine_.printed(call_, 1, env_);
    append(argument(0), text == nullptr ? engine_.flat(argument(1), env_) : text);
  }

  // print(…, file=stream)
  void print_to_file() {
    const Argument* file = call_.name == "print" ? call_.named("file") : nullptr;
    const Argument* first = call_.positional(0);
    if (file != nullptr && first != nullptr) append(file->value, engine_.flat(first->value, env_));
  }

  void change_lists() {
    const bool adds = call_.path == "Collections.addAll" || (grammar_ == Grammar::kPhp && call_.path == "array_push");
    for (std::size_t i = 1; adds && i < call_.arguments.size(); ++i)
      engine_.put(argument(0), nothing(), argument(i), env_);
    if (call_.path != "Collections.reverse" || call_.arguments.size() != 1) return;
    Box* box = engine_.writable(argument(0)->box, env_);
    if (box != nullptr && box->rest == nullptr) std::ranges::reverse(box->list);
  }

  // text.insert(0, more)
  void change_text_of_ruby() {
    if (grammar_ != Grammar::kRuby || call_.arguments.empty() || !one_of(call_.name, "concat insert replace prepend") ||
        module_.at(call_.callee).op != Op::kField)
      return;
    const Ir& into = module_.at(module_.kid(call_.callee, 0));
    if (into.op != Op::kName || call_.receiver->kind != Kind::kText) return;
    ValuePtr whole = call_.receiver;
    for (std::size_t i = call_.name == "concat" ? 0 : call_.arguments.size() - 1; i < call_.arguments.size(); ++i)
      whole = concatenation(whole, engine_.flat(argument(i), env_), Build::kConcatenation);
    engine_.bind(into.text, whole, into.begin, env_);
  }

  // "out" is the last.
  void give_out_of_csharp() {
    if (grammar_ != Grammar::kCSharp || call_.arguments.size() < 2 ||
        !one_of(call_.name, "TryParse TryParseExact TryGetValue"))
      return;
    const Ir& out = module_.at(call_.arguments.back().ir);
    const bool held = call_.name == "TryGetValue" && call_.receiver != nullptr;
    const ValuePtr given = held ? engine_.at_key(call_.receiver, argument(0), env_) : nothing();
    if (out.op == Op::kName) engine_.bind(out.text, given, out.begin, env_);
  }

  void fill(const Entry& entry) {
    const auto place = position_of(entry.arguments[0]);
    if (!place || *place >= call_.arguments.size()) return;
    const Argument& target = call_.arguments[*place];
    const std::vector<Taint> taints = put_in(entry, target);
    if (taints.empty() || module_.at(target.ir).op != Op::kName) return;
    if (Box* box = engine_.writable(target.value->box, env_); box != nullptr) {
      if (box->built != nullptr)
        box->built = concatenation(box->built, derived(taints), Build::kConcatenation);
      else
        widen(box->rest, derived(taints));
      return;
    }
    Value filled = *target.value;
    filled.kind = Kind::kUnknown;
    if (engine_.is_structure(filled.type))
      engine_.become_object(filled, std::string(filled.type), taints, env_);
    else
      filled.taints = taints;
    const Ir& name = module_.at(target.ir);
    engine_.bind(name.text, std::make_shared<const Value>(std::move(filled)), name.begin, env_);
  }

  // What the call has, or what models say: "request".
  std::vector<Taint> put_in(const Entry& entry, const Argument& target) {
    if (entry.arguments.size() > 1) return engine_.from_source(entry, call_.ir)->taints;
    std::vector<Taint> taints;
    if (call_.receiver != nullptr) add_taints(taints, engine_.reach(call_.receiver, env_));
    for (const Argument& argument : call_.arguments) {
      if (&argument != &target) add_taints(taints, engine_.reach(argument.value, env_));
    }
    return taints;
  }

  const Call& call_;
};

void Engine::fill(const Call& call, Env& env) {
  Filling(*this, call, env).run();
}

}  // namespace commandcenter::code::dataflow
