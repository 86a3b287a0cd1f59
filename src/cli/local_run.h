// A workflow run by this process, without a server. Private to this folder.
#pragma once

#include <functional>
#include <string>

#include "base/json.h"
#include "cli/local_engine.h"
#include "cli/verbs.h"
#include "core/workflow/workflow.h"

namespace commandcenter::cli {

// What comes after the run's end; its answer is the exit code.
using Finish = std::function<int(LocalEngine& local, const std::string& run_id, bool terminal)>;

// Shows the run on its way, from `options`: repository, context, settings. Forks first, so before any thread.
int run_definition(const RunOptions& options, const workflow::Definition& definition, const Finish& finish,
                   const workflow::Locator& locate = {});

// A node with its whole input and output, also when the output is a file.
Json node_report(LocalEngine& local, const store::NodeRunRow& row);

}  // namespace commandcenter::cli
