#include "code/review/cache.h"

#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <utility>

#include <fmt/format.h>

#include "base/sha256.h"
#include "code/review/judge.h"
#include "code/scan/cache.h"
#include "code/scan/packed.h"

namespace commandcenter::code::review {
namespace {

constexpr std::string_view kMagic = "commandcenter review cache 1\n";
constexpr std::size_t kKey_bytes = 32;  // half of a SHA-256 in hex

void write(PackWriter& out, const ReviewedFunction& function) {
  out.text(function.metrics.name);
  out.number(function.metrics.line);
  out.number(function.metrics.end_line);
  out.number(static_cast<std::uint64_t>(std::max(0, function.metrics.cyclomatic)));
  out.number(static_cast<std::uint64_t>(std::max(0, function.metrics.lines_of_code)));
  out.number(function.metrics.parameters);
  out.number(function.metrics.tokens);
  out.number(function.has_figures ? 1 : 0);
  out.number(static_cast<std::uint64_t>(function.cognitive));
  out.number(static_cast<std::uint64_t>(function.nesting));
  out.real(function.volume);
  out.real(function.maintainability);
}

ReviewedFunction read_function(PackReader& in) {
  ReviewedFunction function;
  function.metrics.name = in.text();
  function.metrics.line = in.number();
  function.metrics.end_line = in.number();
  function.metrics.cyclomatic = static_cast<int>(in.number());
  function.metrics.lines_of_code = static_cast<int>(in.number());
  function.metrics.parameters = in.number();
  function.metrics.tokens = in.number();
  function.has_figures = in.number() == 1;
  function.cognitive = static_cast<int>(in.number());
  function.nesting = static_cast<int>(in.number());
  function.volume = in.real();
  function.maintainability = in.real();
  return function;
}

void write(PackWriter& out, const Spot& spot) {
  const auto rules = all_rules();
  const auto rule = std::ranges::find(rules, spot.rule, &RuleInfo::id);
  out.number(static_cast<std::uint64_t>(rule - rules.begin()));
  out.number(static_cast<std::uint64_t>(spot.severity));
  out.number(static_cast<std::uint64_t>(spot.confidence));
  out.number(spot.begin);
  out.number(spot.end);
  out.number(spot.extent_end);
  out.text(spot.subject);
  out.real(spot.measure);
  out.text(spot.description);
  out.number(spot.fix ? 1 : 0);
  if (!spot.fix) return;
  out.text(spot.fix->before);
  out.text(spot.fix->after);
}

std::optional<Spot> read_spot(PackReader& in) {
  const std::uint64_t rule = in.number();
  const std::uint64_t severity = in.number();
  const std::uint64_t confidence = in.number();
  if (rule >= all_rules().size() || severity > 3 || confidence > 2) return std::nullopt;
  Spot spot = spot_of(static_cast<Rule>(rule));
  spot.severity = static_cast<Severity>(severity);
  spot.confidence = static_cast<Confidence>(confidence);
  spot.begin = in.number();
  spot.end = in.number();
  spot.extent_end = in.number();
  spot.subject = in.text();
  spot.measure = in.real();
  spot.description = in.text();
  if (in.number() == 1) {
    std::string before(in.text());
    spot.fix = Fix{std::move(before), std::string(in.text())};
  }
  return spot;
}

}  // namespace

std::string encoded(const FileOutcome& outcome) {
  PackWriter out;
  out.number(outcome.measured ? 1 : 0);
  out.text(outcome.left_out);
  out.number(outcome.lines);
  out.number(outcome.functions.size());
  for (const ReviewedFunction& function : outcome.functions)
    write(out, function);
  out.number(outcome.spots.size());
  for (const Spot& spot : outcome.spots)
    write(out, spot);
  out.number(outcome.imports.size());
  for (const Import& import : outcome.imports) {
    out.text(import.target);
    out.number(import.line);
  }
  out.number(outcome.strip.family);
  out.number(outcome.strip.hashes.size());
  out.raw(outcome.strip.hashes.data(), outcome.strip.hashes.size() * sizeof(std::uint32_t));
  out.raw(outcome.strip.line_steps.data(), outcome.strip.line_steps.size());
  return out.take();
}

std::optional<FileOutcome> decoded(std::string_view bytes) {
  PackReader in(bytes);
  FileOutcome outcome;
  outcome.measured = in.number() == 1;
  outcome.left_out = in.text();
  outcome.lines = in.number();
  for (std::size_t i = in.count(); i > 0 && in.sound(); --i)
    outcome.functions.push_back(read_function(in));
  for (std::size_t i = in.count(); i > 0 && in.sound(); --i) {
    auto spot = read_spot(in);
    if (!spot) return std::nullopt;
    outcome.spots.push_back(std::move(*spot));
  }
  for (std::size_t i = in.count(); i > 0 && in.sound(); --i) {
    std::string target(in.text());
    outcome.imports.push_back({std::move(target), in.number()});
  }
  outcome.strip.family = static_cast<std::uint8_t>(in.number());
  const std::size_t tokens = in.count();
  const std::string_view hashes = in.raw(tokens * sizeof(std::uint32_t));
  const std::string_view steps = in.raw(tokens);
  if (!in.sound() || !in.at_end()) return std::nullopt;
  outcome.strip.hashes.resize(tokens);
  outcome.strip.line_steps.resize(tokens);
  if (tokens > 0) {
    std::memcpy(outcome.strip.hashes.data(), hashes.data(), hashes.size());
    std::memcpy(outcome.strip.line_steps.data(), steps.data(), steps.size());
  }
  return outcome;
}

Cache::Cache(const std::string& folder, const std::string& root) : folder_(folder), build_(this_build()) {
  std::error_code error;
  const std::filesystem::path whole = std::filesystem::weakly_canonical(root, error);
  path_ = fmt::format("{}/{}.review", folder, sha256_hex(error ? root : whole.string()).substr(0, kKey_bytes));
  load();
}

void Cache::load() {
  std::error_code error;
  const auto size = std::filesystem::file_size(path_, error);
  if (error || size > kMaxCache_bytes) return;
  std::ifstream file(path_, std::ios::binary);
  text_.resize(size);
  if (!file.read(text_.data(), static_cast<std::streamsize>(size))) return;
  if (!text_.starts_with(kMagic)) return;
  PackReader in(std::string_view(text_).substr(kMagic.size()));
  if (in.text() != build_) return;
  while (!in.at_end()) {
    const std::string_view key = in.raw(kKey_bytes);
    const std::uint64_t check = in.number();
    const std::string_view entry = in.text();
    if (!in.sound()) return;
    if (check == std::hash<std::string_view>{}(entry)) known_.emplace(key, entry);
  }
}

std::string Cache::key(const Source& source, bool native) const {
  std::string about = fmt::format("{}\n{}\n", native, source.path());  // the path tells the language, tests, examples
  about += sha256_hex(source.text());
  return sha256_hex(about).substr(0, kKey_bytes);
}

std::optional<FileOutcome> Cache::find(const std::string& key) {
  const auto found = known_.find(key);
  if (found == known_.end()) return std::nullopt;
  auto outcome = decoded(found->second);
  if (!outcome) return std::nullopt;
  const std::lock_guard lock(mutex_);
  used_.insert(*found);
  return outcome;
}

void Cache::put(const std::string& key, const FileOutcome& outcome) {
  std::string bytes = encoded(outcome);
  const std::lock_guard lock(mutex_);
  made_.insert_or_assign(key, std::move(bytes));
}

void Cache::save() const {
  if (made_.empty() && used_.size() == known_.size()) return;
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(path_).parent_path(), error);
  const std::string draft = fmt::format("{}.{}", path_, ::getpid());
  {
    std::ofstream file(draft, std::ios::binary | std::ios::trunc);
    PackWriter head;
    head.text(build_);
    file << kMagic << head.take();
    const auto entry = [&](const std::string& key, std::string_view bytes) {
      PackWriter size;
      size.number(std::hash<std::string_view>{}(bytes));
      size.number(bytes.size());
      file << key << size.take() << bytes;
    };
    for (const auto& [key, bytes] : used_)
      if (!made_.contains(key)) entry(key, bytes);
    for (const auto& [key, bytes] : made_)
      entry(key, bytes);
    file.close();
    if (!file) {
      std::filesystem::remove(draft, error);
      return;
    }
  }
  std::filesystem::rename(draft, path_, error);
  if (error) std::filesystem::remove(draft, error);
  prune_caches(folder_, path_);
}

}  // namespace commandcenter::code::review
