// The list of built-in agents. A new one is a folder beside this file and a line here.
#include "agent/builtin/builtin.h"

#include <algorithm>
#include <utility>
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

using Run = Result<Json> (*)(const std::string&, const Json&, const std::string&, const LogSink&);

Builtin make(Json manifest, Run run) {
  std::string name = string_member(manifest, "name");
  return {std::move(name), std::move(manifest), run};
}

}  // namespace

std::span<const Builtin> builtins() {
  static const std::vector<Builtin> all{make(security_scanner::manifest(), &security_scanner::run),
                                        make(notifier::manifest(), &notifier::run),
                                        make(patcher::manifest(), &patcher::run),
                                        make(code_reviewer::manifest(), &code_reviewer::run),
                                        make(compliance_checker::manifest(), &compliance_checker::run),
                                        make(architecture_diagrammer::manifest(), &architecture_diagrammer::run),
                                        make(repository_auditor::manifest(), &repository_auditor::run)};
  return all;
}

const Builtin* find_builtin(std::string_view name) {
  const auto all = builtins();
  const auto found = std::ranges::find(all, name, &Builtin::name);
  return found == all.end() ? nullptr : &*found;
}

}  // namespace commandcenter::builtin
