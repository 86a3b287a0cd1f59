// Envelopes of all producers to one struct.
#include <fmt/format.h>

#include "bus/bus.h"
#include "trigger/trigger.h"

namespace commandcenter::trigger {
namespace {

const Json* given(const Json& body, std::string_view key) {
  const Json* value = find_member(body, key);
  return value == nullptr || value->is_null() ? nullptr : value;
}

// The first of the members that is given, as text.
Result<std::string> text_of(const Json& body, std::initializer_list<std::string_view> keys, std::size_t max_length) {
  for (const std::string_view key : keys) {
    const Json* value = given(body, key);
    if (value == nullptr) continue;
    if (!value->is_string())
      return fail(ErrorCode::kInvalid, fmt::format("{}: expected text, got {}", key, json_type_name(*value)));
    const auto& text = value->get_ref<const std::string&>();
    if (text.size() > max_length) {
      return fail(ErrorCode::kInvalid,
                  fmt::format("{}: has {} bytes; at most {} are allowed", key, text.size(), max_length));
    }
    if (!text.empty()) return text;
  }
  return std::string();
}

Result<std::string> type_of(std::string_view subject, const Json& body) {
  constexpr std::size_t kAnyLength = std::string::npos;  // the check of the pattern has the limit
  auto type = text_of(body, {"type"}, kAnyLength);
  if (!type) return type;
  if (type->empty()) *type = subject;
  if (type->empty()) type = text_of(body, {"subject"}, kAnyLength);
  if (!type) return type;
  if (type->empty())
    return fail(ErrorCode::kInvalid, "type: is missing; expected the event's type, such as \"graph.file.updated\"");
  if (const auto checked = bus::check_pattern(*type); !checked)
    return fail(ErrorCode::kInvalid, fmt::format("type: {}", checked.error().message));
  if (type->find_first_of("*>") != std::string::npos) {
    return fail(ErrorCode::kInvalid,
                fmt::format("type: \"{}\" is a pattern; expected the type of one event without '*' and '>'", *type));
  }
  return type;
}

Result<Json> payload_of(const Json& body) {
  const Json* payload = given(body, "payload");
  if (payload == nullptr) return Json(Json::object());
  if (!payload->is_object())
    return fail(ErrorCode::kInvalid, fmt::format("payload: expected an object, got {}", json_type_name(*payload)));
  return *payload;
}

Result<Json> timestamp_of(const Json& body) {
  const Json* timestamp = given(body, "timestamp");
  if (timestamp == nullptr) return Json(nullptr);
  if (timestamp->is_number()) return *timestamp;
  auto text = text_of(body, {"timestamp"}, kMaxTimestampLength);
  if (!text) return fail(std::move(text.error()));
  return text->empty() ? Json(nullptr) : Json(std::move(*text));
}

Result<int> depth_of(const Json& body) {
  const Json* depth = given(body, "depth");
  if (depth == nullptr) return 0;
  const bool whole = depth->is_number_unsigned() || (depth->is_number_integer() && depth->get<std::int64_t>() >= 0);
  if (!whole)
    return fail(ErrorCode::kInvalid, fmt::format("depth: expected a whole number from 0 to {}", kMaxEventDepth));
  if (depth->get<std::uint64_t>() > static_cast<std::uint64_t>(kMaxEventDepth)) {
    return fail(ErrorCode::kInvalid,
                fmt::format("depth: {} is beyond {}, the most events that may follow from one another; look for "
                            "workflows that send the event that starts them",
                            depth->get<std::uint64_t>(), kMaxEventDepth));
  }
  return depth->get<int>();
}

}  // namespace

Result<Event> parse_event(std::string_view subject, const Json& body) {
  if (!body.is_object())
    return fail(ErrorCode::kInvalid, fmt::format("an event is an object, got {}", json_type_name(body)));
  auto type = type_of(subject, body);
  if (!type) return fail(std::move(type.error()));
  auto payload = payload_of(body);
  if (!payload) return fail(std::move(payload.error()));
  auto timestamp = timestamp_of(body);
  if (!timestamp) return fail(std::move(timestamp.error()));
  auto source = text_of(body, {"source", "origin"}, kMaxSourceLength);
  if (!source) return fail(std::move(source.error()));
  // Not correlation_id: several events share one.
  auto id = text_of(body, {"id", "event_id", "eventId"}, kMaxEventIdLength);
  if (!id) return fail(std::move(id.error()));
  const auto depth = depth_of(body);
  if (!depth) return fail(depth.error());
  std::string correlation_id = string_member(body, "correlation_id", string_member(body, "correlationId"));
  if (correlation_id.size() > kMaxEventIdLength) correlation_id.clear();
  return Event{std::move(*type), std::move(*payload),      std::move(*timestamp), std::move(*source), std::move(*id),
               *depth,           std::move(correlation_id)};
}

}  // namespace commandcenter::trigger
