#include "code/headers/helmet.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "code/headers/words.h"

namespace commandcenter::code::headers {
namespace {

using K = Value::Kind;

constexpr std::string_view kDefaultPolicy =
    "default-src 'self'; base-uri 'self'; font-src 'self' https: data:; form-action 'self'; frame-ancestors 'self'; "
    "img-src 'self' data:; object-src 'none'; script-src 'self'; script-src-attr 'none'; style-src 'self' https: "
    "'unsafe-inline'; upgrade-insecure-requests";

struct Part {
  std::string_view option;
  std::string_view alias;
  Header header;
  int since;  // the version from which on it is on by default
};
constexpr auto kParts = std::to_array<Part>({
    {"contentSecurityPolicy", "csp", Header::kCsp, 4},
    {"strictTransportSecurity", "hsts", Header::kHsts, 1},
    {"xFrameOptions", "frameguard", Header::kFrameOptions, 1},
    {"xContentTypeOptions", "noSniff", Header::kContentTypeOptions, 1},
    {"referrerPolicy", "referrer", Header::kReferrer, 4},
    {"crossOriginOpenerPolicy", "coop", Header::kCoop, 5},
    {"crossOriginResourcePolicy", "corp", Header::kCorp, 5},
    {"permissionsPolicy", "permissions", Header::kPermissions, 1000},
});
constexpr int kNewest = 8;

void push(Site& site, Effect effect, Header header, std::string value) {
  effect.header = header;
  effect.action = Action::kSet;
  effect.value = std::move(value);
  site.effects.push_back(std::move(effect));
}

std::string with_defaults(const std::string& policy) {
  std::string all = policy;
  for (const std::string_view part : split(kDefaultPolicy, ';')) {
    const std::string_view name = fields(part).front();
    const bool given = std::ranges::any_of(split(policy, ';'), [&](std::string_view own) {
      const auto words = fields(own);
      return !words.empty() && words.front() == name;
    });
    if (!given) all += fmt::format("; {}", trimmed(part));
  }
  return all;
}

void add_csp(Site& site, const Value& options, int version, Effect effect) {
  const Value* directives = options.find("directives");
  std::string policy(kDefaultPolicy);
  if (directives != nullptr && directives->is(K::kDict)) {
    policy = policy_text(*directives);
    const Value* use = options.find("useDefaults");
    const bool merged = use != nullptr ? use->is_true() : version >= 5;
    if (merged) policy = with_defaults(policy);
  }
  const Value* report = options.find("reportOnly");
  effect.report_only = report != nullptr && report->is_true();
  push(site, std::move(effect), Header::kCsp, std::move(policy));
}

void add_hsts(Site& site, const Value& options, int version, Effect effect) {
  const Value* age = options.find("maxAge");
  const long fallback = version != kUnknownVersion && version < 8 ? 15'552'000 : 31'536'000;
  if (age != nullptr && !age->is(K::kNumber)) effect.known = false;
  const long seconds = age != nullptr && age->is(K::kNumber) ? static_cast<long>(age->number) : fallback;
  push(site, std::move(effect), Header::kHsts, fmt::format("max-age={}; includeSubDomains", seconds));
}

void add_frame(Site& site, const Value& options, Effect effect) {
  const Value* action = options.find("action");
  const Value& given = action != nullptr ? *action : options;
  std::string word = given.is(K::kString) ? given.text : "SAMEORIGIN";
  std::ranges::transform(word, word.begin(),
                         [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  push(site, std::move(effect), Header::kFrameOptions, std::move(word));
}

void add_referrer(Site& site, const Value& options, Effect effect) {
  const Value* policy = options.find("policy");
  std::string value = "no-referrer";
  if (policy != nullptr && policy->is(K::kString)) value = policy->text;
  if (policy != nullptr && policy->is(K::kList)) {
    value.clear();
    for (const Value& item : policy->items)
      value += (value.empty() ? "" : ", ") + item.text;
  }
  if (policy != nullptr && policy->is(K::kSymbol)) effect.known = false;
  push(site, std::move(effect), Header::kReferrer, std::move(value));
}

void add_permissions(Site& site, const Value& options, Effect effect) {
  const Value* features = options.find("features");
  std::string value;
  for (const auto& [name, list] : (features != nullptr ? *features : options).members) {
    std::string sources;
    for (const Value& item : list.items)
      sources += (sources.empty() ? "" : " ") + item.text;
    if (list.is(K::kString)) sources = list.text;
    value += fmt::format("{}{}=({})", value.empty() ? "" : ", ", kebab(name), sources);
  }
  push(site, std::move(effect), Header::kPermissions, std::move(value));
}

std::string policy_or(const Value& options, std::string_view fallback) {
  const Value* policy = options.find("policy");
  return policy != nullptr && policy->is(K::kString) ? policy->text : std::string(fallback);
}

}  // namespace

bool is_helmet(std::string_view module) {
  return module == "helmet" || module == "koa-helmet" || module == "@fastify/helmet" || module == "fastify-helmet";
}

int helmet_version(std::string_view module, int major) {
  if (major == kUnknownVersion || module == "helmet") return major;
  if (module == "koa-helmet") return major <= 5 ? 3 : major == 6 ? 4 : major;
  return major <= 4 ? 3 : major <= 6 ? 4 : major <= 9 ? 5 : kNewest - 1;
}

std::string policy_text(const Value& directives) {
  std::string policy;
  for (const auto& [name, sources] : directives.members) {
    if (sources.is_off()) continue;
    std::string text = kebab(name);
    if (sources.is(K::kString)) text += " " + sources.text;
    for (const Value& source : sources.items)
      text += source.is(K::kString) ? " " + source.text : " 'nonce-computed'";
    policy += (policy.empty() ? "" : "; ") + text;
  }
  return policy;
}

bool add_helmet_part(Site& site, std::string_view part, const Value& options, int version, Effect place) {
  const auto found =
      std::ranges::find_if(kParts, [&](const Part& row) { return row.option == part || row.alias == part; });
  if (found == kParts.end()) return false;
  switch (found->header) {
    case Header::kCsp:
      add_csp(site, options, version, place);
      break;
    case Header::kHsts:
      add_hsts(site, options, version, place);
      break;
    case Header::kFrameOptions:
      add_frame(site, options, place);
      break;
    case Header::kContentTypeOptions:
      push(site, place, Header::kContentTypeOptions, "nosniff");
      break;
    case Header::kReferrer:
      add_referrer(site, options, place);
      break;
    case Header::kPermissions:
      add_permissions(site, options, place);
      break;
    case Header::kCoop:
      push(site, place, Header::kCoop, policy_or(options, "same-origin"));
      break;
    case Header::kCorp:
      push(site, place, Header::kCorp, policy_or(options, "same-origin"));
      break;
  }
  return true;
}

void add_helmet(Site& site, const Value& options, int version, Effect place) {
  const int running = version == kUnknownVersion ? kNewest : version;
  for (const Part& part : kParts) {
    const Value* given = options.find(part.option);
    if (given == nullptr) given = options.find(part.alias);
    if (given != nullptr && given->is_off()) continue;
    if (given == nullptr && running < part.since) continue;
    Effect effect = place;
    if (given != nullptr && given->offset != 0) effect.offset = given->offset;
    add_helmet_part(site, part.option, given != nullptr ? *given : Value{}, version, std::move(effect));
  }
}

void remove_helmet(Site& site, Effect place) {
  for (const Part& part : kParts) {
    if (part.since > kNewest) continue;
    place.header = part.header;
    place.action = Action::kRemove;
    for (const bool report_only : {false, true}) {
      place.report_only = report_only;
      if (!report_only || part.header == Header::kCsp) site.effects.push_back(place);
    }
  }
}

void add_lusca(Site& site, std::string_view part, const Value& options, Effect place) {
  if (part.empty()) {
    for (const auto& [name, value] : options.members) {
      if (!value.is_off()) add_lusca(site, name, value, place);
    }
    return;
  }
  if (part == "xframe") push(site, place, Header::kFrameOptions, options.text);
  if (part == "nosniff") push(site, place, Header::kContentTypeOptions, "nosniff");
  if (part == "referrerPolicy") push(site, place, Header::kReferrer, options.text);
  if (part == "hsts") {
    const Value* age = options.find("maxAge");
    push(site, place, Header::kHsts, fmt::format("max-age={}", age != nullptr ? static_cast<long>(age->number) : 0));
  }
  if (part == "csp") {
    const Value* report = options.find("reportOnly");
    place.report_only = report != nullptr && report->is_true();
    const Value* policy = options.find("policy");
    const Value& given = policy != nullptr ? *policy : options;
    push(site, place, Header::kCsp, given.is(K::kString) ? given.text : policy_text(given));
  }
}

}  // namespace commandcenter::code::headers
