#include "sandbox/checkouts.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/sha256.h"
#include "sandbox/fetch.h"
#include "sandbox/layer.h"

namespace commandcenter::sandbox {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxFetchLog_bytes = 4'000;
constexpr const char* kPartial = ".partial";

// Empty for a repository of this machine, which needs no mirror.
std::string mirror_name(const FetchOrder& order) {
  return order.repository.starts_with('/') ? std::string() : sha256_hex(order.scope + "\n" + order.repository);
}

struct Contents {
  std::int64_t bytes = 0;
  int packs = 0;
};

Contents contents_of(const fs::path& folder) {
  Contents contents;
  std::error_code error;
  for (fs::recursive_directory_iterator entry(folder, error); !error && entry != fs::recursive_directory_iterator();
       entry.increment(error)) {
    std::error_code none;
    if (entry->is_regular_file(none)) contents.bytes += static_cast<std::int64_t>(entry->file_size(none));
    if (entry->path().extension() == ".pack") ++contents.packs;
  }
  return contents;
}

}  // namespace

void trim_mirrors(const std::string& folder, std::int64_t most_bytes, const std::function<bool(std::string)>& busy) {
  struct Mirror {
    fs::file_time_type used;
    std::int64_t bytes = 0;
    fs::path path;
  };
  std::vector<Mirror> mirrors;
  std::int64_t total = 0;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    std::error_code none;
    const Contents contents = contents_of(entry.path());
    if (contents.packs > kMaxMirrorPacks && !busy(entry.path().stem().string())) {
      Layer::remove_folder(entry.path().string());
      continue;
    }
    total += contents.bytes;
    mirrors.push_back({fs::last_write_time(entry.path(), none), contents.bytes, entry.path()});
  }
  std::ranges::sort(mirrors, {}, &Mirror::used);
  for (const Mirror& mirror : mirrors) {
    if (total <= most_bytes) return;
    if (busy(mirror.path.stem().string())) continue;
    Layer::remove_folder(mirror.path.string());
    total -= mirror.bytes;
  }
}

Checkouts::Checkouts(std::string folder, std::string mirrors, Workbench& bench, Start start)
    : folder_(std::move(folder)), mirrors_(std::move(mirrors)), bench_(bench), start_(std::move(start)) {}

void Checkouts::release(const std::string& id) const {
  Layer::remove_folder(folder_ + "/" + id);
}

void Checkouts::remove_leftovers() const {
  std::error_code ignored;
  for (const std::string& folder : {folder_, mirrors_}) {
    for (const auto& entry : fs::directory_iterator(folder, ignored)) {
      if (entry.path().extension() == kPartial) Layer::remove_folder(entry.path().string());
    }
  }
}

void Checkouts::fetch(const FetchOrder& order, const Done& done) {
  const std::string folder = fmt::format("{}/{}", folder_, order.id);
  if (std::string commit = commit_of(folder); !commit.empty()) return done(Fetched{folder, std::move(commit)});
  if (folder_.empty() || !start_) {
    return done(fail(ErrorCode::kUnavailable, "repositories are fetched in a sandbox only, and there is none"));
  }
  const std::string name = mirrors_.empty() ? std::string() : mirror_name(order);
  if (name.empty()) return copy(order, order.id, done);
  auto& jobs = at_work_[name];
  jobs.push_back({order, done});
  if (jobs.size() == 1) use_mirror(name);
}

// `then` is called on the workbench.
void Checkouts::run(LaunchSpec spec, const std::function<void(const Ended&)>& then) {
  auto log = std::make_shared<std::string>();
  LaunchCallbacks callbacks{{},
                            [log](std::string_view line) {
                              if (log->size() > kMaxFetchLog_bytes) log->clear();  // the end says why
                              log->append(line) += '\n';
                            },
                            [this, log, then](const Exit& exit) {
                              Ended ended{exit.kind == ExitKind::kExited && exit.exit_code == 0,
                                          exit.kind == ExitKind::kExited && exit.exit_code == kNotByName, *log};
                              while (ended.why.ends_with('\n'))
                                ended.why.pop_back();
                              if (ended.why.empty() || exit.kind != ExitKind::kExited) ended.why = exit.message;
                              bench_.post([then, ended] { then(ended); });
                            }};
  if (!start_(std::move(spec), std::move(callbacks))) then({false, false, "the server is shutting down"});
}

// Into a folder of its own first: what has the right name is complete.
void Checkouts::copy(const FetchOrder& order, const std::string& id, const Done& done) {
  const std::string folder = fmt::format("{}/{}", folder_, id);
  const std::string partial = folder + kPartial;
  auto spec = fetch_spec(order, partial);
  if (!spec) return done(fail(std::move(spec.error())));
  Layer::remove_folder(partial);
  std::error_code error;
  fs::create_directories(partial, error);
  if (error) return done(fail(ErrorCode::kUnavailable, "no folder for the repository can be made: " + error.message()));
  run(std::move(*spec), [folder, partial, done](const Ended& ended) {
    std::error_code failed;
    std::string commit = ended.well ? commit_of(partial) : std::string();
    if (!commit.empty()) fs::rename(partial, folder, failed);
    if (!commit.empty() && !failed) return done(Fetched{folder, std::move(commit)});
    Layer::remove_folder(partial);
    done(fail(ErrorCode::kNotFound, "the repository could not be fetched: " + ended.why));
  });
}

// What is new of the first job's reference comes into the mirror.
void Checkouts::use_mirror(const std::string& name) {
  const FetchOrder& order = at_work_[name].front().order;
  const std::string partial = mirror(name) + kPartial;
  auto spec = mirror_spec(order, partial);
  if (!spec) return finish(name, fail(std::move(spec.error())));
  Layer::remove_folder(partial);
  std::error_code error;
  fs::create_directories(mirrors_, error);
  const bool is_new = !fs::exists(mirror(name), error);
  if (is_new)
    fs::create_directory(partial, error);
  else
    fs::rename(mirror(name), partial, error);
  if (error) return copy_of_host(name, false);
  run(std::move(*spec), [this, name, partial, is_new](const Ended& ended) {
    std::error_code failed;
    if (ended.well || (ended.refused && !is_new)) fs::rename(partial, mirror(name), failed);
    if (ended.well && !failed) return copy_of_mirror(name);
    if (ended.refused) return copy_of_host(name, false);
    if (!is_new) return copy_of_host(name, true);
    Layer::remove_folder(partial);
    finish(name, fail(ErrorCode::kNotFound, "the repository could not be fetched: " + ended.why));
  });
}

void Checkouts::copy_of_mirror(const std::string& name) {
  std::error_code ignored;
  fs::last_write_time(mirror(name), fs::file_time_type::clock::now(), ignored);
  const FetchOrder& order = at_work_[name].front().order;
  FetchOrder local{order.id, mirror(name), kept_reference(order), {}};
  copy(local, order.id, [this, name](Result<Fetched> fetched) {
    if (fetched) return finish(name, std::move(fetched));
    Layer::remove_folder(mirror(name));
    copy_of_host(name, false);
  });
}

// If a mirror that existed failed at what the host does, the mirror was broken, and is not kept.
void Checkouts::copy_of_host(const std::string& name, bool mirror_is_suspect) {
  const FetchOrder& order = at_work_[name].front().order;
  copy(order, order.id, [this, name, mirror_is_suspect](Result<Fetched> fetched) {
    const std::string partial = mirror(name) + kPartial;
    std::error_code ignored;
    if (mirror_is_suspect && !fetched) fs::rename(partial, mirror(name), ignored);
    Layer::remove_folder(partial);
    finish(name, std::move(fetched));
  });
}

void Checkouts::finish(const std::string& name, Result<Fetched> fetched) {
  const auto found = at_work_.find(name);
  const Done done = std::move(found->second.front().done);
  found->second.pop_front();
  const bool more = !found->second.empty();
  if (!more) at_work_.erase(found);
  done(std::move(fetched));
  if (more) return bench_.post([this, name] { use_mirror(name); });
  trim_mirrors(mirrors_, kMaxMirrors_bytes, [this](const std::string& other) { return at_work_.contains(other); });
}

}  // namespace commandcenter::sandbox
