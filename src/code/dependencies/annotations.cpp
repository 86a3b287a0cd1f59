#include "code/dependencies/annotations.h"

#include <algorithm>

#include <fmt/format.h>

#include "code/dependencies/readers.h"
#include "code/licenses/expression.h"

namespace commandcenter::code {
namespace {

using dependencies::lines;
using dependencies::trimmed;

std::vector<std::string> texts_of(const Json& object, std::string_view key) {
  std::vector<std::string> texts;
  const Json* value = find_member(object, key);
  if (value == nullptr) return texts;
  for (const Json& one : value->is_array() ? *value : Json::array({*value})) {
    if (one.is_string()) texts.push_back(one.get<std::string>());
  }
  return texts;
}

std::string joined(const std::vector<std::string>& expressions) {
  if (expressions.size() == 1) return expressions.front();
  std::string all;
  for (const std::string& one : expressions)
    all += fmt::format("{}({})", all.empty() ? "" : " AND ", one);
  return all;
}

// As SPDX writes it; empty when it is no expression.
std::string canonical(const std::string& text) {
  const auto expression = parse_license_expression(text);
  return expression ? expression->text() : std::string();
}

Result<std::vector<Annotation>> read_toml(std::string_view path, std::string_view text) {
  const auto document = dependencies::parse_toml(text);
  if (!document) return fail(document.error());
  std::vector<Annotation> annotations;
  const Json* list = find_member(*document, "annotations");
  if (list == nullptr || !list->is_array()) return annotations;
  for (const Json& entry : *list) {
    if (annotations.size() >= kMaxAnnotations) break;
    Annotation annotation;
    for (const std::string& glob : texts_of(entry, "path"))
      annotation.globs.push_back(std::string(dependencies::folder_of(path)) + glob);
    annotation.spdx = canonical(joined(texts_of(entry, "SPDX-License-Identifier")));
    const std::string precedence = string_member(entry, "precedence");
    annotation.precedence = precedence == "override"    ? Precedence::kOverride
                            : precedence == "aggregate" ? Precedence::kAggregate
                                                        : Precedence::kClosest;
    annotation.source = path;
    if (!annotation.globs.empty() && !annotation.spdx.empty()) annotations.push_back(std::move(annotation));
  }
  return annotations;
}

// Stanzas of fields; a line that begins with a blank goes on with the field above.
std::vector<Annotation> read_dep5(std::string_view path, std::string_view text) {
  std::vector<Annotation> annotations;
  Annotation current;
  std::string field;
  const auto finish = [&] {
    if (!current.globs.empty() && !current.spdx.empty() && annotations.size() < kMaxAnnotations)
      annotations.push_back(std::move(current));
    current = {};
    field.clear();
  };
  const auto add_globs = [&](std::string_view words) {
    while (!words.empty()) {
      const std::size_t end = std::min(words.find(' '), words.size());
      const std::string_view glob = trimmed(words.substr(0, end));
      if (!glob.empty()) current.globs.emplace_back(glob);
      words.remove_prefix(std::min(end + 1, words.size()));
    }
  };
  for (const std::string_view line : lines(text)) {
    if (trimmed(line).empty()) {
      finish();
    } else if (line.front() == ' ' || line.front() == '\t') {
      if (field == "Files") add_globs(trimmed(line));
    } else if (const std::size_t colon = line.find(':'); colon != std::string_view::npos) {
      field = line.substr(0, colon);
      const std::string_view value = trimmed(line.substr(colon + 1));
      current.deep = true;
      current.source = path;
      current.precedence = Precedence::kAggregate;
      if (field == "Files") add_globs(value);
      if (field == "License") current.spdx = canonical(std::string(value));
    }
  }
  finish();
  return annotations;
}

// Where to go on when what was tried does not fit: behind the last star, one character later.
struct Retry {
  std::size_t glob = std::string_view::npos;
  std::size_t path = 0;
  bool crosses = false;  // folders
};

bool fits(std::string_view glob, std::string_view path, bool deep) {
  std::size_t g = 0;
  std::size_t p = 0;
  Retry star;
  Retry two;  // the last that crosses folders, for when a single star is used up
  while (p < path.size()) {
    if (g < glob.size() && glob[g] == '*') {
      const bool crosses = deep || glob.substr(g, 2) == "**";
      while (g < glob.size() && glob[g] == '*')
        ++g;
      star = {g, p, crosses};
      if (crosses) two = star;
      continue;
    }
    const bool escaped = g + 1 < glob.size() && glob[g] == '\\';
    const char wanted = g < glob.size() ? glob[g + (escaped ? 1 : 0)] : '\0';
    const bool any = deep && !escaped && wanted == '?';
    if (g < glob.size() && (any || wanted == path[p])) {
      g += escaped ? 2 : 1;
      ++p;
      continue;
    }
    if (star.glob != std::string_view::npos && (star.crosses || path[star.path] != '/')) {
      p = ++star.path;
      g = star.glob;
    } else if (two.glob != std::string_view::npos) {
      p = ++two.path;
      g = two.glob;
      star = two;
    } else {
      return false;
    }
  }
  while (g < glob.size() && glob[g] == '*')
    ++g;
  return g == glob.size();
}

}  // namespace

bool is_annotation_file(std::string_view path) {
  return path == ".reuse/dep5" || path == "REUSE.toml" || path.ends_with("/REUSE.toml");
}

Result<std::vector<Annotation>> read_annotations(std::string_view path, std::string_view text) {
  if (path.ends_with("dep5")) return read_dep5(path, text);
  return read_toml(path, text);
}

const Annotation* annotation_of(const std::vector<Annotation>& annotations, std::string_view path) {
  for (auto place = annotations.rbegin(); place != annotations.rend(); ++place) {
    const Annotation& annotation = *place;
    const bool named = std::ranges::any_of(annotation.globs,
                                           [&](const std::string& glob) { return fits(glob, path, annotation.deep); });
    if (named) return &annotation;
  }
  return nullptr;
}

}  // namespace commandcenter::code
