// Notes: what a review keeps of a file.
#include <algorithm>
#include <utility>

#include "code/review/figures.h"
#include "code/review/file_outcome.h"
#include "code/scan/packed.h"

namespace commandcenter::code::review {
namespace {

void write(PackWriter& out, const ReviewedFunction& function) {
  const FunctionMetrics& metrics = function.metrics;
  out.text(metrics.name);
  for (const std::size_t number : {metrics.line, metrics.end_line, metrics.parameters, metrics.tokens})
    out.number(number);
  for (const int number : {metrics.cyclomatic, metrics.lines_of_code})
    out.number(static_cast<std::uint64_t>(std::max(0, number)));
  out.number(function.has_figures ? 1 : 0);
  if (!function.has_figures) return;
  for (const int number : {function.cognitive, function.nesting})
    out.number(static_cast<std::uint64_t>(std::max(0, number)));
  out.real(function.volume);
}

ReviewedFunction read_function(PackReader& in) {
  ReviewedFunction function;
  FunctionMetrics& metrics = function.metrics;
  metrics.name = in.text();
  for (std::size_t* number : {&metrics.line, &metrics.end_line, &metrics.parameters, &metrics.tokens})
    *number = in.number();
  for (int* number : {&metrics.cyclomatic, &metrics.lines_of_code})
    *number = static_cast<int>(in.number());
  function.has_figures = in.number() == 1;
  if (!function.has_figures) return function;
  for (int* number : {&function.cognitive, &function.nesting})
    *number = static_cast<int>(in.number());
  function.volume = in.real();
  function.maintainability = maintainability(function.volume, metrics.cyclomatic, metrics.lines_of_code);
  return function;
}

}  // namespace

std::string note_of(const FileOutcome& outcome) {
  PackWriter out;
  out.number(outcome.measured ? 1 : 0);
  out.text(outcome.left_out);
  out.number(outcome.lines);
  out.number(outcome.functions.size());
  for (const ReviewedFunction& function : outcome.functions)
    write(out, function);
  out.number(outcome.imports.size());
  for (const Import& import : outcome.imports) {
    out.text(import.target);
    out.number(import.line);
  }
  out.number(outcome.private_names.size());
  for (const std::uint32_t name : outcome.private_names)
    out.number(name);
  out.text(outcome.strip);
  return out.take();
}

std::optional<FileOutcome> read_note(std::string_view bytes) {
  PackReader in(bytes);
  FileOutcome outcome;
  outcome.measured = in.number() == 1;
  outcome.left_out = in.text();
  outcome.lines = in.number();
  std::size_t count = in.count();
  for (outcome.functions.reserve(count); count > 0 && in.sound(); --count)
    outcome.functions.push_back(read_function(in));
  for (std::size_t i = in.count(); i > 0 && in.sound(); --i) {
    std::string target(in.text());
    outcome.imports.push_back({std::move(target), in.number()});
  }
  for (std::size_t i = in.count(); i > 0 && in.sound(); --i)
    outcome.private_names.push_back(static_cast<std::uint32_t>(in.number()));
  outcome.strip = in.text();
  if (!in.sound() || !in.at_end()) return std::nullopt;
  return outcome;
}

}  // namespace commandcenter::code::review
