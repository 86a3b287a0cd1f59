// Every scenario of tests/scenarios/run is a test of its own; so is the replay of its journal. Runs from the root of
// the repository.
#include <gtest/gtest.h>

#include "core/run/scenario.h"

namespace commandcenter::run::scenario {
namespace {

constexpr std::size_t kLeastScenarios = 30;  // fewer means that the folder was not found

class RunScenario : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    auto scenario = read_scenario(GetParam());
    ASSERT_TRUE(scenario) << scenario.error().message;
    scenario_ = std::move(*scenario);
  }

  Scenario scenario_;
};

TEST_P(RunScenario, goes_as_written) {
  for (const Finding& finding : play(scenario_).findings) {
    ADD_FAILURE_AT(GetParam().c_str(), finding.line) << finding.message;
  }
}

TEST_P(RunScenario, replays_from_its_journal_to_the_same_state) {
  const Played played = play(scenario_);
  RunState again;
  again.plan = scenario_.plan;
  for (const Entry& entry : played.journal) {
    const auto document = parse_json(entry.document);
    ASSERT_TRUE(document) << entry.document;
    const auto event = decode(entry.type, entry.at_ms, *document, *scenario_.plan);
    ASSERT_TRUE(event) << event.error().message;
    ASSERT_FALSE(step(again, *event).refused) << entry.document;
  }
  EXPECT_EQ(dump_json(state_json(again)), dump_json(state_json(played.state)));
}

std::string name_of(const testing::TestParamInfo<std::string>& info) {
  std::string name = info.param.substr(info.param.rfind('/') + 1);
  name.resize(name.rfind('.'));
  for (char& c : name)
    c = c == '-' ? '_' : c;
  return name;
}

INSTANTIATE_TEST_SUITE_P(Text, RunScenario, testing::ValuesIn(scenario_paths()), name_of);

TEST(RunScenarios, are_found) {
  EXPECT_GE(scenario_paths().size(), kLeastScenarios);
}

}  // namespace
}  // namespace commandcenter::run::scenario
