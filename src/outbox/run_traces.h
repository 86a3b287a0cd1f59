// Runs that ended, as traces to a collector: OTLP over HTTP, in JSON. A run is a span `workflow.execute`; its nodes are
// `workflow.node`, below them what waited for people (`workflow.approval`) and what agents did (`agent.execute`).
// Read from the rows once they no longer change, on a thread of its own, so that no run waits for a collector.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "core/workflow/workflow.h"
#include "observe/log.h"
#include "observe/trace.h"
#include "outbox/feed.h"
#include "store/store.h"

namespace commandcenter::outbox {

inline constexpr std::size_t kMaxWaitingRuns = 5'000;  // for a collector that takes nothing; more are not told
inline constexpr std::size_t kMaxSpans = 512;          // in a request, but for those of one run
inline constexpr std::int64_t kMaxTraceWait_ms = 30'000;
inline constexpr std::int64_t kTraceTimeout_ms = 10'000;

struct TraceConfig {
  std::string endpoint;  // "http://127.0.0.1:4318"; empty: nothing is told
  std::string service = "orchestration-service";
  std::string version;
};

// The root first.
std::vector<observe::Span> spans_of(const store::RunRow& run, const std::vector<store::NodeRunRow>& attempts,
                                    const std::vector<store::ApprovalRow>& approvals, const workflow::Plan& plan);

struct TraceReport {
  std::int64_t sent = 0;     // spans that a collector took
  std::int64_t dropped = 0;  // runs that nobody was told of
  std::string error;         // why the latest request failed; empty = it did not
};

class RunTraces {
 public:
  // kInvalid: the endpoint is no address.
  static Result<std::unique_ptr<RunTraces>> open(TraceConfig config, Feed& feed, store::Store& store,
                                                 observe::Log& log);
  virtual ~RunTraces() = default;
  virtual TraceReport report() const = 0;
};

}  // namespace commandcenter::outbox
