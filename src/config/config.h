// What an operator may set: one table of settings, read from a file, the environment and flags.
//
//   default < commandcenter.yaml < environment < flag        the later wins
//
// The table (table.cpp) binds each key to a member of a module's own config struct, whose initializer is the default.
// Reading, printing, the reference page and the JSON Schema all go by it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "bus/nats/nats.h"
#include "engine/engine.h"
#include "outbox/run_traces.h"
#include "sandbox/circuit_breaker.h"
#include "server/http.h"
#include "server/limits.h"
#include "trigger/alerts.h"
#include "trigger/listener.h"
#include "vault/vault.h"

namespace commandcenter::config {

inline constexpr const char* kFileName = "commandcenter.yaml";
inline constexpr const char* kFileVariable = "COMMANDCENTER_CONFIG";
inline constexpr const char* kMasked = "********";

struct Settings {
  std::string data = ".commandcenter";
  std::string store_url;  // of PostgreSQL; empty: SQLite in the data folder
  std::vector<std::string> roots{"."};
  std::string log_level = "info";
  std::string isolation = "required";  // or "none": agents run unprotected
  int start_ahead = 8;
  std::int64_t drain_ms = 10'000;  // for running agents, when the server is told to stop
  sandbox::BreakerConfig breaker;
  vault::KeySource secrets_key;
  std::vector<std::string> allowed_hosts{"*"};
  std::string local_repositories = "refused";
  std::vector<std::string> repository_credentials;  // ADDRESS=SECRET
  std::vector<std::string> registries;
  server::HttpConfig http;
  server::ApiConfig api;
  engine::Config engine;
  bus::NatsConfig nats;
  trigger::ListenerConfig nats_listener;
  outbox::TraceConfig traces;
  trigger::WebhookConfig webhooks;
};

enum class Kind { kInteger, kSize, kDuration, kChoice, kText, kList };

// One row of the table. Values are JSON: whole numbers, sizes in bytes, durations in milliseconds, text, lists of text.
struct Setting {
  std::string key;  // "server.port"
  Kind kind = Kind::kText;
  std::int64_t least = 0;
  std::int64_t most = 0;
  std::vector<std::string> choices;
  std::string variable;          // of the environment; empty = none
  std::int64_t bare_number = 1;  // what a bare number in that variable counts, in the value's unit
  std::string flag;              // "--port"; empty = only --set KEY=VALUE
  std::string switch_value;      // not empty: the flag takes no argument and stands for this
  std::string help;
  bool secret = false;  // shown as kMasked
  std::function<Json(const Settings&)> get;
  std::function<void(Settings&, const Json&)> set;
};

const std::vector<Setting>& table();
const Setting* find_setting(const std::string& key);

struct Sources {
  std::string file;  // of --config; empty: $COMMANDCENTER_CONFIG, or <data>/commandcenter.yaml if that is there
  std::function<std::optional<std::string>(const std::string& name)> environment;
  std::map<std::string, std::vector<std::string>> flags;  // by key: what was given
  std::vector<std::string> assignments;                   // of --set: "KEY=VALUE"
};

std::optional<std::string> process_environment(const std::string& name);  // empty counts as not set

struct Loaded {
  Settings settings;
  std::map<std::string, std::string> origins;  // by key: "default", "environment PORT", "flag --port", …
  std::string file;                            // empty: none
};

// Reads every source. Fails with all problems at once, a line each; unknown keys name the nearest known one.
Result<Loaded> load(const Sources& sources);

// The effective configuration: YAML that can be used as a file again (secrets are masked), or an object by key.
std::string to_yaml(const Loaded& loaded);
Json to_json(const Loaded& loaded);

std::string reference_page();  // docs/formats/configuration.md
Json json_schema();            // docs/formats/configuration.schema.json

// What the formats allow and no setting changes.
struct FixedLimit {
  std::string what;
  std::string value;
  std::string consequence;
};
std::vector<FixedLimit> fixed_limits();

// ---- values, as the files of this folder share them

// The value as the table keeps it, from how it was written; the message says what was expected.
Result<Json> read_value(const Setting& setting, const Json& written);
Result<Json> read_text(const Setting& setting, const std::vector<std::string>& words, std::int64_t bare_number = 1);

std::string show(const Setting& setting, const Json& value);  // as YAML
std::string expectation(const Setting& setting);              // "a whole number from 0 to 65535"

}  // namespace commandcenter::config
