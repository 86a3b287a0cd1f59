// GET /api/schedule/preview: when a schedule would be due.
#include <fmt/format.h>

#include "core/schedule/schedule.h"
#include "server/routes.h"
#include "trigger/time_zones.h"

namespace commandcenter::server {
namespace {

constexpr std::int64_t kDefaultPreviewedSlots = 5;
constexpr std::int64_t kMaxPreviewedSlots = 100;

void preview(Services& services, const Request& request, const std::shared_ptr<Responder>& responder) {
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

void add_schedule_routes(Router& router, Services& services) {
  router.add("GET", "/api/schedule/preview",
             [&services](const Request& request, const Params&, std::shared_ptr<Responder> responder) {
               preview(services, request, responder);
             });
}

}  // namespace commandcenter::server
