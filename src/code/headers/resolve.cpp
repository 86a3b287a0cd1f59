// From what sets and removes headers to what a visitor gets.
#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "code/headers/site.h"

namespace commandcenter::code::headers {
namespace {

struct Sent {
  std::vector<const Effect*> values;  // several, where a header was appended
  std::vector<const Effect*> report_only;
  const Effect* removed_by = nullptr;
};

bool reaches(const Site& site, const Effect& effect, int scope) {
  if (effect.scope == kWholeSite) {
    const Scope& inner = site.scopes[static_cast<std::size_t>(scope)];
    if (scope == kWholeSite) return true;
    const bool too_late =
        effect.phase == Phase::kEarly && effect.file == inner.file && effect.offset >= inner.base_until;
    return !inner.fresh && !too_late;
  }
  if (effect.except) return effect.scope != scope && !site.scopes[static_cast<std::size_t>(scope)].fresh;
  return effect.scope == scope;
}

void apply(const Effect& effect, Sent& sent) {
  auto& values = effect.report_only ? sent.report_only : sent.values;
  switch (effect.action) {
    case Action::kSet:
      values.assign(1, &effect);
      break;
    case Action::kAppend:
      values.push_back(&effect);
      break;
    case Action::kDefault:
      if (values.empty()) values.push_back(&effect);
      break;
    case Action::kRemove:
      if (!values.empty() && !effect.report_only) sent.removed_by = &effect;
      values.clear();
      break;
  }
}

Sent sent_in(const Site& site, Header header, int scope) {
  Sent sent;
  for (const Phase phase : {Phase::kEarly, Phase::kHandler, Phase::kLate}) {
    for (const Effect& effect : site.effects) {
      if (effect.header == header && effect.phase == phase && reaches(site, effect, scope)) apply(effect, sent);
    }
  }
  return sent;
}

// Of several policies each one holds, so the best counts; of several values of another header each one must be right.
std::string weakness_of(Header header, const Sent& sent, const Effect*& where) {
  where = sent.values.front();
  std::string first;
  for (const Effect* effect : sent.values) {
    std::string why = effect->known ? weakness(header, effect->value) : std::string();
    if (why.empty() && header == Header::kCsp) {
      where = effect;
      return {};
    }
    if (!why.empty() && first.empty()) {
      first = std::move(why);
      where = effect;
    }
  }
  return first;
}

Found at(const Effect& effect, HeaderState state, std::string reason) {
  return {state, effect.file, effect.offset, effect.known ? effect.value : std::string(), std::move(reason)};
}

std::optional<Found> worse_inside(const Site& site, Header header) {
  for (std::size_t scope = 1; scope < site.scopes.size(); ++scope) {
    const Sent sent = sent_in(site, header, static_cast<int>(scope));
    const std::string where = fmt::format("right for the whole site, but {} ", site.scopes[scope].name);
    if (sent.values.empty()) {
      if (sent.removed_by != nullptr) return at(*sent.removed_by, HeaderState::kOverridden, where + "takes it away");
      Found found{HeaderState::kOverridden, site.files.front(), 0, {}, where + "does not send it"};
      for (const Effect& effect : site.effects) {
        if (effect.scope == static_cast<int>(scope)) {
          found.file = effect.file;
          found.offset = effect.offset;
          break;
        }
      }
      return found;
    }
    const Effect* effect = nullptr;
    const std::string why = weakness_of(header, sent, effect);
    if (!why.empty()) return at(*effect, HeaderState::kOverridden, where + "weakens it: " + why);
  }
  return std::nullopt;
}

Found resolve_one(const Site& site, Header header) {
  Sent sent = sent_in(site, header, kWholeSite);
  if (sent.values.empty() && site.main_scope != kWholeSite) {
    Sent main = sent_in(site, header, site.main_scope);
    if (!main.values.empty() || sent.report_only.empty()) sent = std::move(main);
  }
  if (!sent.values.empty()) {
    const Effect* effect = nullptr;
    const std::string why = weakness_of(header, sent, effect);
    if (!why.empty()) return at(*effect, HeaderState::kWeak, why);
    if (auto worse = worse_inside(site, header)) return std::move(*worse);
    return at(*effect, HeaderState::kPresent, "sent with every response");
  }
  if (!sent.report_only.empty())
    return at(*sent.report_only.front(), HeaderState::kReportOnly, "only reported, never enforced");
  if (sent.removed_by != nullptr) return at(*sent.removed_by, HeaderState::kMissing, "taken away again");
  return {HeaderState::kMissing, site.files.front(), 0, {}, "not sent"};
}

}  // namespace

Findings resolve(const Site& site) {
  Findings findings;
  for (std::size_t i = 0; i < kHeaders; ++i)
    findings[i] = resolve_one(site, static_cast<Header>(i));
  return findings;
}

Findings combine(const std::vector<Findings>& sites) {
  Findings all = sites.front();
  for (std::size_t i = 0; i < kHeaders; ++i) {
    const auto [worst, best] =
        std::ranges::minmax_element(sites, {}, [i](const Findings& site) { return static_cast<int>(site[i].state); });
    all[i] = (*worst)[i];
    if ((*best)[i].state != HeaderState::kPresent || (*worst)[i].state == HeaderState::kPresent) continue;
    all[i].reason = fmt::format("right for one server, but not for another: {}", all[i].reason);
    all[i].state = HeaderState::kOverridden;
  }
  return all;
}

}  // namespace commandcenter::code::headers
