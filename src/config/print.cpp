// The table and the effective configuration in their printed forms: YAML, JSON, the reference page, the JSON Schema.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "config/config.h"

namespace commandcenter::config {
namespace {

constexpr std::size_t kCommentColumn = 40;
constexpr const char* kDurationPattern = "^([0-9]+(\\.[0-9]+)? ?(ms|s|m|h|d))+$";
constexpr const char* kSizePattern = "^([0-9]+(\\.[0-9]+)? ?(B|KB|MB|GB|KiB|MiB|GiB))+$";

std::string group_of(const std::string& key) {
  const auto dot = key.find('.');
  return dot == std::string::npos ? "" : key.substr(0, dot);
}

std::string name_of(const std::string& key) {
  const auto dot = key.find('.');
  return dot == std::string::npos ? key : key.substr(dot + 1);
}

std::string table_cell(const std::string& text) {
  return text.empty() ? "" : "`" + text + "`";
}

Json schema_of(const Setting& setting) {
  Json schema = {{"description", setting.help}};
  switch (setting.kind) {
    case Kind::kInteger:
      schema["type"] = "integer";
      schema["minimum"] = setting.least;
      schema["maximum"] = setting.most;
      break;
    case Kind::kSize:
    case Kind::kDuration:
      schema["type"] = {"number", "string"};
      schema["minimum"] =
          setting.kind == Kind::kSize ? Json(setting.least) : Json(static_cast<double>(setting.least) / 1000.0);
      schema["pattern"] = setting.kind == Kind::kSize ? kSizePattern : kDurationPattern;
      break;
    case Kind::kChoice:
      schema["enum"] = setting.choices;
      break;
    case Kind::kText:
      schema["type"] = "string";
      schema["minLength"] = 1;
      break;
    case Kind::kList:
      schema["type"] = {"string", "array"};
      schema["items"] = {{"type", "string"}, {"minLength", 1}};
      break;
  }
  if (!setting.secret) schema["default"] = setting.get(Settings{});
  if (setting.kind == Kind::kSize || setting.kind == Kind::kDuration)
    schema["default"] = show(setting, setting.get(Settings{}));
  return schema;
}

}  // namespace

std::string to_yaml(const Loaded& loaded) {
  std::string text = "# The effective configuration of commandcenter: flag over environment over file over default.\n";
  text += loaded.file.empty() ? "# No file was read.\n" : fmt::format("# File: {}\n", loaded.file);
  std::string group;
  for (const Setting& setting : table()) {
    const std::string own = group_of(setting.key);
    if (own != group && !own.empty()) text += own + ":\n";
    group = own;
    const Json value = setting.get(loaded.settings);
    const char* indent = own.empty() ? "" : "  ";
    // A text that is not set has no value that could be written down, and a secret's must not be.
    std::string line = value == ""      ? fmt::format("{}# {}: not set", indent, name_of(setting.key))
                       : setting.secret ? fmt::format("{}# {}: set, not shown", indent, name_of(setting.key))
                                        : fmt::format("{}{}: {}", indent, name_of(setting.key), show(setting, value));
    if (line.size() < kCommentColumn) line.resize(kCommentColumn, ' ');
    text += fmt::format("{} # {}\n", line, loaded.origins.at(setting.key));
  }
  return text;
}

Json to_json(const Loaded& loaded) {
  Json object = Json::object();
  for (const Setting& setting : table()) {
    const Json value = setting.get(loaded.settings);
    object[setting.key] = {{"value", setting.secret && value != "" ? Json(kMasked) : value},
                           {"origin", loaded.origins.at(setting.key)}};
  }
  return {{"file", loaded.file.empty() ? Json(nullptr) : Json(loaded.file)}, {"settings", std::move(object)}};
}

std::string reference_page() {
  std::string page = R"(# Configuration

Everything has a default; nothing has to be set. What is set comes from four places, and the later wins:

1. the default,
2. a file: `--config FILE`, or the one that `COMMANDCENTER_CONFIG` names, or `commandcenter.yaml` in the data folder,
3. the environment,
4. flags: the ones below, or `--set KEY=VALUE` for any key.

```yaml
# commandcenter.yaml
roots: [/srv/repositories]
server:
  port: 9010
agents:
  memory: 1GiB
  timeout: 10m
```

`commandcenter serve --print-config` prints the effective configuration, each value with where it comes from; the
output can be used as a file, to which secrets have to be added. A key that is unknown, or a value of the wrong type
or out of range, is an error that names the file, the line, the value and what was expected; nothing starts then.
Editors that know JSON Schema can use [configuration.schema.json](configuration.schema.json).

Sizes are numbers of bytes or text such as `512KiB`, `10MiB`, `1GiB` (`KB`, `MB`, `GB` mean the same); durations are
seconds or text such as `250ms`, `30s`, `1h30m`. Relative paths start at the folder that `commandcenter` was started in.
In the environment, `COMMANDCENTER_ROOTS` separates folders by `:`; an empty variable counts as not set.

| key | value | default | environment | flag | what |
|---|---|---|---|---|---|
)";
  for (const Setting& setting : table()) {
    page += fmt::format("| `{}` | {} | {} | {} | {} | {} |\n", setting.key, expectation(setting),
                        table_cell(setting.secret ? "" : show(setting, setting.get(Settings{}))),
                        table_cell(setting.variable), table_cell(setting.flag), setting.help);
  }
  page += R"(
A bare number means megabytes in `AGENT_MAX_MEMORY_MB` and seconds in `AGENT_TIMEOUT_SECONDS`. The command line reads
further variables of its own: see [command-line.md](command-line.md). No other variable is read.

## Limits that cannot be set

They are part of the formats: a definition that is valid on one server is valid on all.

| limit | value | what happens past it |
|---|---|---|
)";
  for (const FixedLimit& limit : fixed_limits())
    page += fmt::format("| {} | {} | {} |\n", limit.what, limit.value, limit.consequence);
  return page;
}

Json json_schema() {
  Json properties = Json::object();
  for (const Setting& setting : table()) {
    const std::string group = group_of(setting.key);
    if (group.empty()) {
      properties[setting.key] = schema_of(setting);
      continue;
    }
    if (!properties.contains(group))
      properties[group] = {
          {"type", {"object", "null"}}, {"additionalProperties", false}, {"properties", Json::object()}};
    properties[group]["properties"][name_of(setting.key)] = schema_of(setting);
  }
  return {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
          {"title", "commandcenter.yaml"},
          {"type", {"object", "null"}},
          {"additionalProperties", false},
          {"properties", std::move(properties)}};
}

}  // namespace commandcenter::config
