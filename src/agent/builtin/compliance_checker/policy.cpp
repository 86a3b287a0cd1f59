#include "agent/builtin/compliance_checker/policy.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/document.h"

namespace commandcenter::compliance_checker {
namespace {

using code::LicenseVerdict;

constexpr auto kPermissive = std::to_array<std::string_view>(
    {"MIT",        "MIT-*",     "Apache-2.0", "Apache-1.1",    "BSD-*",   "0BSD",       "ISC",          "Zlib",
     "libpng-2.0", "Libpng",    "Unlicense",  "CC0-1.0",       "BSL-1.0", "Python-2.0", "PSF-2.0",      "PostgreSQL",
     "NCSA",       "X11",       "WTFPL",      "BlueOak-1.0.0", "UPL-1.0", "Unicode-*",  "Artistic-2.0", "Zlib-*",
     "MPL-2.0",    "CC-BY-3.0", "CC-BY-4.0",  "HPND",          "Ruby",    "ZPL-2.1",    "TCL",          "curl",
     "OFL-1.1",    "W3C",       "AFL-2.1",    "AFL-3.0"});
constexpr auto kReview = std::to_array<std::string_view>({"LGPL-*", "EPL-*", "CDDL-*", "MPL-1.*", "EUPL-*", "CPL-1.0",
                                                          "GPL-2.0-* WITH Classpath-exception-2.0", "CC-BY-SA-*",
                                                          "MS-*", "OSL-*", "Artistic-1.0*"});
constexpr auto kDenied =
    std::to_array<std::string_view>({"GPL-*", "AGPL-*", "SSPL-1.0", "BUSL-1.1", "Elastic-2.0", "CC-BY-NC*", "JSON",
                                     "Commons-Clause", "RPL-*", "PolyForm-*"});

// "*" stands for any text.
bool matches(std::string_view pattern, std::string_view text) {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t mark = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      mark = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++mark;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*')
    ++p;
  return p == pattern.size();
}

// How exactly a list names a licence; 0 when it does not. The most exact of all lists counts.
std::size_t named_by(const std::vector<std::string>& list, const code::LicenseExpression& license) {
  std::size_t best = 0;
  const std::string full = license.license_text();
  for (const std::string& pattern : list) {
    const bool same = matches(pattern, full) || (license.exception.empty() && matches(pattern, license.id));
    if (same) best = std::max(best, pattern.size() * 2 + (pattern.find('*') == std::string::npos ? 1000U : 0U) + 1);
  }
  return best;
}

class Reader {
 public:
  Reader(const Document& document, Policy& policy) : document_(document), policy_(policy) {}

  Result<void> read() {
    const Json& root = document_.value;
    if (!root.is_object()) return wrong("", "a mapping with licenses, development, exceptions");
    for (const auto& [key, value] : root.items()) {
      Result<void> done;
      if (key == "licenses")
        done = lists(value, "licenses", policy_.production);
      else if (key == "development")
        continue;  // after the lists that it changes
      else if (key == "exceptions")
        done = exceptions(value);
      else if (key == "requireHeaders" && value.is_boolean())
        policy_.require_headers = value.get<bool>();
      else if (key == "incompatible")
        done = verdict(value, key, policy_.incompatible);
      else
        done = wrong(key, "licenses, development, exceptions, incompatible or requireHeaders (true or false)");
      if (!done) return done;
    }
    policy_.development = policy_.production;
    if (const Json* development = find_member(root, "development"))
      return lists(*development, "development", policy_.development);
    return {};
  }

 private:
  tl::unexpected<Error> wrong(const std::string& path, std::string_view expected) const {
    const auto [line, column] = document_.locate(path);
    return fail(ErrorCode::kInvalid, fmt::format("{}, line {}: {}: expected {}", policy_.file, std::max(line, 1),
                                                 path.empty() ? "the policy" : path, expected));
  }

  Result<void> verdict(const Json& value, const std::string& place, LicenseVerdict& into) {
    if (value == "allow")
      into = LicenseVerdict::kAllowed;
    else if (value == "review")
      into = LicenseVerdict::kReview;
    else if (value == "deny")
      into = LicenseVerdict::kDenied;
    else
      return wrong(place, "allow, review or deny");
    return {};
  }

  Result<void> lists(const Json& value, const std::string& path, LicenseLists& lists) {
    if (!value.is_object()) return wrong(path, "allow, review, deny, unknown");
    for (const auto& [key, list] : value.items()) {
      const std::string place = path + "." + key;
      if (key == "unknown") {
        if (auto read = verdict(list, place, lists.unknown); !read) return read;
        continue;
      }
      std::vector<std::string>* into = key == "allow"    ? &lists.allow
                                       : key == "review" ? &lists.review
                                       : key == "deny"   ? &lists.deny
                                                         : nullptr;
      if (into == nullptr) return wrong(place, "allow, review, deny or unknown");
      if (!list.is_array() || list.size() > kMaxPolicyEntries) return wrong(place, "a list of SPDX ids");
      into->clear();
      for (const Json& id : list) {
        if (!id.is_string()) return wrong(place, "a list of SPDX ids");
        into->push_back(current(id.get<std::string>()));
      }
    }
    return {};
  }

  static std::string current(const std::string& id) {
    const std::string known = code::canonical_license(id);
    return known.empty() ? id : known;
  }

  Result<void> exceptions(const Json& value) {
    if (!value.is_array() || value.size() > kMaxPolicyEntries) return wrong("exceptions", "a list");
    for (std::size_t i = 0; i < value.size(); ++i) {
      const std::string place = fmt::format("exceptions[{}]", i);
      Exception exception{string_member(value[i], "package"), string_member(value[i], "reason"),
                          string_member(value[i], "expires")};
      if (exception.package.empty() || exception.reason.empty()) return wrong(place, "package and reason");
      const bool date = exception.expires.size() == 10 && exception.expires[4] == '-' && exception.expires[7] == '-';
      if (!exception.expires.empty() && !date) return wrong(place + ".expires", "a date such as 2026-12-31");
      policy_.exceptions.push_back(std::move(exception));
    }
    return {};
  }

  const Document& document_;
  Policy& policy_;
};

}  // namespace

LicenseVerdict LicenseLists::judge(const code::LicenseExpression& license) const {
  const std::size_t allowed = named_by(allow, license);
  const std::size_t reviewed = named_by(review, license);
  const std::size_t denied = named_by(deny, license);
  if (denied > 0 && denied >= allowed && denied >= reviewed) return LicenseVerdict::kDenied;
  if (reviewed > 0 && reviewed >= allowed) return LicenseVerdict::kReview;
  if (allowed > 0) return LicenseVerdict::kAllowed;
  return license.known ? LicenseVerdict::kReview : unknown;
}

const Exception* Policy::find_exception(const code::Dependency& dependency) const {
  const std::string name = dependency.name;
  const std::string versioned = name + "@" + dependency.version;
  for (const Exception& exception : exceptions) {
    for (const std::string& text :
         {name, versioned, dependency.ecosystem + ":" + name, dependency.ecosystem + ":" + versioned}) {
      if (matches(exception.package, text)) return &exception;
    }
  }
  return nullptr;
}

Policy usual_policy() {
  Policy policy;
  policy.production.allow.assign(kPermissive.begin(), kPermissive.end());
  policy.production.review.assign(kReview.begin(), kReview.end());
  policy.production.deny.assign(kDenied.begin(), kDenied.end());
  policy.development = policy.production;
  // What only builds or tests is not handed on.
  policy.development.deny.clear();
  policy.development.allow.emplace_back("*");
  policy.development.review.clear();
  return policy;
}

Result<Policy> parse_policy(std::string_view text, std::string file) {
  const auto document = parse_document(text);
  if (!document) return fail(document.error().code, fmt::format("{}: {}", file, document.error().message));
  Policy policy;
  const Json* licenses = find_member(document->value, "licenses");
  if (licenses == nullptr) policy = usual_policy();
  policy.file = std::move(file);
  if (auto read = Reader(*document, policy).read(); !read) return fail(read.error());
  return policy;
}

}  // namespace commandcenter::compliance_checker
