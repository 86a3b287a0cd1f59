// Text that was cut to fit.
#pragma once

#include <string_view>

namespace commandcenter {

// Without the beginning of a character whose rest was cut off. What is no UTF-8 stays as it is.
std::string_view whole_characters(std::string_view text);

}  // namespace commandcenter
