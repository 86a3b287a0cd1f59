#include "cli/answer.h"

#include <fmt/format.h>

namespace commandcenter::cli {
namespace {

bool is_kind(const Json& value, Kind kind) {
  switch (kind) {
    case Kind::kText:
      return value.is_string() && !value.get_ref<const std::string&>().empty();
    case Kind::kInteger:
      return value.is_number_integer();
    case Kind::kObject:
      return value.is_object();
    case Kind::kList:
      return value.is_array();
    case Kind::kNothing:
      return value.is_null();
  }
  return false;
}

std::string_view name_of(Kind kind) {
  switch (kind) {
    case Kind::kText:
      return "a text";
    case Kind::kInteger:
      return "a whole number";
    case Kind::kObject:
      return "an object";
    case Kind::kList:
      return "a list";
    case Kind::kNothing:
      return "nothing";
  }
  return "";
}

std::string mistake_at(const std::string& path, const Json& value, Kind kind, const std::vector<Member>& members);

std::string mistake_in_members(const std::string& path, const Json& object, const std::vector<Member>& members) {
  for (const Member& member : members) {
    const std::string at = path.empty() ? member.name : fmt::format("{}.{}", path, member.name);
    const Json* value = find_member(object, member.name);
    if (value == nullptr) return at + " is missing";
    if (std::string mistake = mistake_at(at, *value, member.kind, member.members); !mistake.empty()) return mistake;
  }
  return {};
}

std::string mistake_at(const std::string& path, const Json& value, Kind kind, const std::vector<Member>& members) {
  if (!is_kind(value, kind)) return fmt::format("{} is not {}", path.empty() ? "it" : path, name_of(kind));
  if (kind != Kind::kList) return mistake_in_members(path, value, members);
  for (std::size_t i = 0; i < value.size() && !members.empty(); ++i) {
    const std::string at = fmt::format("{}[{}]", path, i);
    if (std::string mistake = mistake_at(at, value[i], Kind::kObject, members); !mistake.empty()) return mistake;
  }
  return {};
}

}  // namespace

std::string mistake_in(const Json& answer, const Needs& needs) {
  return mistake_at({}, answer, needs.kind, needs.members);
}

}  // namespace commandcenter::cli
