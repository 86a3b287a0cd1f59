// Outputs that are too large for a row, and how much of the past is kept.
#include <algorithm>

#include <fmt/format.h>

#include "engine/impl.h"

namespace commandcenter::engine {
namespace {

constexpr std::int64_t kRetentionRuns = 20;             // runs that one transaction deletes
constexpr std::int64_t kRetentionPause_ms = 50;         // between two of them, while there are more
constexpr std::int64_t kRetentionBusy_ms = 1'000;       // until the next look when somebody waits
constexpr std::int64_t kRetentionInterval_ms = 60'000;  // between two looks

}  // namespace

// On the thread that tells the end of an attempt. What cannot be stored stays in its row.
void keep_output(store::ArtifactFolder* artifacts, NodeEnded& ended) {
  if (artifacts == nullptr || !ended.outcome.success) return;
  const std::string text = dump_json(ended.outcome.output);
  if (text.size() <= kInlineOutput_bytes) return;
  if (auto hash = artifacts->put(text))
    ended.stored = StoredOutput{std::move(*hash), static_cast<std::int64_t>(text.size())};
}

std::optional<StoredOutput> keep_patch(store::ArtifactFolder* artifacts, const std::string& text) {
  if (artifacts == nullptr || text.size() <= kInlinePatch_bytes) return std::nullopt;
  auto hash = artifacts->put(text);
  if (!hash) return std::nullopt;
  return StoredOutput{std::move(*hash), static_cast<std::int64_t>(text.size())};
}

Json artifact_json(const StoredOutput& stored, const StoredKind& kind) {
  return {{"hash", stored.hash}, {"sizeBytes", stored.size_bytes}, {"mediaType", kind.media_type}};
}

// The row that names the file, in the transaction of the node's end; or nothing names it, then it goes.
void Engine::Impl::record_stored(const LiveRun& run, std::size_t node, std::int64_t attempt, const StoredOutput& stored,
                                 const StoredKind& kind, bool accepted) {
  if (accepted) {
    batch_.puts.emplace_back(store::ArtifactRow{run.state.id, run::node_run_id(run.state.id, node, 0, attempt),
                                                std::string(kind.name), stored.hash, stored.size_bytes,
                                                std::string(kind.media_type), clock_.wall_ms()});
  }
  after_commit([this, hash = stored.hash, accepted] {
    artifacts_->release(hash);
    if (!accepted) remove_unnamed({hash});
  });
}

// An event of the journal, with what it has elsewhere.
Result<Json> Engine::Impl::event_data(const Json& document, const std::string& run_id) {
  const Json* data = find_member(document, "data");
  if (data == nullptr) return fail(ErrorCode::kInternal, fmt::format("the journal of run {} is damaged", run_id));
  const Json* stored = find_member(document, kStoredMember);
  if (stored == nullptr) return *data;
  if (artifacts_ == nullptr) return fail(ErrorCode::kInternal, fmt::format("run {} needs its artifacts", run_id));
  const auto text = artifacts_->read(string_member(*stored, "hash"));
  if (!text) {
    return fail(ErrorCode::kInternal,
                fmt::format("an output of run {} cannot be read: {}", run_id, text.error().message));
  }
  Json whole = *data;
  for (const StoredKind& kind : {kStoredPatch, kStoredReverse}) {
    if (find_member(whole, kind.member) == nullptr) continue;
    whole[kind.member] = *text;
    return whole;
  }
  auto output = parse_json(*text);
  if (!output) return fail(std::move(output.error()));
  whole[kStoredOutput.member] = std::move(*output);
  return whole;
}

// Removes the files among these that no row names any more.
void Engine::Impl::remove_unnamed(const std::set<std::string>& hashes) {
  for (const std::string& hash : hashes) {
    const auto names = store_.count({.table = store::Table::kArtifacts, .id = hash});
    if (names && *names == 0) artifacts_->remove(hash);
  }
}

// Files that a crash left without a row.
void Engine::Impl::sweep_artifacts() {
  if (artifacts_ == nullptr) return;
  const auto removed = artifacts_->sweep([this](const std::string& hash) -> Result<bool> {
    const auto names = store_.count({.table = store::Table::kArtifacts, .id = hash});
    if (!names) return fail(names.error());
    return *names > 0;
  });
  if (!removed) return log_.warn("artifacts cannot be swept", {{"error", removed.error().message}});
  if (*removed > 0) log_.info("artifacts that nobody names removed", {{"files", *removed}});
}

void Engine::Impl::arm_retention(std::int64_t in_ms) {
  if (config_.keep_finished_ms > 0) timers_.add({clock_.wall_ms() + in_ms, TimerKind::kRetention, {}, 0});
}

// Readers of the journal that must miss nothing, such as the outbox, record how far they are. What the last of them has
// yet to read is not deleted.
Result<std::optional<std::int64_t>> Engine::Impl::read_until() {
  const auto rows =
      store::read_all<store::StateRow>(store_, {.table = store::Table::kState, .space = std::string(kReadersSpace)});
  if (!rows) return fail(rows.error());
  std::optional<std::int64_t> lowest;
  for (const store::StateRow& row : *rows) {
    const auto document = parse_json(row.document);
    const Json* position = document ? find_member(*document, "position") : nullptr;
    if (position != nullptr && position->is_number_integer())
      lowest = std::min(lowest.value_or(position->get<std::int64_t>()), position->get<std::int64_t>());
  }
  return lowest;
}

// Deletes some of the finished runs that are too old. A finished run has no pending approvals; unfinished ones, and
// those that a kept run repeats, are not among what the store names.
void Engine::Impl::retain() {
  if (inbox_.size() > 0) return arm_retention(kRetentionBusy_ms);
  store::Query query{.table = store::Table::kRuns,
                     .removable_until = clock_.wall_ms() - config_.keep_finished_ms,
                     .limit = kRetentionRuns};
  const auto runs = store::read_all<store::RunRow>(store_, query);
  if (!runs) {
    log_.error("old runs cannot be read", {{"error", runs.error().message}});
    return arm_retention(kRetentionInterval_ms);
  }
  const auto until = read_until();
  if (!until) return arm_retention(kRetentionInterval_ms);
  std::set<std::string> hashes;
  std::size_t deleted = 0;
  for (const store::RunRow& run : *runs) {
    if (*until) {
      const auto last = store::read_one<store::EventRow>(
          store_, {.table = store::Table::kEvents, .run_id = run.id, .newest_first = true});
      if (!last || (*last && (*last)->position > **until)) continue;
    }
    ++deleted;
    const auto artifacts =
        store::read_all<store::ArtifactRow>(store_, {.table = store::Table::kArtifacts, .run_id = run.id});
    if (!artifacts) return arm_retention(kRetentionInterval_ms);
    for (const store::ArtifactRow& artifact : *artifacts)
      hashes.insert(artifact.hash);
    batch_.deletes.push_back({store::Table::kRuns, run.id});
  }
  if (artifacts_ != nullptr && !hashes.empty())
    after_commit([this, hashes = std::move(hashes)] { remove_unnamed(hashes); });
  if (deleted > 0) log_.info("old runs deleted", {{"runs", deleted}});
  // Also after a batch that was not full: deleting a run may have set free the one it repeats.
  arm_retention(deleted == 0 ? kRetentionInterval_ms : kRetentionPause_ms);
}

}  // namespace commandcenter::engine
