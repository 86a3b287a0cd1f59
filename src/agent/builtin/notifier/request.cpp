#include "agent/builtin/notifier/request.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "agent/builtin/notifier/text.h"
#include "base/http_client.h"
#include "base/sha256.h"

namespace commandcenter::notifier {
namespace {

constexpr std::size_t kMaxId_bytes = 100;
constexpr int kMaxTriesAllowed = 50;
constexpr std::int64_t kMaxBudget_s = 3'600;
constexpr int kTriesOfMany = 12;  // of each message when there are many: one in five may fail, and none gets lost

tl::unexpected<Error> wrong(std::string message) {
  return fail(ErrorCode::kInvalid, std::move(message));
}

Result<std::string> text_member(const Json& input, const std::string& where, std::string_view key, bool required) {
  const Json* value = find_member(input, key);
  if (value == nullptr || value->is_null()) {
    if (required) return wrong(fmt::format("{}{} is missing; expected a text", where, key));
    return std::string();
  }
  if (!value->is_string())
    return wrong(fmt::format("{}{} is of type {}; expected a text", where, key, json_type_name(*value)));
  return value->get<std::string>();
}

// What a template put there: a text as it stands, everything else as it would stand within a text.
std::string said_member(const Json& input, std::string_view key) {
  const Json* value = find_member(input, key);
  if (value == nullptr || value->is_null()) return {};
  return value->is_string() ? value->get<std::string>() : dump_json(*value);
}

Result<std::int64_t> number_member(const Json& input, std::string_view key, std::int64_t fallback, std::int64_t least,
                                   std::int64_t most) {
  const Json* value = find_member(input, key);
  if (value == nullptr || value->is_null()) return fallback;
  if (!value->is_number_integer() || value->get<std::int64_t>() < least || value->get<std::int64_t>() > most) {
    return wrong(fmt::format("{} is {}; expected a whole number from {} to {}", key, limited(dump_json(*value), 60),
                             least, most));
  }
  return value->get<std::int64_t>();
}

Severity severity_of_finding(const std::string& word) {
  if (word == "critical") return Severity::kCritical;
  if (word == "high" || word == "error") return Severity::kError;
  return word == "low" || word == "info" ? Severity::kInfo : Severity::kWarning;
}

// `annotations` as GitHub has them, or `findings` as the scanner and the reviewer give them.
std::vector<Annotation> annotations_of(const Json& input) {
  std::vector<Annotation> all;
  for (const char* key : {"annotations", "findings"}) {
    const Json* list = find_member(input, key);
    for (std::size_t i = 0; list != nullptr && list->is_array() && i < list->size() && all.size() < kMaxAnnotations;
         ++i) {
      const Json& one = (*list)[i];
      const auto first_of = [&](std::initializer_list<const char*> names) {
        for (const char* name : names) {
          if (std::string text = string_member(one, name); !text.empty()) return text;
        }
        return std::string();
      };
      const auto line_of = [&](std::initializer_list<const char*> names, std::int64_t fallback) {
        for (const char* name : names) {
          const Json* line = find_member(one, name);
          if (line != nullptr && line->is_number_integer() && line->get<std::int64_t>() > 0)
            return line->get<std::int64_t>();
        }
        return fallback;
      };
      Annotation annotation;
      annotation.path = first_of({"path", "file"});
      if (annotation.path.empty()) continue;
      annotation.first_line = line_of({"startLine", "start_line", "line"}, 1);
      annotation.last_line = line_of({"endLine", "end_line"}, annotation.first_line);
      annotation.severity = severity_of_finding(first_of({"severity", "level", "annotation_level"}));
      annotation.title = first_of({"title", "type", "ruleId"});
      annotation.text = first_of({"message", "description"});
      all.push_back(std::move(annotation));
    }
  }
  return all;
}

std::string safe_id(const std::string& given, const std::string& effect, std::size_t index) {
  if (given.empty()) return sha256_hex(fmt::format("{}/{}", effect, index)).substr(0, kHashedId);
  const bool plain =
      given.size() <= kMaxId_bytes && std::ranges::all_of(given, [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
      });
  return plain ? given : sha256_hex(given).substr(0, kHashedId);
}

Result<Message> parse_message(const Json& input, const std::string& where, const std::string& effect, std::size_t index,
                              std::int64_t wall_ms) {
  if (!input.is_object())
    return wrong(fmt::format("{} is of type {}; expected an object with message", where.substr(0, where.rfind('.')),
                             json_type_name(input)));
  Message message;
  const Json* said = find_member(input, "message");
  if (said == nullptr || said->is_null()) return wrong(where + "message is missing; expected a text");
  message.text = said_member(input, "message");
  if (message.text.size() > kMaxText_bytes) {
    const std::size_t whole = message.text.size();
    message.text = std::string(cut_text(std::string_view(message.text).substr(0, kMaxText_bytes), kMaxText_bytes)) +
                   fmt::format("\n… (cut: the message has {} bytes)", whole);
  }
  message.title = said_member(input, "title");
  auto link = text_member(input, where, "link", false);
  if (!link) return fail(std::move(link.error()));
  message.link = std::move(*link);
  if (!message.link.empty()) {
    if (auto url = parse_http_url(message.link); !url) return wrong(where + "link: " + url.error().message);
  }
  auto severity = text_member(input, where, "severity", false);
  if (!severity) return fail(std::move(severity.error()));
  if (!severity->empty()) {
    const auto known = severity_of(*severity);
    if (!known) return wrong(path_to(where, "severity") + known.error().message);
    message.severity = *known;
  }
  const std::string format = string_member(input, "format", "plain");
  if (format != "plain" && format != "markdown")
    return wrong(fmt::format("{}unknown format \"{}\"; expected plain or markdown", path_to(where, "format"),
                             limited(format, 60)));
  message.markdown = format == "markdown";
  if (const Json* metadata = find_member(input, "metadata"); metadata != nullptr && !metadata->is_null()) {
    if (!metadata->is_object())
      return wrong(fmt::format("{}metadata is of type {}; expected an object", where, json_type_name(*metadata)));
    message.metadata = *metadata;
  }
  message.annotations = annotations_of(input);
  message.id = safe_id(string_member(input, "id"), effect, index);
  const Json* time = find_member(input, "timestampMs");
  message.wall_ms = time != nullptr && time->is_number_integer() ? time->get<std::int64_t>() : wall_ms;
  if (message.wall_ms < 0 || message.wall_ms > 253'402'300'799'999) return wrong(where + "timestampMs is not a time");
  return message;
}

Result<void> take_messages(Request& request, const Json& input, const std::string& effect, std::int64_t wall_ms) {
  const Json* list = find_member(input, "messages");
  if (list == nullptr || list->is_null()) {
    auto message = parse_message(input, "", effect, 0, wall_ms);
    if (!message) return fail(std::move(message.error()));
    request.messages.push_back(std::move(*message));
    return {};
  }
  if (!list->is_array() || list->size() > kMaxMessages)
    return wrong(fmt::format("messages: expected a list of at most {} messages", kMaxMessages));
  for (std::size_t i = 0; i < list->size(); ++i) {
    auto message = parse_message((*list)[i], fmt::format("messages[{}].", i), effect, i, wall_ms);
    if (!message) return fail(std::move(message.error()));
    request.messages.push_back(std::move(*message));
  }
  return {};
}

Result<void> take_destinations(Request& request, const Json& input) {
  const Json* list = find_member(input, "destinations");
  if (list == nullptr || list->is_null()) {
    auto destination = parse_destination(input, "");
    if (!destination) return fail(std::move(destination.error()));
    request.destinations.push_back(std::move(*destination));
    return {};
  }
  if (!list->is_array() || list->empty() || list->size() > kMaxDestinations)
    return wrong(fmt::format("destinations: expected a list of 1 to {} destinations", kMaxDestinations));
  for (std::size_t i = 0; i < list->size(); ++i) {
    auto destination = parse_destination((*list)[i], fmt::format("destinations[{}].", i));
    if (!destination) return fail(std::move(destination.error()));
    if (std::ranges::find(request.destinations, destination->name, &Destination::name) != request.destinations.end())
      return wrong(fmt::format("destinations[{}].name: there is a destination {} already", i, destination->name));
    request.destinations.push_back(std::move(*destination));
  }
  return {};
}

Result<Route> parse_route(const Request& request, const Json& input, const std::string& where) {
  Route route;
  const std::string minimum = string_member(input, "minSeverity");
  const Json* list = find_member(input, "severities");
  for (std::size_t i = 0; list != nullptr && list->is_array() && i < list->size(); ++i) {
    const auto severity = severity_of((*list)[i].is_string() ? (*list)[i].get<std::string>() : "");
    if (!severity) return wrong(path_to(where, fmt::format("severities[{}]", i)) + severity.error().message);
    route.severities.push_back(*severity);
  }
  if (list == nullptr) {
    const auto least = severity_of(minimum.empty() ? "info" : minimum);
    if (!least) return wrong(path_to(where, "minSeverity") + least.error().message);
    for (const Severity severity : {Severity::kInfo, Severity::kWarning, Severity::kError, Severity::kCritical}) {
      if (severity >= *least) route.severities.push_back(severity);
    }
  }
  const Json* to = find_member(input, "to");
  for (std::size_t i = 0; to != nullptr && to->is_array() && i < to->size(); ++i) {
    const std::string name = (*to)[i].is_string() ? (*to)[i].get<std::string>() : "";
    const auto found = std::ranges::find(request.destinations, name, &Destination::name);
    if (found == request.destinations.end())
      return wrong(fmt::format("{}to: there is no destination \"{}\"", where, limited(name, 100)));
    route.to.push_back(static_cast<std::size_t>(found - request.destinations.begin()));
  }
  if (route.to.empty()) return wrong(where + "to: expected a list of names of destinations");
  return route;
}

Result<Likeness> parse_likeness(const Json& input, const char* key, std::int64_t window_s) {
  Likeness likeness;
  const Json* value = find_member(input, key);
  if (value == nullptr || value->is_null()) return likeness;
  if (!value->is_object()) return wrong(fmt::format("{}: expected an object with by and windowSeconds", key));
  const auto window = number_member(*value, "windowSeconds", window_s, 1, kMaxWindow_s);
  if (!window) return wrong(fmt::format("{}.{}", key, window.error().message));
  likeness.window_ms = *window * 1000;
  const Json* by = find_member(*value, "by");
  for (std::size_t i = 0; by != nullptr && by->is_array() && i < by->size(); ++i) {
    const std::string name = (*by)[i].is_string() ? (*by)[i].get<std::string>() : "";
    if (name != "severity" && name != "title" && name != "message" && !name.starts_with("metadata."))
      return wrong(fmt::format("{}.by: \"{}\" is unknown; expected severity, title, message or metadata.NAME", key,
                               limited(name, 100)));
    likeness.by.push_back(name);
  }
  if (likeness.by.empty()) likeness.by = {"severity", "title", "message"};
  return likeness;
}

Result<void> take_patience(Request& request, const Json& input) {
  if (request.messages.size() > 1) request.patience.tries = kTriesOfMany;
  const Json* retry = find_member(input, "retry");
  if (retry == nullptr || retry->is_null()) return {};
  const auto tries = number_member(*retry, "maxTries", request.patience.tries, 1, kMaxTriesAllowed);
  const auto budget = number_member(*retry, "budgetSeconds", request.patience.budget_ms / 1000, 1, kMaxBudget_s);
  const auto backoff = number_member(*retry, "firstBackoffMs", request.patience.first_backoff_ms, 1, kMaxBackoff_ms);
  for (const auto* number : {&tries, &budget, &backoff}) {
    if (!*number) return wrong("retry." + number->error().message);
  }
  request.patience = {.tries = static_cast<int>(*tries), .budget_ms = *budget * 1000, .first_backoff_ms = *backoff};
  return {};
}

Result<void> take_rules(Request& request, const Json& input) {
  const Json* routes = find_member(input, "routes");
  if (routes != nullptr && !routes->is_null() && (!routes->is_array() || routes->size() > kMaxRoutes))
    return wrong(fmt::format("routes: expected a list of at most {} routes", kMaxRoutes));
  for (std::size_t i = 0; routes != nullptr && i < routes->size(); ++i) {
    auto route = parse_route(request, (*routes)[i], fmt::format("routes[{}].", i));
    if (!route) return fail(std::move(route.error()));
    request.routes.push_back(std::move(*route));
  }
  if (const Json* templates = find_member(input, "template"); templates != nullptr && !templates->is_null()) {
    request.templates.title = string_member(*templates, "title");
    request.templates.text =
        templates->is_string() ? templates->get<std::string>() : string_member(*templates, "message");
  }
  auto same = parse_likeness(input, "dedup", 3'600);
  if (!same) return fail(std::move(same.error()));
  request.same = std::move(*same);
  auto group = parse_likeness(input, "group", 300);
  if (!group) return fail(std::move(group.error()));
  request.group = std::move(*group);
  auto policy = parse_host_policy(input);
  if (!policy) return fail(std::move(policy.error()));
  request.policy = std::move(*policy);
  const Json* dry = find_member(input, "dryRun");
  request.dry_run = dry != nullptr && dry->is_boolean() && dry->get<bool>();
  return take_patience(request, input);
}

}  // namespace

Result<Request> parse_request(const Json& input, const std::string& effect, std::int64_t wall_ms) {
  if (!input.is_object()) {
    return wrong(
        fmt::format("the input is of type {}; expected an object with channel and message", json_type_name(input)));
  }
  Request request;
  if (auto taken = take_destinations(request, input); !taken) return fail(std::move(taken.error()));
  if (auto taken = take_messages(request, input, effect, wall_ms); !taken) return fail(std::move(taken.error()));
  if (auto taken = take_rules(request, input); !taken) return fail(std::move(taken.error()));
  return request;
}

}  // namespace commandcenter::notifier
