// Plays a scenario: events into step(), expectations against what came of them.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/quantity.h"
#include "core/run/scenario.h"

namespace commandcenter::run::scenario {
namespace {

class Player {
 public:
  explicit Player(const Scenario& scenario) : plan_(*scenario.plan) { played_.state.plan = scenario.plan; }

  Played play(const std::vector<Step>& steps) {
    for (const Step& step : steps) {
      step_ = &step;
      switch (step.kind) {
        case '>':
          event();
          break;
        case '=':
          expectation();
          break;
        default:
          time();
          break;
      }
    }
    check_nothing_unsaid();
    if (played_.journal.empty()) wrong("the scenario has no event");
    return std::move(played_);
  }

 private:
  void wrong(std::string message) {
    played_.findings.push_back({step_ == nullptr ? 0 : step_->line, std::move(message)});
  }

  void compare(std::string_view what, std::string_view expected, std::string_view got) {
    if (expected != got) wrong(fmt::format("{}: expected {}, got {}", what, expected, got));
  }

  // The word at a place, empty when the line is shorter.
  std::string word(std::size_t index) const { return index < step_->tokens.size() ? step_->tokens[index].text : ""; }

  // The first quoted text, empty when there is none.
  std::string quoted() const {
    for (const Token& token : step_->tokens) {
      if (token.quoted) return token.text;
    }
    return {};
  }

  // The word behind `key`.
  std::string option(std::string_view key, std::string fallback) const {
    for (std::size_t i = 0; i + 1 < step_->tokens.size(); ++i) {
      if (!step_->tokens[i].quoted && step_->tokens[i].text == key) return step_->tokens[i + 1].text;
    }
    return fallback;
  }

  std::size_t node() {
    const auto index = plan_.find_node(word(1));
    if (!index) wrong(fmt::format("there is no node {}", word(1)));
    return index.value_or(0);
  }

  // "#2" as the third word; else the attempt that the node is at.
  std::int64_t attempt(std::size_t node) const {
    if (word(2).starts_with('#')) return std::stoll(word(2).substr(1));
    return played_.state.nodes[node].attempt;
  }

  void time() {
    const auto since_ms = parse_duration_ms(Json(word(0)));
    if (!since_ms) return wrong(since_ms.error().message);
    if (kBegin_ms + *since_ms < now_ms_) return wrong("time cannot go back");
    now_ms_ = kBegin_ms + *since_ms;
  }

  Payload created() const {
    const Json options = step_->json.value_or(Json::object());
    RunCreated event;
    event.run_id = kRunId;
    event.workflow_id = "wf";
    event.trigger = "manual";
    if (const Json* context = find_member(options, "context")) event.context = *context;
    event.workspace = string_member(options, "workspace");
    event.retry_of = string_member(options, "retryOf");
    event.rerun_from = string_member(options, "from");
    event.queued = options.value("queued", false);
    if (const Json* kept = find_member(options, "kept")) {
      for (const auto& [id, output] : kept->items())
        event.kept.emplace(id, output);
    }
    return event;
  }

  std::optional<Payload> payload() {
    const std::string verb = word(0);
    if (verb == "created") return created();
    if (played_.journal.empty()) {
      wrong("the first event must be created");
      return std::nullopt;
    }
    if (verb == "admitted") return RunAdmitted{};
    if (verb == "superseded") return RunCancelled{"", option("by", "")};
    if (verb == "cancelled") return RunCancelled{option("by", "")};
    if (verb == "timed-out") return RunTimedOut{};
    const std::size_t index = node();
    if (verb == "started") return NodeStarted{index, attempt(index)};
    if (verb == "succeeded") return NodeSucceeded{index, attempt(index), step_->json.value_or(Json::object())};
    if (verb == "failed") {
      const std::size_t at = word(2).starts_with('#') ? 3 : 2;
      return NodeFailed{index, attempt(index), word(at), quoted(), std::stod(option("jitter", "0"))};
    }
    if (verb == "previewed") {
      const std::string text = quoted();
      return NodePreviewed{
          index, attempt(index), step_->json.value_or(Json::object()), {text, text.empty() ? 0 : 1, 1, 0}};
    }
    if (verb == "applied") return PatchApplied{index, attempt(index), quoted()};
    if (verb == "unapplied") return PatchRefused{index, attempt(index), quoted()};
    if (verb == "interrupted") return NodeInterrupted{index, attempt(index)};
    if (verb == "due") return RetryDue{index};
    if (verb == "approved") return ApprovalDecided{index, true, option("by", "ann"), quoted()};
    if (verb == "rejected") return ApprovalDecided{index, false, option("by", "ann"), quoted()};
    if (verb == "expired") return ApprovalExpired{index};
    wrong("unknown event " + verb);
    return std::nullopt;
  }

  void event() {
    check_nothing_unsaid();
    auto what = payload();
    if (!what) return;
    const Event event{now_ms_, std::move(*what)};
    for (std::string& broken : check_.step_and_check(played_.state, event, decision_))
      wrong(std::move(broken));
    event_step_ = step_;
    commands_said_ = decision_.commands.empty();
    refusal_said_ = !decision_.refused;
    if (!decision_.refused) {
      played_.journal.push_back({std::string(event_type(event.payload)), event.at_ms, dump_json(encode(event, plan_))});
    }
    played_.changes = check_.changes();
  }

  // Commands and refusals are always part of what a scenario expects.
  void check_nothing_unsaid() {
    const Step* const current = step_;
    step_ = event_step_;
    if (!commands_said_) wrong("it gave commands that the scenario does not expect: " + commands());
    if (!refusal_said_) wrong("it was refused: " + decision_.refused->message);
    commands_said_ = refusal_said_ = true;
    step_ = current;
  }

  std::string commands() const {
    std::string text;
    for (const Command& command : decision_.commands)
      text += (text.empty() ? "" : ", ") + command_text(command, plan_);
    return text.empty() ? "none" : text;
  }

  void expectation() {
    if (played_.journal.empty() && event_step_ == nullptr) return wrong("expected an event before it");
    const std::string what = word(0);
    if (what == "commands") {
      commands_said_ = true;
      const std::size_t start = step_->text.find("commands") + 9;
      return compare("commands", start < step_->text.size() ? step_->text.substr(start) : "", commands());
    }
    if (what == "refused") {
      refusal_said_ = true;
      if (!decision_.refused) return wrong("it was not refused");
      compare("refused", fmt::format("{} \"{}\"", word(1), quoted()),
              fmt::format("{} \"{}\"", error_word(decision_.refused->code), decision_.refused->message));
      return;
    }
    if (what == "run") {
      const bool tells_error = step_->tokens.size() > 2;
      compare("run", word(1), run_status_word(played_.state.status));
      if (tells_error) compare("error of the run", quoted(), played_.state.error);
      return;
    }
    const NodeState& state = played_.state.nodes[node()];
    if (what == "node") {
      // The reason is always part of the expectation; the error when it is written.
      const std::string reason = step_->tokens.size() > 3 && !step_->tokens[3].quoted ? " " + word(3) : "";
      compare("node " + word(1), word(2) + reason,
              std::string(state_name(state.status)) + (state.reason.empty() ? "" : " " + state.reason));
      if (step_->tokens.back().quoted) compare("error of node " + word(1), quoted(), state.error);
    } else if (what == "input") {
      compare("input of " + word(1), dump_json(step_->json.value_or(Json())), dump_json(state.input));
    } else if (what == "output") {
      compare("output of " + word(1), dump_json(step_->json.value_or(Json())), dump_json(state.output));
    } else if (what == "workspace") {
      compare("workspace of " + word(1), quoted(), state.workspace);
    } else if (what == "attempt") {
      compare("attempt of " + word(1), word(2), std::to_string(state.attempt));
    } else {
      wrong("unknown expectation " + what);
    }
  }

  const workflow::Plan& plan_;
  Played played_;
  StepCheck check_;
  Decision decision_;
  std::int64_t now_ms_ = kBegin_ms;
  const Step* step_ = nullptr;
  const Step* event_step_ = nullptr;
  bool commands_said_ = true;
  bool refusal_said_ = true;
};

}  // namespace

Played play(const Scenario& scenario) {
  return Player(scenario).play(scenario.steps);
}

// The player must notice what is wrong, or every scenario passes for nothing.
TEST(ScenarioPlayer, notices_every_kind_of_deviation) {
  const auto findings = [](std::string_view steps) {
    const std::string text = "name: x\nnodes:\n  - {id: a, agent: reader, action: read}\n---\n" + std::string(steps);
    const auto scenario = parse_scenario("f", text);
    if (!scenario) return scenario.error().message;
    std::string all;
    for (const Finding& finding : play(*scenario).findings)
      all += fmt::format("{}: {}\n", finding.line, finding.message);
    return all;
  };
  EXPECT_EQ(findings("> created\n= commands start(a)\n= node a PENDING\n= run PENDING\n= input a {}\n"), "");
  EXPECT_EQ(findings("> created\n= run PENDING\n"),
            "5: it gave commands that the scenario does not expect: start(a)\n");
  EXPECT_EQ(findings("> created\n= commands none\n"), "6: commands: expected none, got start(a)\n");
  EXPECT_EQ(findings("> created\n= commands start(a)\n> due a\n"), "7: it was refused: node a waits for no retry\n");
  EXPECT_EQ(findings("> created\n= commands start(a)\n= refused conflict \"no\"\n"), "7: it was not refused\n");
  EXPECT_EQ(findings("> created\n= commands start(a)\n= node a PENDING kept\n"),
            "7: node a: expected PENDING kept, got PENDING\n");
  EXPECT_EQ(findings("> created\n= commands start(a)\n= node b PENDING\n= nod a PENDING\n> begun a\n"),
            "7: there is no node b\n8: unknown expectation nod\n9: unknown event begun\n");
  EXPECT_EQ(findings("> started a\n"), "5: the first event must be created\n5: the scenario has no event\n");
  EXPECT_EQ(findings("> created\n= commands start(a)\n= run FAILED \"boom\"\n"),
            "7: run: expected FAILED, got PENDING\n7: error of the run: expected boom, got \n");
}

}  // namespace commandcenter::run::scenario
