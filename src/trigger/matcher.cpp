#include "trigger/matcher.h"

#include <algorithm>

#include <fmt/format.h>

#include "bus/bus.h"

namespace commandcenter::trigger {
namespace {

constexpr std::size_t kMaxGlob_bytes = 1'024;
constexpr std::string_view kGlobMember = "filePath";  // the one filter whose text is a glob

// Such a pattern means whatever comes in. If it also meant what the server tells of runs, each run of its workflow
// would start several more, each of which would do the same.
bool hears_all(std::string_view pattern) {
  return pattern.starts_with('>') || pattern.starts_with('*');
}

}  // namespace

Result<Regex> compile_glob(std::string_view glob) {
  if (glob.size() > kMaxGlob_bytes) {
    return fail(ErrorCode::kInvalid,
                fmt::format("the glob has {} bytes; at most {} are allowed", glob.size(), kMaxGlob_bytes));
  }
  constexpr std::string_view kSpecial = "\\.+*?()|[]{}^$";
  std::string regex = "(?s)\\A";
  for (std::size_t i = 0; i < glob.size(); ++i) {
    const std::string_view rest = glob.substr(i);
    if (rest.starts_with("**/") && (i == 0 || glob[i - 1] == '/')) {
      regex += "(?:.*/)?";
      i += 2;
    } else if (rest.starts_with("**")) {
      regex += ".*";
      i += 1;
    } else if (rest.front() == '*') {
      regex += "[^/]*";
    } else if (rest.front() == '?') {
      regex += "[^/]";
    } else {
      if (kSpecial.find(rest.front()) != std::string_view::npos) regex += '\\';
      regex += rest.front();
    }
  }
  return Regex::compile(regex + "\\z");
}

Result<Matcher> Matcher::compile(const workflow::Trigger& trigger) {
  Matcher matcher;
  if (trigger.kind != workflow::TriggerKind::kEvent) return matcher;
  matcher.patterns_ = trigger.patterns;
  for (const auto& [member, wanted] : trigger.filters.items()) {
    Filter filter;
    filter.member = member;
    const std::vector<Json> values = wanted.is_array() ? wanted.get<std::vector<Json>>() : std::vector<Json>{wanted};
    for (const Json& value : values) {
      if (member != kGlobMember || !value.is_string()) {
        filter.values.push_back(value);
        continue;
      }
      auto glob = compile_glob(value.get_ref<const std::string&>());
      if (!glob) return fail(std::move(glob.error()));
      filter.globs.push_back(std::move(*glob));
    }
    matcher.filters_.push_back(std::move(filter));
  }
  return matcher;
}

bool Matcher::fits(const Filter& filter, const Json& payload) {
  const Json* value = find_member(payload, filter.member);
  if (value == nullptr) return false;
  if (!value->is_array()) return fits_value(filter, *value);
  return std::any_of(value->begin(), value->end(), [&](const Json& one) { return fits_value(filter, one); });
}

bool Matcher::fits_value(const Filter& filter, const Json& value) {
  if (std::find(filter.values.begin(), filter.values.end(), value) != filter.values.end()) return true;
  if (!value.is_string()) return false;
  const auto& text = value.get_ref<const std::string&>();
  return std::any_of(filter.globs.begin(), filter.globs.end(), [&](const Regex& glob) { return glob.found_in(text); });
}

bool Matcher::matches(const Event& event) const {
  const bool is_own = event.source == kOwnSource;
  return std::any_of(patterns_.begin(), patterns_.end(),
                     [&](const std::string& pattern) {
                       return bus::subject_matches(pattern, event.type) && !(is_own && hears_all(pattern));
                     }) &&
         std::all_of(filters_.begin(), filters_.end(),
                     [&](const Filter& filter) { return fits(filter, event.payload); });
}

}  // namespace commandcenter::trigger
