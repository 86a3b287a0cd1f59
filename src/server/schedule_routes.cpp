// GET /api/schedule/preview: when a schedule would be due.
#include <fmt/format.h>

#include "core/schedule/schedule.h"
#include "server/api.h"
#include "server/routes.h"
#include "trigger/time_zones.h"

namespace commandcenter::server {
namespace {

constexpr std::int64_t kDefaultPreviewedSlots = 5;
constexpr std::int64_t kMaxPreviewedSlots = 100;

void preview(Services& services, const Request& request, const Params&, const std::shared_ptr<Responder>& responder) {
  const auto given = [&](const char* name) {
    const auto found = request.query.find(name);
    return found == request.query.end() ? std::string() : found->second;
  };
  const std::string text = given("schedule");
  const auto parsed = schedule::Schedule::parse(text);
  if (!parsed) {
    return responder->respond(
        error_response(400, fmt::format("schedule: at character {}: {}", parsed.error().column, parsed.error().message),
                       "invalid", request.id, {{"column", parsed.error().column}}));
  }
  const std::string timezone = given("timezone");
  const auto zone = trigger::find_zone(timezone);
  if (!zone) return responder->respond(error_response(zone.error(), request.id));
  const std::int64_t count =
      given("count").empty() ? kDefaultPreviewedSlots : lenient_number(request, "count").value_or(0);
  if (count < 1 || count > kMaxPreviewedSlots) {
    return responder->respond(error_response(
        400, fmt::format("count: \"{}\"; expected a number from 1 to {}", given("count"), kMaxPreviewedSlots),
        "invalid", request.id));
  }
  Json times = Json::array();
  for (const std::int64_t slot_ms : parsed->upcoming(services.clock.wall_ms(), static_cast<std::size_t>(count), *zone))
    times.push_back(iso8601(slot_ms));
  responder->respond(json_response(
      200, {{"schedule", text}, {"timezone", timezone.empty() ? "UTC" : timezone}, {"times", std::move(times)}}));
}

}  // namespace

void add_schedule_routes(Api& api) {
  using namespace schema;
  api.add("GET", {"/api/schedule/preview"},
          {.id = "previewSchedule",
           .tag = "Workflows",
           .summary = "When a schedule would be due",
           .description = "What a trigger may hold as `schedule` and `timezone`. Of a schedule that cannot be read, "
                          "`column` tells at which character.",
           .query = {{"schedule", "Cron line, or @daily, or @every 15m", text(), true},
                     {"timezone", "IANA name; UTC if left out"},
                     {"count", "How many times, 5 if left out, at most 100", integer()}},
           .answers = {{200, "The next times",
                        object({{"schedule", text()}, {"timezone", text()}, {"times", list(timestamp())}})},
                       bad_request("The schedule, the time zone or the count is wrong")}},
          preview);
}

}  // namespace commandcenter::server
