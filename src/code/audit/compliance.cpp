#include "code/audit/compliance.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "code/audit/audit.h"
#include "code/audit/lists.h"
#include "code/git/git.h"

namespace commandcenter::audit {
namespace {

constexpr std::int64_t kOld_s = 2LL * 365 * 24 * 60 * 60;
constexpr std::size_t kMaxBlamed_bytes = 1 << 20;  // of a manifest; older lines of longer ones are not looked for
constexpr std::size_t kMaxBlamedFiles = 100;

std::size_t line_of(const Json& entry) {
  const Json* line = find_member(entry, "line");
  return line != nullptr && line->is_number_unsigned() ? line->get<std::size_t>() : 0;
}

std::string date_of(std::int64_t time_s) {
  return iso8601(time_s * 1'000).substr(0, 10);
}

// Since when a version stands where it stands, from the history of the file.
class History {
 public:
  explicit History(const std::string& root) : root_(root) {
    auto repository = code::Repository::open(root);
    if (!repository) return;
    const auto latest = repository->time_of("HEAD");
    if (!latest) return;
    latest_s_ = *latest;
    way_ = repository->way_to(root);
    repository_.emplace(std::move(*repository));
  }

  // Two years older than the latest commit.
  bool is_old(std::int64_t since_s) const { return since_s > 0 && latest_s_ - since_s >= kOld_s; }

  // 0: unknown.
  std::int64_t written_s(const std::string& file, std::size_t line, std::string_view version) {
    if (!repository_ || line == 0) return 0;
    const Lines& lines = lines_of(file);
    if (line > lines.origins_s.size()) return 0;
    // Lock files have the version below the name.
    const auto holds = [&](std::size_t at) {
      return at < lines.text.size() && !version.empty() && lines.text[at].find(version) != std::string::npos;
    };
    return !holds(line - 1) && holds(line) ? lines.origins_s[line] : lines.origins_s[line - 1];
  }

 private:
  struct Lines {
    std::vector<std::string> text{};
    std::vector<std::int64_t> origins_s{};
  };

  const Lines& lines_of(const std::string& file) {
    const auto [known, is_new] = files_.try_emplace(file);
    if (!is_new || files_.size() > kMaxBlamedFiles) return known->second;
    std::ifstream stream(std::filesystem::path(root_) / file, std::ios::binary);
    const std::string text(std::istreambuf_iterator<char>(stream), {});
    if (text.size() > kMaxBlamed_bytes) return known->second;
    std::vector<std::size_t> numbers;
    Lines lines;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = std::min(text.find('\n', at), text.size());
      lines.text.push_back(text.substr(at, end - at));
      numbers.push_back(lines.text.size());
      at = end + 1;
    }
    const auto origins = repository_->origins(way_ + file, text, numbers);
    if (!origins) return known->second;
    for (const code::LineOrigin& origin : *origins)
      lines.origins_s.push_back(origin.time_s);
    known->second = std::move(lines);
    return known->second;
  }

  std::string root_;
  std::string way_{};
  std::optional<code::Repository> repository_{};
  std::int64_t latest_s_ = 0;
  std::map<std::string, Lines> files_{};
};

void sort_violations(const Json& answer, Compliance& compliance) {
  Json secrets = Json::array();
  Json licences = Json::array();
  Json headers = Json::array();
  for (const Json& violation : list_of(answer, "violations")) {
    const std::string rule = string_member(violation, "rule");
    const bool secret = rule == "secrets";
    Json entry = {{"file", string_member(violation, "file")},
                  {"line", line_of(violation)},
                  {"type", string_member(violation, "ruleId")},
                  {"severity", string_member(violation, "severity")},
                  {"message", string_member(violation, "message")}};
    if (string_member(violation, "ruleId") == "license-file-missing")
      entry.erase("file");  // it names what is not there
    (secret ? secrets : rule == "licenses" ? licences : headers).push_back(std::move(entry));
  }
  compliance.secrets = secrets.size();
  compliance.licence_problems = licences.size();
  compliance.header_problems = headers.size();
  compliance.lists["secrets"] = limited(std::move(secrets));
  compliance.lists["licenceProblems"] = limited(std::move(licences));
  compliance.lists["headerProblems"] = limited(std::move(headers));
}

// How many files name which licence.
Json licence_counts(const Json& answer) {
  std::map<std::string, std::pair<std::size_t, std::string>> counts;
  for (const Json& entry : list_of(answer, "licenses")) {
    auto& [count, first] = counts[string_member(entry, "spdx")];
    if (count++ == 0) first = string_member(entry, "file");
  }
  std::vector<std::pair<std::size_t, Json>> ordered;
  for (const auto& [spdx, entry] : counts)
    ordered.emplace_back(entry.first, Json{{"licence", spdx}, {"files", entry.first}, {"file", entry.second}});
  std::ranges::stable_sort(ordered, std::ranges::greater{}, [](const auto& entry) { return entry.first; });
  Json list = Json::array();
  for (auto& [files, entry] : ordered)
    list.push_back(std::move(entry));
  return list;
}

struct ManifestCounts {
  std::size_t count = 0;
  std::size_t direct = 0;
  std::size_t unknown_licence = 0;
};

// Those of which nobody knows last.
Json oldest_first(std::vector<std::pair<std::int64_t, Json>> entries) {
  std::ranges::stable_sort(entries, {}, [](const auto& entry) { return std::pair(entry.first == 0, entry.first); });
  Json list = Json::array();
  for (auto& [since_s, entry] : entries)
    list.push_back(std::move(entry));
  return list;
}

void read_dependencies(const std::string& root, const Json& answer, Compliance& compliance) {
  History history(root);
  std::map<std::string, ManifestCounts> manifests;
  std::vector<std::pair<std::int64_t, Json>> direct;
  for (const Json& dependency : list_of(answer, "dependencies")) {
    const std::string file = string_member(dependency, "file");
    const std::string version = string_member(dependency, "version");
    ++compliance.dependencies;
    ManifestCounts& counts = manifests[file];
    ++counts.count;
    if (string_member(dependency, "spdx") == "unknown") ++counts.unknown_licence;
    if (dependency.value("direct", false) == false) continue;
    ++counts.direct;
    const std::int64_t since_s = history.written_s(file, line_of(dependency), version);
    ++compliance.direct;
    compliance.dated += since_s > 0 ? 1U : 0U;
    compliance.old += history.is_old(since_s) ? 1U : 0U;
    direct.emplace_back(since_s, Json{{"name", string_member(dependency, "name")},
                                      {"version", version},
                                      {"ecosystem", string_member(dependency, "ecosystem")},
                                      {"licence", string_member(dependency, "spdx")},
                                      {"scope", string_member(dependency, "scope")},
                                      {"file", file},
                                      {"line", line_of(dependency)},
                                      {"since", since_s > 0 ? date_of(since_s) : "unknown"}});
  }
  Json list = oldest_first(std::move(direct));
  compliance.lists["directDependencies"] = list.size();
  compliance.lists["dependencies"] = limited(std::move(list));
  Json files = Json::array();
  for (const auto& [file, counts] : manifests)
    files.push_back({{"file", file},
                     {"count", counts.count},
                     {"direct", counts.direct},
                     {"unknownLicence", counts.unknown_licence}});
  compliance.lists["manifests"] = std::move(files);
}

}  // namespace

void date_dependencies(const std::string& root, Json& health) {
  const auto list = health.find("dependencies");
  if (list == health.end() || !list->is_array()) return;
  History history(root);
  std::vector<std::pair<std::int64_t, Json>> dated;
  std::size_t old = 0;
  std::size_t dated_count = 0;
  for (Json& entry : *list) {
    const std::int64_t since_s =
        history.written_s(string_member(entry, "file"), line_of(entry), string_member(entry, "version"));
    if (since_s > 0) entry["since"] = date_of(since_s);
    old += history.is_old(since_s) ? 1U : 0U;
    dated_count += since_s > 0 ? 1U : 0U;
    dated.emplace_back(since_s, std::move(entry));
  }
  *list = oldest_first(std::move(dated));
  health["counts"]["oldDependencies"] = old;
  if (dated_count == 0) return;
  for (Json& metric : health["metrics"]) {
    if (string_member(metric, "name") != "old dependencies") continue;
    metric["value"] = static_cast<double>(old);
    metric["good"] = old == 0;
  }
}

Compliance read_compliance(const std::string& root, const Json& answer) {
  Compliance compliance;
  sort_violations(answer, compliance);
  compliance.lists["licences"] = licence_counts(answer);
  Json headers = Json::array();
  for (const Json& header : list_of(answer, "headers"))
    headers.push_back({{"file", string_member(header, "file")},
                       {"line", line_of(header)},
                       {"header", string_member(header, "header")},
                       {"state", string_member(header, "state")}});
  compliance.lists["headers"] = limited(std::move(headers));
  read_dependencies(root, answer, compliance);
  return compliance;
}

}  // namespace commandcenter::audit
