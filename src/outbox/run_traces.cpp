#include "outbox/run_traces.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "base/http_client.h"

namespace commandcenter::outbox {
namespace {

using observe::Span;

constexpr std::int64_t kMinTraceWait_ms = 500;
constexpr const char* kEndedRuns = "workflow.run.completed";

// Whether the same request may succeed later, as OTLP has it.
bool is_passing(int status) {
  return status == 429 || status == 502 || status == 503 || status == 504;
}

std::optional<std::int64_t> retry_after_ms(const HttpResponse& response) {
  const std::string* header = response.header("Retry-After");
  std::int64_t seconds = 0;
  if (header == nullptr) return std::nullopt;
  const auto parsed = std::from_chars(header->data(), header->data() + header->size(), seconds);
  if (parsed.ec != std::errc() || seconds < 0) return std::nullopt;
  return std::min(seconds, kMaxTraceWait_ms / 1'000) * 1'000;
}

class Sender final : public RunTraces {
 public:
  Sender(TraceConfig config, Feed& feed, store::Store& store, observe::Log& log)
      : config_(std::move(config)), feed_(feed), store_(store), log_(log) {
    while (config_.endpoint.ends_with('/'))
      config_.endpoint.pop_back();
    thread_ = std::thread([this] { work(); });
  }

  ~Sender() override {
    if (watch_) feed_.unwatch(*watch_);
    {
      const std::lock_guard lock(shared_->mutex);
      shared_->stopping = true;
      shared_->changed.notify_all();
    }
    thread_.join();
  }

  Result<void> watch() {
    auto watch = feed_.watch(kEndedRuns, std::nullopt, [shared = shared_](const std::vector<PublicEvent>& events) {
      const std::lock_guard lock(shared->mutex);
      for (const PublicEvent& event : events) {
        if (shared->runs.size() < kMaxWaitingRuns)
          shared->runs.push_back(string_member(event.body, "workflowRunId"));
        else
          ++shared->report.dropped;
      }
      shared->changed.notify_all();
    });
    if (!watch) return fail(std::move(watch.error()));
    watch_ = *watch;
    return {};
  }

  TraceReport report() const override {
    const std::lock_guard lock(shared_->mutex);
    return shared_->report;
  }

 private:
  // Also of the feed, which may be telling something while this ends.
  struct Shared {
    std::mutex mutex;
    std::condition_variable changed;
    bool stopping = false;
    std::deque<std::string> runs;
    TraceReport report;
  };

  void work() {
    while (true) {
      std::vector<std::string> runs;
      {
        std::unique_lock lock(shared_->mutex);
        shared_->changed.wait(lock, [this] { return shared_->stopping || !shared_->runs.empty(); });
        if (shared_->runs.empty()) return;
        runs.assign(shared_->runs.begin(), shared_->runs.end());
        shared_->runs.clear();
      }
      std::vector<Span> spans;
      std::int64_t runs_in_it = 0;
      for (const std::string& run : runs) {
        auto more = read(run);
        spans.insert(spans.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
        ++runs_in_it;
        if (spans.size() < kMaxSpans && &run != &runs.back()) continue;
        if (!deliver(spans, runs_in_it) && is_stopping()) return;
        spans.clear();
        runs_in_it = 0;
      }
    }
  }

  std::vector<Span> read(const std::string& run_id) {
    const auto run = store::read_one<store::RunRow>(store_, {.table = store::Table::kRuns, .id = run_id});
    if (!run || !*run) return {};
    const auto plan = plan_of((*run)->plan_id);
    const auto attempts =
        store::read_all<store::NodeRunRow>(store_, {.table = store::Table::kNodeRuns, .run_id = run_id});
    const auto approvals =
        store::read_all<store::ApprovalRow>(store_, {.table = store::Table::kApprovals, .run_id = run_id});
    if (plan == nullptr || !attempts || !approvals) return {};
    return spans_of(**run, *attempts, *approvals, *plan);
  }

  std::shared_ptr<const workflow::Plan> plan_of(const std::string& plan_id) {
    if (last_plan_ != nullptr && last_plan_->id == plan_id) return last_plan_;
    const auto row = store::read_one<store::PlanRow>(store_, {.table = store::Table::kPlans, .id = plan_id});
    if (!row || !*row) return nullptr;
    auto plan = workflow::load_plan((*row)->document);
    if (!plan) return nullptr;
    return last_plan_ = *plan;
  }

  // Until it is taken (true) or refused for good; when this ends, one more try.
  bool deliver(const std::vector<Span>& spans, std::int64_t runs) {
    if (spans.empty()) return true;
    HttpRequest request{"POST",
                        config_.endpoint + "/v1/traces",
                        {{"Content-Type", "application/json"}},
                        dump_json(observe::otlp_traces(config_.service, config_.version, spans)),
                        kTraceTimeout_ms};
    for (std::int64_t wait_ms = kMinTraceWait_ms;; wait_ms = std::min(wait_ms * 2, kMaxTraceWait_ms)) {
      if (is_stopping()) request.timeout_ms = kMinTraceWait_ms;
      const auto response = connection_.exchange(request);
      if (response && response->status >= 200 && response->status < 300) {
        taken(spans.size());
        return true;
      }
      const bool again = !response || is_passing(response->status);
      const std::string why =
          response ? fmt::format("the collector answered with status {}", response->status) : response.error().message;
      failed(why);
      if (!again || is_stopping()) {
        lost(runs);
        return false;
      }
      const auto asked = response ? retry_after_ms(*response) : std::nullopt;
      std::unique_lock lock(shared_->mutex);
      shared_->changed.wait_for(lock, std::chrono::milliseconds(asked.value_or(wait_ms)),
                                [this] { return shared_->stopping; });
    }
  }

  bool is_stopping() const {
    const std::lock_guard lock(shared_->mutex);
    return shared_->stopping;
  }

  void taken(std::size_t spans) {
    const std::lock_guard lock(shared_->mutex);
    shared_->report.sent += static_cast<std::int64_t>(spans);
    if (!shared_->report.error.empty()) log_.info("traces are taken again");
    shared_->report.error.clear();
  }

  // Said once until it works again.
  void failed(const std::string& why) {
    const std::lock_guard lock(shared_->mutex);
    if (shared_->report.error.empty())
      log_.warn(
          "traces are not taken",
          {{"endpoint", config_.endpoint}, {"error", why}, {"hint", "expected: OTLP over HTTP, usually at port 4318"}});
    shared_->report.error = why;
  }

  void lost(std::int64_t runs) {
    const std::lock_guard lock(shared_->mutex);
    shared_->report.dropped += runs;
  }

  TraceConfig config_;
  Feed& feed_;
  store::Store& store_;
  observe::Log& log_;
  const std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
  std::optional<Feed::WatchId> watch_;
  HttpConnection connection_;                        // of the thread
  std::shared_ptr<const workflow::Plan> last_plan_;  // of the thread
  std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<RunTraces>> RunTraces::open(TraceConfig config, Feed& feed, store::Store& store,
                                                   observe::Log& log) {
  if (const auto url = parse_http_url(config.endpoint); !url) {
    return fail(ErrorCode::kInvalid, fmt::format("traces.endpoint: expected an address like http://127.0.0.1:4318: {}",
                                                 url.error().message));
  }
  auto sender = std::make_unique<Sender>(std::move(config), feed, store, log);
  if (auto watched = sender->watch(); !watched) return fail(std::move(watched.error()));
  return std::unique_ptr<RunTraces>(std::move(sender));
}

}  // namespace commandcenter::outbox
