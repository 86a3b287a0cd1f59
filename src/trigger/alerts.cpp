// Bodies of monitoring systems to alerts.
#include "trigger/alerts.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/sha256.h"

namespace commandcenter::trigger {
namespace {

constexpr std::size_t kFingerprintDigits = 16;

struct Level {
  std::string_view label;
  std::string_view severity;  // as the notifier knows it
};

// What rules call their severities. Anything else is a warning.
constexpr std::array<Level, 11> kLevels{{{"critical", "critical"},
                                         {"page", "critical"},
                                         {"emergency", "critical"},
                                         {"fatal", "critical"},
                                         {"error", "error"},
                                         {"high", "error"},
                                         {"info", "info"},
                                         {"information", "info"},
                                         {"informational", "info"},
                                         {"low", "info"},
                                         {"none", "info"}}};

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(),
                         [](unsigned char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c); });
  return result;
}

std::string severity_of(const std::string& label) {
  const std::string word = lower(label);
  const auto* found = std::ranges::find(kLevels, word, &Level::label);
  return std::string(found == kLevels.end() ? "warning" : found->severity);
}

// At most so many bytes, and no half character.
std::string cut(std::string text) {
  if (text.size() <= kMaxAlertText_bytes) return text;
  std::size_t end = kMaxAlertText_bytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80)
    --end;
  return text.substr(0, end) + "…";
}

// A member as text, whatever it is; empty when it is not given.
std::string text_of(const Json& object, std::string_view key) {
  const Json* value = find_member(object, key);
  if (value == nullptr || value->is_null()) return {};
  return cut(value->is_string() ? value->get<std::string>() : dump_json(*value));
}

std::string first_text(const Json& object, std::initializer_list<std::string_view> keys, std::string otherwise = {}) {
  for (const std::string_view key : keys) {
    if (std::string text = text_of(object, key); !text.empty()) return text;
  }
  return otherwise;
}

Json text_or_null(std::string text) {
  return text.empty() ? Json(nullptr) : Json(std::move(text));
}

Json object_of(const Json& object, std::string_view key) {
  const Json* value = find_member(object, key);
  return value != nullptr && value->is_object() ? *value : Json::object();
}

Json kept(const Json& detail) {
  return dump_json(detail).size() <= kMaxAlertDetail_bytes ? detail : Json::object();
}

std::string fingerprint_of(const Json& what) {
  return sha256_hex(canonical_json(what)).substr(0, kFingerprintDigits);
}

std::string icons(bool is_firing, std::string_view severity) {
  const std::string_view level = severity == "critical"  ? "🔴"
                                 : severity == "warning" ? "⚠️"
                                 : severity == "info"    ? "ℹ️"
                                                         : "📢";
  return fmt::format("{} {}", is_firing ? "🔥" : "✅", level);
}

void address(Json& context, bool is_critical, const WebhookConfig& config) {
  context["channel"] = is_critical ? config.alert_channel : "console";
  context["webhookUrl"] = is_critical ? kAlertTarget : "";
}

Alert read_alert(const Json& body, const WebhookConfig& config, std::int64_t now_ms) {
  const Json labels = object_of(body, "labels");
  const Json annotations = object_of(body, "annotations");
  Alert alert;
  alert.status = lower(first_text(body, {"status"}, "firing"));
  alert.starts_at = text_of(body, "startsAt");
  // Without one, what names the alert; without labels, what it says, as long as that does not change with its state.
  alert.fingerprint = first_text(body, {"fingerprint"});
  if (alert.fingerprint.empty())
    alert.fingerprint = fingerprint_of(labels.empty() ? Json{annotations, text_of(body, "generatorURL")} : labels);

  const std::string label = first_text(labels, {"severity"}, "warning");
  const std::string severity = severity_of(label);
  const std::string name = first_text(labels, {"alertname"}, "Unknown Alert");
  const std::string component = first_text(labels, {"component"}, "unknown");
  const std::string runbook = first_text(annotations, {"runbook_url", "runbook"});
  std::string message = fmt::format("{} **{}**\n**Status:** {}\n**Severity:** {}\n**Component:** {}\n**Summary:** {}\n",
                                    icons(alert.status == "firing", severity), name, alert.status, label, component,
                                    first_text(annotations, {"summary"}, "No summary available"));
  if (const std::string description = text_of(annotations, "description"); !description.empty())
    message += fmt::format("**Description:** {}\n", description);
  if (!runbook.empty()) message += fmt::format("**Runbook:** {}\n", runbook);

  alert.context = {{"status", alert.status},
                   {"severity", severity},
                   {"channel", nullptr},
                   {"message", std::move(message)},
                   {"alert_name", name},
                   {"component", component},
                   {"dashboard_url", text_or_null(first_text(annotations, {"dashboard_url", "dashboard"},
                                                             first_text(body, {"dashboardURL"})))},
                   {"runbook_url", text_or_null(runbook)},
                   {"timestamp", alert.starts_at.empty() ? iso8601(now_ms) : alert.starts_at},
                   {"labels", kept(labels)},
                   {"annotations", kept(annotations)}};
  address(alert.context, severity == "critical", config);
  return alert;
}

}  // namespace

Result<std::vector<Alert>> read_alerts(const Json& body, const WebhookConfig& config, std::int64_t now_ms) {
  std::vector<Alert> alerts;
  const Json* list = find_member(body, "alerts");
  if (list == nullptr || list->is_null()) return alerts;
  if (!list->is_array())
    return fail(ErrorCode::kInvalid, fmt::format("alerts: expected a list, got {}", json_type_name(*list)));
  for (const Json& entry : *list) {
    if (entry.is_object()) alerts.push_back(read_alert(entry, config, now_ms));
  }
  return alerts;
}

Alert read_grafana_rule(const Json& body, const WebhookConfig& config, std::int64_t now_ms) {
  const std::string state = lower(first_text(body, {"state"}, "alerting"));
  const std::string name = first_text(body, {"ruleName", "title"}, "Unknown Alert");
  const Json labels = object_of(body, find_member(body, "labels") != nullptr ? "labels" : "tags");
  const bool is_firing = state == "alerting";
  const std::string severity = is_firing ? "critical" : "warning";
  Alert alert;
  alert.status = is_firing ? "firing" : state == "ok" ? "resolved" : state;
  alert.fingerprint = "grafana-" + fingerprint_of({text_of(body, "ruleId"), name, labels});
  alert.context = {{"status", alert.status},
                   {"severity", severity},
                   {"channel", nullptr},
                   {"message", fmt::format("{} **{}**\n**Status:** {}\n{}", icons(is_firing, severity), name, state,
                                           first_text(body, {"message"}, "No message available"))},
                   {"alert_name", name},
                   {"dashboard_url", text_or_null(first_text(body, {"dashboardURL", "ruleUrl"}))},
                   {"timestamp", iso8601(now_ms)},
                   {"labels", kept(labels)}};
  // Who was told that it began hears that it is over.
  address(alert.context, is_firing || alert.status == "resolved", config);
  return alert;
}

}  // namespace commandcenter::trigger
