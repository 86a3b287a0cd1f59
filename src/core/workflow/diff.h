// What differs between two definitions, as people think of it: nodes are the same when their ids are, whatever their
// place; only what was changed within one is told.
#pragma once

#include <string>
#include <vector>

#include "core/workflow/workflow.h"

namespace commandcenter::workflow {

enum class ChangeKind { kAdded, kRemoved, kChanged, kMoved };

// `path` is "timeout", "nodes.scan", "nodes.scan.input.target"; before and after are null where there is nothing.
struct Change {
  ChangeKind kind = ChangeKind::kChanged;
  std::string path;
  Json before;
  Json after;
};

// In the order of the later definition; what it no longer has comes after its neighbours. Where a user interface drew a
// node counts; how a definition was written (dialect, defaults spelt out) does not.
std::vector<Change> diff(const Definition& before, const Definition& after);

Json to_json(const std::vector<Change>& changes);

}  // namespace commandcenter::workflow
