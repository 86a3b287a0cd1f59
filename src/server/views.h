// Rows of the store as the objects that API clients know. Private to this folder.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "agent/agent.h"
#include "base/json.h"
#include "core/workflow/workflow.h"
#include "outbox/mask.h"
#include "store/store.h"

namespace commandcenter::server {

// The agents of a project, for views that show them next to something else.
class AgentIndex {
 public:
  static Result<AgentIndex> read(store::Store& store, std::int64_t project_id);

  const agent::Agent* find(const std::string& name_or_id) const;
  std::vector<std::string> names() const;

 private:
  std::map<std::string, agent::Agent> by_id_;
  std::map<std::string, std::string> ids_by_name_;
};

Json workflow_view(const store::WorkflowRow& row);  // without nodes
// With its nodes as of `document` (the canonical definition of some version).
Json workflow_view(const store::WorkflowRow& row, const std::string& document, const AgentIndex& agents,
                   bool with_agents);
Json node_view(const std::string& workflow_id, const workflow::NodeDefinition& node, const AgentIndex& agents,
               bool with_agent);

// How runs are shown.
struct RunViewer {
  outbox::Masker& masker;
  bool are_traced = false;  // each run has a trace, also if nobody sent one
};

// `contextJson` is for people to look at: secrets in it are masked. What templates and agents get is not. `traceId` is
// of the trace that the run is part of: the one its context names or its caller sent, or if all are traced, one of its
// own; else null.
Json run_view(const store::RunRow& row, const RunViewer& viewer);
// {id, url} of the trace of a run as run_view gave it; null if it has none.
Json trace_view(const Json& run, const std::string& trace_url);
// `inputJson` is for people to look at: secrets in it are masked.
Json agent_run_view(const store::NodeRunRow& row, const AgentIndex& agents, outbox::Masker& masker,
                    bool with_capabilities);
// `input` is for people to look at: secrets in it are masked. What the agent gets, and what `hash` is of, is not.
Json approval_view(const store::ApprovalRow& row, outbox::Masker& masker);

}  // namespace commandcenter::server
