// Whether a line of the models is about what runs: what stands in the call, around it and in its file.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <string_view>

#include "code/dataflow/heap.h"

namespace commandcenter::code::dataflow {

class Conditions : protected Heap {
 protected:
  using Heap::Heap;

  bool applies(const Entry& entry, const Call& call, const Env& env) const;
  bool holds(const Condition& condition, const Call& call, const Env& env) const;
  bool is_in_file(const Entry& entry) const;
  bool is_near(const Entry& entry, IrId id) const;
  bool stands_in(const Pattern& pattern, std::string_view part) const;
  std::string described(const Value& value, const Env& env, int depth) const;
  std::string_view text_here() const;
  std::string_view around_of(std::size_t offset) const;
  std::string_view text_of(const Function& function) const;
  bool is_field(std::string_view name) const;
  bool returns_true(std::size_t function) const;

 private:
  bool returns_true(std::string_view method) const;
  std::string line_of(IrId id) const;
  bool is_written_there(const Argument* argument) const;
  bool stands_where_made(const Pattern& pattern, IrId at) const;
  bool stands_in_class(const Pattern& pattern, std::string_view field) const;
  void names_behind(IrId id, std::set<std::string_view>& names, int depth) const;
  bool tells_of_others(const Pattern& pattern, std::string_view around, const Call& call) const;
};

}  // namespace commandcenter::code::dataflow
