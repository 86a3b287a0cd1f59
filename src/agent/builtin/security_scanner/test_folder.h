// For tests: a folder of its own that goes away with it, and scans of it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/builtin/security_scanner/security_scanner.h"
#include "base/test_folder.h"

namespace commandcenter::security_scanner {

class TestFolder : public commandcenter::TestFolder {
 public:
  Result<Json> scan(const Json& input = Json::object()) const {
    return run("scan", input, path, [](std::string_view) {});
  }

  // "file:line rule" of each finding.
  std::vector<std::string> found(const Json& input = Json::object()) const {
    const auto answer = scan(input);
    if (!answer) return {answer.error().message};
    std::vector<std::string> lines;
    for (const Json& finding : (*answer)["findings"]) {
      lines.push_back(string_member(finding, "file") + ":" + std::to_string(finding["line"].get<int>()) + " " +
                      string_member(finding, "ruleId"));
    }
    return lines;
  }
};

// The rules that a text sets off as a file of this name, in order.
inline std::vector<std::string> rules_hit(const std::string& name, std::string_view text) {
  const TestFolder folder;
  folder.write(name, text);
  std::vector<std::string> rules;
  for (const std::string& line : folder.found())
    rules.push_back(line.substr(line.find(' ') + 1));
  return rules;
}

using Rules = std::vector<std::string>;

}  // namespace commandcenter::security_scanner
