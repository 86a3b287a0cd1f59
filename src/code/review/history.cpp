#include "code/review/history.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "code/git/git.h"
#include "code/review/findings.h"

namespace commandcenter::code::review {
namespace {

// What a path below the root is called in the repository.
std::optional<std::string> prefix_of(const Repository& repository, const std::string& root) {
  std::error_code error;
  const auto inside = std::filesystem::relative(root, repository.work_folder(), error);
  if (error || inside.empty() || *inside.begin() == "..") return std::nullopt;
  return inside == "." ? std::string() : inside.string() + "/";
}

std::string day_of(std::int64_t time_s) {
  return fmt::format("{:%Y-%m-%d}", std::chrono::sys_seconds(std::chrono::seconds(time_s)));
}

}  // namespace

void add_authors(Report& report, const std::string& root) {
  const auto repository = Repository::open(root);
  if (!repository) return;
  const auto prefix = prefix_of(*repository, root);
  if (!prefix) return;
  std::map<std::string, std::vector<Finding*>> notes;
  for (Finding& finding : report.findings)
    if (finding.rule == info(Rule::kTodo).id) notes[finding.file].push_back(&finding);
  for (auto& [file, findings] : notes) {
    std::ifstream in(root + "/" + file, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    std::vector<std::size_t> lines;
    for (const Finding* finding : findings)
      lines.push_back(finding->line);
    const auto origins = repository->origins(*prefix + file, text, lines);
    for (std::size_t i = 0; i < findings.size(); ++i) {
      const bool known = origins && !(*origins)[i].author.empty();
      findings[i]->description +=
          known ? fmt::format(" ({}, since {})", to_utf8((*origins)[i].author), day_of((*origins)[i].time_s))
                : " (not committed yet)";
    }
  }
}

void add_hot_spots(const std::vector<ReviewedFunction>& functions, const std::string& root, const ScanOptions& scan,
                   Report& report) {
  const auto repository = Repository::open(root);
  if (!repository) return;
  const auto prefix = prefix_of(*repository, root);
  const auto churn = repository->churn(kChurnCommits);
  if (!prefix || !churn) return;
  std::map<std::string, std::size_t> complexity;
  for (const ReviewedFunction& function : functions)
    complexity[std::string(function.file)] += static_cast<std::size_t>(std::max(0, function.metrics.cyclomatic - 1));
  struct Spot {
    std::string file;
    std::size_t changes;
    std::size_t complexity;
  };
  std::vector<Spot> spots;
  for (const auto& [file, sum] : complexity) {
    const auto changes = churn->find(*prefix + file);
    if (changes != churn->end() && changes->second >= kLeastChurn && sum > 0)
      spots.push_back({file, changes->second, sum});
  }
  std::ranges::sort(spots, [](const Spot& a, const Spot& b) {
    return a.changes * a.complexity != b.changes * b.complexity ? a.changes * a.complexity > b.changes * b.complexity
                                                                : a.file < b.file;
  });
  if (spots.size() > kMaxHotSpots) spots.resize(kMaxHotSpots);
  LateFindings findings(root, scan, report);
  for (const Spot& spot : spots) {
    findings.add(Rule::kHotSpot, spot.file, 1, 1,
                 fmt::format("Complicated and often changed: {} of the latest {} commits, complexity {}", spot.changes,
                             kChurnCommits, spot.complexity));
  }
}

}  // namespace commandcenter::code::review
