// Whether the literals of a text put SQL together from parts. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "code/dataflow/names_reader.h"

namespace commandcenter::code::dataflow {

struct StatementTexts {
  bool begun = false;                   // a literal begins a statement
  bool open = false;                    // a literal has room for a value that is not known here
  std::vector<std::uint32_t> places{};  // of such literals
  std::vector<std::uint32_t> named{};   // of those that leave open what a table or a column is called
};

// `all`: every place is wanted, not only whether there is one.
StatementTexts statement_texts(std::string_view text, Grammar grammar, std::span<const Literal> literals,
                               bool all = false);

}  // namespace commandcenter::code::dataflow
