#include "trigger/interests.h"

#include <algorithm>
#include <utility>

#include "core/workflow/workflow.h"
#include "engine/engine.h"

namespace commandcenter::trigger {
namespace {

// Cuts the first token off; the rest is empty after the last.
std::string_view cut_token(std::string_view& rest) {
  const auto dot = rest.find('.');
  const std::string_view token = rest.substr(0, dot);
  rest = dot == std::string_view::npos ? std::string_view() : rest.substr(dot + 1);
  return token;
}

std::vector<std::string> patterns_of(const store::WorkflowRow& row) {
  const auto document = parse_json(row.document);
  if (!document) return {};
  const auto definition = workflow::parse_definition(*document);
  if (!definition || definition->trigger.kind != workflow::TriggerKind::kEvent) return {};
  return definition->trigger.patterns;
}

}  // namespace

bool pattern_covers(std::string_view outer, std::string_view inner) {
  while (!outer.empty() && !inner.empty()) {
    const std::string_view wide = cut_token(outer);
    const std::string_view narrow = cut_token(inner);
    if (wide == ">") return true;
    if (narrow == ">" || (wide != "*" && wide != narrow)) return false;
  }
  return outer.empty() && inner.empty();
}

bool patterns_meet(std::string_view left, std::string_view right) {
  while (!left.empty() && !right.empty()) {
    const std::string_view one = cut_token(left);
    const std::string_view other = cut_token(right);
    if (one == ">" || other == ">") return true;
    if (one != "*" && other != "*" && one != other) return false;
  }
  return left.empty() && right.empty();
}

Interests::Interests(store::Store& store, bus::Bus& journal, observe::Log& log)
    : store_(store), journal_(journal), log_(log) {
  const auto subscribed =
      journal_.subscribe(std::string(engine::kWorkflowsSubject), [shared = shared_](const bus::Message&) {
        shared->changed = true;
        const std::lock_guard lock(shared->mutex);
        for (const auto& told : shared->told)
          told();
      });
  if (subscribed) subscription_ = *subscribed;
}

Interests::~Interests() {
  journal_.unsubscribe(subscription_);
}

void Interests::on_change(std::function<void()> told) {
  const std::lock_guard lock(shared_->mutex);
  shared_->told.push_back(std::move(told));
}

std::shared_ptr<const Interests::Patterns> Interests::current() {
  const std::lock_guard lock(mutex_);
  if (shared_->changed.exchange(false) && !read()) shared_->changed = true;
  return patterns_;
}

// Each version of a workflow is parsed once.
bool Interests::read() {
  const auto rows =
      store::read_all<store::WorkflowRow>(store_, {.table = store::Table::kWorkflows, .status = "ACTIVE"});
  if (!rows) {
    log_.warn("the workflows cannot be read for their triggers", {{"error", rows.error().message}});
    return false;
  }
  std::map<std::string, Known> known;
  auto patterns = std::make_shared<Patterns>();
  for (const store::WorkflowRow& row : *rows) {
    const auto before = known_.find(row.id);
    Known& now = known[row.id];
    now = before != known_.end() && before->second.version == row.version ? std::move(before->second)
                                                                          : Known{row.version, patterns_of(row)};
    if (!now.patterns.empty()) (*patterns)[row.project_id].insert(now.patterns.begin(), now.patterns.end());
  }
  known_ = std::move(known);
  patterns_ = std::move(patterns);
  return true;
}

bool Interests::any(std::int64_t project_id, std::string_view subject) {
  const auto patterns = current();
  const auto project = patterns->find(project_id);
  return project != patterns->end() &&
         std::any_of(project->second.begin(), project->second.end(),
                     [&](const std::string& pattern) { return bus::subject_matches(pattern, subject); });
}

bool Interests::meets(const std::vector<std::string>& others) {
  const auto patterns = current();
  for (const auto& [project, own] : *patterns) {
    for (const std::string& pattern : own) {
      if (std::any_of(others.begin(), others.end(),
                      [&](const std::string& other) { return patterns_meet(pattern, other); }))
        return true;
    }
  }
  return false;
}

}  // namespace commandcenter::trigger
