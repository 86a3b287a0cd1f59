// What a file uses of its neighbours, told from names.
#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "agent/builtin/security_scanner/neighbours.h"
#include "code/dataflow/dealings.h"
#include "code/dataflow/idle.h"
#include "code/dataflow/names_reader.h"
#include "code/syntax/syntax.h"

namespace commandcenter::security_scanner {

class ForeignNames {
 public:
  explicit ForeignNames(const code::dataflow::Names& names);

  // What of it the text uses. `records`: those of a store count.
  code::dataflow::Interest add(const Neighbour& neighbour, bool records);
  // The same with what it hands on to others.
  code::dataflow::Interest add_deep(const Neighbour& neighbour, bool records);

  // In order, each once.
  code::dataflow::Foreign names() &&;

 private:
  struct Alias {
    std::string_view name;
    std::string_view here;
    auto operator<=>(const Alias&) const = default;
  };
  code::dataflow::Interest add(const code::dataflow::Dealings& theirs, const Neighbour& neighbour, bool records);
  using Theirs = std::vector<code::dataflow::DealingName>;
  bool take(const Theirs& theirs, const Neighbour& neighbour, std::vector<std::string_view>& into) const;
  bool uses(const code::dataflow::DealingName& theirs) const;
  void take_default(const Neighbour& neighbour, std::vector<std::string_view>& into) const;

  std::string_view text_;
  code::Grammar grammar_;
  // Hashes, in order.
  std::vector<std::uint64_t> own_;
  std::vector<std::uint64_t> imported_;  // of Python: those that are imported, or members of something
  bool all_ = false;                     // of Python: everything is imported from somewhere
  std::vector<Alias> aliases_;           // "name as here"
  code::dataflow::Foreign found_;
};

}  // namespace commandcenter::security_scanner
