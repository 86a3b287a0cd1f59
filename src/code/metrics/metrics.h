// How complicated functions are. Cyclomatic complexity, lines and parameters are counted as lizard 1.24 counts them
// with its default settings, with all that it takes for a function and all that it misses, so that figures can be
// compared.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace commandcenter::code {

inline constexpr std::size_t kMaxMeasured_bytes = 4 << 20;  // longer files are not written by hand

struct FunctionMetrics {
  std::string name;  // with what it is in, as the language writes it
  std::size_t line = 0;
  std::size_t end_line = 0;
  int cyclomatic = 1;
  int lines_of_code = 0;  // without blank lines and comments
  std::size_t parameters = 0;
  std::size_t tokens = 0;
};

struct FileMetrics {
  std::vector<FunctionMetrics> functions;  // in the order in which they end
  bool complete = true;                    // false: nested too deeply, counted up to there
};

// True for files that measure() reads: by their names, and those without a suffix by who runs them ("#!…").
bool is_measured(std::string_view path, std::string_view text = {});

// Nothing for languages that are not counted.
std::optional<FileMetrics> measure(std::string_view path, std::string_view text);

}  // namespace commandcenter::code
