// Statements into which an object puts what its methods were given. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "code/dataflow/names_reader.h"

namespace commandcenter::code::dataflow {

// Of these literals, which begin or go on with SQL, those behind which stands a member that is given a value by a
// name: "… ORDER BY " + this.order, where the text has "this.order = order".
void add_with_kept_parts(std::string_view text, Grammar grammar, std::span<const std::uint32_t> literals,
                         std::vector<std::uint32_t>& to);

}  // namespace commandcenter::code::dataflow
