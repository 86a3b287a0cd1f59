// The limits that a manifest may set: what they are called, how small they may be, and who bounds them. Private to this
// folder.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "agent/agent.h"
#include "agent/fields.h"

namespace commandcenter::agent {

// Reads maps such as {timeout: 30s, memory: 256MB}, and complains of what is too small, above the operator's ceiling,
// or given twice.
class LimitsReader {
 public:
  // `policy`: of the server that the agent is for; nothing when that is not known.
  LimitsReader(Fields& fields, sandbox::Limits& limits, const LimitPolicy* policy)
      : fields_(fields), limits_(limits), policy_(policy) {}

  void read_map(const Json& map, const std::string& path);
  // A single limit among other keys of `object`.
  void read_one(const Json& object, const std::string& path, const std::string& key);
  bool has(const std::string& key) const { return places_.contains(key); }
  static std::vector<std::string> names();

 private:
  Fields& fields_;
  sandbox::Limits& limits_;
  const LimitPolicy* policy_;
  std::map<std::string, std::string> places_;  // of the limits that were given, by the first of their names
};

void read_recorded_limits(const Json& json, sandbox::Limits& limits);

}  // namespace commandcenter::agent
