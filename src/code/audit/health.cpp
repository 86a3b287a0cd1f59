// How healthy the code is, in numbers with thresholds: unfinished notes, copies, files that nobody uses, circles, and
// what the compliance checker says.
#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <mutex>
#include <unordered_map>

#include <fmt/format.h>

#include "code/architecture/architecture.h"
#include "code/audit/audit.h"
#include "code/audit/compliance.h"
#include "code/audit/lists.h"
#include "code/graph/tree.h"
#include "code/metrics/metrics.h"
#include "code/source/source.h"

namespace commandcenter::audit {
namespace {

using architecture::Model;
using architecture::SourceFile;
using architecture::Tongue;

constexpr std::size_t kWindow_lines = 8;   // equal lines that make a copy
constexpr std::size_t kMinLine_bytes = 3;  // shorter ones are brackets
constexpr std::size_t kMaxWindows = 4'000'000;
constexpr std::size_t kLongFile_lines = 1'000;

// Spelt in two parts: this file has none of them.
constexpr auto kNotes =
    std::to_array<std::string_view>({"TO"
                                     "DO",
                                     "FIX"
                                     "ME",
                                     "XX"
                                     "X",
                                     "HA"
                                     "CK"});
constexpr int kComplex = 15;  // cyclomatic complexity beyond which a function is hard to test

struct Window {
  std::uint64_t hash = 0;
  std::uint32_t line = 0;
  std::uint32_t end = 0;
};
struct FileHealth {
  std::vector<std::uint32_t> notes{};
  std::vector<Window> windows{};
  std::vector<code::FunctionMetrics> complex{};
};

std::string_view trimmed(std::string_view line) {
  const std::size_t begin = line.find_first_not_of(" \t\r");
  return begin == std::string_view::npos ? std::string_view()
                                         : line.substr(begin, line.find_last_not_of(" \t\r") - begin + 1);
}

bool has_note(std::string_view line) {
  const auto is_word = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || (c >= '0' && c <= '9');
  };
  const std::size_t comment =
      std::min({line.find("//"), line.find('#'), line.find("/*"), line.find("* "), line.find("--")});
  for (const std::string_view note : kNotes) {
    const std::size_t at = line.find(note);
    if (at == std::string_view::npos || comment == std::string_view::npos || comment > at) continue;
    const bool alone =
        (at == 0 || !is_word(line[at - 1])) && (at + note.size() >= line.size() || !is_word(line[at + note.size()]));
    if (alone) return true;
  }
  return false;
}

FileHealth look_at(std::string_view path, std::string_view text) {
  FileHealth health;
  std::vector<std::pair<std::uint64_t, std::uint32_t>> lines;
  std::uint32_t number = 0;
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = trimmed(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    ++number;
    if (has_note(line)) health.notes.push_back(number);
    if (line.size() >= kMinLine_bytes && !line.starts_with("//") && !line.starts_with('#') && !line.starts_with('*') &&
        !line.starts_with("import "))
      lines.emplace_back(std::hash<std::string_view>{}(line), number);
  }
  for (std::size_t i = 0; i + kWindow_lines <= lines.size(); ++i) {
    std::uint64_t hash = 14'695'981'039'346'656'037ULL;
    for (std::size_t k = 0; k < kWindow_lines; ++k)
      hash = (hash ^ lines[i + k].first) * 1'099'511'628'211ULL;
    health.windows.push_back({hash, lines[i].second, lines[i + kWindow_lines - 1].second});
  }
  if (code::is_measured(path) && text.size() <= code::kMaxMeasured_bytes) {
    if (const auto measured = code::measure(path, text)) {
      std::ranges::copy_if(measured->functions, std::back_inserter(health.complex),
                           [](const code::FunctionMetrics& function) { return function.cyclomatic > kComplex; });
    }
  }
  return health;
}

struct Copies {
  std::size_t lines = 0;
  std::size_t count = 0;
  Json list = Json::array();
};

// Each run of equal windows is one copy of what came first in the order of paths.
Copies find_copies(const std::map<std::string, FileHealth>& files) {
  struct Place {
    const std::string* file;
    std::uint32_t line;
    std::size_t window;
  };
  std::unordered_map<std::uint64_t, Place> seen;
  Copies copies;
  std::vector<std::pair<std::size_t, Json>> found;
  for (const auto& [path, health] : files) {
    for (std::size_t i = 0; i < health.windows.size();) {
      const auto [first, is_new] = seen.try_emplace(health.windows[i].hash, Place{&path, health.windows[i].line, i});
      const bool overlaps = !is_new && first->second.file == &path && i < first->second.window + kWindow_lines;
      if (is_new || overlaps) {
        ++i;
        if (seen.size() > kMaxWindows) return copies;
        continue;
      }
      const Place original = first->second;
      const std::vector<Window>& other = files.at(*original.file).windows;
      std::size_t length = 1;
      while (i + length < health.windows.size() && original.window + length < other.size() &&
             health.windows[i + length].hash == other[original.window + length].hash)
        ++length;
      const std::uint32_t begin = health.windows[i].line;
      const std::uint32_t end = health.windows[i + length - 1].end;
      copies.lines += end - begin + 1;
      ++copies.count;
      found.emplace_back(end - begin + 1, Json{{"file", path},
                                               {"line", begin},
                                               {"lines", end - begin + 1},
                                               {"original", *original.file},
                                               {"originalLine", original.line}});
      i += length + kWindow_lines - 1;
    }
  }
  std::ranges::stable_sort(found, std::ranges::greater{}, [](const auto& entry) { return entry.first; });
  for (auto& [length, entry] : found) {
    if (copies.list.size() < 30) copies.list.push_back(std::move(entry));
  }
  return copies;
}

// Only where a file must be imported to count: compilers of other languages find files by themselves.
bool could_be_unused(const SourceFile& file) {
  const std::string_view name = architecture::name_of(file.path);
  const bool imported_by_name = file.facts.tongue == Tongue::kScript || file.facts.tongue == Tongue::kComponent ||
                                file.facts.tongue == Tongue::kPython;
  const bool header =
      file.facts.tongue == Tongue::kC && (name.ends_with(".h") || name.ends_with(".hpp") || name.ends_with(".hh"));
  if ((!imported_by_name && !header) || file.test || file.generated || file.facts.main_line > 0) return false;
  for (const std::string_view part : {".config.", ".d.ts", ".stories.", "__init__", "setup.py", "conftest", "manage.py",
                                      "index.", "main.", "settings"}) {
    if (name.find(part) != std::string_view::npos) return false;
  }
  for (const std::string_view folder :
       {"migrations/", "pages/", "routes/", "app/", "bin/", "scripts/", "docs/", "examples/", "commands/"}) {
    if (file.path.find(folder) != std::string::npos) return false;
  }
  return true;
}

Json unused_files(const Model& model) {
  std::vector<bool> used(model.graph.files.size(), false);
  for (const architecture::Edge& edge : model.graph.edges)
    used[edge.to] = true;
  for (const architecture::EntryPoint& entry : model.entries) {
    if (const SourceFile* file = model.graph.find(entry.spot.file))
      used[static_cast<std::size_t>(file - model.graph.files.data())] = true;
  }
  Json list = Json::array();
  for (std::size_t i = 0; i < model.graph.files.size(); ++i) {
    if (!used[i] && could_be_unused(model.graph.files[i]))
      list.push_back({{"file", model.graph.files[i].path}, {"lines", model.graph.files[i].facts.lines}});
  }
  return list;
}

Json metric(std::string name, double value, double threshold, std::string unit) {
  return {{"name", std::move(name)},
          {"value", value},
          {"threshold", threshold},
          {"unit", std::move(unit)},
          {"good", value <= threshold}};
}

// No history tells it: none is old as far as one knows, which is not good.
void say_unknown(Json& metric) {
  metric["value"] = nullptr;
  metric["good"] = nullptr;
}

double per_thousand(std::size_t count, std::size_t whole) {
  return whole == 0 ? 0 : static_cast<double>(count * 10'000 / whole) / 10;
}

}  // namespace

Result<Json> health(const Place& place, const Json& compliance) {
  architecture::Options options;
  options.target = place.target;
  options.folder = place.folder;
  std::mutex mutex;
  std::map<std::string, FileHealth> files;
  options.onlooker = [&](unsigned, std::string_view path, std::string_view bytes) {
    if (architecture::tongue_of(path) == Tongue::kNone || code::traits_of(path, bytes.substr(0, 4'096)).minified)
      return;
    FileHealth health = look_at(path, bytes);
    const std::lock_guard lock(mutex);
    files.emplace(path, std::move(health));
  };
  const auto model = architecture::read_architecture(place.root, options);
  if (!model) return fail(model.error());
  Compliance kept = read_compliance(place.root, compliance);

  Json notes = Json::array();
  std::size_t note_count = 0;
  std::vector<std::pair<int, Json>> busy;
  std::size_t lines = 0;
  std::size_t long_files = 0;
  for (const auto& [path, health] : files) {
    note_count += health.notes.size();
    for (const std::uint32_t line : health.notes) {
      if (notes.size() < kMaxListed) notes.push_back({{"file", path}, {"line", line}});
    }
    const SourceFile* file = model->graph.find(path);
    const std::size_t count = file == nullptr ? 0 : file->facts.lines;
    lines += count;
    long_files += count > kLongFile_lines ? 1U : 0U;
    for (const code::FunctionMetrics& function : health.complex)
      busy.emplace_back(
          function.cyclomatic,
          Json{{"file", path}, {"line", function.line}, {"name", function.name}, {"cyclomatic", function.cyclomatic}});
  }
  std::ranges::stable_sort(busy, std::ranges::greater{}, [](const auto& entry) { return entry.first; });
  Json complex = Json::array();
  for (std::size_t i = 0; i < std::min(busy.size(), kMaxListed); ++i)
    complex.push_back(std::move(busy[i].second));
  const Copies copies = find_copies(files);
  Json unused = unused_files(*model);
  Json result = {{"name", model->name}, {"lines", lines}};
  result["metrics"] =
      Json::array({metric("unfinished notes", per_thousand(note_count, lines), 5, "per 1,000 lines"),
                   metric("copied lines", per_thousand(copies.lines, lines), 50, "per 1,000 lines"),
                   metric("unused files", static_cast<double>(unused.size()), 0, "files"),
                   metric("circles of imports", static_cast<double>(model->cycles.size()), 0, "circles"),
                   metric("secrets", static_cast<double>(kept.secrets), 0, "findings"),
                   metric("complex functions", static_cast<double>(busy.size()), 0, "with a complexity above 15"),
                   metric("long files", static_cast<double>(long_files), 0, "of more than 1,000 lines"),
                   metric("licence problems", static_cast<double>(kept.licence_problems), 0, "findings"),
                   metric("weak or missing security headers", static_cast<double>(kept.header_problems), 0, "findings"),
                   metric("old dependencies", static_cast<double>(kept.old), 0, "unchanged for two years")});
  if (kept.direct > 0 && kept.dated == 0) say_unknown(result["metrics"].back());
  result["counts"] = {{"notes", note_count},
                      {"copies", copies.count},
                      {"copiedLines", copies.lines},
                      {"unusedFiles", unused.size()},
                      {"cycles", model->cycles.size()},
                      {"secrets", kept.secrets},
                      {"licenceProblems", kept.licence_problems},
                      {"headerProblems", kept.header_problems},
                      {"dependencies", kept.dependencies},
                      {"oldDependencies", kept.old},
                      {"complexFunctions", busy.size()}};
  result["notes"] = std::move(notes);
  result["copies"] = copies.list;
  result["unusedFiles"] = limited(std::move(unused));
  result["complexFunctions"] = std::move(complex);
  result["cycles"] = limited(architecture::surroundings_json(*model)["cycles"]);
  result.update(kept.lists);
  return result;
}

}  // namespace commandcenter::audit
