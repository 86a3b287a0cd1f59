// What a message from another system says.
#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "trigger/listener.h"

namespace commandcenter::trigger {
namespace {

constexpr std::string_view kTriggerSubject = "workflow.trigger.";
constexpr std::string_view kExecuteSubject = "workflow.execute";
constexpr std::size_t kMaxCorrelationLength = 200;

std::string header(const bus::Message& message, std::string_view wanted) {
  const auto same = [&](const auto& entry) {
    return std::equal(entry.first.begin(), entry.first.end(), wanted.begin(), wanted.end(), [](char a, char b) {
      const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
      return lower(a) == lower(b);
    });
  };
  const auto found = std::find_if(message.headers.begin(), message.headers.end(), same);
  return found == message.headers.end() ? std::string() : found->second;
}

int depth_of(const bus::Message& message) {
  const std::string text = header(message, outbox::kDepthHeader);
  int depth = 0;
  std::from_chars(text.data(), text.data() + text.size(), depth);
  return std::max(depth, 0);
}

std::int64_t project_of(const Json& body, std::int64_t otherwise) {
  const Json* project = find_member(body, "projectId");
  return project != nullptr && project->is_number_integer() && *project >= 1 ? project->get<std::int64_t>() : otherwise;
}

// {workflowName, context} and its relatives.
Result<Received> read_order(const bus::Message& message, const Json& body, Received received) {
  received.workflow = string_member(body, "workflowName", string_member(body, "workflowId"));
  if (received.workflow.empty() && message.subject.starts_with(kTriggerSubject))
    received.workflow = bus::name_of_token(std::string_view(message.subject).substr(kTriggerSubject.size()));
  if (received.workflow.empty())
    return fail(ErrorCode::kInvalid, "workflowName: is missing; expected the name or id of the workflow to start");
  for (const char* key : {"context", "contextJson", "input"}) {
    const Json* context = find_member(body, key);
    if (context == nullptr || context->is_null()) continue;
    if (!context->is_object())
      return fail(ErrorCode::kInvalid, fmt::format("{}: expected an object, got {}", key, json_type_name(*context)));
    received.context = *context;
    break;
  }
  return received;
}

}  // namespace

Result<Received> read_message(const bus::Message& message, std::int64_t default_project) {
  if (message.payload.size() > kMaxPayload_bytes * 2) {
    return fail(ErrorCode::kTooLarge, fmt::format("the message has {} bytes; at most {} are allowed",
                                                  message.payload.size(), kMaxPayload_bytes * 2));
  }
  auto body = parse_json(message.payload);
  if (!body) return fail(std::move(body.error()));
  if (!body->is_object())
    return fail(ErrorCode::kInvalid, fmt::format("expected a JSON object, got {}", json_type_name(*body)));

  Received received;
  received.project_id = project_of(*body, default_project);
  const bool is_order =
      !body->contains("type") && (message.subject == kExecuteSubject || message.subject.starts_with(kTriggerSubject));
  // A message that is no envelope is its own payload.
  const bool is_envelope = body->contains("type") || body->contains("payload");
  auto event = parse_event(message.subject, is_envelope ? *body : Json{{"payload", *body}});
  if (!event) return fail(std::move(event.error()));
  if (event->id.empty()) event->id = message.id.substr(0, kMaxEventIdLength);
  if (event->source.empty()) event->source = "nats-bridge";
  if (event->correlation_id.empty())
    event->correlation_id = header(message, outbox::kCorrelationHeader).substr(0, kMaxCorrelationLength);
  event->trace_parent = header(message, outbox::kTraceHeader).substr(0, kMaxCorrelationLength);
  event->depth = std::max(event->depth, depth_of(message));
  if (event->depth > kMaxEventDepth) {
    return fail(ErrorCode::kInvalid, fmt::format("depth {} is beyond {}, the most events that may follow from one "
                                                 "another; look for workflows that start each other",
                                                 event->depth, kMaxEventDepth));
  }
  received.event = std::move(*event);
  return is_order ? read_order(message, *body, std::move(received)) : received;
}

}  // namespace commandcenter::trigger
