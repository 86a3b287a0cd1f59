// requirements.txt, setup.py, setup.cfg, pyproject.toml and Cargo.toml: requirements as Python writes them, and members
// of TOML.
#include <algorithm>

#include "agent/builtin/patcher/manifests.h"
#include "code/dependencies/setup_py.h"

namespace commandcenter::patcher {
namespace {

bool is_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

// Python takes -, _ and . for the same, and has no upper case in names.
std::string normal(std::string_view name) {
  std::string out;
  for (const char c : name) {
    const bool separates = c == '-' || c == '_' || c == '.';
    if (separates && out.ends_with('-')) continue;
    out += separates ? '-' : c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  }
  return out;
}

// "name[extra] >=1,<2 ; marker  # comment": the clauses, if the name is the one.
void requirement(std::size_t offset, std::string_view text, std::string_view dependency, std::vector<Spot>& spots) {
  std::size_t at = text.find_first_not_of(" \t");
  if (at == std::string_view::npos) return;
  const std::size_t begin = at;
  while (at < text.size() && is_name(text[at]))
    ++at;
  if (at == begin || normal(text.substr(begin, at - begin)) != normal(dependency)) return;
  if (at < text.size() && text[at] == '[') at = std::min(text.find(']', at), text.size() - 1) + 1;
  std::size_t spec = std::min(text.find_first_not_of(" \t(", at), text.size());
  if (spec < text.size() && text[spec] == '@') return;  // an address, not a version
  std::size_t end = spec;
  while (end < text.size() && text[end] != ';' && text[end] != '#' && text[end] != ')' && text.substr(end, 2) != " -" &&
         text[end] != '\\') {
    ++end;
  }
  while (end > spec && (text[end - 1] == ' ' || text[end - 1] == '\t'))
    --end;
  if (end == spec) spec = end = at;
  spots.push_back({offset + spec, end - spec});
}

bool is_dependency_list(std::string_view section, std::string_view key) {
  if (section == "project") return key == "dependencies";
  if (section == "build-system") return key == "requires";
  return section == "project.optional-dependencies" || section == "dependency-groups";
}

// The content of a quoted text that begins at `at`, as a place; moves behind it.
Spot quoted(std::string_view text, std::size_t& at) {
  const char quote = text[at];
  const std::size_t begin = at + 1;
  std::size_t end = begin;
  while (end < text.size() && text[end] != quote && text[end] != '\n')
    end += text[end] == '\\' && quote == '"' ? 2U : 1U;
  end = std::min(end, text.size());
  at = std::min(end + 1, text.size());
  return {begin, end - begin};
}

std::string_view unquoted(std::string_view key) {
  key = trimmed(key);
  if (key.size() >= 2 && (key.front() == '"' || key.front() == '\'')) return key.substr(1, key.size() - 2);
  return key;
}

// Members of TOML, as far as dependencies need it. `entry(section, key, begin, end)` gets each value's extent.
template <typename Entry>
void each_member(std::string_view text, const Entry& entry) {
  std::string section;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t line_end = std::min(text.find('\n', at), text.size());
    const std::string_view line = trimmed(text.substr(at, line_end - at));
    const std::size_t equals = text.find('=', at);
    if (line.empty() || line.front() == '#') {
      at = line_end + 1;
    } else if (line.front() == '[') {
      const std::size_t close = line.find(']');
      section = std::string(trimmed(line.substr(0, std::min(close, line.size()))));
      while (section.starts_with('['))
        section.erase(0, 1);
      at = line_end + 1;
    } else if (equals == std::string_view::npos || equals > line_end) {
      at = line_end + 1;
    } else {
      // A value ends with its line, unless a bracket is open.
      int depth = 0;
      std::size_t end = equals + 1;
      for (; end < text.size() && (text[end] != '\n' || depth > 0); ++end) {
        const char c = text[end];
        if (c == '"' || c == '\'') {
          quoted(text, end);
          --end;
        } else if (c == '#') {
          end = std::min(text.find('\n', end), text.size()) - 1;
        } else if (c == '[' || c == '{') {
          ++depth;
        } else if (c == ']' || c == '}') {
          --depth;
        }
      }
      entry(std::string_view(section), unquoted(text.substr(at, equals - at)), equals + 1, std::min(end, text.size()));
      at = end + 1;
    }
  }
}

// The version in `"1.2"` or in `{ version = "1.2", … }`.
void version_of_value(std::string_view text, std::size_t begin, std::size_t end, std::vector<Spot>& spots) {
  std::size_t at = text.find_first_not_of(" \t", begin);
  if (at >= end) return;
  if (text[at] == '"' || text[at] == '\'') return spots.push_back(quoted(text, at));
  if (text[at] != '{') return;
  const std::size_t key = text.find("version", at);
  if (key >= end) return;
  at = text.find_first_of("\"'", key);
  if (at < end) spots.push_back(quoted(text, at));
}

bool ends_with_dependencies(std::string_view section) {
  return section == "dependencies" || section.ends_with(".dependencies") || section.ends_with("dev-dependencies") ||
         section.ends_with("build-dependencies");
}

}  // namespace

std::vector<Spot> locate_in_requirements(std::string_view text, std::string_view dependency) {
  std::vector<Spot> spots;
  each_line(text, [&](std::size_t offset, std::string_view line) { requirement(offset, line, dependency, spots); });
  return spots;
}

std::vector<Spot> locate_in_setup_py(std::string_view text, std::string_view dependency) {
  std::vector<Spot> spots;
  for (const code::SetupRequirement& one : code::setup_requirements(text))
    requirement(one.offset, one.text, dependency, spots);
  return spots;
}

std::vector<Spot> locate_in_setup_cfg(std::string_view text, std::string_view dependency) {
  std::vector<Spot> spots;
  std::string section;
  bool in_list = false;
  each_line(text, [&](std::size_t offset, std::string_view line) {
    const std::string_view words = trimmed(line);
    if (words.starts_with('[')) {
      section = std::string(words);
      in_list = false;
      return;
    }
    const bool begins = !line.empty() && line.front() != ' ' && line.front() != '\t';
    const std::size_t equals = line.find('=');
    if (begins) {
      const std::string_view key = trimmed(line.substr(0, std::min(equals, line.size())));
      in_list =
          section == "[options.extras_require]" ||
          (section == "[options]" && (key == "install_requires" || key == "setup_requires" || key == "tests_require"));
      if (in_list && equals != std::string_view::npos)
        requirement(offset + equals + 1, line.substr(equals + 1), dependency, spots);
    } else if (in_list) {
      requirement(offset, line, dependency, spots);
    }
  });
  return spots;
}

std::vector<Spot> locate_in_pyproject(std::string_view text, std::string_view dependency) {
  std::vector<Spot> spots;
  each_member(text, [&](std::string_view section, std::string_view key, std::size_t begin, std::size_t end) {
    if (is_dependency_list(section, key)) {
      for (std::size_t at = begin; at < end;) {
        if (text[at] == '#') {
          at = std::min(text.find('\n', at), end);
        } else if (text[at] == '"' || text[at] == '\'') {
          const Spot one = quoted(text, at);
          requirement(one.offset, text.substr(one.offset, one.length), dependency, spots);
        } else {
          ++at;
        }
      }
    } else if (section.starts_with("tool.poetry") && ends_with_dependencies(section) &&
               normal(key) == normal(dependency)) {
      version_of_value(text, begin, end, spots);
    }
  });
  return spots;
}

std::vector<Spot> locate_in_cargo(std::string_view text, std::string_view dependency) {
  std::vector<Spot> spots;
  each_member(text, [&](std::string_view section, std::string_view key, std::size_t begin, std::size_t end) {
    const bool dotted = key.ends_with(".version") && unquoted(key.substr(0, key.size() - 8)) == dependency;
    if (ends_with_dependencies(section) && (key == dependency || dotted))
      return version_of_value(text, begin, end, spots);
    const std::size_t dot = section.rfind('.');
    if (dot == std::string_view::npos || key != "version") return;
    if (ends_with_dependencies(section.substr(0, dot)) && unquoted(section.substr(dot + 1)) == dependency)
      version_of_value(text, begin, end, spots);
  });
  return spots;
}

}  // namespace commandcenter::patcher
