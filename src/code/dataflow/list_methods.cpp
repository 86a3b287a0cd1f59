// Methods of lists, queues and streams whose contents are known.
#include <algorithm>

#include "code/dataflow/engine.h"
#include "code/dataflow/words.h"

namespace commandcenter::code::dataflow {
namespace {

// Java's push() and pop() of these are at the front.
bool is_deque(const Call& call) {
  return one_of(call.receiver->type, "Deque ArrayDeque LinkedList LinkedBlockingDeque ConcurrentLinkedDeque Queue");
}

}  // namespace

// One call of a method of a list. Each part knows some methods, and gives nothing for others.
class Engine::ListCall : private Part {
 public:
  ListCall(Engine& engine, const Call& call, Box& box, Env& env)
      : Part(engine, env), call_(call), name_(call.name), first_(call.positional(0)), box_(box) {}

  std::optional<ValuePtr> run() {
    using Method = std::optional<ValuePtr> (ListCall::*)();
    for (const Method method :
         {&ListCall::add, &ListCall::add_all, &ListCall::remove, &ListCall::take, &ListCall::iterate, &ListCall::look,
          &ListCall::reorder, &ListCall::join, &ListCall::entries, &ListCall::each}) {
      if (auto result = (this->*method)(); result) return result;
    }
    return std::nullopt;
  }

 private:
  std::optional<ValuePtr> add() {
    const Argument* second = call_.positional(1);
    const bool adds = one_of(name_,
                             "add append push addLast offer Add addElement AddLast enqueue push_back unshift insert "
                             "addFirst appendleft");
    if (!adds || first_ == nullptr || (second != nullptr && !one_of(name_, "add insert"))) return std::nullopt;
    const ValuePtr& value = second == nullptr ? first_->value : second->value;
    const bool front = one_of(name_, "unshift addFirst offerFirst appendleft") || (name_ == "push" && is_deque(call_));
    const std::optional<std::int64_t> place = second == nullptr ? std::nullopt : first_->value->number;
    const bool placed = place && *place >= 0 && static_cast<std::size_t>(*place) <= box_.list.size();
    if (box_.rest != nullptr || box_.list.size() >= kMaxBox_items || (second != nullptr && !placed))
      widen(box_.rest, value);
    else if (front || placed)
      box_.list.insert(box_.list.begin() + (placed ? *place : 0), value);
    else
      box_.list.push_back(value);
    return call_.receiver;
  }

  std::optional<ValuePtr> add_all() {
    if (!one_of(name_, "addAll extend AddRange concat putAll update") || first_ == nullptr) return std::nullopt;
    const Box* other = engine_.box_of(*first_->value, env_);
    if (other == nullptr || other->rest != nullptr || box_.rest != nullptr) {
      widen(box_.rest, engine_.element(first_->value, env_));
      return call_.receiver;
    }
    const std::vector<ValuePtr> more = other->list;  // may be the same
    box_.list.insert(box_.list.end(), more.begin(), more.end());
    keep_small(box_);
    for (const auto& [key, value] : other->items)
      box_.items[key] = value;
    return call_.receiver;
  }

  // Python: the first that is the same.
  std::optional<ValuePtr> remove() {
    if (grammar_ != Grammar::kPython || name_ != "remove" || first_ == nullptr || box_.rest != nullptr)
      return std::nullopt;
    const Value& wanted = *first_->value;
    const auto same = std::ranges::find_if(box_.list, [&](const ValuePtr& item) {
      return item->constant() && item->text == wanted.text && item->number == wanted.number;
    });
    if (wanted.constant() && same != box_.list.end()) box_.list.erase(same);
    return nothing();
  }

  // An element at an end or at a place, which is not there afterwards.
  std::optional<ValuePtr> take() {
    const bool last = one_of(name_, "pop removeLast pollLast Pop") && first_ == nullptr && !is_deque(call_);
    const bool place = one_of(name_, "remove removeAt pop RemoveAt") && first_ != nullptr && first_->value->number;
    if (!last && !place && !one_of(name_, "shift poll removeFirst pollFirst dequeue Dequeue pop popleft"))
      return std::nullopt;
    if (box_.rest != nullptr || box_.list.empty()) return engine_.element(call_.receiver, env_);
    const auto size = static_cast<std::int64_t>(box_.list.size());
    std::int64_t at = last ? size - 1 : place ? *first_->value->number : 0;
    if (at < 0) at += size;
    if (at < 0 || at >= size) return engine_.element(call_.receiver, env_);
    return take_at(at);
  }

  ValuePtr take_at(std::int64_t at) {
    const ValuePtr value = box_.list[static_cast<std::size_t>(at)];
    box_.list.erase(box_.list.begin() + at);
    return value;
  }

  // Java's iterators: in a loop, any element.
  std::optional<ValuePtr> iterate() {
    if (grammar_ != Grammar::kJava || first_ != nullptr) return std::nullopt;
    if (name_ == "iterator" && box_.items.empty()) return engine_.new_box(env_, Box(box_), "Iterator");
    if (name_ != "next" || call_.receiver->type != "Iterator") return std::nullopt;
    const bool any = box_.rest != nullptr || box_.list.empty() || engine_.loops_ > 0;
    return any ? engine_.element(call_.receiver, env_) : take_at(0);
  }

  // The first or the last one.
  std::optional<ValuePtr> look() {
    if (first_ != nullptr || box_.list.empty() || box_.rest != nullptr) return std::nullopt;
    const bool stack = call_.receiver->type == "Stack" && one_of(name_, "peek Peek");
    if (stack || one_of(name_, "last getLast Last peekLast")) return box_.list.back();
    if (one_of(name_, "first peek getFirst element First peekFirst Peek")) return box_.list.front();
    return std::nullopt;
  }

  std::optional<ValuePtr> reorder() {
    if (name_ == "clear" || name_ == "Clear") {
      box_ = Box{};
      return nothing();
    }
    if (name_ == "splice" && is_script(grammar_)) {
      auto out = spliced(call_, box_);
      return out ? std::optional(engine_.list_value(std::move(*out), env_)) : std::nullopt;
    }
    if (grammar_ == Grammar::kRuby) return std::nullopt;  // gives another list
    if (name_ == "reverse" && first_ == nullptr && box_.rest == nullptr) {
      std::ranges::reverse(box_.list);
      return call_.receiver;
    }
    if (name_ == "sort" && !box_.list.empty() && box_.items.empty()) {
      const ValuePtr any = engine_.element(call_.receiver, env_);
      box_.list.clear();
      widen(box_.rest, any);
      return call_.receiver;
    }
    if (name_ == "rotate" && grammar_ == Grammar::kPython && box_.rest == nullptr && !box_.list.empty()) {
      const auto size = static_cast<std::int64_t>(box_.list.size());
      const std::int64_t by = first_ == nullptr ? 1 : first_->value->number.value_or(0);
      std::ranges::rotate(box_.list, box_.list.begin() + ((size - by % size) % size));
      return nothing();
    }
    return std::nullopt;
  }

  std::optional<ValuePtr> join() {
    if (!one_of(name_, "join Join") || box_.built != nullptr) return std::nullopt;
    const ValuePtr sign = first_ == nullptr ? text_value(",") : first_->value;
    if (box_.rest != nullptr || !box_.items.empty()) {
      const ValuePtr item = engine_.flat(engine_.element(call_.receiver, env_), env_);
      return concatenation(concatenation(item, sign, Build::kConcatenation), item, Build::kConcatenation);
    }
    ValuePtr whole = text_value("");
    for (std::size_t i = 0; i < box_.list.size(); ++i) {
      if (i > 0) whole = concatenation(whole, sign, Build::kConcatenation);
      whole = concatenation(whole, engine_.flat(box_.list[i], env_), Build::kConcatenation);
    }
    return whole;
  }

  // Java: any of the entries of a map, whose keys stand in the program.
  std::optional<ValuePtr> entries() {
    if (grammar_ != Grammar::kJava || first_ != nullptr || name_ != "entrySet" || !box_.list.empty() ||
        box_.rest != nullptr || box_.items.empty() || box_.open)
      return std::nullopt;
    Box entry;
    entry.items["Key"] = nothing();
    entry.items["Value"] = engine_.element(call_.receiver, env_);
    return engine_.list_value({engine_.new_box(env_, std::move(entry), "Entry")}, env_);
  }

  // What looks at each element, with code or without.
  std::optional<ValuePtr> each() {
    if (!one_of(name_,
                "map collect flatMap filter select reject each forEach Select Where stream iterator values items "
                "toArray to_a slice sort sorted reverse keys entrySet keySet elements asList list sort_by compact "
                "uniq flatten to_list ToList ToArray freeze dup clone copy"))
      return std::nullopt;
    if (first_ == nullptr || first_->value->function < 0) return each_unseen();
    if (box_.list.empty() && box_.items.empty() && box_.rest == nullptr && !box_.open) return call_.receiver;
    const ValuePtr item = engine_.element(call_.receiver, env_);
    const auto function = static_cast<std::size_t>(first_->value->function);
    const ValuePtr result = engine_.run_function(function, engine_.for_block(function, *call_.receiver, item, env_),
                                                 engine_.frame_.self, env_, true);
    if (engine_.module_.functions[function].name.empty()) engine_.called_.insert(function);
    if (one_of(name_, "filter select Where")) {
      const ValuePtr kept = engine_.passed(function, item, env_);
      return kept == item && box_.list.empty() ? call_.receiver : list_of_any(kept);
    }
    return one_of(name_, "map collect flatMap Select") ? list_of_any(result) : call_.receiver;
  }

  // Its code is not here, or there is none.
  ValuePtr each_unseen() {
    if (one_of(name_, "keys keySet")) return box_.names == nullptr ? nothing() : list_of_any(box_.names);
    if (first_ == nullptr) return call_.receiver;
    const ValuePtr given = engine_.run_reference(call_, *first_, env_);
    if (given != nullptr && one_of(name_, "map flatMap")) return list_of_any(given);
    const ValuePtr kept = engine_.given_by_callback(call_, nullptr, env_);  // ALLOWED::contains
    return kept == nullptr ? call_.receiver : kept;
  }

  ValuePtr list_of_any(const ValuePtr& item) {
    Box made;
    made.rest = item;
    return engine_.new_box(env_, std::move(made));
  }

  const Call& call_;
  const std::string_view name_;
  const Argument* first_;
  Box& box_;
};

std::optional<ValuePtr> Engine::list_method(const Call& call, Box& box, Env& env) {
  return ListCall(*this, call, box, env).run();
}

}  // namespace commandcenter::code::dataflow
