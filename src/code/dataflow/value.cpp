#include "code/dataflow/value.h"

#include <algorithm>
#include <utility>

#include "code/dataflow/words.h"

namespace commandcenter::code::dataflow {
namespace {

// What a value contributes to a text.
std::string shown(const Value& value) {
  if (value.text) return *value.text;
  if (value.kind == Kind::kNumber && value.number) return std::to_string(*value.number);
  if (value.kind == Kind::kBool && value.number) return *value.number != 0 ? "true" : "false";
  return std::string(1, kHole);
}

std::uint32_t holes_in(std::string_view text) {
  return static_cast<std::uint32_t>(std::ranges::count(text, kHole));
}

void add_hole(std::vector<Hole>& holes, Hole hole) {
  const bool known = std::ranges::any_of(
      holes, [&](const Hole& other) { return other.place == hole.place && other.origin == hole.origin; });
  if (!known && holes.size() < kMaxHoles) holes.push_back(hole);
}

// The data at the holes of what a value contributes to a text, whose first hole has the number `first`.
void add_holes(const Value& value, std::uint32_t first, std::vector<Hole>& holes) {
  if (value.text) {
    for (const Hole& hole : value.holes)
      add_hole(holes, {first + hole.place, hole.origin});
  } else {
    for (const Taint& taint : value.taints)
      add_hole(holes, {first, taint.origin});
  }
}

bool names_shell(const Value& value) {
  return value.text && is_shell(*value.text);
}

ValuePtr make(Value value) {
  return std::make_shared<const Value>(std::move(value));
}

}  // namespace

bool is_listed(const Box* box) {
  return box != nullptr && box->rest == nullptr && !box->open && box->built == nullptr && box->items.empty();
}

bool is_of_program(const Value& value) {
  return value.box == 0 &&
         std::ranges::all_of(value.taints, [](const Taint& taint) { return taint.level == Level::kResult; });
}

ValuePtr nothing() {
  static const ValuePtr value = make({});
  return value;
}

ValuePtr text_value(std::string text) {
  Value value;
  value.kind = Kind::kText;
  value.text = std::move(text);
  return make(std::move(value));
}

ValuePtr number_value(std::int64_t number) {
  Value value;
  value.kind = Kind::kNumber;
  value.number = number;
  return make(std::move(value));
}

ValuePtr some_number() {
  Value number;
  number.kind = Kind::kNumber;
  return std::make_shared<const Value>(std::move(number));
}

bool is_shell(std::string_view program) {
  program = program.substr(program.find_last_of("/\\") + 1);
  return one_of(program, "sh bash zsh ksh dash cmd cmd.exe powershell powershell.exe pwsh env sudo ssh xargs eval");
}

ValuePtr bool_value(bool held) {
  const auto made = [](std::int64_t number) {
    Value value;
    value.kind = Kind::kBool;
    value.number = number;
    return make(std::move(value));
  };
  static const ValuePtr no = made(0);
  static const ValuePtr yes = made(1);
  return held ? yes : no;
}

ValuePtr null_value() {
  static const ValuePtr value = [] {
    Value null;
    null.kind = Kind::kNull;
    return make(std::move(null));
  }();
  return value;
}

ValuePtr part_of(const ValuePtr& value, std::string_view name) {
  const auto foreign = [](const Taint& taint) { return taint.level == Level::kSource; };
  if (std::ranges::none_of(value->taints, foreign)) return value;
  Value part = *value;
  for (Taint& taint : part.taints) {
    if (!foreign(taint)) continue;
    for (const char c : name)
      taint.part = taint.part * 31 + static_cast<unsigned char>(c);
    taint.part = taint.part * 31 + 1;
  }
  return std::make_shared<const Value>(std::move(part));
}

void add_taints(std::vector<Taint>& to, const std::vector<Taint>& from, Contexts cleared) {
  for (const Taint& taint : from) {
    const auto same = std::ranges::find_if(to, [&](const Taint& known) {
      return known.origin == taint.origin && known.level == taint.level && known.part == taint.part;
    });
    const auto weakest =
        same == to.end() && to.size() >= kMaxTaints ? std::ranges::min_element(to, {}, &Taint::level) : to.end();
    if (same != to.end()) {
      same->cleared &= taint.cleared | cleared;
      same->guessed = same->guessed && taint.guessed;
    } else if (weakest == to.end()) {
      to.push_back(taint);
      to.back().cleared |= cleared;
    } else if (weakest->level < taint.level) {
      *weakest = taint;
      weakest->cleared |= cleared;
    }
  }
}

bool are_of_two_classes(const Value& a, const Value& b) {
  return a.box != b.box && a.box != 0 && b.box != 0 && !a.type.empty() && !b.type.empty() && a.type != b.type;
}

namespace {

// What the first may be besides, with the second and what that may be, each class once.
ValuePtr others_of(const Value& a, const ValuePtr& b) {
  std::vector<ValuePtr> all;
  const auto add = [&](const ValuePtr& first) {
    for (ValuePtr at = first; at != nullptr; at = at->other) {
      const bool known =
          at->type == a.type || std::ranges::any_of(all, [&](const ValuePtr& one) { return one->type == at->type; });
      if (!known && all.size() < kMaxOthers) all.push_back(at);
    }
  };
  add(a.other);
  const std::size_t before = all.size();
  add(b);
  if (all.size() == before) return a.other;
  ValuePtr chain;
  for (std::size_t i = all.size(); i-- > 0;) {
    Value one = *all[i];
    one.other = chain;
    chain = make(std::move(one));
  }
  return chain;
}

// Of a list and of what lies in it the list, as in "if (Array.isArray(files[0])) files = files[0]".
std::string path_of_either(const std::string& a, const std::string& b) {
  if (a.empty() || a == b + "[]") return b;
  return b.empty() || b == a + "[]" ? a : std::string();
}

}  // namespace

ValuePtr join(const ValuePtr& a, const ValuePtr& b) {
  if (a == b || b == nullptr) return a;
  if (a == nullptr) return b;
  Value value = *a;
  add_taints(value.taints, b->taints);
  // Of two texts, the one that was put together says more about what may happen.
  if (a->text != b->text) {
    const bool keep_first = a->build != Build::kNone || b->build == Build::kNone;
    const bool either = a->build != Build::kNone || b->build != Build::kNone;
    if (either) {
      value.text = keep_first ? a->text : b->text;
      value.holes = keep_first ? a->holes : b->holes;
    } else {
      value.holes.clear();
      value.text.reset();
      value.shell = a->shell || b->shell || names_shell(*a) || names_shell(*b);
      if (a->text && b->text) {  // one text that is not known
        value.text = std::string(1, kHole);
        for (const Taint& taint : value.taints)
          value.holes.push_back({0, taint.origin});
      }
    }
  } else {
    for (const Hole& hole : b->holes)
      add_hole(value.holes, hole);
  }
  if (value.build == Build::kNone) value.build = b->build;
  if (a->kind != b->kind)
    value.kind = a->kind == Kind::kNull ? b->kind : b->kind == Kind::kNull ? a->kind : Kind::kUnknown;
  if (a->number != b->number) value.number.reset();
  if (a->path != b->path) value.path = path_of_either(a->path, b->path);
  if (a->type != b->type) value.type = a->type.empty() ? b->type : a->type;
  if (value.function != b->function) value.function = std::max(value.function, b->function);
  if (are_of_two_classes(*a, *b))
    value.other = others_of(*a, b);
  else if (value.other == nullptr)
    value.other = b->other;
  if (value.box == 0) value.box = b->box;
  return make(std::move(value));
}

ValuePtr derived(const std::vector<Taint>& taints) {
  if (taints.empty()) return nothing();
  Value value;
  value.taints = taints;
  return make(std::move(value));
}

ValuePtr cleared(const ValuePtr& from, Contexts contexts) {
  Value value = *from;
  for (Taint& taint : value.taints)
    taint.cleared |= contexts;
  if (contexts == kAllContexts) value.taints.clear();
  return make(std::move(value));
}

ValuePtr with_step(const ValuePtr& from, std::uint32_t offset, std::string message) {
  if (from->taints.empty()) return from;
  Value value = *from;
  for (Taint& taint : value.taints) {
    const std::uint32_t length = taint.steps == nullptr ? 0 : taint.steps->length;
    if (length >= kMaxSteps || (taint.steps != nullptr && taint.steps->offset == offset)) continue;
    taint.steps = std::make_shared<const Step>(Step{offset, message, taint.steps, length + 1});
  }
  return make(std::move(value));
}

bool is_name_of_function(const Value& value) {
  return value.text && value.constant() && !value.text->empty() &&
         value.text->find_first_of(" :.\\") == std::string::npos;
}

std::string name_of_global(const Value& object, const Value& key) {
  return object.path == "$GLOBALS" && key.text && key.constant() ? "$" + *key.text : std::string();
}

ValuePtr concatenation(const ValuePtr& a, const ValuePtr& b, Build build) {
  Value value;
  value.kind = Kind::kText;
  std::string text = shown(*a);
  add_holes(*a, 0, value.holes);
  add_holes(*b, holes_in(text), value.holes);
  text += shown(*b);
  if (text.size() > kMaxText_bytes) text.resize(kMaxText_bytes);
  value.taints = a->taints;
  add_taints(value.taints, b->taints);
  const bool literal = (a->text && a->text->size() > 1) || (b->text && b->text->size() > 1) || a->text != b->text;
  if (text.find(kHole) != std::string::npos && literal)
    value.build = a->build != Build::kNone ? a->build : b->build != Build::kNone ? b->build : build;
  value.text = std::move(text);
  return make(std::move(value));
}

ValuePtr address_of(const Box& members) {
  const auto part = [&](std::string_view name) {
    const auto held = members.items.find(name);
    return held == members.items.end() ? text_value("") : held->second;
  };
  ValuePtr whole = concatenation(part("Scheme"), text_value("://"), Build::kConcatenation);
  whole = concatenation(whole, part("Host"), Build::kConcatenation);
  for (const std::string_view name : {"Path", "RawQuery"}) {
    const ValuePtr more = part(name);
    const std::string_view sign = name == "Path" ? "/" : "?";
    const bool apart = !more->text || !more->text->starts_with(sign);
    if (apart && !(more->text && more->text->empty()))
      whole = concatenation(whole, text_value(std::string(sign)), Build::kConcatenation);
    whole = concatenation(whole, more, Build::kConcatenation);
  }
  return whole;
}

}  // namespace commandcenter::code::dataflow
