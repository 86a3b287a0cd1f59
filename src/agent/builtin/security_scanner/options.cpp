// Reading the agent's input; every complaint names the member, its value and what is allowed.
#include "agent/builtin/security_scanner/options.h"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "agent/builtin/security_scanner/flaws.h"
#include "code/source/source.h"

namespace commandcenter::security_scanner {
namespace {

constexpr std::size_t kMaxQuoted_bytes = 100;

const Json* given(const Json& input, std::string_view key) {
  const Json* value = find_member(input, key);
  return value != nullptr && !value->is_null() ? value : nullptr;
}

tl::unexpected<Error> wrong_type(std::string_view key, const Json& value, std::string_view expected) {
  return fail(ErrorCode::kInvalid, fmt::format("{} is of type {}; expected {}", key, json_type_name(value), expected));
}

std::string allowed_words() {
  return fmt::format("secrets, {} or all", fmt::join(families(), ", "));
}

Result<void> read_scan_types(const Json& input, Options& options) {
  const Json* one = given(input, "scanType");
  const Json* many = given(input, "rules");
  options.families = families();
  if (one == nullptr && (many == nullptr || (many->is_array() && many->empty()))) return {};
  options.secrets = false;
  options.families.clear();
  const auto add = [&options](const Json& word, std::string_view key) -> Result<void> {
    if (!word.is_string()) return wrong_type(key, word, allowed_words());
    return add_scan_type(word.get_ref<const std::string&>(), key, options);
  };
  if (one != nullptr) return add(*one, "scanType");
  if (!many->is_array()) return wrong_type("rules", *many, "a list of " + allowed_words());
  for (const Json& rule : *many) {
    if (auto added = add(rule, "rules entry"); !added) return added;
  }
  return {};
}

}  // namespace

Result<void> add_scan_type(const std::string& word, std::string_view key, Options& options) {
  const bool all = word == "all";
  const auto known = families();
  if (!all && word != "secrets" && std::ranges::find(known, word) == known.end()) {
    return fail(ErrorCode::kInvalid, fmt::format("unknown {} \"{}\"; expected {}", key,
                                                 code::cut_utf8(word, kMaxQuoted_bytes), allowed_words()));
  }
  options.secrets = options.secrets || all || word == "secrets";
  for (const std::string& family : known) {
    const bool there = std::ranges::find(options.families, family) != options.families.end();
    if ((all || word == family) && !there) options.families.push_back(family);
  }
  return {};
}

Result<Options> parse_options(const Json& input) {
  if (!input.is_object()) return wrong_type("the input", input, "an object such as {\"scanType\": \"all\"}");
  Options options;
  for (const std::string_view key : {"target", "repositoryPath"}) {
    const Json* target = given(input, key);
    if (target == nullptr) continue;
    if (!target->is_string()) return wrong_type(key, *target, "a path");
    if (target->get_ref<const std::string&>().find('\0') != std::string::npos)
      return fail(ErrorCode::kInvalid, fmt::format("{} holds a NUL character", key));
    if (!target->get_ref<const std::string&>().empty()) options.target = target->get<std::string>();
    break;
  }
  if (auto read = read_scan_types(input, options); !read) return fail(std::move(read.error()));

  const Json* severity = given(input, "severity");
  if (severity == nullptr) return options;
  if (*severity == "all") return options;
  if (!severity->is_string()) return wrong_type("severity", *severity, "low, medium, high or critical");
  for (const auto candidate :
       {code::Severity::kLow, code::Severity::kMedium, code::Severity::kHigh, code::Severity::kCritical}) {
    if (severity->get_ref<const std::string&>() != code::severity_word(candidate)) continue;
    options.minimum = candidate;
    return options;
  }
  return fail(
      ErrorCode::kInvalid,
      fmt::format("unknown severity \"{}\"; expected low, medium, high or critical (the least that is reported)",
                  code::cut_utf8(severity->get_ref<const std::string&>(), kMaxQuoted_bytes)));
}

Result<std::string> resolve_target(const std::string& workspace, const std::string& target) {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::path root = fs::canonical(workspace, error);
  if (error) return fail(ErrorCode::kNotFound, "the workspace is not there");
  // The workspace may be spelled as given or with its links resolved.
  fs::path wanted = fs::path(target).is_absolute() ? fs::path(target).lexically_normal() : root / target;
  const auto outside = [&] {
    return fail(ErrorCode::kForbidden,
                fmt::format("target \"{}\" is outside the workspace; expected a path below it", target));
  };
  const auto relative_to = [](const fs::path& path, const fs::path& base) {
    return path.lexically_normal().lexically_relative(base.lexically_normal());
  };
  const auto is_below = [](const fs::path& relative) { return !relative.empty() && *relative.begin() != ".."; };

  std::string base = fs::absolute(workspace, error).lexically_normal().string();
  while (base.size() > 1 && base.ends_with('/'))
    base.pop_back();
  fs::path relative = relative_to(wanted, root);
  if (!is_below(relative)) relative = relative_to(wanted, base);
  if (!is_below(relative)) return outside();
  const fs::path real = fs::canonical(root / relative, error);
  if (error) return fail(ErrorCode::kNotFound, fmt::format("target \"{}\" does not exist in the workspace", target));
  const fs::path inside = real.lexically_relative(root);
  if (!is_below(inside)) return outside();
  std::string result = inside.string();
  return result == "." ? std::string() : result;
}

bool names_tests(const std::string& target) {
  return code::is_test_code(target) || code::is_test_code(target + "/");
}

}  // namespace commandcenter::security_scanner
