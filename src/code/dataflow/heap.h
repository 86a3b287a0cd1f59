// The boxes of the values: maps, lists, objects and builders, by their numbers in an environment or among the globals.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "code/dataflow/engine_state.h"

namespace commandcenter::code::dataflow {

class Heap : protected EngineState {
 protected:
  using EngineState::EngineState;

  ValuePtr new_box(Env& env, Box box, std::string type = {});
  ValuePtr list_value(std::vector<ValuePtr> values, Env& env);
  Box* writable(std::uint32_t id, Env& env) const;              // null: there is none
  const Box* box_of(const Value& value, const Env& env) const;  // null: the value is none
  ValuePtr all_of(const Box& box) const;                        // any of what lies in it
  ValuePtr element(const ValuePtr& container, const Env& env) const;
  ValuePtr flat(const ValuePtr& value, const Env& env) const;
  void put(const ValuePtr& container, const ValuePtr& key, const ValuePtr& value, Env& env);
  void spread_into(Box& box, const Value& value, const Env& env) const;
  std::vector<Taint> reach(const ValuePtr& value, const Env& env) const;
  bool holds_users(const Value& value, const Env& env) const;

 private:
  struct Looks;
  void add_reached(const Value& value, const Env& env, int depth, Contexts cleared, Looks& looks,
                   std::vector<Taint>& taints) const;
  bool finds_users(const Value& value, const Env& env, int depth, Looks& looks) const;
};

// To either of the two; null: to the second.
void widen(ValuePtr& to, const ValuePtr& value);
// What a list has too many of may lie anywhere in it.
void keep_small(Box& box);
// The key of a map under which something lies; empty: not known.
std::optional<std::string> key_text(const Value& key);

}  // namespace commandcenter::code::dataflow
