// Traces as OpenTelemetry has them: W3C Trace Context (https://www.w3.org/TR/trace-context/), and spans as OTLP/HTTP in
// JSON (https://opentelemetry.io/docs/specs/otlp/). Ids of spans follow from the ids of what they are about, so that
// nothing has to be kept for them: whoever asks, before or after a restart, gets the same.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"

namespace commandcenter::observe {

inline constexpr const char* kTraceParent = "traceparent";  // the name of the header, and in what callers give a run

struct TraceContext {
  std::string trace_id;  // 32 hexadecimal digits, lower case, not all 0
  std::string span_id;   // 16 likewise; empty: the trace begins here
};

// "00-<trace>-<span>-<flags>", also of later versions; anything else is no context.
std::optional<TraceContext> parse_trace_parent(std::string_view text);
std::string trace_parent(const TraceContext& context);

// The trace a run is part of: the one its context names, or one of its own. span_id is its parent's.
TraceContext trace_of_run(std::string_view run_id, std::string_view parent);
// The same of a run with that context: whoever wrote a parent into it means that one, not what came along (`sent`).
TraceContext trace_of_run(std::string_view run_id, const Json& context, std::string_view sent);
std::string span_id_of(std::string_view id);

struct Span {
  enum class Status { kUnset = 0, kOk = 1, kError = 2 };  // the numbers of OTLP

  TraceContext of;        // its trace and its own id
  std::string parent_id;  // empty: none
  std::string name;
  std::int64_t begin_ms = 0;  // since 1970
  std::int64_t end_ms = 0;
  Status status = Status::kUnset;
  std::string message;                                     // with kError
  std::vector<std::pair<std::string, Json>> attributes{};  // texts, whole numbers, truth values
};

// The body of POST /v1/traces.
Json otlp_traces(const std::string& service, const std::string& version, const std::vector<Span>& spans);

}  // namespace commandcenter::observe
