#include "observe/trace.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/sha256.h"

namespace commandcenter::observe {
namespace {

constexpr std::size_t kTrace_digits = 32;
constexpr std::size_t kSpan_digits = 16;
constexpr int kInternal = 1;  // SPAN_KIND_INTERNAL

// So many lower-case digits, not all of them 0.
bool is_id(std::string_view text, std::size_t digits) {
  return text.size() == digits && text.find_first_not_of("0123456789abcdef") == std::string_view::npos &&
         text.find_first_not_of('0') != std::string_view::npos;
}

std::string digits_of(std::string_view kind, std::string_view id, std::size_t digits) {
  return sha256_hex(fmt::format("{}:{}", kind, id)).substr(0, digits);
}

std::string nanoseconds(std::int64_t ms) {
  return fmt::format("{}000000", std::max<std::int64_t>(0, ms));
}

Json attribute(const std::string& key, const Json& value) {
  Json typed;
  if (value.is_boolean())
    typed = {{"boolValue", value}};
  else if (value.is_number_integer())
    typed = {{"intValue", std::to_string(value.get<std::int64_t>())}};  // 64 bits are text in OTLP's JSON
  else
    typed = {{"stringValue", value.is_string() ? value : Json(dump_json(value))}};
  return {{"key", key}, {"value", std::move(typed)}};
}

Json span_json(const Span& span) {
  Json attributes = Json::array();
  for (const auto& [key, value] : span.attributes)
    attributes.push_back(attribute(key, value));
  Json json = {{"traceId", span.of.trace_id},
               {"spanId", span.of.span_id},
               {"name", span.name},
               {"kind", kInternal},
               {"startTimeUnixNano", nanoseconds(span.begin_ms)},
               {"endTimeUnixNano", nanoseconds(std::max(span.begin_ms, span.end_ms))},
               {"attributes", std::move(attributes)},
               {"status", {{"code", static_cast<int>(span.status)}}}};
  if (!span.parent_id.empty()) json["parentSpanId"] = span.parent_id;
  if (!span.message.empty()) json["status"]["message"] = span.message;
  return json;
}

}  // namespace

std::optional<TraceContext> parse_trace_parent(std::string_view text) {
  constexpr std::size_t kTrace_at = 3;
  constexpr std::size_t kSpan_at = kTrace_at + kTrace_digits + 1;
  constexpr std::size_t kFlags_at = kSpan_at + kSpan_digits + 1;
  constexpr std::size_t kLength = kFlags_at + 2;
  if (text.size() < kLength || text.substr(0, 2) == "ff") return std::nullopt;
  for (const std::size_t at : {kTrace_at - 1, kSpan_at - 1, kFlags_at - 1}) {
    if (text[at] != '-') return std::nullopt;
  }
  const auto is_hex = [](std::string_view two) {
    return two.find_first_not_of("0123456789abcdef") == std::string_view::npos;
  };
  if (!is_hex(text.substr(0, 2)) || !is_hex(text.substr(kFlags_at, 2))) return std::nullopt;
  // Later versions may have more behind it, the first has not.
  if (text.size() > kLength && (text.starts_with("00") || text[kLength] != '-')) return std::nullopt;
  TraceContext context{std::string(text.substr(kTrace_at, kTrace_digits)),
                       std::string(text.substr(kSpan_at, kSpan_digits))};
  if (!is_id(context.trace_id, kTrace_digits) || !is_id(context.span_id, kSpan_digits)) return std::nullopt;
  return context;
}

std::string trace_parent(const TraceContext& context) {
  return fmt::format("00-{}-{}-01", context.trace_id, context.span_id);
}

TraceContext trace_of_run(std::string_view run_id, std::string_view parent) {
  if (auto given = parse_trace_parent(parent)) return std::move(*given);
  return {digits_of("trace", run_id, kTrace_digits), ""};
}

TraceContext trace_of_run(std::string_view run_id, const Json& context, std::string_view sent) {
  const std::string written = string_member(context, kTraceParent);
  return trace_of_run(run_id, parse_trace_parent(written) ? std::string_view(written) : sent);
}

std::string span_id_of(std::string_view id) {
  return digits_of("span", id, kSpan_digits);
}

Json otlp_traces(const std::string& service, const std::string& version, const std::vector<Span>& spans) {
  Json list = Json::array();
  for (const Span& span : spans)
    list.push_back(span_json(span));
  const Json resource = {{"attributes", {attribute("service.name", service), attribute("service.version", version)}}};
  const Json scope = {{"name", "workflow-runner"}, {"version", version}};
  return {
      {"resourceSpans", {{{"resource", resource}, {"scopeSpans", {{{"scope", scope}, {"spans", std::move(list)}}}}}}}};
}

}  // namespace commandcenter::observe
