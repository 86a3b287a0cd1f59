// Verbs: a run begins, at once or, when it was queued, once its turn has come.
#include <fmt/format.h>

#include "base/sha256.h"
#include "core/run/transition.h"

namespace commandcenter::run {

void Transition::create(const RunCreated& event) {
  state_.id = event.run_id;
  state_.context = event.context;
  state_.trigger = event.trigger;
  state_.workspace = event.workspace;
  state_.trace_parent = event.trace_parent;
  state_.created_at_ms = at_ms_;
  state_.queued = event.queued;
  state_.nodes.resize(state_.plan->nodes.size());

  for (const auto& [id, output] : event.kept) {
    const auto index = state_.plan->find_node(id);
    if (!index) continue;  // the definition changed since: the node is gone, and with it its output
    NodeState& kept = node(*index);
    kept.attempt = 1;
    kept.output = output;
    kept.has_output = true;
    kept.created_at_ms = at_ms_;
    kept.started_at_ms = at_ms_;
    finish_node(*index, NodeStatus::kSuccess, "kept", {});
  }

  if (!event.error.empty()) return stop(RunStatus::kFailed, "not_started", event.error);
  if (!event.queued) begin();
}

void Transition::admit() {
  if (!state_.queued) return refuse(ErrorCode::kConflict, "the run was admitted before");
  if (is_final(state_.status) || state_.stopping) return refuse(ErrorCode::kConflict, "the run has been stopped");
  state_.queued = false;
  begin();
}

void Transition::begin() {
  open_.clear();
  state_.admitted_at_ms = at_ms_;
  std::vector<std::size_t> all(state_.nodes.size());
  for (std::size_t i = 0; i < all.size(); ++i)
    all[i] = i;
  settle(std::move(all));
}

Result<std::string> concurrency_key(const workflow::Plan& plan, const Json& context) {
  if (!plan.concurrency_key) return std::string();
  auto value = plan.concurrency_key->resolve(expr::Scope{&context, {}, {}});
  if (!value) {
    return fail(ErrorCode::kInvalid,
                fmt::format("concurrency.key: {}; give it another value with ??", value.error().message));
  }
  std::string key = value->is_string() ? value->get<std::string>() : dump_json(*value);
  return key.size() > kMaxConcurrencyKey_bytes ? "sha256:" + sha256_hex(key) : key;
}

}  // namespace commandcenter::run
