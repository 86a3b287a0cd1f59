#include "core/expr/operators.h"

#include <cmath>
#include <compare>
#include <cstdint>
#include <limits>
#include <string>

namespace commandcenter::expr {
namespace {

constexpr std::size_t kMembersPerStep = 16;
constexpr std::size_t kMaxComparedDepth = 2 * kMaxJsonDepth;

std::string quoted(Operator op) {
  switch (op) {
    case Operator::kEqual:
      return "'=='";
    case Operator::kNotEqual:
      return "'!='";
    case Operator::kLess:
      return "'<'";
    case Operator::kLessEqual:
      return "'<='";
    case Operator::kGreater:
      return "'>'";
    case Operator::kGreaterEqual:
      return "'>='";
    case Operator::kIn:
      return "'in'";
    case Operator::kAdd:
      return "'+'";
    case Operator::kSubtract:
      return "'-'";
    case Operator::kMultiply:
      return "'*'";
    case Operator::kDivide:
      return "'/'";
    case Operator::kRemainder:
      return "'%'";
  }
  return {};
}

bool fail_types(Operator op, const Json& left, const Json& right, std::string_view hint, Work& work) {
  std::string message =
      quoted(op) + " cannot take " + std::string(type_name(left)) + " and " + std::string(type_name(right));
  return work.fail(message + std::string(hint));
}

// JSON's integers reach beyond the int64 of expressions; such large ones can be compared and shown, not computed with.
bool is_large(const Json& value) {
  return value.is_number_unsigned() &&
         value.get<std::uint64_t>() > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
}

std::partial_ordering compare_int_double(std::int64_t left, double right) {
  constexpr double kTwo63 = 9223372036854775808.0;
  if (std::isnan(right)) return std::partial_ordering::unordered;
  if (right >= kTwo63) return std::partial_ordering::less;
  if (right < -kTwo63) return std::partial_ordering::greater;
  const auto whole = static_cast<std::int64_t>(right);
  if (left != whole) return left <=> whole;
  return 0.0 <=> right - static_cast<double>(whole);
}

std::partial_ordering compare_large_double(std::uint64_t left, double right) {
  constexpr double kTwo63 = 9223372036854775808.0;
  if (std::isnan(right)) return std::partial_ordering::unordered;
  if (right >= 2 * kTwo63) return std::partial_ordering::less;
  if (right < kTwo63) return std::partial_ordering::greater;
  return left <=> static_cast<std::uint64_t>(right);
}

std::partial_ordering reversed(std::partial_ordering order) {
  return 0 <=> order;
}

std::partial_ordering compare_numbers(const Json& left, const Json& right) {
  if (left.is_number_float() && right.is_number_float()) return left.get<double>() <=> right.get<double>();
  if (left.is_number_float()) return reversed(compare_numbers(right, left));
  if (right.is_number_float()) {
    return is_large(left) ? compare_large_double(left.get<std::uint64_t>(), right.get<double>())
                          : compare_int_double(left.get<std::int64_t>(), right.get<double>());
  }
  if (is_large(left) || is_large(right)) {
    if (is_large(left) && is_large(right)) return left.get<std::uint64_t>() <=> right.get<std::uint64_t>();
    return is_large(left) ? std::partial_ordering::greater : std::partial_ordering::less;
  }
  return left.get<std::int64_t>() <=> right.get<std::int64_t>();
}

bool equal_objects(const Json& left, const Json& right, std::size_t depth, bool& result, Work& work);

bool equal_at(const Json& left, const Json& right, std::size_t depth, bool& result, Work& work) {
  if (depth > kMaxComparedDepth) {
    return work.fail(FaultKind::kLimit,
                     "values nested deeper than " + std::to_string(kMaxComparedDepth) + " levels cannot be compared");
  }
  if (!work.spend(1)) return false;
  if (left.is_number() && right.is_number()) {
    result = compare_numbers(left, right) == 0;
  } else if (left.is_string() && right.is_string()) {
    const auto& a = left.get_ref<const std::string&>();
    const auto& b = right.get_ref<const std::string&>();
    if (a.size() == b.size() && !work.spend_bytes(a.size())) return false;
    result = a == b;
  } else if (left.is_array() && right.is_array()) {
    result = left.size() == right.size();
    for (std::size_t i = 0; result && i < left.size(); ++i) {
      if (!equal_at(left[i], right[i], depth + 1, result, work)) return false;
    }
  } else if (left.is_object() && right.is_object()) {
    return equal_objects(left, right, depth, result, work);
  } else {
    result = left.type() == right.type() && left == right;  // null and booleans
  }
  return true;
}

bool equal_objects(const Json& left, const Json& right, std::size_t depth, bool& result, Work& work) {
  result = left.size() == right.size();
  if (!result) return true;
  for (const auto& [key, value] : left.get_ref<const Json::object_t&>()) {
    const Json* other = nullptr;
    if (!find(right, key, other, work)) return false;
    result = other != nullptr;
    if (result && !equal_at(value, *other, depth + 1, result, work)) return false;
    if (!result) return true;
  }
  return true;
}

bool order(Operator op, Value& left, const Json& b, Work& work) {
  const Json& a = left.get();
  std::partial_ordering order = std::partial_ordering::unordered;
  if (a.is_number() && b.is_number()) {
    order = compare_numbers(a, b);
  } else if (a.is_string() && b.is_string()) {
    if (!work.spend_bytes(a.get_ref<const std::string&>().size())) return false;
    // UTF-8 keeps the order of code points.
    order = a.get_ref<const std::string&>() <=> b.get_ref<const std::string&>();
  } else if (a.is_boolean() && b.is_boolean()) {
    order = static_cast<int>(a.get<bool>()) <=> static_cast<int>(b.get<bool>());
  } else {
    return fail_types(op, a, b, "; only two numbers, two strings or two bools have an order", work);
  }
  bool result = false;
  if (op == Operator::kLess)
    result = order < 0;
  else if (op == Operator::kLessEqual)
    result = order <= 0;
  else if (op == Operator::kGreater)
    result = order > 0;
  else
    result = order >= 0;
  left = Value(Json(result));
  return true;
}

bool contained(Value& left, const Json& range, Work& work) {
  const Json& value = left.get();
  bool found = false;
  if (range.is_array()) {
    for (const Json& element : range.get_ref<const Json::array_t&>()) {
      if (!equal(value, element, found, work)) return false;
      if (found) break;
    }
  } else if (range.is_object()) {
    const Json* member = nullptr;
    if (value.is_string() && !find(range, value.get_ref<const std::string&>(), member, work)) return false;
    found = member != nullptr;
  } else {
    const std::string_view hint = range.is_string() ? "; for a part of a string write text.contains(part)"
                                                    : "; the right side must be a list or a map";
    return fail_types(Operator::kIn, value, range, hint, work);
  }
  left = Value(Json(found));
  return true;
}

bool compute_doubles(Operator op, double a, double b, Value& left, Work& work) {
  double result = 0;
  if (op == Operator::kAdd)
    result = a + b;
  else if (op == Operator::kSubtract)
    result = a - b;
  else if (op == Operator::kMultiply)
    result = a * b;
  else if (op == Operator::kRemainder)
    return work.fail("'%' takes ints only; convert with int(x)");
  else if (b == 0)
    return work.fail("division by zero");
  else
    result = a / b;
  if (!std::isfinite(result)) return work.fail("the result of " + quoted(op) + " does not fit a double");
  left = Value(Json(result));
  return true;
}

bool compute_ints(Operator op, std::int64_t a, std::int64_t b, Value& left, Work& work) {
  std::int64_t result = 0;
  bool overflow = false;
  if (op == Operator::kAdd) {
    overflow = __builtin_add_overflow(a, b, &result);
  } else if (op == Operator::kSubtract) {
    overflow = __builtin_sub_overflow(a, b, &result);
  } else if (op == Operator::kMultiply) {
    overflow = __builtin_mul_overflow(a, b, &result);
  } else if (b == 0) {
    return work.fail(op == Operator::kDivide ? "division by zero" : "remainder of a division by zero");
  } else if (a == std::numeric_limits<std::int64_t>::min() && b == -1) {
    overflow = true;
  } else {
    result = op == Operator::kDivide ? a / b : a % b;
  }
  if (overflow)
    return work.fail("the result of " + quoted(op) + " does not fit a 64-bit int; use double(x) for larger numbers");
  left = Value(Json(result));
  return true;
}

bool compute_numbers(Operator op, Value& left, const Json& right, Work& work) {
  const Json& a = left.get();
  if (a.is_number_float() || right.is_number_float()) {
    return compute_doubles(op, a.get<double>(), right.get<double>(), left, work);
  }
  if (is_large(a) || is_large(right)) {
    return work.fail("a number above 9223372036854775807 cannot be computed with; use double(x)");
  }
  return compute_ints(op, a.get<std::int64_t>(), right.get<std::int64_t>(), left, work);
}

bool concatenate(Value& left, const Json& right, Work& work) {
  if (!work.spend_copy(right) || !work.spend_own(left)) return false;
  if (right.is_string()) {
    left.own().get_ref<std::string&>() += right.get_ref<const std::string&>();
  } else {
    auto& elements = left.own().get_ref<Json::array_t&>();
    const auto& more = right.get_ref<const Json::array_t&>();
    elements.insert(elements.end(), more.begin(), more.end());
  }
  return true;
}

bool compute(Operator op, Value& left, const Json& right, Work& work) {
  const Json& a = left.get();
  if (a.is_number() && right.is_number()) return compute_numbers(op, left, right, work);
  if (op != Operator::kAdd) return fail_types(op, a, right, "; it takes two numbers", work);
  if ((a.is_string() && right.is_string()) || (a.is_array() && right.is_array())) return concatenate(left, right, work);
  if (a.is_string()) return fail_types(op, a, right, "; make the right side text with string(x)", work);
  if (right.is_string()) return fail_types(op, a, right, "; make the left side text with string(x)", work);
  return fail_types(op, a, right, "; it takes two numbers, two strings or two lists", work);
}

}  // namespace

bool find(const Json& object, std::string_view key, const Json*& result, Work& work) {
  if (!work.spend(object.size() / kMembersPerStep)) return false;
  result = find_member(object, key);
  return true;
}

bool equal(const Json& left, const Json& right, bool& result, Work& work) {
  return equal_at(left, right, 0, result, work);
}

bool apply(Operator op, Value& left, const Value& right, Work& work) {
  switch (op) {
    case Operator::kEqual:
    case Operator::kNotEqual: {
      bool result = false;
      if (!equal(left.get(), right.get(), result, work)) return false;
      left = Value(Json(result == (op == Operator::kEqual)));
      return true;
    }
    case Operator::kLess:
    case Operator::kLessEqual:
    case Operator::kGreater:
    case Operator::kGreaterEqual:
      return order(op, left, right.get(), work);
    case Operator::kIn:
      return contained(left, right.get(), work);
    case Operator::kAdd:
    case Operator::kSubtract:
    case Operator::kMultiply:
    case Operator::kDivide:
    case Operator::kRemainder:
      return compute(op, left, right.get(), work);
  }
  return false;
}

bool negate(Value& value, Work& work) {
  const Json& operand = value.get();
  if (operand.is_number_float()) {
    value = Value(Json(-operand.get<double>()));
    return true;
  }
  if (!operand.is_number())
    return work.fail("'-' cannot negate " + std::string(type_name(operand)) + "; it takes a number");
  Value zero{Json(std::int64_t{0})};
  if (!compute_numbers(Operator::kSubtract, zero, operand, work)) return false;
  value = std::move(zero);
  return true;
}

}  // namespace commandcenter::expr
