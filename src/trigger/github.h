// Deliveries of GitHub's webhooks to events: github.push and github.pull_request.
#pragma once

#include <optional>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "trigger/trigger.h"

namespace commandcenter::trigger {

inline constexpr std::size_t kMaxGithubFiles = 3'000;           // changed paths that an event lists
inline constexpr std::size_t kMaxGithubCommits = 100;           // commits that an event lists
inline constexpr std::size_t kMaxGithubBody_bytes = 256 << 10;  // of a delivery that its event holds as a whole

// The event of a delivery; none for kinds that are no events here (ping, issues, …). `kind` and `delivery` are the
// headers X-GitHub-Event and X-GitHub-Delivery. What a delivery leaves out is null or absent.
std::optional<Event> read_github(std::string_view kind, std::string_view delivery, const Json& body);

}  // namespace commandcenter::trigger
