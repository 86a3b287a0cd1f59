// What one function puts into a queue or a channel that is a member, or one of the file, and another takes from it.
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "code/dataflow/engine.h"
#include "code/dataflow/types.h"
#include "code/dataflow/words.h"

namespace commandcenter::code::dataflow {
namespace {

constexpr std::string_view kQueues =
    "Queue LifoQueue PriorityQueue SimpleQueue JoinableQueue BlockingQueue LinkedBlockingQueue ArrayBlockingQueue "
    "ConcurrentLinkedQueue PriorityBlockingQueue LinkedTransferQueue TransferQueue Deque ArrayDeque BlockingDeque "
    "LinkedBlockingDeque ConcurrentLinkedDeque";

constexpr std::size_t kMaxSought = 4'000;  // nodes of a function in which those are looked for that receive
constexpr std::size_t kMaxReceivers = 4;

bool is_channel(std::string_view type) {
  return type.starts_with("chan") || type.starts_with("<-chan");
}

// No place of a program has such a name.
std::string place_of_type(const std::string& place) {
  return place + "\x02";
}

}  // namespace

// "Pool.jobs" of a member, ".jobs" of the file's own; empty for what no other function has, and for what is no queue.
std::string Engine::place_of_queue(IrId queue, Env& env) {
  const Ir& ir = module_.at(queue);
  const bool go = module_.grammar == Grammar::kGo;
  if (foreign_ > 0 || (ir.op != Op::kName && ir.op != Op::kField)) return {};
  std::string_view owner = frame_.function == nullptr ? std::string_view{} : frame_.function->owner;
  std::string type;
  if (ir.op == Op::kName && !is_field(ir.text)) {
    const auto* own = env.names.find(ir.text);
    const auto* shared = globals_.names.find(ir.text);
    if (shared == nullptr || (own != nullptr && own->second->box != shared->second->box)) return {};
    owner = {};
    type = go ? "chan" : shared->second->type;
  } else if (ir.op == Op::kName) {
    type = go ? std::string(field_type(owner, ir.text)) : std::string(short_type(field_type(owner, ir.text)));
  } else {
    const ValuePtr object = eval(module_.kid(queue, 0), env);
    owner = short_type(object->type);
    const std::string_view declared = field_type(owner, ir.text);
    type = go ? declared : short_type(declared);
    const auto held = queues_.find(std::string(owner) + "." + std::string(ir.text));
    if (type.empty() && held != queues_.end()) type = "Queue";
    if (owner.empty()) return {};
  }
  const bool known = go ? is_channel(type) : one_of(type, kQueues);
  return known ? std::string(owner) + "." + std::string(ir.text) : std::string();
}

// Python: "self.jobs = asyncio.Queue()".
void Engine::note_queue(const Value& object, std::string_view name, const Value& value) {
  if (module_.grammar == Grammar::kPython && object.path == "this" && one_of(value.type, kQueues))
    queues_.insert(object.type + "." + std::string(name));
}

void Engine::keep_queued(const std::string& place, const ValuePtr& value, std::uint32_t offset, const Env& env) {
  if (place.empty() || proves_ != nullptr) return;
  const std::size_t before = shelf_.size();
  shelve(place, value, offset, env);
  const auto first = shelf_.lower_bound(place);
  if (first == shelf_.end() || !first->first.starts_with(place)) return;
  came_late_ = came_late_ || (missed_.contains(place) && shelf_.size() > before);
  ValuePtr& type = shelf_[place_of_type(place)];
  if (type == nullptr) {
    Value known;
    known.type = value->type;
    type = std::make_shared<const Value>(std::move(known));
  } else if (type->type != value->type) {
    type = nothing();
  }
}

// Null: nothing of a user's.
ValuePtr Engine::taken_from_queue(const std::string& place, Env& env) {
  if (place.empty()) return nullptr;
  const ValuePtr whole = shelved(place);
  Box box;
  box.open = true;
  const std::string beginning = place + ".";
  for (auto at = shelf_.lower_bound(beginning); at != shelf_.end() && at->first.starts_with(beginning); ++at) {
    const std::string_view name = std::string_view(at->first).substr(beginning.size());
    ValuePtr& held = box.items[std::string(name.substr(0, name.find('.')))];
    held = held == nullptr ? at->second : join(held, at->second);
  }
  if (box.items.empty()) return whole;
  box.rest = whole;
  const auto type = shelf_.find(place_of_type(place));
  return new_box(env, std::move(box), type == shelf_.end() ? std::string() : type->second->type);
}

// "jobs.put(job)"
void Engine::learn_queued(const Call& call, Env& env) {
  const bool put = one_of(call.name, "put put_nowait offer add addLast addFirst offerLast offerFirst push");
  if (!put || call.receiver == nullptr || call.arguments.empty() || module_.at(call.callee).op != Op::kField) return;
  if (module_.grammar != Grammar::kPython && module_.grammar != Grammar::kJava) return;
  if (reach(call.arguments[0].value, env).empty()) return;
  const std::string place = place_of_queue(module_.kid(call.callee, 0), env);
  keep_queued(place, call.arguments[0].value, module_.at(call.ir).begin, env);
}

// "jobs.get()"; null for anything else.
ValuePtr Engine::given_by_queue(const Call& call, Env& env) {
  const bool python = module_.grammar == Grammar::kPython;
  const bool java = module_.grammar == Grammar::kJava;
  const bool takes =
      (python && one_of(call.name, "get get_nowait")) ||
      (java && one_of(call.name, "take poll takeFirst takeLast pollFirst pollLast remove pop peek element"));
  if (!takes || call.receiver == nullptr || module_.at(call.callee).op != Op::kField) return nullptr;
  return taken_from_queue(place_of_queue(module_.kid(call.callee, 0), env), env);
}

// Go: "channel <- value". "go work(channel)" and "go func() { … }()" in front of that wait for what comes.
void Engine::learn_sent(IrId target, IrId given, const ValuePtr& value, Env& env) {
  const Ir& sent = module_.at(given);
  if (module_.grammar != Grammar::kGo || sent.op != Op::kChoice || module_.kid(given, 0) != kNoIr) return;
  const std::string place = place_of_queue(target, env);
  keep_queued(place, value, sent.begin, env);
  const bool local = place.empty() && module_.at(target).op == Op::kName && frame_.function != nullptr;
  if (!local || foreign_ > 0 || proves_ != nullptr || reach(value, env).empty()) return;
  std::vector<IrId> receivers;
  std::vector<IrId> queue{frame_.function->body};
  for (std::size_t seen = 0; !queue.empty() && seen < kMaxSought && receivers.size() < kMaxReceivers; ++seen) {
    const IrId id = queue.back();
    queue.pop_back();
    const Ir& ir = module_.at(id);
    const std::string_view before = std::string_view(module_.text).substr(0, ir.begin);
    if (ir.op == Op::kCall && before.ends_with("go ") && ir.end <= sent.begin &&
        holds_word(written(id), module_.at(target).text))
      receivers.push_back(id);
    for (const IrId kid : module_.kids_of(id))
      if (kid != kNoIr && ir.op != Op::kFunction) queue.push_back(kid);
  }
  if (!receivers.empty()) assign(target, value, env);
  for (const IrId receiver : receivers)
    eval(receiver, env);
}

// Go: "<-channel", "range channel", of which `value` is what was put into it here.
ValuePtr Engine::received(IrId channel, const ValuePtr& value, Env& env) {
  if (!reach(value, env).empty()) return value;
  const ValuePtr taken = taken_from_queue(place_of_queue(channel, env), env);
  return taken == nullptr ? value : taken;
}

}  // namespace commandcenter::code::dataflow
