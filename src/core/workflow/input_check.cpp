#include "core/workflow/input_check.h"

#include <algorithm>
#include <string_view>

#include "core/workflow/reader.h"

namespace commandcenter::workflow {
namespace {

bool is_templated(std::string_view text) {
  return text.find("{{") != std::string_view::npos;
}

struct TemplatedPlaces {
  std::vector<std::string> values;   // paths of strings with templates in them
  std::vector<std::string> objects;  // paths of objects with templates among their keys
};

// As deep as a document may be, so the recursion is bounded.
void collect(const Json& value, const std::string& path, TemplatedPlaces& places) {
  if (value.is_string()) {
    if (is_templated(value.get_ref<const std::string&>())) places.values.push_back(path);
  } else if (value.is_array()) {
    for (std::size_t i = 0; i < value.size(); ++i)
      collect(value[i], element_path(path, i), places);
  } else if (value.is_object()) {
    for (const auto& [key, member] : value.get_ref<const Json::object_t&>()) {
      if (is_templated(key)) places.objects.push_back(path);
      collect(member, member_path(path, key), places);
    }
  }
}

bool is_within(const std::string& path, const std::string& whole) {
  if (whole.empty()) return true;
  return path.starts_with(whole) &&
         (path.size() == whole.size() || path[whole.size()] == '.' || path[whole.size()] == '[');
}

bool any_within(const std::vector<std::string>& paths, const std::string& whole) {
  return std::any_of(paths.begin(), paths.end(), [&](const std::string& path) { return is_within(path, whole); });
}

// Which branch counts is decided by values that may still change.
bool is_conditional(std::string_view schema_path) {
  constexpr std::string_view kBranches[] = {"/anyOf", "/oneOf",     "/not",         "/if",      "/then",
                                            "/else",  "/dependent", "/unevaluated", "/contains"};
  return std::any_of(std::begin(kBranches), std::end(kBranches),
                     [&](std::string_view branch) { return schema_path.find(branch) != std::string_view::npos; });
}

bool is_certain(const schema::Violation& violation, const TemplatedPlaces& places) {
  if (any_within(places.objects, violation.path)) return false;
  if (!any_within(places.values, violation.path)) return !is_conditional(violation.schema_path);
  // The value holds templates, but which members it has does not depend on them.
  const std::string_view path = violation.schema_path;
  const bool about_names = path.ends_with("/required") || path.ends_with("/additionalProperties");
  return about_names && !is_conditional(path) &&
         std::find(places.values.begin(), places.values.end(), violation.path) == places.values.end();
}

}  // namespace

std::vector<schema::Violation> certain_violations(const Json& input, const schema::Schema& schema) {
  std::vector<schema::Violation> violations = schema.validate(input);
  if (violations.empty()) return violations;
  TemplatedPlaces places;
  collect(input, "", places);
  if (places.values.empty() && places.objects.empty()) return violations;
  std::erase_if(violations, [&](const schema::Violation& violation) { return !is_certain(violation, places); });
  return violations;
}

}  // namespace commandcenter::workflow
