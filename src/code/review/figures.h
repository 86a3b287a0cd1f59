// What the tree tells of each function: cognitive complexity after SonarSource's white paper, nesting, Halstead's
// volume.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "code/review/leaves.h"
#include "code/review/roles.h"

namespace commandcenter::code::review {

struct FunctionFigures {
  NodeId node = kNoNode;
  std::string_view name;
  std::size_t line = 0;       // of its first token
  std::size_t name_line = 0;  // of its name
  std::size_t end_line = 0;
  int cognitive = 0;
  int nesting = 0;  // the deepest: branches and loops in each other
  int native = 1;   // cyclomatic complexity as the language's own tool has it: ESLint's, radon's; else as it is
  std::size_t operators = 0;
  std::size_t operands = 0;
  std::size_t distinct_operators = 0;
  std::size_t distinct_operands = 0;

  double volume() const;  // Halstead's
};

// In the order of the text; functions in functions count by themselves and for those around them.
std::vector<FunctionFigures> figures_of(const View& view, const Leaves& leaves);

// From 100, easy, to 0; of a function's volume, complexity and lines.
double maintainability(double volume, int cyclomatic, int lines_of_code);

}  // namespace commandcenter::code::review
