// When JSON Schema calls two values equal and how it compares numbers: 1 and 1.0 are the same, the order of members
// does not matter, and 64-bit integers are compared exactly, also with fractions.
#pragma once

#include <string>

#include "base/json.h"

namespace commandcenter::schema {

// Two values are equal exactly when their keys are. Length is linear in the value.
std::string equality_key(const Json& value);

// Less than, equal to or greater than 0, as a is to b. Both are numbers.
int compare_numbers(const Json& a, const Json& b);

// True for integers and for numbers without a fraction, whatever their size.
bool is_integral(const Json& value);

// Whether the value is a multiple of the divisor (> 0), in decimal arithmetic on the digits a person would write: 0.3
// is a multiple of 0.1. Both are numbers.
bool is_multiple(const Json& value, const Json& divisor);

}  // namespace commandcenter::schema
