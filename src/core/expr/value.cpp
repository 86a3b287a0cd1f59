#include "core/expr/value.h"

#include <algorithm>
#include <limits>

namespace commandcenter::expr {
namespace {

constexpr std::size_t kIndexedMembers = 16;

// Scalars, brackets and commas; near enough for a limit.
constexpr std::size_t kScalarBytes = 8;

void add_extent(const Json& value, std::size_t depth, std::size_t max_bytes, std::size_t max_depth, Extent& extent) {
  if (value.is_structured()) {
    extent.depth = std::max(extent.depth, depth + 1);
    extent.bytes += 2;
    if (extent.depth > max_depth) return;
    if (value.is_array()) {
      for (const Json& element : value.get_ref<const Json::array_t&>()) {
        ++extent.bytes;
        add_extent(element, depth + 1, max_bytes, max_depth, extent);
        if (extent.bytes > max_bytes || extent.depth > max_depth) return;
      }
    } else {
      for (const auto& [key, member] : value.get_ref<const Json::object_t&>()) {
        extent.bytes += key.size() + 4;
        add_extent(member, depth + 1, max_bytes, max_depth, extent);
        if (extent.bytes > max_bytes || extent.depth > max_depth) return;
      }
    }
  } else {
    extent.bytes += value.is_string() ? value.get_ref<const std::string&>().size() + 2 : kScalarBytes;
  }
}

}  // namespace

bool Work::spend(std::size_t steps) {
  if (steps <= steps_left_) {
    steps_left_ -= steps;
    return true;
  }
  return fail(FaultKind::kLimit, "the evaluation takes more than " + std::to_string(Limits::kMaxEvaluationSteps) +
                                     " steps (or " + std::to_string(Limits::kMaxResolveSteps) +
                                     " for a whole template); reduce the data in an agent first");
}

bool Work::spend_copy(const Json& value) {
  // A value of n bytes has at most n parts, so that the bytes bound the time too.
  const std::size_t affordable_bytes = (steps_left_ + 1) * kScalarBytes;
  const Extent extent = measure(value, value.is_string() ? std::numeric_limits<std::size_t>::max() : affordable_bytes,
                                Limits::kMaxOutputDepth);
  if (extent.depth > Limits::kMaxOutputDepth) {
    return fail(FaultKind::kLimit,
                "a value is nested deeper than " + std::to_string(Limits::kMaxOutputDepth) + " levels");
  }
  return spend(value.is_structured() ? extent.bytes / kScalarBytes : extent.bytes / Limits::kBytesPerStep);
}

bool Work::fail(FaultKind kind, std::string message) {
  fault = Fault{kind, column, std::move(message)};
  return false;
}

std::string_view type_name(const Json& value) {
  switch (value.type()) {
    case Json::value_t::boolean:
      return "bool";
    case Json::value_t::number_integer:
    case Json::value_t::number_unsigned:
      return "int";
    case Json::value_t::number_float:
      return "double";
    case Json::value_t::string:
      return "string";
    case Json::value_t::array:
      return "list";
    case Json::value_t::object:
      return "map";
    case Json::value_t::null:
    case Json::value_t::binary:
    case Json::value_t::discarded:
      break;
  }
  return "null";
}

Extent measure(const Json& value, std::size_t max_bytes, std::size_t max_depth) {
  Extent extent;
  add_extent(value, 0, max_bytes, max_depth, extent);
  return extent;
}

void append_text(const Json& value, std::string& out) {
  if (value.is_string())
    out += value.get_ref<const std::string&>();
  else
    out += dump_json(value);
}

bool ObjectBuilder::contains(const std::string& key) {
  if (members_.size() < kIndexedMembers) {
    return std::any_of(members_.begin(), members_.end(), [&](const auto& member) { return member.first == key; });
  }
  if (index_.empty()) {
    for (const auto& member : members_)
      index_.insert(member.first);
  }
  return !index_.insert(key).second;
}

bool ObjectBuilder::add(std::string key, Json value) {
  if (contains(key)) return false;
  // The base class's emplace_back: the ordered map's own would search all keys again.
  static_cast<Json::object_t::Container&>(members_).emplace_back(std::move(key), std::move(value));
  return true;
}

}  // namespace commandcenter::expr
