#include "server/run_filters.h"

#include <algorithm>
#include <charconv>
#include <chrono>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "server/http_wire.h"
#include "server/replies.h"

namespace commandcenter::server {
namespace {

const std::vector<std::string> kStatuses{"PENDING", "RUNNING", "WAITING_APPROVAL", "SUCCESS", "FAILED", "CANCELLED"};

const std::string* given(const Request& request, const std::string& name) {
  const auto found = request.query.find(name);
  return found == request.query.end() || found->second.empty() ? nullptr : &found->second;
}

// Digits of the text as a number; -1 when there is anything else.
int digits(std::string_view text) {
  int number = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() && text.front() != '-' ? number : -1;
}

// "Z", "+02:00", "-0330", "+05": what local time is ahead of UTC, in minutes. In a query a bare + is a space.
std::optional<int> offset_min(std::string_view text) {
  if (text == "Z" || text == "z") return 0;
  if (text.size() < 3 || (text[0] != '+' && text[0] != ' ' && text[0] != '-')) return std::nullopt;
  const bool has_colon = text.size() == 6 && text[3] == ':';
  if (text.size() != 3 && text.size() != 5 && !has_colon) return std::nullopt;
  const int hours = digits(text.substr(1, 2));
  const int minutes = text.size() == 3 ? 0 : digits(text.substr(has_colon ? 4 : 3, 2));
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return std::nullopt;
  return (text[0] == '-' ? -1 : 1) * (hours * 60 + minutes);
}

// Takes ".123456" off the front of the text; milliseconds.
std::optional<int> take_fraction_ms(std::string_view& text) {
  if (!text.starts_with('.')) return 0;
  const std::size_t end = std::min(text.find_first_not_of("0123456789", 1), text.size());
  if (end == 1 || end > 10) return std::nullopt;
  std::string thousandths(text.substr(1, std::min<std::size_t>(end - 1, 3)));
  thousandths.resize(3, '0');
  text.remove_prefix(end);
  return digits(thousandths);
}

// "2026-01-31", or "2026-01-31T09:05:00" with or without a fraction, then "Z" or an offset.
std::optional<std::int64_t> time_ms(std::string_view text) {
  using namespace std::chrono;
  if (text.size() < 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const int year_number = digits(text.substr(0, 4));
  const int month_number = digits(text.substr(5, 2));
  const int day_number = digits(text.substr(8, 2));
  if (year_number < 0 || month_number < 0 || day_number < 0) return std::nullopt;
  const year_month_day date{year{year_number}, month{static_cast<unsigned>(month_number)},
                            day{static_cast<unsigned>(day_number)}};
  if (!date.ok()) return std::nullopt;
  const std::int64_t day_ms = duration_cast<milliseconds>(sys_days{date}.time_since_epoch()).count();
  if (text.size() == 10) return day_ms;
  if (text.size() < 20 || (text[10] != 'T' && text[10] != ' ') || text[13] != ':' || text[16] != ':')
    return std::nullopt;
  const int hour = digits(text.substr(11, 2));
  const int minute = digits(text.substr(14, 2));
  const int second = digits(text.substr(17, 2));
  std::string_view rest = text.substr(19);
  const auto fraction_ms = take_fraction_ms(rest);
  const auto ahead_min = offset_min(rest);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59 || !fraction_ms || !ahead_min)
    return std::nullopt;
  return day_ms + ((hour * 60LL + minute - *ahead_min) * 60 + second) * 1'000 + *fraction_ms;
}

Result<void> read_time(const Request& request, const std::string& name, std::optional<std::int64_t>& at_ms) {
  const std::string* text = given(request, name);
  if (text == nullptr) return {};
  at_ms = time_ms(*text);
  if (at_ms) return {};
  return fail(
      ErrorCode::kInvalid,
      fmt::format(
          "{}: \"{}\" is no time; expected one like 2026-01-31T09:05:00Z, 2026-01-31T09:05:00+02:00 or 2026-01-31",
          name, text->substr(0, 100)));
}

Result<std::vector<std::string>> workflows_named_like(Services& services, const std::string& text) {
  const auto rows =
      store::read_all<store::WorkflowRow>(services.store, {.table = store::Table::kWorkflows, .newest_first = true});
  if (!rows) return fail(rows.error());
  std::vector<std::string> ids;
  for (const store::WorkflowRow& row : *rows) {
    if (ids.size() < kMaxSearchedWorkflows && holds_word(row.name, text)) ids.push_back(row.id);
  }
  return ids;
}

}  // namespace

Result<RunFilters> run_filters(Services& services, const Request& request) {
  RunFilters filters;
  store::Query& query = filters.query;
  if (const std::string* trigger = given(request, "trigger")) query.trigger = *trigger;
  if (const std::string* text = given(request, "q")) filters.text = *text;
  if (const auto status = request.query.find("status"); status != request.query.end()) {
    query.status = status->second == "PENDING_APPROVAL" ? "WAITING_APPROVAL" : status->second;
    if (std::find(kStatuses.begin(), kStatuses.end(), *query.status) == kStatuses.end())
      return fail(ErrorCode::kInvalid,
                  fmt::format("Unknown status {}; expected {}", status->second, fmt::join(kStatuses, ", ")));
  }
  if (auto read = read_time(request, "since", query.started_from_ms); !read) return fail(std::move(read.error()));
  if (auto read = read_time(request, "until", query.started_until_ms); !read) return fail(std::move(read.error()));
  if (const std::string* workflow = given(request, "workflow")) {
    const auto project_id = project_of(request);
    if (!project_id) return fail(project_id.error());
    query.workflow_id = *workflow;
    const auto named = store::read_one<store::WorkflowRow>(
        services.store, {.table = store::Table::kWorkflows, .project_id = *project_id, .name = *workflow});
    if (!named) return fail(named.error());
    if (*named) query.workflow_id = (*named)->id;
  }
  return filters;
}

Response filters_response(const Error& error, const std::string& request_id) {
  const bool is_status = error.message.starts_with("Unknown status");
  return error_response(error, request_id, is_status ? Json{{"validStatuses", kStatuses}} : Json::object());
}

// A text is looked for by several queries, each of which goes by an index and is cut off at the page's end.
Result<std::vector<store::RunRow>> find_runs(Services& services, const RunFilters& filters) {
  if (filters.text.empty()) return store::read_all<store::RunRow>(services.store, filters.query);
  const auto workflows = workflows_named_like(services, filters.text);
  if (!workflows) return fail(workflows.error());
  std::vector<store::Query> queries;
  store::Query by_id = filters.query;
  by_id.id_prefix = filters.text;
  queries.push_back(by_id);
  for (const std::string& id : *workflows) {
    if (filters.query.workflow_id && *filters.query.workflow_id != id) continue;
    queries.push_back(filters.query);
    queries.back().workflow_id = id;
  }
  std::vector<store::RunRow> found;
  for (const store::Query& query : queries) {
    auto rows = store::read_all<store::RunRow>(services.store, query);
    if (!rows) return rows;
    std::move(rows->begin(), rows->end(), std::back_inserter(found));
  }
  std::sort(found.begin(), found.end(), [](const store::RunRow& a, const store::RunRow& b) {
    return std::tie(b.started_at_ms, b.id) < std::tie(a.started_at_ms, a.id);
  });
  const auto is_same = [](const store::RunRow& a, const store::RunRow& b) { return a.id == b.id; };
  found.erase(std::unique(found.begin(), found.end(), is_same), found.end());
  if (found.size() > static_cast<std::size_t>(filters.query.limit))
    found.resize(static_cast<std::size_t>(filters.query.limit));
  return found;
}

std::vector<Parameter> run_filter_parameters() {
  using namespace schema;
  return {{"status", "Only these; PENDING_APPROVAL means WAITING_APPROVAL", words(kStatuses)},
          {"trigger", "Only those started by this: manual, retry, event:<type>, …"},
          {"workflow", "Only those of this workflow, by id or by name"},
          project_parameter("Whose workflow has that name"),
          {"since", "Only those started at or after this time"},
          {"until", "Only those started before this time"},
          {"q", "Only those whose id begins with this, or whose workflow's name contains it"}};
}

}  // namespace commandcenter::server
