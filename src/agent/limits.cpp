#include "agent/limits.h"

#include <algorithm>
#include <variant>

#include <fmt/format.h>

#include "base/quantity.h"

namespace commandcenter::agent {
namespace {

enum class Unit { kDuration, kSize, kCount };

using Member = std::variant<std::int64_t sandbox::Limits::*, int sandbox::Limits::*>;

struct Limit {
  std::string_view key;       // in a manifest, and below `ceilings` in the configuration
  std::string_view also;      // the same as a bare number of `also_unit`; empty: no such name
  std::int64_t also_unit;     // 0: read as `key` is
  std::string_view recorded;  // in plans, in run records and in the API
  Unit unit;
  std::int64_t least;  // what a program needs to start
  Member member;
};

const std::array kLimits = std::to_array<Limit>({
    {"timeout", "timeoutSeconds", 0, "timeoutMs", Unit::kDuration, 1, &sandbox::Limits::timeout_ms},
    {"memory", "memoryMb", 1 << 20, "memoryBytes", Unit::kSize, sandbox::kLeastLimits.memory_bytes,
     &sandbox::Limits::memory_bytes},
    {"fileSize", "", 0, "fileSizeBytes", Unit::kSize, sandbox::kLeastLimits.file_size_bytes,
     &sandbox::Limits::file_size_bytes},
    {"scratch", "", 0, "scratchBytes", Unit::kSize, sandbox::kLeastLimits.scratch_bytes,
     &sandbox::Limits::scratch_bytes},
    {"scratchFiles", "", 0, "scratchFiles", Unit::kCount, sandbox::kLeastLimits.scratch_files,
     &sandbox::Limits::scratch_files},
    {"stdout", "", 0, "stdoutBytes", Unit::kSize, 1, &sandbox::Limits::stdout_bytes},
    {"log", "", 0, "logBytes", Unit::kSize, 1, &sandbox::Limits::log_bytes},
    {"openFiles", "", 0, "openFiles", Unit::kCount, sandbox::kLeastLimits.open_files, &sandbox::Limits::open_files},
    {"processes", "", 0, "processes", Unit::kCount, 1, &sandbox::Limits::processes},
    {"cpu", "", 0, "cpuPercent", Unit::kCount, 1, &sandbox::Limits::cpu_percent},
    {"workspace", "", 0, "workspaceBytes", Unit::kSize, sandbox::kLeastLimits.layer_bytes,
     &sandbox::Limits::layer_bytes},
});

std::int64_t value_of(const sandbox::Limits& limits, const Member& member) {
  return std::visit([&limits](auto field) -> std::int64_t { return limits.*field; }, member);
}

void put(sandbox::Limits& limits, const Member& member, std::int64_t value) {
  std::visit([&](auto field) { limits.*field = static_cast<std::remove_reference_t<decltype(limits.*field)>>(value); },
             member);
}

std::string shown(const Limit& limit, std::int64_t value) {
  switch (limit.unit) {
    case Unit::kDuration:
      return format_duration(value);
    case Unit::kSize:
      return format_size(value);
    case Unit::kCount:
      break;
  }
  return fmt::format("{}", value);
}

// What the operator gives to those who ask for nothing, they may ask for as well. 0: there is no ceiling.
std::int64_t ceiling_of(const Limit& limit, const LimitPolicy& policy) {
  const std::int64_t most = value_of(policy.most, limit.member);
  if (limit.recorded == "timeoutMs") return std::max(most, policy.timeout_ms);
  if (limit.recorded == "memoryBytes") return std::max(most, policy.memory_bytes);
  return most;
}

// Negative when it is not there, or is no such value; then the problem has been told.
std::int64_t read_value(Fields& fields, const Json& object, const std::string& path, const std::string& key, Unit unit,
                        std::int64_t bare_unit) {
  std::int64_t value = -1;
  int number = -1;
  if (bare_unit > 0) {
    fields.count(object, path, key, number);
    return number < 0 ? -1 : number * bare_unit;
  }
  switch (unit) {
    case Unit::kDuration:
      fields.duration(object, path, key, value);
      break;
    case Unit::kSize:
      fields.size(object, path, key, value);
      break;
    case Unit::kCount:
      fields.count(object, path, key, number);
      value = number;
      break;
  }
  return value;
}

}  // namespace

std::vector<std::string> LimitsReader::names() {
  std::vector<std::string> all;
  for (const Limit& limit : kLimits) {
    for (const std::string_view key : {limit.key, limit.also}) {
      if (!key.empty()) all.emplace_back(key);
    }
  }
  return all;
}

void LimitsReader::read_map(const Json& map, const std::string& path) {
  if (!map.is_object()) return fields_.problem(path, "expected a map such as {timeout: 30s, memory: 256MB}");
  const std::vector<std::string> known = names();
  fields_.known_keys(map, path, known);
  for (const std::string& key : known)
    read_one(map, path, key);
}

void LimitsReader::read_one(const Json& object, const std::string& path, const std::string& key) {
  if (!object.contains(key)) return;
  const Limit& limit = *std::ranges::find_if(kLimits, [&key](const Limit& l) { return l.key == key || l.also == key; });
  const std::string place = path.empty() ? key : path + "." + key;
  const auto [earlier, fresh] = places_.try_emplace(std::string(limit.key), place);
  if (!fresh)
    return fields_.problem(place, fmt::format("{} sets the same limit; leave one of them out", earlier->second));
  const std::int64_t value =
      read_value(fields_, object, path, key, limit.unit, key == limit.also ? limit.also_unit : 0);
  if (value < 0) return;
  if (value < limit.least) {
    const std::string_view hint = limit.unit == Unit::kSize ? "; a bare number counts bytes, megabytes are 64MB" : "";
    return fields_.problem(place, fmt::format("{} is too little; the least is {}{}", shown(limit, value),
                                              shown(limit, limit.least), hint));
  }
  const std::int64_t ceiling = policy_ == nullptr ? 0 : ceiling_of(limit, *policy_);
  if (ceiling > 0 && value > ceiling) {
    return fields_.problem(place, fmt::format("{} is more than this server allows, {} (ceilings.{})",
                                              shown(limit, value), shown(limit, ceiling), limit.key));
  }
  put(limits_, limit.member, value);
}

void read_recorded_limits(const Json& json, sandbox::Limits& limits) {
  for (const Limit& limit : kLimits) {
    if (const Json* value = find_member(json, limit.recorded); value != nullptr && value->is_number_integer())
      put(limits, limit.member, value->get<std::int64_t>());
  }
}

Json limits_json(const sandbox::Limits& limits) {
  Json json = Json::object();
  for (const Limit& limit : kLimits)
    json[std::string(limit.recorded)] = value_of(limits, limit.member);
  return json;
}

sandbox::Limits effective_limits(const Agent& agent, const LimitPolicy& policy) {
  sandbox::Limits limits = agent.limits;
  for (const Limit& limit : kLimits) {  // the operator may have lowered them since it was registered
    const std::int64_t ceiling = ceiling_of(limit, policy);
    if (ceiling > 0) put(limits, limit.member, std::min(value_of(limits, limit.member), ceiling));
  }
  if (!agent.own_timeout) limits.timeout_ms = policy.timeout_ms;
  if (!agent.own_memory) limits.memory_bytes = policy.memory_bytes;
  return limits;
}

}  // namespace commandcenter::agent
