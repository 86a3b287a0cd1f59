// The list of built-in agents. A new one is a folder beside this file and a line here.
#include "agent/builtin/builtin.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "agent/builtin/architecture_diagrammer/architecture_diagrammer.h"
#include "agent/builtin/code_reviewer/code_reviewer.h"
#include "agent/builtin/compliance_checker/compliance_checker.h"
#include "agent/builtin/notifier/notifier.h"
#include "agent/builtin/patcher/patcher.h"
#include "agent/builtin/repository_auditor/repository_auditor.h"
#include "agent/builtin/security_scanner/security_scanner.h"

namespace commandcenter::builtin {
namespace {

struct Row {
  std::string_view name;  // as in the manifest
  Json (*manifest)();
  Run run;
};

constexpr std::array kRows{
    Row{"security-scanner", &security_scanner::manifest, &security_scanner::run},
    Row{"notifier", &notifier::manifest, &notifier::run},
    Row{"patcher", &patcher::manifest, &patcher::run},
    Row{"code-reviewer", &code_reviewer::manifest, &code_reviewer::run},
    Row{"compliance-checker", &compliance_checker::manifest, &compliance_checker::run},
    Row{"architecture-diagrammer", &architecture_diagrammer::manifest, &architecture_diagrammer::run},
    Row{"repository-auditor", &repository_auditor::manifest, &repository_auditor::run}};

std::vector<Builtin> all_of_them() {
  std::vector<Builtin> all;
  for (const Row& row : kRows)
    all.push_back({std::string(row.name), row.manifest(), row.run});
  return all;
}

}  // namespace

std::span<const Builtin> builtins() {
  static const std::vector<Builtin> all = all_of_them();
  return all;
}

Run find_program(std::string_view name) {
  const auto* found = std::ranges::find(kRows, name, &Row::name);
  return found == kRows.end() ? nullptr : found->run;
}

const Builtin* find_builtin(std::string_view name) {
  const auto all = builtins();
  const auto found = std::ranges::find(all, name, &Builtin::name);
  return found == all.end() ? nullptr : &*found;
}

}  // namespace commandcenter::builtin
