// From alerts to runs, one for each change of state.
//
// The last state of an alert is a row, and each change has a number. A run starts only if its change, by number, has
// not been recorded; with it goes the new state, in the same transaction. Whoever loses the race for a number looks at
// the state again: the same change is a repetition, another one gets the next number.
#include <mutex>
#include <optional>

#include <fmt/format.h>

#include "trigger/alerts.h"

namespace commandcenter::trigger {
namespace {

constexpr const char* kStateSpace = "alert";          // key: project and fingerprint; the last state
constexpr const char* kChangeSpace = "alert-change";  // key: the same and a number; that this change was told
constexpr int kMaxRaces = 16;                         // lost by one alert, before the sender has to come again
constexpr std::string_view kResolved = "resolved";

struct State {
  std::string status;
  std::string starts_at;
  std::int64_t number = 0;  // 0: never seen
};

Json to_json(const State& state) {
  return {{"status", state.status}, {"startsAt", state.starts_at}, {"number", state.number}};
}

State state_of(const Json& json) {
  const Json* number = find_member(json, "number");
  return {string_member(json, "status"), string_member(json, "startsAt"),
          number != nullptr && number->is_number_integer() ? number->get<std::int64_t>() : 0};
}

// Times of one sender are written alike, so that text is ordered as time is.
bool is_news(const State& last, const Alert& alert) {
  if (last.number == 0) return true;
  const bool has_times = !last.starts_at.empty() && !alert.starts_at.empty();
  if (has_times && alert.starts_at < last.starts_at) return false;  // late: that alarm is history
  if (has_times && alert.starts_at == last.starts_at && last.status == kResolved) return false;
  return alert.status != last.status || alert.starts_at != last.starts_at;
}

Json node_input() {
  return {{"channel", "{{ context.channel }}"},
          {"message", "{{ context.message }}"},
          {"severity", "{{ context.severity }}"},
          {"format", "markdown"},
          {"webhookUrl", "{{ context.webhookUrl ?? '' }}"}};
}

Result<workflow::Definition> alert_workflow(std::int64_t project_id) {
  const Json document = {
      {"name", kAlertWorkflow},
      {"description", "Send alert notifications via Slack/Discord"},
      {"projectId", project_id},
      {"trigger", "webhook"},
      {"nodes",
       Json::array({{{"id", "notify"}, {"agent", "notifier"}, {"action", "notify"}, {"input", node_input()}}})}};
  auto definition = workflow::parse_definition(document);
  if (!definition) return fail(ErrorCode::kInternal, workflow::describe(definition.error()));
  return std::move(*definition);
}

}  // namespace

class AlertDesk::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(Post post, store::Store& store, Clock& clock, observe::Log& log)
      : post_(std::move(post)), store_(store), clock_(clock), log_(log) {}

  void notify(std::int64_t project_id, std::string trigger, std::vector<Alert> alerts,
              engine::Reply<AlertOutcome> reply) {
    auto batch = std::make_shared<Batch>();
    batch->project_id = project_id;
    batch->trigger = std::move(trigger);
    batch->reply = std::move(reply);
    for (Alert& alert : alerts) {
      const auto last = last_state(project_id, alert);
      if (!last) return batch->reply(fail(last.error()));
      // An alert that stands twice in one request is compared with itself when its turn comes.
      if (is_news(*last, alert))
        batch->changes.push_back(std::move(alert));
      else
        ++batch->outcome.repeated;
    }
    if (batch->changes.size() > kMaxAlertsPerRequest) {
      batch->left_out = batch->changes.size() - kMaxAlertsPerRequest;
      batch->changes.resize(kMaxAlertsPerRequest);
    }
    if (batch->changes.empty()) return batch->reply(std::move(batch->outcome));
    batch->results.resize(batch->changes.size());
    with_workflow(batch);
  }

 private:
  struct Batch {
    std::int64_t project_id = 1;
    std::string trigger;
    std::vector<Alert> changes;
    std::size_t left_out = 0;
    engine::Reply<AlertOutcome> reply;

    std::mutex mutex;
    AlertOutcome outcome;
    std::vector<std::optional<Result<engine::RunView>>> results;  // by change; a view that is a duplicate: repeated
    std::size_t answered = 0;
  };

  static std::string key_of(std::int64_t project_id, const Alert& alert) {
    return fmt::format("{}/{}", project_id, alert.fingerprint);
  }

  Result<State> last_state(std::int64_t project_id, const Alert& alert) {
    const auto row = store::read_one<store::StateRow>(
        store_, {.table = store::Table::kState, .id = key_of(project_id, alert), .space = kStateSpace});
    if (!row) return fail(row.error());
    if (!*row || ((*row)->expires_at_ms && *(*row)->expires_at_ms <= clock_.wall_ms())) return State{};
    const auto document = parse_json((*row)->document);
    return document ? state_of(*document) : State{};
  }

  // Of many first alerts at the same time one makes the workflow; for the others it is there.
  void with_workflow(const std::shared_ptr<Batch>& batch) {
    const auto row = store::read_one<store::WorkflowRow>(
        store_,
        {.table = store::Table::kWorkflows, .project_id = batch->project_id, .name = std::string(kAlertWorkflow)});
    if (!row) return batch->reply(fail(row.error()));
    if (*row) return start_all(batch);
    auto definition = alert_workflow(batch->project_id);
    if (!definition) return batch->reply(fail(std::move(definition.error())));
    engine::CreateWorkflow message;
    message.definition = std::move(*definition);
    message.problems = [batch](const std::vector<workflow::Problem>& problems) {
      batch->reply(fail(ErrorCode::kConflict, fmt::format("the workflow {} cannot be made: {}", kAlertWorkflow,
                                                          workflow::describe(problems))));
    };
    message.reply = [self = shared_from_this(), batch](Result<store::WorkflowRow> made) {
      if (!made && made.error().code != ErrorCode::kConflict) return batch->reply(fail(std::move(made.error())));
      self->start_all(batch);
    };
    if (!post_(std::move(message))) batch->reply(refused());
  }

  void start_all(const std::shared_ptr<Batch>& batch) {
    for (std::size_t i = 0; i < batch->changes.size(); ++i)
      start(batch, i, kMaxRaces);
  }

  void start(const std::shared_ptr<Batch>& batch, std::size_t index, int races) {
    const Alert& alert = batch->changes[index];
    const auto last = last_state(batch->project_id, alert);
    if (!last) return answered(batch, index, fail(last.error()));
    if (!is_news(*last, alert)) {
      engine::RunView repeated;
      repeated.duplicate = true;
      return answered(batch, index, repeated);
    }
    const State now{alert.status, alert.starts_at, last->number + 1};
    const std::string key = key_of(batch->project_id, alert);
    const std::int64_t expires_at_ms = clock_.wall_ms() + kAlertMemory_ms;
    engine::TriggerRun message;
    message.workflow = kAlertWorkflow;
    message.project_id = batch->project_id;
    message.trigger = batch->trigger;
    message.context = alert.context;
    message.records_failure = true;
    message.once = engine::Once{kChangeSpace, fmt::format("{}/{}", key, now.number), to_json(now), expires_at_ms};
    message.also.push_back({kStateSpace, key, dump_json(to_json(now)), 0, expires_at_ms});
    message.reply = [self = shared_from_this(), batch, index, races, now](Result<engine::RunView> run) {
      const State told = run && run->duplicate ? state_of(run->recorded) : now;
      if (told.status == now.status && told.starts_at == now.starts_at)
        return self->answered(batch, index, std::move(run));
      if (races == 0) return self->answered(batch, index, refused());
      self->start(batch, index, races - 1);
    };
    if (!post_(std::move(message))) answered(batch, index, refused());
  }

  static tl::unexpected<Error> refused() {
    return fail(ErrorCode::kUnavailable, "the server takes no more requests now; try again in a moment");
  }

  void answered(const std::shared_ptr<Batch>& batch, std::size_t index, Result<engine::RunView> run) {
    {
      const std::lock_guard lock(batch->mutex);
      batch->results[index] = std::move(run);
      if (++batch->answered < batch->changes.size()) return;
    }
    complete(*batch);
  }

  void complete(Batch& batch) {
    AlertOutcome& outcome = batch.outcome;
    std::optional<Error> try_again;
    for (auto& result : batch.results) {
      Result<engine::RunView>& run = *result;
      if (run && run->duplicate) {
        ++outcome.repeated;
      } else if (run) {
        outcome.runs.push_back({run->run_id, run->workflow_id, run->status, false});
      } else {
        log_.error("an alert could not start its workflow",
                   {{"workflow", kAlertWorkflow}, {"error", run.error().message}});
        if (run.error().code == ErrorCode::kUnavailable) try_again = run.error();
        outcome.not_started.push_back(std::move(run.error()));
      }
    }
    if (batch.left_out > 0) {
      log_.warn("a request with alerts was larger than one may be",
                {{"leftOut", batch.left_out}, {"limit", kMaxAlertsPerRequest}});
      return batch.reply(fail(ErrorCode::kUnavailable,
                              fmt::format("{} alerts changed their state, of which one request may tell {}; send it "
                                          "again for the others",
                                          batch.changes.size() + batch.left_out, kMaxAlertsPerRequest)));
    }
    if (try_again) return batch.reply(fail(std::move(*try_again)));
    if (outcome.runs.empty() && !outcome.not_started.empty())
      return batch.reply(fail(std::move(outcome.not_started.front())));
    batch.reply(std::move(outcome));
  }

  const Post post_;
  store::Store& store_;
  Clock& clock_;
  observe::Log& log_;
};

AlertDesk::AlertDesk(Post post, store::Store& store, Clock& clock, observe::Log& log)
    : impl_(std::make_shared<Impl>(std::move(post), store, clock, log)) {}

AlertDesk::~AlertDesk() = default;

void AlertDesk::notify(std::int64_t project_id, std::string trigger, std::vector<Alert> alerts,
                       engine::Reply<AlertOutcome> reply) {
  impl_->notify(project_id, std::move(trigger), std::move(alerts), std::move(reply));
}

}  // namespace commandcenter::trigger
