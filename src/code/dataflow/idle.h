// Functions in which nothing can be found are left out before a text is parsed: those that hold no place of interest,
// call no function that does, and are called by none that is kept. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "code/dataflow/names_reader.h"

namespace commandcenter::code::dataflow {

inline constexpr std::size_t kMinShortened_bytes = 3'000;  // less is parsed as it is

// The text with blanks where their bodies are; nothing when that would hardly be shorter. `places` are in order.
std::optional<std::string> without_idle(std::string_view text, Grammar grammar, std::span<const std::uint32_t> places,
                                        std::span<const Literal> literals);

}  // namespace commandcenter::code::dataflow
