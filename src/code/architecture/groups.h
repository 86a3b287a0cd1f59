// Folding files into groups that fit on a screen, level by level.
#pragma once

#include "code/architecture/architecture.h"

namespace commandcenter::architecture {

// Tests, documents, examples, benchmarks and other people's code: beside what the repository is about.
bool is_aside(const SourceFile& file);

// Fills `groups` and `group_of_file` of a model that has its graph.
void make_groups(Model& model);

}  // namespace commandcenter::architecture
