// pom.xml and project files of .NET: elements and attributes, comments left out.
#include <algorithm>
#include <string>

#include "agent/builtin/patcher/manifests.h"

namespace commandcenter::patcher {
namespace {

// The same text with comments blanked, so that offsets stay.
std::string without_comments(std::string_view text) {
  std::string out(text);
  for (std::size_t at = out.find("<!--"); at != std::string::npos; at = out.find("<!--", at)) {
    const std::size_t end = std::min(out.find("-->", at), out.size() - 3) + 3;
    std::fill(out.begin() + static_cast<std::ptrdiff_t>(at), out.begin() + static_cast<std::ptrdiff_t>(end), ' ');
  }
  return out;
}

// The content of the first <name>…</name> within [from, to).
Spot element(std::string_view text, std::string_view name, std::size_t from, std::size_t to) {
  const std::string open = "<" + std::string(name) + ">";
  const std::size_t begin = text.find(open, from);
  if (begin == std::string_view::npos || begin >= to) return {0, 0};
  const std::size_t end = text.find('<', begin + open.size());
  if (end == std::string_view::npos || end > to) return {0, 0};
  Spot spot{begin + open.size(), end - begin - open.size()};
  while (spot.length > 0 && std::string_view(" \t\r\n").find(text[spot.offset]) != std::string_view::npos) {
    ++spot.offset;
    --spot.length;
  }
  while (spot.length > 0 &&
         std::string_view(" \t\r\n").find(text[spot.offset + spot.length - 1]) != std::string_view::npos)
    --spot.length;
  return spot;
}

Spot attribute(std::string_view text, std::string_view name, std::size_t from, std::size_t to) {
  for (std::size_t at = text.find(name, from); at < to; at = text.find(name, at + 1)) {
    const std::size_t equals = text.find_first_not_of(" \t\r\n", at + name.size());
    const bool begins = at > 0 && std::string_view(" \t\r\n").find(text[at - 1]) != std::string_view::npos;
    if (!begins || equals >= to || text[equals] != '=') continue;
    const std::size_t open = text.find_first_of("\"'", equals);
    if (open >= to) return {0, 0};
    const std::size_t close = text.find(text[open], open + 1);
    if (close == std::string_view::npos) return {0, 0};
    return {open + 1, close - open - 1};
  }
  return {0, 0};
}

}  // namespace

std::vector<Spot> locate_in_pom(std::string_view original, std::string_view dependency) {
  const std::string plain = without_comments(original);
  const std::string_view text = plain;
  std::vector<Spot> spots;
  for (const std::string_view kind : {"dependency", "plugin", "parent"}) {
    const std::string open = "<" + std::string(kind) + ">";
    const std::string close = "</" + std::string(kind) + ">";
    for (std::size_t at = text.find(open); at != std::string_view::npos; at = text.find(open, at + 1)) {
      const std::size_t end = std::min(text.find(close, at), text.size());
      const Spot artifact = element(text, "artifactId", at, end);
      const Spot group = element(text, "groupId", at, end);
      const Spot version = element(text, "version", at, end);
      const std::string name(text.substr(artifact.offset, artifact.length));
      const std::string whole = std::string(text.substr(group.offset, group.length)) + ":" + name;
      if ((name != dependency && whole != dependency) || version.length == 0) continue;
      const std::string_view value = text.substr(version.offset, version.length);
      if (!value.starts_with("${") || !value.ends_with("}")) {
        spots.push_back(version);
        continue;
      }
      // A property: that is where the version stands.
      const Spot property = element(text, value.substr(2, value.size() - 3), 0, text.size());
      const bool known = std::ranges::any_of(spots, [&](const Spot& spot) { return spot.offset == property.offset; });
      if (property.length > 0 && !known) spots.push_back(property);
    }
  }
  std::ranges::sort(spots, {}, &Spot::offset);
  return spots;
}

std::vector<Spot> locate_in_csproj(std::string_view original, std::string_view dependency) {
  const std::string plain = without_comments(original);
  const std::string_view text = plain;
  std::vector<Spot> spots;
  for (const std::string_view kind : {"<PackageReference", "<PackageVersion"}) {
    for (std::size_t at = text.find(kind); at != std::string_view::npos; at = text.find(kind, at + 1)) {
      const std::size_t tag_end = std::min(text.find('>', at), text.size());
      Spot name = attribute(text, "Include", at, tag_end);
      if (name.length == 0) name = attribute(text, "Update", at, tag_end);
      if (!same_word(text.substr(name.offset, name.length), dependency)) continue;
      Spot version = attribute(text, "Version", at, tag_end);
      if (version.length == 0 && tag_end > 0 && text[tag_end - 1] != '/') {
        const std::size_t end = std::min(text.find("</Package", tag_end), text.size());
        version = element(text, "Version", tag_end, end);
      }
      if (version.length > 0) spots.push_back(version);
    }
  }
  std::ranges::sort(spots, {}, &Spot::offset);
  return spots;
}

}  // namespace commandcenter::patcher
