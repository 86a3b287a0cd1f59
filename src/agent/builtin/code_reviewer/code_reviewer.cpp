// The agent's face over code/review: its input to options, the review to its answer.
#include "agent/builtin/code_reviewer/code_reviewer.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include <fmt/format.h>

#include "agent/builtin/security_scanner/flaws.h"
#include "agent/builtin/security_scanner/options.h"
#include "base/quantity.h"
#include "code/review/review.h"

namespace commandcenter::code_reviewer {
namespace {

constexpr std::size_t kMaxQuoted_bytes = 100;
constexpr std::size_t kMaxIssues = 20'000;  // of a page

const Json* given(const Json& input, std::string_view key) {
  const Json* value = find_member(input, key);
  return value != nullptr && !value->is_null() ? value : nullptr;
}

// The first of two names, the present one and the old one, that is there; it must be text.
Result<std::string> text_of(const Json& input, const std::array<std::string_view, 2>& names, std::string fallback) {
  for (const std::string_view name : names) {
    const Json* value = given(input, name);
    if (value == nullptr) continue;
    if (!value->is_string())
      return fail(ErrorCode::kInvalid, fmt::format("{} is of type {}; expected text", name, json_type_name(*value)));
    std::string text = value->get<std::string>();
    if (text.find('\0') != std::string::npos)
      return fail(ErrorCode::kInvalid, fmt::format("{} holds a NUL character", name));
    if (!text.empty()) return text;
  }
  return fallback;
}

Result<bool> flag_of(const Json& input, std::string_view name) {
  const Json* value = given(input, name);
  if (value == nullptr) return false;
  if (!value->is_boolean())
    return fail(ErrorCode::kInvalid,
                fmt::format("{} is of type {}; expected true or false", name, json_type_name(*value)));
  return value->get<bool>();
}

// A whole number from 0 on, or what counts when there is none.
Result<std::size_t> number_of(const Json& input, std::string_view name, std::size_t fallback) {
  const Json* value = given(input, name);
  if (value == nullptr) return fallback;
  const bool whole = value->is_number_unsigned() || (value->is_number_integer() && value->get<std::int64_t>() >= 0);
  if (!whole)
    return fail(ErrorCode::kInvalid, fmt::format("{} is {}; expected a whole number from 0 on", name,
                                                 code::cut_utf8(dump_json(*value), kMaxQuoted_bytes)));
  return value->get<std::size_t>();
}

Result<code::ReviewOptions> options_of(const Json& input) {
  const auto type = text_of(input, {"type", "reviewType"}, "all");
  if (!type) return fail(type.error());
  const auto pattern = text_of(input, {"filePattern", "filePattern"}, "");
  if (!pattern) return fail(pattern.error());
  const bool all = *type == "all" || *type == "full";
  if (!all && *type != "quality" && *type != "security" && *type != "performance") {
    return fail(ErrorCode::kInvalid, fmt::format("unknown type \"{}\"; expected quality, security, performance or all",
                                                 code::cut_utf8(*type, kMaxQuoted_bytes)));
  }
  code::ReviewOptions options;
  options.quality = all || *type == "quality";
  options.security = all || *type == "security";
  options.performance = all || *type == "performance";
  options.file_pattern = *pattern;
  const auto hot_spots = flag_of(input, "hotSpots");
  if (!hot_spots) return fail(hot_spots.error());
  const auto blame = flag_of(input, "blame");
  if (!blame) return fail(blame.error());
  options.hot_spots = *hot_spots;
  options.blame = *blame;
  return options;
}

}  // namespace

Result<Json> run(const std::string& action, const Json& input, const std::string& workspace, const LogSink& log) {
  if (!action.empty() && action != "review")
    return fail(ErrorCode::kInvalid, fmt::format("code-reviewer has no action \"{}\"; expected review", action));
  if (!input.is_object())
    return fail(ErrorCode::kInvalid, fmt::format("the input is of type {}; expected an object such as {{\"type\": "
                                                 "\"all\"}}",
                                                 json_type_name(input)));
  auto options = options_of(input);
  if (!options) return fail(options.error());
  const auto wanted = text_of(input, {"target", "repositoryPath"}, ".");
  if (!wanted) return fail(wanted.error());
  const std::string root = workspace.empty() ? "." : workspace;
  const auto target = security_scanner::resolve_target(root, *wanted);
  if (!target) return fail(target.error());

  const auto offset = number_of(input, "offset", 0);
  if (!offset) return fail(offset.error());
  const auto limit = number_of(input, "limit", kMaxIssues);
  if (!limit) return fail(limit.error());

  options->root = root;
  code::Reviewer reviewer(*options);
  code::ScanOptions scan;
  scan.secrets = false;
  reviewer.join(scan);
  if (options->security)
    scan.analyzers.push_back(security_scanner::flaws(security_scanner::families(),
                                                     {.root = root, .tests = security_scanner::names_tests(*target)}));
  auto report = code::scan_tree(root, *target, scan);
  if (!report) return fail(report.error());
  code::Review review = reviewer.finish(std::move(*report), scan);
  review.page = {*offset, *limit == 0 ? kMaxIssues : std::min(*limit, kMaxIssues)};
  log(fmt::format("reviewed {} files in {}: {} issues, max complexity {}, avg {:.1f}", review.reviewed_files,
                  format_duration(review.report.duration_ms), review.report.total, review.max_complexity,
                  review.average_complexity));
  return code::review_json(review);
}

}  // namespace commandcenter::code_reviewer
