// Methods of maps and objects whose members are known.
#include "code/dataflow/engine.h"
#include "code/dataflow/words.h"

namespace commandcenter::code::dataflow {
namespace {

// Of two keys that are one: a section and an option.
std::string key_of_two(std::string_view section, std::string_view option) {
  return std::string(section) + "\x02" + std::string(option);
}

}  // namespace

// One call of a method of a map. Each part knows some methods, and gives nothing for others.
class Engine::MapCall : private Part {
 public:
  MapCall(Engine& engine, const Call& call, Box& box, Env& env)
      : Part(engine, env), call_(call), name_(call.name), count_(call.arguments.size()), box_(box) {}

  std::optional<ValuePtr> run() {
    using Method = std::optional<ValuePtr> (MapCall::*)();
    for (const Method method : {&MapCall::member, &MapCall::update_in_python, &MapCall::merge_in_ruby, &MapCall::put,
                                &MapCall::get, &MapCall::set_member, &MapCall::get_member}) {
      if (auto result = (this->*method)(); result) return result;
    }
    return std::nullopt;
  }

 private:
  // A record's member by its name, Go's text of an address.
  std::optional<ValuePtr> member() {
    if (count_ > 0) return std::nullopt;
    if (engine_.module_.records.contains(call_.receiver->type)) {
      if (const auto held = box_.items.find(name_); held != box_.items.end()) return held->second;
    }
    const bool address = name_ == "String" && call_.receiver->type == "URL" && box_.items.contains("Host");
    return address ? std::optional(address_of(box_)) : std::nullopt;
  }

  std::optional<ValuePtr> update_in_python() {
    if (grammar_ != Grammar::kPython) return std::nullopt;
    if (name_ == "read_dict" && engine_.take_sections(call_, box_, env_)) return nothing();
    if (name_ != "update" || !box_.list.empty()) return std::nullopt;
    const Argument* more = call_.positional(0);
    const Box* other = more == nullptr ? nullptr : engine_.box_of(*more->value, env_);
    if (other != nullptr && !other->list.empty()) return std::nullopt;
    if (more != nullptr) engine_.spread_into(box_, *more->value, env_);
    for (const Argument& argument : call_.arguments)
      if (!argument.name.empty()) box_.items[std::string(argument.name)] = argument.value;
    return nothing();
  }

  std::optional<ValuePtr> merge_in_ruby() {
    if (grammar_ != Grammar::kRuby || !one_of(name_, "merge merge! update") || !box_.list.empty() ||
        !call_.receiver->taints.empty())
      return std::nullopt;
    Box merged = box_;
    for (const Argument& argument : call_.arguments) {
      if (argument.name.empty())
        engine_.spread_into(merged, *argument.value, env_);
      else
        merged.items[std::string(argument.name)] = argument.value;
    }
    if (name_ == "merge") return engine_.new_box(env_, std::move(merged), call_.receiver->type);
    box_ = std::move(merged);
    return call_.receiver;
  }

  std::optional<ValuePtr> put() {
    if (count_ < 2 || !one_of(name_, "put set store setProperty setAttribute Add addAttribute append"))
      return std::nullopt;
    const bool of_two = count_ > 2;
    const auto first = key_text(*call_.arguments[0].value);
    const auto second = of_two ? key_text(*call_.arguments[1].value) : std::optional<std::string>("");
    const ValuePtr& value = call_.arguments[of_two ? 2 : 1].value;
    if (first && second && box_.items.size() < kMaxBox_items)
      box_.items[of_two ? key_of_two(*first, *second) : *first] = value;
    else
      widen(box_.rest, value);
    return nothing();
  }

  std::optional<ValuePtr> get() {
    if (count_ < 1 || !one_of(name_,
                              "get fetch getOrDefault getProperty getAttribute elementAt at pop remove dig item "
                              "ElementAt get_attr GetValueOrDefault"))
      return std::nullopt;
    const ValuePtr& key = call_.arguments[0].value;
    const bool removes = one_of(name_, "remove pop");
    if (removes && !box_.list.empty() && key->number) return std::nullopt;  // of a list
    const auto first = key_text(*key);
    const auto second = count_ > 1 ? key_text(*call_.arguments[1].value) : std::nullopt;
    if (first && second) {
      if (const auto item = box_.items.find(key_of_two(*first, *second)); item != box_.items.end()) return item->second;
    }
    ValuePtr value = engine_.at_key(call_.receiver, key, env_);
    if (first && removes) box_.items.erase(*first);
    const bool may_lack = value->kind == Kind::kNull || box_.open || !first;
    if (count_ > 1 && may_lack) value = join(value, call_.arguments[1].value);
    return value;
  }

  // setName("…")
  std::optional<ValuePtr> set_member() {
    if (name_.size() <= 3 || !name_.starts_with("set") || count_ != 1 || name_[3] < 'A' || name_[3] > 'Z')
      return std::nullopt;
    box_.items[std::string(name_.substr(3))] = call_.arguments[0].value;
    return nothing();
  }

  // getName()
  std::optional<ValuePtr> get_member() {
    if (name_.size() <= 3 || !name_.starts_with("get") || count_ != 0) return std::nullopt;
    std::string field(name_.substr(3));
    if (const auto item = box_.items.find(field); item != box_.items.end()) return item->second;
    field[0] = static_cast<char>(field[0] | 0x20);
    if (const auto item = box_.items.find(field); item != box_.items.end()) return item->second;
    return std::nullopt;
  }

  const Call& call_;
  const std::string_view name_;
  const std::size_t count_;  // of its arguments
  Box& box_;
};

std::optional<ValuePtr> Engine::map_method(const Call& call, Box& box, Env& env) {
  return MapCall(*this, call, box, env).run();
}

}  // namespace commandcenter::code::dataflow
