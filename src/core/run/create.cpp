// Verb: a run begins.
#include "core/run/transition.h"

namespace commandcenter::run {

void Transition::create(const RunCreated& event) {
  state_.id = event.run_id;
  state_.context = event.context;
  state_.trigger = event.trigger;
  state_.workspace = event.workspace;
  state_.created_at_ms = at_ms_;
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

  std::vector<std::size_t> all(state_.nodes.size());
  for (std::size_t i = 0; i < all.size(); ++i)
    all[i] = i;
  settle(std::move(all));
}

}  // namespace commandcenter::run
