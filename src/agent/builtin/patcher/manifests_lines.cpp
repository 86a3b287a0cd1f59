// go.mod, Gemfile, Gradle with its catalogs, and Dockerfile: one dependency a line.
#include <algorithm>

#include "agent/builtin/patcher/manifests.h"

namespace commandcenter::patcher {
namespace {

// The next word of a line from `at` on.
Spot word(std::string_view line, std::size_t at) {
  const std::size_t begin = std::min(line.find_first_not_of(" \t", at), line.size());
  const std::size_t end = std::min(line.find_first_of(" \t", begin), line.size());
  return {begin, end - begin};
}

std::string_view text_of(std::string_view line, const Spot& spot) {
  return line.substr(spot.offset, spot.length);
}

// Quoted texts of a line, in front of a comment.
std::vector<Spot> quoted_in(std::string_view line, std::string_view comment) {
  std::vector<Spot> found;
  for (std::size_t at = 0; at < line.size(); ++at) {
    if (line.substr(at).starts_with(comment)) break;
    if (line[at] != '"' && line[at] != '\'') continue;
    const std::size_t end = line.find(line[at], at + 1);
    if (end == std::string_view::npos) break;
    found.push_back({at + 1, end - at - 1});
    at = end;
  }
  return found;
}

}  // namespace

std::vector<Spot> locate_in_go_mod(std::string_view text, std::string_view dependency) {
  std::vector<Spot> spots;
  bool in_block = false;
  each_line(text, [&](std::size_t offset, std::string_view line) {
    Spot first = word(line, 0);
    if (text_of(line, first) == "require") {
      first = word(line, first.offset + first.length);
      if (text_of(line, first) == "(") {
        in_block = true;
        return;
      }
    } else if (!in_block || text_of(line, first) == ")") {
      in_block = false;
      return;
    }
    const Spot version = word(line, first.offset + first.length);
    if (text_of(line, first) == dependency && text_of(line, version).starts_with('v'))
      spots.push_back({offset + version.offset, version.length});
  });
  return spots;
}

std::vector<Spot> locate_in_gemfile(std::string_view text, std::string_view dependency) {
  std::vector<Spot> spots;
  each_line(text, [&](std::size_t offset, std::string_view line) {
    if (text_of(line, word(line, 0)) != "gem" && !trimmed(line).starts_with("gem(")) return;
    const auto texts = quoted_in(line, "#");
    if (texts.size() < 2 || text_of(line, texts[0]) != dependency) return;
    // The second text is a version only if nothing but a comma is in front of it.
    const std::size_t between = texts[0].offset + texts[0].length + 1;
    if (trimmed(line.substr(between, texts[1].offset - 1 - between)) != ",") return;
    spots.push_back({offset + texts[1].offset, texts[1].length});
  });
  return spots;
}

namespace {

// The word in front of a text that a key gives: group of "group: 'x'" and of "group = \"x\"".
std::string_view key_of(std::string_view line, const Spot& quoted) {
  std::string_view before = trimmed(line.substr(0, quoted.offset - 1));
  if (!before.ends_with(':') && !before.ends_with('=')) return {};
  before = trimmed(before.substr(0, before.size() - 1));
  return before.substr(before.find_last_of(" \t,({[") + 1);
}

// What a line gives by key: {group, name, module, id, version, version.ref}.
struct Keyed {
  std::string_view group{};
  std::string_view name{};
  std::string_view module{};
  Spot version{};
  std::string_view reference{};  // to a version that stands elsewhere

  Keyed(std::string_view line, const std::vector<Spot>& texts) {
    for (const Spot& spot : texts) {
      const std::string_view key = key_of(line, spot);
      const std::string_view value = text_of(line, spot);
      if (key == "group") group = value;
      if (key == "name") name = value;
      if (key == "module" || key == "id") module = value;
      if (key == "version") version = spot;
      if (key == "version.ref") reference = value;
    }
  }

  bool is(std::string_view dependency) const {
    if (!module.empty()) return module == dependency || module.substr(module.find(':') + 1) == dependency;
    return !group.empty() && !name.empty() &&
           (name == dependency || (dependency.starts_with(group) && dependency.ends_with(name) &&
                                   dependency.size() == group.size() + 1 + name.size()));
  }
};

// "group:name:version" or "plugin:version" of the dependency: its version.
Spot version_in_notation(std::string_view line, const Spot& spot, std::string_view dependency) {
  const std::string_view notation = text_of(line, spot);
  const std::size_t last = notation.rfind(':');
  if (last == std::string_view::npos || last + 1 == notation.size() || notation[last + 1] == '$') return {};
  const std::string_view module = notation.substr(0, last);
  const std::size_t colon = module.find(':');
  if (module != dependency && (colon == std::string_view::npos || module.substr(colon + 1) != dependency)) return {};
  return {spot.offset + last + 1, notation.size() - last - 1};
}

}  // namespace

// gradle/libs.versions.toml: a library or a plugin a line, its version there or under [versions].
std::vector<Spot> locate_in_catalog(std::string_view text, std::string_view dependency) {
  std::vector<Spot> spots;
  std::vector<std::string_view> references;
  const auto each_entry = [&](std::string_view wanted, const auto& entry) {
    std::string_view section;
    each_line(text, [&](std::size_t offset, std::string_view line) {
      const std::string_view content = trimmed(line);
      if (content.starts_with('[')) section = content.substr(1, std::min(content.find(']'), content.size()) - 1);
      if (wanted.find(section) == std::string_view::npos || section.empty() || content.starts_with('#')) return;
      entry(offset, line, quoted_in(line, "#"));
    });
  };
  each_entry("libraries plugins", [&](std::size_t offset, std::string_view line, const std::vector<Spot>& texts) {
    const Keyed keyed(line, texts);
    if (keyed.is(dependency)) {
      if (!keyed.reference.empty()) references.push_back(keyed.reference);
      if (keyed.version.length > 0) spots.push_back({offset + keyed.version.offset, keyed.version.length});
    } else if (texts.size() == 1) {
      const Spot version = version_in_notation(line, texts.front(), dependency);
      if (version.length > 0) spots.push_back({offset + version.offset, version.length});
    }
  });
  each_entry("versions", [&](std::size_t offset, std::string_view line, const std::vector<Spot>& texts) {
    const std::string_view key = trimmed(line.substr(0, line.find('=')));
    if (texts.size() == 1 && std::ranges::find(references, key) != references.end())
      spots.push_back({offset + texts.front().offset, texts.front().length});
  });
  return spots;
}

std::vector<Spot> locate_in_gradle(std::string_view text, std::string_view dependency) {
  std::vector<Spot> spots;
  each_line(text, [&](std::size_t offset, std::string_view line) {
    const Keyed keyed(line, quoted_in(line, "//"));
    if (keyed.version.length > 0 && keyed.is(dependency))
      spots.push_back({offset + keyed.version.offset, keyed.version.length});
    for (const Spot& spot : quoted_in(line, "//")) {
      const bool has_group = std::ranges::count(text_of(line, spot), ':') > 1;
      const Spot version = has_group ? version_in_notation(line, spot, dependency) : Spot{};
      if (version.length > 0) spots.push_back({offset + version.offset, version.length});
    }
    // plugins { id 'x' version '1' }
    const auto texts = quoted_in(line, "//");
    if (texts.size() == 2 && text_of(line, texts[0]) == dependency &&
        line.substr(0, texts[1].offset).find(" version") != std::string_view::npos) {
      spots.push_back({offset + texts[1].offset, texts[1].length});
    }
  });
  return spots;
}

std::vector<Spot> locate_in_dockerfile(std::string_view text, std::string_view dependency) {
  std::vector<Spot> spots;
  each_line(text, [&](std::size_t offset, std::string_view line) {
    Spot next = word(line, 0);
    if (!same_word(text_of(line, next), "from")) return;
    do {
      next = word(line, next.offset + next.length);
    } while (text_of(line, next).starts_with("--"));
    const std::string_view image = text_of(line, next);
    if (image.find('@') != std::string_view::npos) return;  // pinned by its content: a tag says nothing there
    const std::size_t colon = image.rfind(':');
    const bool has_tag = colon != std::string_view::npos && image.find('/', colon) == std::string_view::npos;
    const std::string_view name = has_tag ? image.substr(0, colon) : image;
    if (name != dependency || !has_tag) return;
    spots.push_back({offset + next.offset + colon + 1, image.size() - colon - 1});
  });
  return spots;
}

}  // namespace commandcenter::patcher
