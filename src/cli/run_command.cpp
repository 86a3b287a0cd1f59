// `run FILE` and `validate FILE`: a workflow without a server, over the same engine and into the same journal.
#include <signal.h>
#include <time.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <filesystem>
#include <mutex>
#include <optional>
#include <tuple>

#include <fmt/format.h>

#include "agent/agent.h"
#include "agent/builtin/builtin.h"
#include "base/document.h"
#include "base/quantity.h"
#include "cli/cli.h"
#include "cli/local_engine.h"
#include "cli/local_run.h"
#include "cli/local_store.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/verbs.h"
#include "core/workflow/workspace.h"

namespace commandcenter::cli {
namespace {

constexpr std::int64_t kTick_ms = 80;
constexpr std::int64_t kStopGrace_ms = 5'000;

// What other threads hand to the terminal's.
template <typename T>
class Mailbox {
 public:
  void put(T value) {
    {
      const std::lock_guard lock(mutex_);
      values_.push_back(std::move(value));
    }
    arrived_.notify_one();
  }

  std::optional<T> take(std::int64_t wait_ms) {
    std::unique_lock lock(mutex_);
    if (!arrived_.wait_for(lock, std::chrono::milliseconds(wait_ms), [this] { return !values_.empty(); }))
      return std::nullopt;
    T value = std::move(values_.front());
    values_.pop_front();
    return value;
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<T> values_;
};

// Blocks SIGINT and SIGTERM for all threads to come; they are asked for instead.
class Interrupts {
 public:
  Interrupts() {
    ::sigemptyset(&signals_);
    ::sigaddset(&signals_, SIGINT);
    ::sigaddset(&signals_, SIGTERM);
    ::pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  }

  bool pending() const {
    const timespec none{};
    return ::sigtimedwait(&signals_, nullptr, &none) > 0;
  }

 private:
  sigset_t signals_{};
};

Result<Json> object_from(const std::string& text, std::string_view what) {
  auto json = parse_json(text);
  if (!json) return fail(ErrorCode::kInvalid, fmt::format("{} is not JSON: {}", what, json.error().message));
  if (!json->is_object()) return fail(ErrorCode::kInvalid, fmt::format("{} must be a JSON object", what));
  return json;
}

// Sends one message whose reply carries a T and waits for it. What is wrong with a definition goes into `refused`.
template <typename T, typename Message>
Result<T> ask(engine::Engine& engine, Message message, std::vector<workflow::Problem>* refused = nullptr) {
  auto mailbox = std::make_shared<Mailbox<Result<T>>>();
  message.reply = [mailbox](Result<T> result) { mailbox->put(std::move(result)); };
  if constexpr (requires { message.problems; }) {
    message.problems = [mailbox, refused](const std::vector<workflow::Problem>& problems) {
      if (refused != nullptr) *refused = problems;
      mailbox->put(fail(ErrorCode::kInvalid, workflow::describe(problems)));
    };
  }
  if (!engine.post(std::move(message))) return fail(ErrorCode::kUnavailable, "the engine is busy");
  while (true) {
    if (auto result = mailbox->take(1'000)) return std::move(*result);
  }
}

// The workflow of that name in the data folder becomes what the file says: created, or a new version of it.
Result<std::string> install(LocalEngine& local, const workflow::Definition& definition,
                            std::vector<workflow::Problem>& refused) {
  const auto existing = store::read_one<store::WorkflowRow>(
      *local.store, {.table = store::Table::kWorkflows, .project_id = definition.project_id, .name = definition.name});
  if (!existing) return fail(existing.error());
  if (!*existing) {
    engine::CreateWorkflow create;
    create.definition = definition;
    auto row = ask<store::WorkflowRow>(*local.engine, std::move(create), &refused);
    return row ? Result<std::string>(row->id) : fail(std::move(row.error()));
  }
  if ((*existing)->document == dump_json(workflow::to_json(definition))) return (*existing)->id;
  engine::UpdateWorkflow update;
  update.id = (*existing)->id;
  update.expected_version = (*existing)->version;
  update.definition = definition;
  auto row = ask<store::WorkflowRow>(*local.engine, std::move(update), &refused);
  return row ? Result<std::string>(row->id) : fail(std::move(row.error()));
}

// A large output is a file; here it is shown whole.
std::string output_text(LocalEngine& local, const store::NodeRunRow& row) {
  const auto artifact =
      store::read_one<store::ArtifactRow>(*local.store, {.table = store::Table::kArtifacts, .node_run_id = row.id});
  if (!artifact || !*artifact) return row.output;
  auto text = local.artifacts->read((*artifact)->hash);
  return text ? std::move(*text) : row.output;
}

}  // namespace

Json node_report(LocalEngine& local, const store::NodeRunRow& row) {
  const auto parsed = [](const std::string& text) {
    auto json = text.empty() ? Result<Json>(Json(nullptr)) : parse_json(text, kMaxJsonDepth + 8);
    return json ? std::move(*json) : Json(nullptr);
  };
  return {{"nodeId", row.node},         {"status", row.status},
          {"attempt", row.attempt},     {"error", row.error.empty() ? Json(nullptr) : Json(row.error)},
          {"input", parsed(row.input)}, {"output", parsed(output_text(local, row))}};
}

namespace {

int report(LocalEngine& local, const std::string& run_id, const RunOptions& options, bool terminal) {
  const auto run = store::read_one<store::RunRow>(*local.store, {.table = store::Table::kRuns, .id = run_id});
  const auto nodes =
      store::read_all<store::NodeRunRow>(*local.store, {.table = store::Table::kNodeRuns, .run_id = run_id});
  if (!run) return print_error(run.error());
  if (!nodes) return print_error(nodes.error());
  const bool success = *run && (*run)->status == "SUCCESS";
  if (options.json) {
    Json list = Json::array();
    for (const store::NodeRunRow& row : *nodes)
      list.push_back(node_report(local, row));
    print_json({{"id", run_id},
                {"status", (*run)->status},
                {"error", (*run)->error.empty() ? Json(nullptr) : Json((*run)->error)},
                {"durationMs", (*run)->finished_at_ms.value_or((*run)->started_at_ms) - (*run)->started_at_ms},
                {"agentRuns", std::move(list)}});
    return success ? kExitOk : kExitFailed;
  }
  for (const store::NodeRunRow& row : *nodes) {
    const Json node = node_report(local, row);
    const Json& output = node["output"];
    if (const Json* findings = find_member(output, "findings"); findings != nullptr && findings->is_array()) {
      std::printf(
          "\n%s\n",
          paint(fmt::format("Findings of {}: {}", row.node, findings->size()), Colour::kBold, terminal).c_str());
      print_findings(output, terminal);
    }
    if (output.is_object() && output.contains("channel") && output.value("success", false)) {
      std::printf("\n%s\n  %s\n",
                  paint(fmt::format("Notification sent by {} to {}:", row.node, string_member(output, "channel")),
                        Colour::kBold, terminal)
                      .c_str(),
                  printable(string_member(node["input"], "message")).c_str());
    }
  }
  const std::int64_t duration_ms = (*run)->finished_at_ms.value_or((*run)->started_at_ms) - (*run)->started_at_ms;
  std::printf("\nRun %s: %s in %s\n", run_id.c_str(),
              paint((*run)->status, status_colour((*run)->status), terminal).c_str(),
              format_duration(duration_ms).c_str());
  if (!(*run)->error.empty() && !success) std::printf("  %s\n", printable((*run)->error).c_str());
  return success ? kExitOk : kExitFailed;
}

// Shows the run until it ends. False when it was interrupted.
bool follow(LocalEngine& local, const std::string& run_id, Mailbox<Json>& events, const Interrupts& interrupts,
            Progress& progress) {
  bool hinted = false;
  while (!progress.ended()) {
    if (interrupts.pending()) {
      engine::CancelRun cancel;
      cancel.run_id = run_id;
      cancel.by = "Ctrl-C";
      if (const auto cancelled = ask<engine::RunView>(*local.engine, std::move(cancel)); !cancelled)
        print_error(cancelled.error());
      progress.finish();
      return false;
    }
    if (const auto event = events.take(kTick_ms)) {
      if (string_member(*event, "runId") == run_id) progress.event(*event);
    } else {
      progress.tick();
    }
    if (progress.status() == "WAITING_APPROVAL" && !hinted) {
      hinted = true;
      std::fprintf(stderr,
                   "The run waits for an approval. Stop with Ctrl-C, or leave it and decide through a server on the "
                   "same data folder.\n");
    }
  }
  progress.finish();
  return true;
}

std::vector<agent::Agent> builtin_agents() {
  std::vector<agent::Agent> agents;
  for (const builtin::Builtin& builtin : builtin::builtins()) {
    agents.push_back(agent::make_builtin(builtin.manifest));
    agents.back().id = builtin.name;
  }
  return agents;
}

// Those that a run over the data folder could use, as far as it can be read.
std::vector<agent::Agent> agents_of(const config::Settings& settings) {
  std::vector<agent::Agent> agents = builtin_agents();
  std::error_code error;
  if (!std::filesystem::exists(settings.data, error)) return agents;  // opening it would make it
  const auto store = open_store(settings);
  if (!store) return agents;
  const auto rows = store::read_all<store::AgentRow>(**store, {.table = store::Table::kAgents});
  if (!rows) return agents;
  for (const store::AgentRow& row : *rows) {
    auto agent = agent::from_row(row);
    if (agent && !agent->provided) agents.push_back(std::move(*agent));
  }
  return agents;
}

std::vector<workflow::Problem> problems_of(const Document& document, const std::vector<agent::Agent>& agents) {
  std::vector<std::string> names;
  for (const agent::Agent& agent : agents)
    names.push_back(agent.name);
  const auto lookup = [&](const std::string& name_or_id) -> std::optional<workflow::AgentSnapshot> {
    const auto found = std::find_if(agents.begin(), agents.end(), [&](const agent::Agent& agent) {
      return agent.name == name_or_id || agent.id == name_or_id;
    });
    return found == agents.end() ? std::nullopt : std::optional(agent::snapshot(*found));
  };
  const workflow::Locator locate = [&](const std::string& path) { return document.locate(path); };
  return workflow::all_problems(document.value, lookup, locate, names);
}

std::vector<workflow::Problem> placed(std::vector<workflow::Problem> problems, const workflow::Locator& locate) {
  if (!locate) return problems;
  for (workflow::Problem& problem : problems)
    std::tie(problem.line, problem.column) = locate(problem.path);
  return problems;
}

}  // namespace

int validate(const std::string& file, bool json) {
  const auto document = read_document(file);
  if (!document) return print_error(document.error());
  const std::vector<workflow::Problem> problems = problems_of(*document, builtin_agents());
  if (json) {
    Json list = Json::array();
    for (const auto& p : problems)
      list.push_back({{"path", p.path}, {"line", p.line}, {"column", p.column}, {"message", p.message}});
    print_json({{"valid", problems.empty()}, {"problems", std::move(list)}});
    return problems.empty() ? kExitOk : kExitUsage;
  }
  if (!problems.empty()) return print_problems(file, problems);
  const std::size_t count = document->value["nodes"].size();
  std::printf("%s: valid, %zu node%s\n", file.c_str(), count, count == 1 ? "" : "s");
  return kExitOk;
}

int run_workflow(const RunOptions& options) {
  const auto document = read_document(options.file);
  if (!document) return print_error(document.error());
  const workflow::Locator locate = [&](const std::string& path) { return document->locate(path); };
  auto definition = workflow::parse_definition(document->value, locate);
  if (!definition) return print_problems(options.file, problems_of(*document, agents_of(options.settings)));
  const Finish finish = [&](LocalEngine& local, const std::string& run_id, bool terminal) {
    return report(local, run_id, options, terminal);
  };
  return run_definition(options, *definition, finish, locate);
}

int run_definition(const RunOptions& options, const workflow::Definition& definition, const Finish& finish,
                   const workflow::Locator& locate) {
  auto context = object_from(options.context, "--context");
  if (!context) return print_error(context.error());

  const Interrupts interrupts;
  config::Settings settings = options.settings;
  settings.log_level = "error";
  settings.roots.clear();
  settings.start_ahead = 0;  // nothing comes after this run
  const bool is_elsewhere = workflow::repository_of(options.repository).has_value();
  if (is_elsewhere)
    settings.roots = options.settings.roots;
  else if (!options.repository.empty())
    settings.roots = {options.repository};
  else if (!definition.workspace.empty() && !workflow::repository_of(definition.workspace))
    settings.roots = {definition.workspace};
  auto local = LocalEngine::open(settings);
  if (!local) return print_error(local.error());

  const bool terminal = has_colours(stdout);
  Progress progress((*local)->clock, Progress::looks(options.json));
  auto events = std::make_shared<Mailbox<Json>>();
  const auto subscription = (*local)->bus->subscribe("run.>", [events](const bus::Message& message) {
    if (auto event = parse_json(message.payload, kMaxJsonDepth + 8)) events->put(std::move(*event));
  });
  if (!subscription) return print_error(subscription.error());
  (*local)->engine->start();

  std::vector<workflow::Problem> refused;
  auto workflow = install(**local, definition, refused);
  if (!refused.empty()) return print_problems(options.file, placed(std::move(refused), locate));
  if (!workflow) {
    std::fprintf(stderr, "%s:\n", options.file.c_str());
    return print_error(workflow.error());
  }
  engine::TriggerRun trigger;
  trigger.workflow = *workflow;
  trigger.project_id = definition.project_id;
  trigger.context = std::move(*context);
  if (is_elsewhere) {
    trigger.workspace = options.repository;
  } else if (!options.repository.empty()) {
    auto repository = (*local)->roots.resolve(options.repository);
    if (!repository) return print_error(repository.error());
    trigger.workspace = std::move(*repository);
  }
  if (!options.json) {
    std::printf("%s%s\n", paint(definition.name, Colour::kBold, terminal).c_str(),
                options.repository.empty() ? "" : fmt::format(" over {}", options.repository).c_str());
    std::fflush(stdout);
  }
  const auto run = ask<engine::RunView>(*(*local)->engine, std::move(trigger));
  if (!run) return print_error(run.error());
  const bool complete = follow(**local, run->run_id, *events, interrupts, progress);
  (*local)->engine->stop(kStopGrace_ms);
  if (!complete) {
    std::fprintf(stderr, "Run %s was cancelled.\n", run->run_id.c_str());
    return kExitInterrupted;
  }
  return finish(**local, run->run_id, terminal);
}

}  // namespace commandcenter::cli
