// From entries of the journal to public events. One thread.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/workflow/workflow.h"
#include "outbox/mask.h"
#include "outbox/outbox.h"

namespace commandcenter::outbox {

class Translator {
 public:
  explicit Translator(store::Store& store) : store_(store) {}

  // Adds the events of one entry. An entry whose run is gone gives none. Failure: the store could not be read.
  Result<void> translate(const store::EventRow& entry, std::vector<PublicEvent>& events);

 private:
  struct Run {
    std::string workflow_id;
    std::int64_t workflow_version = 1;
    std::int64_t project_id = 1;
    std::string trigger;
    int depth = 1;
    std::string correlation_id;
    std::string trace_parent;
    std::shared_ptr<const workflow::Plan> plan;
  };
  class Entry;

  Result<std::shared_ptr<const Run>> run_of(const std::string& run_id);  // null when it is gone
  Result<std::shared_ptr<const workflow::Plan>> plan_of(const std::string& plan_id);

  store::Store& store_;
  Masker masker_;
  std::unordered_map<std::string, std::shared_ptr<const Run>> runs_;
  std::unordered_map<std::string, std::shared_ptr<const workflow::Plan>> plans_;
};

}  // namespace commandcenter::outbox
