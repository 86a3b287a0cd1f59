// Alerts of monitoring systems: from the bodies they send to one struct, and from a state that changed to one run.
//
// In: JSON as Alertmanager (version 4), Grafana's unified alerting (the same shape) and Grafana before that send it.
// Out: a run of the workflow "alert-notification" for each alert whose state changed. Nothing that an alert leaves out
// makes it fail. Thread: any.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"
#include "engine/engine.h"
#include "observe/log.h"
#include "store/store.h"
#include "trigger/trigger.h"

namespace commandcenter::trigger {

inline constexpr std::size_t kMaxAlertsPerRequest =
    1'000;  // that one request may start; the rest comes with its repetition
inline constexpr std::size_t kMaxAlertText_bytes = 4'000;       // of each text that goes into a message
inline constexpr std::size_t kMaxAlertDetail_bytes = 64 << 10;  // of labels and annotations that a run's context keeps
inline constexpr std::int64_t kAlertMemory_ms =
    90LL * 24 * 3600 * 1000;  // how long the last state of an alert is known

inline constexpr const char* kAlertWorkflow = "alert-notification";
inline constexpr const char* kAlertTarget = "target:alerts";  // stands for the configured address until an agent starts

// Who may call, and where critical alerts go. Secrets are never shown.
struct WebhookConfig {
  std::int64_t alert_project = 1;       // whose workflow is told about alerts
  std::string alert_channel = "slack";  // of critical alerts: "slack" or "discord"; all others go to the console
  std::string alert_token;              // that Alertmanager and Grafana must send; empty = need not
  std::string github_secret;            // that GitHub signs with
  std::string github = "signed";        // "unsigned": without a secret, accept what anybody sends
  std::int64_t github_project = 1;
};

struct Alert {
  std::string fingerprint;
  std::string status;     // "firing", "resolved", …
  std::string starts_at;  // as the sender wrote it; empty = not told
  Json context;           // of its run
};

// Of a body with `alerts`. kInvalid when there is no such list. An entry that is no object is left out.
Result<std::vector<Alert>> read_alerts(const Json& body, const WebhookConfig& config, std::int64_t now_ms);
// Of a body with `state` and `ruleName`.
Alert read_grafana_rule(const Json& body, const WebhookConfig& config, std::int64_t now_ms);

struct AlertOutcome {
  std::vector<StartedRun> runs;  // one for each state that changed
  std::size_t repeated = 0;      // alerts whose state was known
  std::vector<Error> not_started;
};

class AlertDesk {
 public:
  AlertDesk(Post post, store::Store& store, Clock& clock, observe::Log& log);
  ~AlertDesk();
  AlertDesk(const AlertDesk&) = delete;
  AlertDesk& operator=(const AlertDesk&) = delete;

  // Starts a run for each alert whose state is another than the last one of its fingerprint; makes the workflow if the
  // project has none of that name. kUnavailable when something could not be recorded, or there were more changes than
  // kMaxAlertsPerRequest: the same request again starts what is missing and nothing else. kConflict when nothing can
  // start because of the workflow.
  void notify(std::int64_t project_id, std::string trigger, std::vector<Alert> alerts,
              engine::Reply<AlertOutcome> reply);

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;  // replies of the engine may come after this is gone
};

}  // namespace commandcenter::trigger
