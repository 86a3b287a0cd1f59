// What is known at one place of a function, and a call there.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "code/dataflow/flat_map.h"
#include "code/dataflow/ir.h"
#include "code/dataflow/models.h"
#include "code/dataflow/value.h"

namespace commandcenter::code::dataflow {

struct Call;

struct Env {
  FlatMap<std::string_view, ValuePtr> names;
  FlatMap<std::uint32_t, std::shared_ptr<const Box>> boxes;
  std::map<std::string_view, Contexts> proven;  // expressions, as written, that a test has shown to be harmless
  bool plain = false;                           // the answer of this handler is not HTML
  bool page = false;                            // it says that it is
};

std::optional<std::size_t> position_of(std::string_view text);

// True for patterns of which only harmless texts pass; `whole`: it has to match all of the text.
bool allows_little(std::string_view pattern, bool whole);
bool tells_of_whole(std::string_view name);
Contexts contexts_without(std::string_view part);

// vetted.cpp: "{id:[0-9]+}" of a route
bool is_bound_by_route(Grammar grammar, std::string_view marks, std::string_view name);

// schemas.cpp: "zod.z.coerce.number().min()": no text of somebody's choice passes.
bool is_strict(std::string_view path);

// script_values.cpp
std::optional<std::vector<ValuePtr>> spliced(const Call& call, Box& box);

// type_tests.cpp
void clear_empty(const Module& module, IrId test, bool outcome, Env& env);

enum class Flow : std::uint8_t { kNext, kReturn, kLeave, kThrow };

struct Argument {
  std::string_view name;  // of a named one
  ValuePtr value;
  IrId ir = kNoIr;
  bool in_place = false;  // a named one that stands where it would without its name
};

struct Call {
  IrId ir = kNoIr;
  IrId callee = kNoIr;
  std::string path;
  std::string typed;
  std::string_view spelled;  // as written: "pool.query"; of the engine
  std::string_view name;     // the last part
  ValuePtr receiver;         // null for a plain function
  std::vector<Argument> arguments;
  mutable std::optional<Models::Listed> listed;  // what models know; once asked, names stay as they are

  const Argument* positional(std::size_t index) const;
  const Argument* named(std::string_view name) const;
  const Argument* argument(std::string_view wanted) const;  // a position or a name
};

// kinds.cpp: Python's "Kind" of "Kind.RAW.shown()", an enumeration here; empty: it is none.
std::string_view enumeration_of(const Module& module, const Call& call);

// known_texts.cpp: what is fixed of an address; `host`: it is asked for, not shown to a browser.
bool has_fixed_beginning(const Value& value, bool host);
bool stands_behind_path(const Value& value, const Taint& taint, bool host);

// known_texts.cpp: what the call gives is a record that was looked up, and none of the data that it gets.
bool finds_record(Grammar grammar, const Call& call);
bool asks_for_record(const Module& module, IrId call);  // the same of Go, as it is written

}  // namespace commandcenter::code::dataflow
