// The agent's input, checked. Errors name the member, its value and what is allowed. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "agent/builtin/notifier/courier.h"
#include "agent/builtin/notifier/destination.h"
#include "agent/builtin/notifier/hosts.h"
#include "agent/builtin/notifier/message.h"

namespace commandcenter::notifier {

inline constexpr std::size_t kMaxMessages = 20'000;
inline constexpr std::size_t kMaxDestinations = 16;
inline constexpr std::size_t kMaxRoutes = 100;
inline constexpr std::size_t kHashedId = 32;    // characters of an id made of a SHA-256
inline constexpr std::size_t kMaxGrouped = 50;  // lines of a group's text
inline constexpr std::int64_t kMaxWindow_s = 86'400;

// Who is told of what. A message goes to every route that it fits; to every destination when there are no routes.
struct Route {
  std::vector<Severity> severities;
  std::vector<std::size_t> to;  // places in Request::destinations
};

// Messages that have the same values there count as one: as the same (the later ones are left out), or as a group.
struct Likeness {
  std::vector<std::string> by;  // "severity", "title", "message", "metadata.NAME"
  std::int64_t window_ms = 0;   // 0: not wanted
};

struct Request {
  std::vector<Message> messages;
  std::vector<Destination> destinations;
  std::vector<Route> routes;
  Templates templates;
  Likeness same;
  Likeness group;
  HostPolicy policy;
  Patience patience;
  bool dry_run = false;
};

// `effect` makes the ids of messages that bring none.
Result<Request> parse_request(const Json& input, const std::string& effect, std::int64_t wall_ms);

// What the message has there, as one text.
std::string likeness_key(const Likeness& likeness, const Message& message);

// Groups made of the messages, in the order of their first ones.
std::vector<Message> grouped(const Likeness& group, std::vector<Message> messages);

// Places of the destinations that the message goes to.
std::vector<std::size_t> route(const Request& request, const Message& message);

}  // namespace commandcenter::notifier
