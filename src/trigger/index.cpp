#include "trigger/index.h"

#include <fmt/format.h>

namespace commandcenter::trigger {

Result<void> TriggerIndex::set(const store::WorkflowRow& row, const workflow::Trigger& trigger) {
  auto matcher = Matcher::compile(trigger);
  const std::lock_guard lock(mutex_);
  drop(row.id);
  if (!matcher) return fail(std::move(matcher.error()));
  Known known{row.project_id, {row.created_at_ms, row.id}, trigger.path};
  const bool is_active = row.status == "ACTIVE";
  if (is_active && trigger.kind == workflow::TriggerKind::kEvent && !trigger.patterns.empty())
    listeners_[row.project_id].emplace(known.place, std::move(*matcher));
  if (!trigger.path.empty()) {
    const Hook hook{row.id, row.project_id, row.status, trigger.token, trigger.secret};
    const auto [taken, is_new] = hooks_.emplace(trigger.path, hook);
    if (!is_new) {
      return fail(ErrorCode::kConflict, fmt::format("the webhook path {} belongs to workflow {} already", trigger.path,
                                                    taken->second.workflow_id));
    }
  }
  known_.insert_or_assign(row.id, std::move(known));
  return {};
}

void TriggerIndex::remove(const std::string& workflow_id) {
  const std::lock_guard lock(mutex_);
  drop(workflow_id);
}

void TriggerIndex::drop(const std::string& workflow_id) {
  const auto known = known_.find(workflow_id);
  if (known == known_.end()) return;
  if (const auto project = listeners_.find(known->second.project_id); project != listeners_.end()) {
    project->second.erase(known->second.place);
    if (project->second.empty()) listeners_.erase(project);
  }
  if (const auto hook = hooks_.find(known->second.path);
      hook != hooks_.end() && hook->second.workflow_id == workflow_id)
    hooks_.erase(hook);
  known_.erase(known);
}

std::vector<Candidate> TriggerIndex::matching(std::int64_t project_id, const Event& event) const {
  std::vector<Candidate> found;
  const std::lock_guard lock(mutex_);
  const auto project = listeners_.find(project_id);
  if (project == listeners_.end()) return found;
  for (const auto& [place, matcher] : project->second) {
    if (matcher.matches(event)) found.push_back({place.second, project_id});
  }
  return found;
}

std::optional<Hook> TriggerIndex::hook(const std::string& path) const {
  const std::lock_guard lock(mutex_);
  const auto hook = hooks_.find(path);
  return hook == hooks_.end() ? std::nullopt : std::optional(hook->second);
}

}  // namespace commandcenter::trigger
