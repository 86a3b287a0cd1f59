#include "agent/builtin/compliance_checker/options.h"

#include <filesystem>

#include <fmt/format.h>

#include "code/source/source.h"

namespace commandcenter::compliance_checker {
namespace {

constexpr std::size_t kMaxQuoted_bytes = 100;

const Json* given(const Json& input, std::string_view key) {
  const Json* value = find_member(input, key);
  return value != nullptr && !value->is_null() ? value : nullptr;
}

tl::unexpected<Error> wrong_type(std::string_view key, const Json& value, std::string_view expected) {
  return fail(ErrorCode::kInvalid, fmt::format("{} is of type {}; expected {}", key, json_type_name(value), expected));
}

Result<std::string> text_of(const Json& value, std::string_view key) {
  if (!value.is_string()) return wrong_type(key, value, "a path");
  std::string text = value.get<std::string>();
  if (text.find('\0') != std::string::npos)
    return fail(ErrorCode::kInvalid, fmt::format("{} holds a NUL character", key));
  return text;
}

Result<void> read_scopes(const Json& input, CheckOptions& options) {
  const Json* one = given(input, "scope");
  const Json* many = given(input, "rules");
  if (one == nullptr && (many == nullptr || (many->is_array() && many->empty()))) return {};
  options.licenses = options.headers = options.secrets = false;
  if (one != nullptr) {
    if (!one->is_string()) return wrong_type("scope", *one, "licenses, security-headers, secrets or all");
    return add_scope(one->get<std::string>(), options);
  }
  if (!many->is_array()) return wrong_type("rules", *many, "a list of licenses, security-headers, secrets or all");
  for (const Json& rule : *many) {
    if (!rule.is_string()) return wrong_type("rules entry", rule, "licenses, security-headers, secrets or all");
    if (auto added = add_scope(rule.get<std::string>(), options); !added) return added;
  }
  return {};
}

}  // namespace

Result<void> add_scope(const std::string& word, CheckOptions& options) {
  const bool all = word == "all";
  if (!all && word != "licenses" && word != "security-headers" && word != "secrets") {
    return fail(ErrorCode::kInvalid,
                fmt::format("unknown scope \"{}\"; expected licenses, security-headers, secrets or all",
                            code::cut_utf8(word, kMaxQuoted_bytes)));
  }
  options.licenses = options.licenses || all || word == "licenses";
  options.headers = options.headers || all || word == "security-headers";
  options.secrets = options.secrets || all || word == "secrets";
  return {};
}

Result<Request> parse_request(const Json& input) {
  if (!input.is_object()) return wrong_type("the input", input, "an object such as {\"scope\": \"all\"}");
  Request request;
  for (const std::string_view key : {"target", "repositoryPath"}) {
    const Json* target = given(input, key);
    if (target == nullptr) continue;
    auto text = text_of(*target, key);
    if (!text) return fail(std::move(text.error()));
    if (!text->empty()) request.target = std::move(*text);
    break;
  }
  if (auto read = read_scopes(input, request.check); !read) return fail(std::move(read.error()));
  if (const Json* strict = given(input, "strictMode")) {
    if (!strict->is_boolean()) return wrong_type("strictMode", *strict, "true or false");
    request.check.strict = strict->get<bool>();
  }
  if (const Json* policy = given(input, "policy")) {
    auto text = text_of(*policy, "policy");
    if (!text) return fail(std::move(text.error()));
    request.check.policy_file = std::move(*text);
  }
  return request;
}

Result<std::string> resolve_target(const std::string& workspace, const std::string& target) {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::path root = fs::canonical(workspace, error);
  if (error) return fail(ErrorCode::kNotFound, "the workspace is not there");
  // The workspace may be spelled as given or with its links resolved.
  std::string spelled = fs::absolute(workspace, error).lexically_normal().string();
  while (spelled.size() > 1 && spelled.ends_with('/'))
    spelled.pop_back();
  const fs::path wanted(target);
  for (const fs::path& base : {root, fs::path(spelled)}) {
    const fs::path relative =
        (wanted.is_absolute() ? wanted : base / wanted).lexically_normal().lexically_relative(base);
    if (relative.empty() || *relative.begin() == "..") continue;
    const fs::path real = fs::canonical(root / relative, error);
    if (error) return fail(ErrorCode::kNotFound, fmt::format("target \"{}\" does not exist in the workspace", target));
    const fs::path inside = real.lexically_relative(root);
    if (inside.empty() || *inside.begin() == "..") break;
    return inside == "." ? std::string() : inside.string();
  }
  return fail(ErrorCode::kForbidden,
              fmt::format("target \"{}\" is outside the workspace; expected a path below it", target));
}

}  // namespace commandcenter::compliance_checker
