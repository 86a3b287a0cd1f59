// Figures by name: printed as they come, kept for a file. Header only.
#pragma once

#include <cstdio>
#include <string>

#include "base/json.h"

namespace commandcenter::bench {

class Report {
 public:
  void add(const std::string& name, double value, const std::string& unit) {
    std::printf("%-52s %12.3f %s\n", name.c_str(), value, unit.c_str());
    std::fflush(stdout);
    json_[name] = {{"value", value}, {"unit", unit}};
  }
  const Json& json() const { return json_; }

 private:
  Json json_ = Json::object();
};

}  // namespace commandcenter::bench
