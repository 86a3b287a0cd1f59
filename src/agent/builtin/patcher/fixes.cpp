// apply-fixes: what findings suggest, each at its line.
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "agent/builtin/patcher/operations.h"

namespace commandcenter::patcher {
namespace {

std::size_t line_of(std::string_view text, std::size_t offset) {
  return static_cast<std::size_t>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(offset), '\n')) +
         1;
}

// Where the text stands that begins nearest to the line; without a line there must be only one.
std::optional<std::size_t> place_of(std::string_view text, const Fix& fix) {
  std::optional<std::size_t> best;
  std::size_t best_distance = 0;
  std::size_t count = 0;
  for (std::size_t at = text.find(fix.before); at != std::string_view::npos; at = text.find(fix.before, at + 1)) {
    const std::size_t line = line_of(text, at);
    const std::size_t distance = line > fix.line ? line - fix.line : fix.line - line;
    if (!best || distance < best_distance) {
      best = at;
      best_distance = distance;
    }
    ++count;
    if (fix.line != 0 && line > fix.line) break;
  }
  if (fix.line == 0) return count == 1 ? best : std::nullopt;
  const auto lines = static_cast<std::size_t>(std::ranges::count(fix.before, '\n'));
  return best_distance <= lines ? best : std::nullopt;
}

struct Place {
  std::size_t offset = 0;
  const Fix* fix = nullptr;
};

}  // namespace

Result<void> apply_fixes(const Request& request, Files& files, Remarks& remarks) {
  if (request.fixes.empty()) {
    remarks.notes.emplace_back("nothing was changed: none of the findings brings a fix");
    return {};
  }
  std::map<std::string, std::vector<Place>> places;
  for (const Fix& fix : request.fixes) {
    const std::string path = join(request.folder, fix.file);
    const auto text = files.read(path);
    if (!text) return fail(text.error());
    const auto offset = place_of(*text, fix);
    if (!offset) {
      remarks.notes.push_back(fmt::format("{}:{} was left out: the text that it replaces is not there{}", fix.file,
                                          fix.line, fix.line == 0 ? ", or more than once" : ""));
      continue;
    }
    places[path].push_back({*offset, &fix});
  }
  std::int64_t count = 0;
  for (auto& [path, all] : places) {
    std::string text = *files.read(path);
    std::ranges::stable_sort(all, {}, &Place::offset);
    std::string out;
    std::size_t from = 0;
    for (const Place& place : all) {
      const bool same = !out.empty() && place.offset + place.fix->before.size() == from;
      if (place.offset < from) {  // two findings about one text
        if (!same)
          remarks.notes.push_back(
              fmt::format("{}:{} was left out: another fix changes the same text", place.fix->file, place.fix->line));
        continue;
      }
      out.append(text, from, place.offset - from).append(place.fix->after);
      from = place.offset + place.fix->before.size();
      ++count;
    }
    out.append(text, from);
    if (auto written = files.write(path, std::move(out)); !written) return written;
  }
  remarks.matches = count;
  return {};
}

}  // namespace commandcenter::patcher
