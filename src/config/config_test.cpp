#include "config/config.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "core/schema/schema.h"

namespace commandcenter::config {
namespace {

class ConfigTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "config-test-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    sources_.environment = [this](const std::string& name) -> std::optional<std::string> {
      const auto found = environment_.find(name);
      return found == environment_.end() ? std::nullopt : std::optional(found->second);
    };
    environment_["COMMANDCENTER_DATA"] = folder_.string();
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string write(const std::string& text, const std::string& name = "given.yaml") {
    std::ofstream(folder_ / name) << text;
    return (folder_ / name).string();
  }

  Settings settings() {
    auto loaded = load(sources_);
    EXPECT_TRUE(loaded) << loaded.error().message;
    return loaded ? loaded->settings : Settings{};
  }

  std::string problem() {
    const auto loaded = load(sources_);
    EXPECT_FALSE(loaded);
    return loaded ? "" : loaded.error().message;
  }

  std::filesystem::path folder_;
  std::map<std::string, std::string> environment_;
  Sources sources_;
};

// Feature 62: nothing has to be set.
TEST_F(ConfigTest, WithoutAnySourceTheDefaultsHold) {
  environment_.clear();
  const Settings defaults = settings();
  EXPECT_EQ(defaults.http.address, "127.0.0.1");
  EXPECT_EQ(defaults.http.port, 9002);
  EXPECT_EQ(defaults.http.max_body_bytes, 10U << 20);
  EXPECT_EQ(defaults.engine.agent_limits.memory_bytes, 512LL << 20);
  EXPECT_EQ(defaults.engine.agent_limits.timeout_ms, 300'000);
}

TEST_F(ConfigTest, TheLaterSourceWins) {
  EXPECT_EQ(settings().http.port, 9002);
  sources_.file = write("server:\n  port: 9101\nlog: {level: warn}\n");
  EXPECT_EQ(settings().http.port, 9101);
  environment_["PORT"] = "9102";
  EXPECT_EQ(settings().http.port, 9102);
  sources_.flags["server.port"] = {"9103"};
  EXPECT_EQ(settings().http.port, 9103);
  const auto loaded = load(sources_);
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->origins.at("server.port"), "flag --port");
  EXPECT_EQ(loaded->origins.at("log.level"), sources_.file + " line 3");
  EXPECT_EQ(loaded->origins.at("server.maxBody"), "default");
}

TEST_F(ConfigTest, TheFileIsNamedOrLiesInTheDataFolder) {
  write("server: {port: 1}\n", "commandcenter.yaml");
  EXPECT_EQ(settings().http.port, 1);
  environment_["COMMANDCENTER_CONFIG"] = write("server: {port: 2}\n", "named.yaml");
  EXPECT_EQ(settings().http.port, 2);
  sources_.file = write("server: {port: 3}\n");
  EXPECT_EQ(settings().http.port, 3);
  sources_.file = (folder_ / "missing.yaml").string();
  EXPECT_NE(problem().find("missing.yaml: cannot be opened"), std::string::npos) << problem();
}

TEST_F(ConfigTest, AnUnknownKeyNamesFileLineAndTheNearestOne) {
  sources_.file = write("log:\n  level: info\nserver:\n  prot: 9003\n");
  EXPECT_EQ(problem(), sources_.file + ": line 4, column 3: server.prot: unknown key; did you mean server.port?");
  sources_.file = write("servr: {port: 1}\n");
  EXPECT_NE(problem().find("line 1"), std::string::npos);
  sources_.file.clear();
  sources_.assignments = {"server.prot=1"};
  EXPECT_EQ(problem(), "--set server.prot: unknown key; did you mean server.port?");
}

TEST_F(ConfigTest, LevelsOfOtherServersAreUnderstood) {
  for (const auto& [written, level] : std::map<std::string, std::string>{
           {"INFO", "info"}, {"http", "info"}, {"verbose", "debug"}, {"silly", "debug"}, {"warning", "warn"}}) {
    environment_["LOG_LEVEL"] = written;
    EXPECT_EQ(settings().log_level, level) << written;
  }
}

TEST_F(ConfigTest, AWrongValueNamesPlaceValueAndLimitsAndAllAreToldAtOnce) {
  sources_.file = write("server:\n  port: 70000\n  maxBody: 10\n  readTimeout: soon\nroots: {a: 1}\nagents: 3\n");
  environment_["LOG_LEVEL"] = "loud";
  sources_.assignments = {"engine.maxRunningNodes=0", "engine"};
  const std::string text = problem();
  for (const std::string part :
       {": line 2, column 3: server.port: expected a whole number from 0 to 65535, got 70000\n",
        "server.maxBody: expected a size from 1KiB to 1GiB, got 10\n",
        "server.readTimeout: expected a duration from 100ms to 1h, got \"soon\"\n",
        "roots: expected a list of text, got {\"a\":1}\n", "agents: expected a map of settings, got integer\n",
        "environment LOG_LEVEL (log.level): expected one of debug, info, warn, error, got \"loud\"\n",
        "--set engine: expected KEY=VALUE",
        "--set engine.maxRunningNodes: expected a whole number from 1 to 4096, got 0"})
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n\n" << text;
}

// Every number of the table takes its limits and refuses what is one past them.
TEST_F(ConfigTest, EveryRangeHoldsAtItsEnds) {
  for (const Setting& setting : table()) {
    if (setting.kind != Kind::kInteger && setting.kind != Kind::kSize && setting.kind != Kind::kDuration) continue;
    const auto written = [&](std::int64_t value) {
      if (setting.kind == Kind::kDuration) return Json(std::to_string(value) + "ms");
      return setting.kind == Kind::kSize ? Json(std::to_string(value) + "B") : Json(value);
    };
    for (const std::int64_t good : {setting.least, setting.most}) {
      const auto value = read_value(setting, written(good));
      ASSERT_TRUE(value) << setting.key << ": " << value.error().message;
      Settings settings;
      setting.set(settings, *value);
      EXPECT_EQ(setting.get(settings), Json(good)) << setting.key;
    }
    EXPECT_FALSE(read_value(setting, written(setting.most + 1))) << setting.key;
    EXPECT_FALSE(read_value(setting, setting.least > 0 ? written(setting.least - 1) : Json("-1"))) << setting.key;
    EXPECT_TRUE(read_value(
        setting, setting.get(Settings{}).is_null() ? Json() : written(setting.get(Settings{}).get<std::int64_t>())))
        << setting.key << ": its default is out of range";
  }
}

// Contract 11: the names of the variables, and their units.
TEST_F(ConfigTest, VariablesKeepTheirNamesAndUnits) {
  environment_["AGENT_MAX_MEMORY_MB"] = "64";
  environment_["AGENT_TIMEOUT_SECONDS"] = "1.5";
  environment_["COMMANDCENTER_ROOTS"] = "/srv/a:/srv/b";
  const Settings given = settings();
  EXPECT_EQ(given.engine.agent_limits.memory_bytes, 64LL << 20);
  EXPECT_EQ(given.engine.agent_limits.timeout_ms, 1'500);
  EXPECT_EQ(given.roots, (std::vector<std::string>{"/srv/a", "/srv/b"}));
  environment_["AGENT_MAX_MEMORY_MB"] = "4";
  EXPECT_NE(problem().find("AGENT_MAX_MEMORY_MB (agents.memory): expected a size from 8MiB"), std::string::npos);
}

TEST_F(ConfigTest, WhatIsPrintedReadsBackAsTheSame) {
  sources_.assignments = {"server.maxBody=3000", "server.readTimeout=90s", "roots=/a b",
                          "roots=true",          "agents.timeout=0.25",    "server.bind=::1"};
  const auto loaded = load(sources_);
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_NE(to_yaml(*loaded).find("  readTimeout: 90s"), std::string::npos) << to_yaml(*loaded);
  std::string text = to_yaml(*loaded);
  text.erase(text.find("data: "), text.find('\n', text.find("data: ")) - text.find("data: "));
  sources_ = {write(text), sources_.environment, {}, {}};
  const Settings again = settings();
  for (const Setting& setting : table())
    EXPECT_EQ(setting.get(again), setting.get(loaded->settings)) << setting.key;
}

TEST_F(ConfigTest, AFileInTheDataFolderCannotMoveTheDataFolder) {
  write("data: /elsewhere\n", "commandcenter.yaml");
  EXPECT_NE(problem().find("line 1"), std::string::npos);
}

TEST_F(ConfigTest, SecretsAreMaskedEverywhere) {
  Setting secret;
  secret.key = "x";
  secret.secret = true;
  EXPECT_EQ(show(secret, "hunter2"), "\"********\"");
  const auto refused = read_value(secret, Json(12345));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message.find("12345"), std::string::npos);
}

// A file with the mask as the value would send alerts to "********".
TEST_F(ConfigTest, ThePrintedFileLeavesSecretsOut) {
  sources_.assignments = {"webhooks.alertUrl=https://hooks.example.org/hunter2"};
  const auto loaded = load(sources_);
  ASSERT_TRUE(loaded) << loaded.error().message;
  const std::string text = to_yaml(*loaded);
  EXPECT_EQ(text.find("hunter2"), std::string::npos);
  EXPECT_EQ(text.find(kMasked), std::string::npos);
  EXPECT_NE(text.find("# alertUrl: set, not shown"), std::string::npos) << text;
}

TEST_F(ConfigTest, KeysVariablesAndFlagsAreUnique) {
  std::set<std::string> seen;
  for (const Setting& setting : table()) {
    EXPECT_FALSE(setting.help.empty()) << setting.key;
    for (const std::string& name : {setting.key, setting.variable, setting.flag})
      EXPECT_TRUE(name.empty() || seen.insert(name).second) << name;
  }
}

std::string file_text(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(ConfigDocuments, AreWhatTheTableSays) {
  EXPECT_EQ(file_text("docs/formats/configuration.md"), reference_page())
      << "write it again: commandcenter config reference > docs/formats/configuration.md";
  EXPECT_EQ(file_text("docs/formats/configuration.schema.json"), dump_json_pretty(json_schema()) + "\n")
      << "write it again: commandcenter config schema > docs/formats/configuration.schema.json";
}

TEST(ConfigDocuments, TheSchemaAcceptsAndRefusesWhatTheLoaderDoes) {
  const auto schema = schema::Schema::compile(json_schema());
  ASSERT_TRUE(schema) << schema.error().message;
  const auto valid = [&](const char* text) { return schema->validate(*parse_json(text)).empty(); };
  EXPECT_TRUE(valid(R"({"server": {"port": 9003, "maxBody": "20MiB", "readTimeout": 30}, "roots": ["/srv"]})"));
  EXPECT_TRUE(valid(R"({"log": {"level": "warn"}, "agents": {"timeout": "1h30m"}})"));
  EXPECT_FALSE(valid(R"({"server": {"prot": 9003}})"));
  EXPECT_FALSE(valid(R"({"server": {"port": 70000}})"));
  EXPECT_FALSE(valid(R"({"log": {"level": "loud"}})"));
  EXPECT_FALSE(valid(R"({"agents": {"timeout": "soon"}})"));
}

}  // namespace
}  // namespace commandcenter::config
