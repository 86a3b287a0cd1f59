// Workflow definitions: from any dialect a client speaks to one canonical form, and from that to a plan that can run.
//
//   text ──document──▶ tree with positions ──parse_definition──▶ Definition ──make_plan(agents)──▶ Plan
//
// Both steps report every problem at once, each with its place. A Definition is what the client meant; a Plan is that,
// bound to the agents as they are now, with every template compiled and every dependency an index.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "core/expr/expr.h"
#include "core/schema/schema.h"

namespace commandcenter::workflow {

// Named limits of a definition.
inline constexpr std::size_t kMaxNodes = 500;
inline constexpr std::size_t kMaxNodeIdLength = 36;
inline constexpr std::size_t kMaxNameLength = 200;
inline constexpr std::size_t kMaxDescriptionLength = 10'000;
inline constexpr std::int64_t kMaxTimeout_ms = 30LL * 24 * 3600 * 1000;
inline constexpr std::int64_t kDefaultApprovalExpiry_ms = 24LL * 3600 * 1000;
inline constexpr int kMaxAttempts = 100;
inline constexpr int kMaxMissedRuns = 100;  // of one schedule, after an outage
inline constexpr std::size_t kMaxHookPathLength = 200;
inline constexpr int kMaxHookPathParts = 4;              // between slashes
inline constexpr std::size_t kMinHookSecretLength = 16;  // of a webhook's token or secret
inline constexpr std::size_t kMaxHookSecretLength = 256;

// One thing that is wrong with a definition. `path` is where: "nodes[1].dependsOn[0]"; line and column are 1-based, 0
// when the text is not known.
struct Problem {
  std::string path;
  int line = 0;
  int column = 0;
  std::string message;  // what was wrong, and what was expected
};

// Line and column of a path in the text a definition came from; {0, 0} when not known.
using Locator = std::function<std::pair<int, int>(const std::string& path)>;

enum class Risk { kAuto, kApprovalRequired };
enum class Join { kAllSuccess, kAllDone, kAnySuccess };
enum class OnErrorKind { kFail, kContinue, kFallback };

struct Retry {
  int attempts = 1;                 // all tries, the first included
  std::int64_t backoff_ms = 1'000;  // before the second try
  double factor = 2.0;
  std::int64_t max_backoff_ms = 60'000;
  double jitter = 0.1;  // share of the delay that is random, 0 to 1
};

struct OnError {
  OnErrorKind kind = OnErrorKind::kFail;
  std::string fallback_node;  // for kFallback
};

struct NodeDefinition {
  std::string id;             // unique within the workflow
  std::string agent;          // name or id of an agent; empty for a transform
  std::string action;         // may be empty when the agent has exactly one
  bool is_transform = false;  // a pure step: its output is its resolved input
  Json input = Json::object();
  std::vector<std::string> depends_on;  // ids of nodes
  std::string when;                     // expression text without braces; empty = always
  Join join = Join::kAllSuccess;
  Retry retry;
  OnError on_error;
  std::optional<std::int64_t> timeout_ms;
  bool approval_required = false;
  std::int64_t approval_expiry_ms = kDefaultApprovalExpiry_ms;
  Json position;  // where a user interface drew it; null = nowhere

  // Where it was written, for problems found later: "nodes[1]", "nodes[1].inputsJson". Not part of what was meant.
  std::string path;
  std::string input_path;
};

enum class ConcurrencyPolicy { kQueue, kCancelPrevious };

struct Concurrency {
  std::int64_t limit = 0;  // runs at a time; 0 = no limit of its own
  std::string key;         // template text over the context; runs with different keys do not meet
  ConcurrencyPolicy policy = ConcurrencyPolicy::kQueue;
};

enum class TriggerKind { kManual, kEvent, kSchedule, kWebhook };

// What happens to slots of a schedule that passed while nothing could start them.
enum class MissedPolicy { kSkip, kRunOnce, kRunAll };

struct Trigger {
  TriggerKind kind = TriggerKind::kManual;
  std::vector<std::string> patterns;  // of event types, NATS rules
  Json filters = Json::object();
  std::string schedule;  // as core/schedule reads it; empty = none
  std::string timezone;  // IANA name; empty = UTC
  MissedPolicy missed = MissedPolicy::kRunOnce;
  int missed_max = 10;  // for kRunAll: the latest so many
  std::string path;     // below /api/hooks; empty = no address of its own
  std::string token;    // callers must send it; empty = need not
  std::string secret;   // callers must sign the body with it; empty = need not
};

struct Definition {
  std::string name;
  std::string description;
  bool has_description = false;
  std::int64_t project_id = 1;
  std::string status = "ACTIVE";
  Json trigger_as_given;  // returned to clients as they wrote it
  Trigger trigger;
  std::vector<NodeDefinition> nodes;
  std::optional<std::int64_t> timeout_ms;
  Concurrency concurrency;
  std::string workspace;  // host folder the runs work on unless the trigger names one
  // Where members stand that mean nothing here, which only clients' forms may have: whoever wrote them must be told.
  // Not part of what was meant.
  std::vector<std::string> ignored;
};

// Reads any of the dialects (docs/formats/workflow.md): canonical YAML or JSON, the API form, the guide form,
// blueprints. Never both: when problems are returned the definition is of no use.
tl::expected<Definition, std::vector<Problem>> parse_definition(const Json& tree, const Locator& locate = {});

// Only what starts it, of a canonical document: much cheaper than the whole. kInvalid says what is wrong.
Result<Trigger> read_trigger(const Json& document);

// The canonical form as JSON; parse_definition gives an equal Definition back.
Json to_json(const Definition& definition);
Json to_json(const NodeDefinition& node);

// ---- Plans ----------------------------------------------------------------------------------------------------------

struct Action {
  std::string name;
  Json input_schema;  // as registered
  Json output_schema;
};

// An agent as a plan sees it. `document` is what the agent layer needs to run it; nothing here looks inside.
struct AgentSnapshot {
  std::string id;
  std::string name;
  std::string version;
  std::int64_t revision = 1;
  Risk risk = Risk::kAuto;
  bool has_effects = true;         // false: a lost attempt may simply be repeated
  bool changes_workspace = false;  // what it changes is a patch, which the engine writes once it is approved
  std::vector<Action> actions;
  Json document;
};

// Finds an agent of a project by name or id.
using AgentLookup = std::function<std::optional<AgentSnapshot>(const std::string& name_or_id)>;

struct PlannedNode {
  std::string id;
  bool is_transform = false;
  std::size_t agent = 0;  // index into Plan::agents; meaningless for a transform
  std::string action;
  expr::Template input;
  std::optional<expr::Expression> when;
  std::vector<std::string> workspace_fields;  // input members that the action's schema marks "x-workspace"
  schema::Schema input_schema;
  schema::Schema output_schema;
  std::vector<std::size_t> dependencies;  // indices into Plan::nodes
  std::vector<std::size_t> dependents;
  Join join = Join::kAllSuccess;
  Retry retry;
  OnErrorKind on_error = OnErrorKind::kFail;
  std::optional<std::size_t> fallback;  // node that runs when this one fails
  bool is_fallback = false;             // runs only when a node that names it fails
  std::optional<std::int64_t> timeout_ms;
  bool needs_approval = false;  // by the node or by the agent's risk
  std::int64_t approval_expiry_ms = kDefaultApprovalExpiry_ms;
};

// Immutable; shared between runs. `document` holds the definition and the agents, and gives the same plan again.
struct Plan {
  std::string id;  // hash of the document
  std::string name;
  std::int64_t project_id = 1;
  std::vector<AgentSnapshot> agents;
  std::vector<PlannedNode> nodes;
  std::vector<std::string> node_ids;  // ids of `nodes`, then the aliases node-0, node-1, …
  std::optional<std::int64_t> timeout_ms;
  Concurrency concurrency;
  std::optional<expr::Template> concurrency_key;  // compiled, when there is one
  std::string document;

  std::optional<std::size_t> find_node(std::string_view id) const;  // by id or alias
};

// Checks everything that can be known before a run: agents and actions exist, no cycle, templates parse and refer only
// to nodes upstream, required inputs are there, fallbacks make sense. `agent_names`, when given, are offered to whoever
// mistyped one.
tl::expected<std::shared_ptr<const Plan>, std::vector<Problem>> make_plan(
    const Definition& definition, const AgentLookup& agents, const Locator& locate = {},
    const std::vector<std::string>& agent_names = {});

// Everything that is wrong with a document, by place: what parse_definition says, and what make_plan would say about
// all that could be read, without what only follows from the former. Empty: a plan can be made.
std::vector<Problem> all_problems(const Json& tree, const AgentLookup& agents, const Locator& locate = {},
                                  const std::vector<std::string>& agent_names = {});

// What templates and conditions of nodes read of the run itself: a variable, and its members.
inline const std::vector<std::string> kNodeVariables{"run"};
inline const std::vector<std::string> kRunMembers{"id", "workflow", "trigger"};

// From Plan::document, as stored.
Result<std::shared_ptr<const Plan>> load_plan(std::string_view document);

// Of each node of a plan, by id, what its output follows from: agent, action, input, condition, dependencies. Equal
// texts mean that an output of one can stand for the other's.
std::map<std::string, std::string> node_meanings(const Plan& plan);

// Problems as text, one a line, for terminals: "line 7, column 5: nodes[1].agent: …".
std::string describe(const std::vector<Problem>& problems);

}  // namespace commandcenter::workflow
