// What each workflow waits for, by what may happen: events, calls of webhooks. Kept in memory; told of every change.
// Private to this folder. Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/workflow/workflow.h"
#include "store/store.h"
#include "trigger/matcher.h"
#include "trigger/trigger.h"

namespace commandcenter::trigger {

struct Candidate {
  std::string id;
  std::int64_t project_id = 1;
};

class TriggerIndex {
 public:
  // The workflow is now as the row says. kInvalid when an event trigger cannot be used; the workflow then waits for
  // nothing.
  Result<void> set(const store::WorkflowRow& row, const workflow::Trigger& trigger);
  void remove(const std::string& workflow_id);

  // ACTIVE workflows of the project that the event starts, in the order of their creation.
  std::vector<Candidate> matching(std::int64_t project_id, const Event& event) const;

  std::optional<Hook> hook(const std::string& path) const;

 private:
  // Events go to the workflows of a project in the order they were made.
  using Place = std::pair<std::int64_t, std::string>;  // created at, id

  struct Known {
    std::int64_t project_id = 1;
    Place place;
    std::string path;
  };

  void drop(const std::string& workflow_id);

  mutable std::mutex mutex_;
  std::map<std::string, Known> known_;
  std::map<std::int64_t, std::map<Place, Matcher>> listeners_;  // by project
  std::map<std::string, Hook> hooks_;                           // by path
};

}  // namespace commandcenter::trigger
