// GET /api/overview: how it goes, from the server's own records, for people who have no other dashboard. Every figure
// is of the runs that began within the hours that are asked for, the latest kMaxCountedRuns of them.
#include <algorithm>
#include <array>
#include <map>

#include <fmt/format.h>

#include "server/api.h"
#include "server/routes.h"

namespace commandcenter::server {
namespace {

constexpr std::int64_t kDefaultHours = 24;
constexpr std::int64_t kMaxHours = 24 * 30;
constexpr std::int64_t kMaxCountedRuns = 5'000;
constexpr std::size_t kBuckets = 24;
constexpr std::int64_t kHour_ms = 3'600'000;

// Of values in order; null when there are none.
Json percentile(const std::vector<std::int64_t>& sorted, int percent) {
  if (sorted.empty()) return nullptr;
  const std::size_t rank = (sorted.size() * static_cast<std::size_t>(percent) + 99) / 100;
  return sorted[std::max<std::size_t>(rank, 1) - 1];
}

struct Tally {
  std::int64_t succeeded = 0;
  std::int64_t failed = 0;
  std::int64_t cancelled = 0;
  std::vector<std::int64_t> durations_ms;  // of those that ran to an end of their own

  void count(const store::RunRow& run) {
    if (!run.finished) return;
    if (run.status == "CANCELLED") {
      ++cancelled;
      return;
    }
    ++(run.status == "SUCCESS" ? succeeded : failed);
    if (run.finished_at_ms) durations_ms.push_back(std::max<std::int64_t>(0, *run.finished_at_ms - run.started_at_ms));
  }

  Json view() {
    std::sort(durations_ms.begin(), durations_ms.end());
    return {{"succeeded", succeeded},
            {"failed", failed},
            {"cancelled", cancelled},
            {"p50Ms", percentile(durations_ms, 50)},
            {"p95Ms", percentile(durations_ms, 95)}};
  }
};

Json approvals_view(Services& services, std::int64_t pending) {
  const auto oldest =
      store::read_one<store::ApprovalRow>(services.store, {.table = store::Table::kApprovals, .status = "PENDING"});
  const bool known = oldest && *oldest;
  return {{"pending", pending}, {"oldestAt", known ? Json(iso8601((*oldest)->requested_at_ms)) : Json(nullptr)}};
}

void show_overview(Services& services, const Request& request, const Params&,
                   const std::shared_ptr<Responder>& responder) {
  const std::int64_t hours =
      request.query.contains("hours") ? lenient_number(request, "hours").value_or(0) : kDefaultHours;
  if (hours < 1 || hours > kMaxHours) {
    return responder->respond(
        error_response(400, fmt::format("hours: expected a number from 1 to {}", kMaxHours), "invalid", request.id));
  }
  const std::int64_t now_ms = services.clock.wall_ms();
  const std::int64_t from_ms = now_ms - hours * kHour_ms;
  const auto runs = store::read_all<store::RunRow>(services.store, {.table = store::Table::kRuns,
                                                                    .started_from_ms = from_ms,
                                                                    .newest_first = true,
                                                                    .without_context = true,
                                                                    .limit = kMaxCountedRuns});
  if (!runs) return responder->respond(error_response(runs.error(), request.id));
  const auto pending = services.store.count({.table = store::Table::kApprovals, .status = "PENDING"});
  if (!pending) return responder->respond(error_response(pending.error(), request.id));

  const std::int64_t bucket_ms = hours * kHour_ms / static_cast<std::int64_t>(kBuckets);
  Tally total;
  std::array<Tally, kBuckets> tallies;
  for (const store::RunRow& run : *runs) {
    total.count(run);
    const std::int64_t bucket = (run.started_at_ms - from_ms) / bucket_ms;
    tallies[static_cast<std::size_t>(std::clamp<std::int64_t>(bucket, 0, kBuckets - 1))].count(run);
  }
  Json buckets = Json::array();
  for (std::size_t i = 0; i < kBuckets; ++i) {
    Json bucket = tallies[i].view();
    bucket["at"] = iso8601(from_ms + static_cast<std::int64_t>(i) * bucket_ms);
    buckets.push_back(std::move(bucket));
  }
  const engine::Health engine = services.engine.health();
  Json body = {{"since", iso8601(from_ms)},
               {"hours", hours},
               {"complete", static_cast<std::int64_t>(runs->size()) < kMaxCountedRuns},
               {"runs", total.view()},
               {"buckets", std::move(buckets)},
               {"approvals", approvals_view(services, *pending)},
               {"queue",
                {{"unfinishedRuns", engine.unfinished_runs},
                 {"movingRuns", engine.moving_runs},
                 {"queuedRuns", engine.queued_runs},
                 {"runningNodes", engine.running_nodes},
                 {"readyNodes", engine.ready_nodes},
                 {"waitingMessages", engine.waiting_messages}}}};
  responder->respond(json_response(200, body));
}

}  // namespace

void add_overview_routes(Api& api) {
  using namespace schema;
  const Json tally = object({{"succeeded", integer()},
                             {"failed", integer()},
                             {"cancelled", integer()},
                             {"p50Ms", described(nullable(integer()), "Half of the runs took no longer")},
                             {"p95Ms", nullable(integer())}});
  api.define("Tally", tally);
  api.define(
      "Overview",
      object({{"since", timestamp()},
              {"hours", integer()},
              {"complete",
               described(boolean(), fmt::format("False: only the latest {} runs are counted", kMaxCountedRuns))},
              {"runs", ref("Tally")},
              {"buckets", described(list(extended(tally, {{"at", timestamp()}})), "Oldest first, of equal length")},
              {"approvals", object({{"pending", integer()}, {"oldestAt", nullable(timestamp())}})},
              {"queue", object({{"unfinishedRuns", integer()},
                                {"movingRuns", integer()},
                                {"queuedRuns", integer()},
                                {"runningNodes", integer()},
                                {"readyNodes", integer()},
                                {"waitingMessages", integer()}})}}));
  api.add("GET", {"/api/overview"},
          {.id = "getOverview",
           .tag = "Health",
           .summary = "Success, durations and queues of the last hours",
           .query = {{"hours", fmt::format("How far back, {} if left out, at most {}", kDefaultHours, kMaxHours),
                      integer()}},
           .answers = {{200, "The figures", ref("Overview")}, bad_request("hours is wrong")}},
          show_overview);
}

}  // namespace commandcenter::server
