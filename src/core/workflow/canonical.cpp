// to_json: the canonical form. What has its default value is left out.
#include "core/workflow/workflow.h"

namespace commandcenter::workflow {
namespace {

// Exact, in the largest unit that divides it.
std::string duration_text(std::int64_t duration_ms) {
  if (duration_ms % 3'600'000 == 0 && duration_ms > 0) return std::to_string(duration_ms / 3'600'000) + "h";
  if (duration_ms % 60'000 == 0 && duration_ms > 0) return std::to_string(duration_ms / 60'000) + "m";
  if (duration_ms % 1'000 == 0) return std::to_string(duration_ms / 1'000) + "s";
  return std::to_string(duration_ms) + "ms";
}

bool is_default(const Retry& retry) {
  const Retry none;
  return retry.attempts == none.attempts && retry.backoff_ms == none.backoff_ms && retry.factor == none.factor &&
         retry.max_backoff_ms == none.max_backoff_ms && retry.jitter == none.jitter;
}

Json retry_json(const Retry& retry) {
  return {{"attempts", retry.attempts},
          {"backoff", duration_text(retry.backoff_ms)},
          {"factor", retry.factor},
          {"maxBackoff", duration_text(retry.max_backoff_ms)},
          {"jitter", retry.jitter}};
}

Json missed_json(const Trigger& trigger) {
  switch (trigger.missed) {
    case MissedPolicy::kSkip:
      return "skip";
    case MissedPolicy::kRunOnce:
      return "run-once";
    case MissedPolicy::kRunAll:
      break;
  }
  return {{"policy", "run-all"}, {"max", trigger.missed_max}};
}

Json trigger_json(const Definition& definition) {
  if (!definition.trigger_as_given.is_null()) return definition.trigger_as_given;
  const Trigger& trigger = definition.trigger;
  Json json = Json::object();
  switch (trigger.kind) {
    case TriggerKind::kManual:
      return "MANUAL";
    case TriggerKind::kWebhook:
      if (trigger.path.empty()) return "webhook";
      json["type"] = "webhook";
      json["path"] = trigger.path;
      if (!trigger.token.empty()) json["token"] = trigger.token;
      if (!trigger.secret.empty()) json["secret"] = trigger.secret;
      break;
    case TriggerKind::kEvent:
      if (trigger.patterns.empty()) return "EVENT";
      json["on"] = trigger.patterns;
      break;
    case TriggerKind::kSchedule:
      json["schedule"] = trigger.schedule;
      if (!trigger.timezone.empty()) json["timezone"] = trigger.timezone;
      json["missed"] = missed_json(trigger);
      break;
  }
  if (!trigger.filters.empty()) json["filters"] = trigger.filters;
  return json;
}

Json concurrency_json(const Concurrency& concurrency) {
  Json json = {{"limit", concurrency.limit}};
  if (!concurrency.key.empty()) json["key"] = concurrency.key;
  if (concurrency.policy == ConcurrencyPolicy::kCancelPrevious) json["policy"] = "cancel-previous";
  return json;
}

}  // namespace

Json to_json(const NodeDefinition& node) {
  Json json = {{"id", node.id}};
  if (node.is_transform) {
    json["transform"] = node.input;
  } else {
    json["agent"] = node.agent;
    if (!node.action.empty()) json["action"] = node.action;
    json["input"] = node.input;
  }
  if (!node.depends_on.empty()) json["dependsOn"] = node.depends_on;
  if (!node.when.empty()) json["when"] = node.when;
  if (node.join == Join::kAllDone) json["join"] = "all-done";
  if (node.join == Join::kAnySuccess) json["join"] = "any-success";
  if (!is_default(node.retry)) json["retry"] = retry_json(node.retry);
  if (node.timeout_ms) json["timeout"] = duration_text(*node.timeout_ms);
  if (node.on_error.kind == OnErrorKind::kContinue) json["onError"] = "continue";
  if (node.on_error.kind == OnErrorKind::kFallback) json["onError"] = node.on_error.fallback_node;
  if (node.approval_expiry_ms != kDefaultApprovalExpiry_ms) {
    json["approval"] = {{"required", node.approval_required}, {"expires", duration_text(node.approval_expiry_ms)}};
  } else if (node.approval_required) {
    json["approval"] = true;
  }
  if (!node.position.is_null()) json["position"] = node.position;
  return json;
}

Json to_json(const Definition& definition) {
  Json json = {{"name", definition.name}};
  if (definition.has_description) json["description"] = definition.description;
  json["projectId"] = definition.project_id;
  json["status"] = definition.status;
  json["trigger"] = trigger_json(definition);
  if (definition.timeout_ms) json["timeout"] = duration_text(*definition.timeout_ms);
  if (definition.concurrency.limit > 0) json["concurrency"] = concurrency_json(definition.concurrency);
  if (!definition.workspace.empty()) json["workspace"] = definition.workspace;
  json["nodes"] = Json::array();
  for (const NodeDefinition& node : definition.nodes)
    json["nodes"].push_back(to_json(node));
  return json;
}

}  // namespace commandcenter::workflow
