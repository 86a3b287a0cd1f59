#include "sandbox/started_ahead.h"

#include <sys/stat.h>

#include <algorithm>
#include <utility>

namespace commandcenter::sandbox {

bool StartedAhead::is_possible(const LaunchSpec& spec) {
  return spec.secrets.empty() && !spec.network && !spec.copy_on_write && !spec.layer && !spec.writable && !spec.image &&
         spec.root.empty();
}

// Compared as a whole, so that a member that somebody adds to LaunchSpec counts.
LaunchSpec StartedAhead::kind_of(LaunchSpec spec) {
  spec.label.clear();
  spec.input.clear();
  spec.limits.timeout_ms = 0;
  if (spec.may_start_ahead) return spec;
  spec.argv.clear();
  spec.environment.clear();
  return spec;
}

std::vector<StartedAhead::Place> StartedAhead::places_of(const LaunchSpec& spec) {
  std::vector<Place> places;
  const auto add = [&places](const std::string& path) {
    struct stat about {};
    places.push_back(::stat(path.c_str(), &about) == 0 ? Place{about.st_dev, about.st_ino} : Place{});
  };
  if (!spec.workspace.empty()) add(spec.workspace);
  for (const std::string& folder : spec.hidden)
    add(spec.workspace + "/" + folder);
  for (const Bind& bind : spec.read_only_binds)
    add(bind.host_path);
  return places;
}

StartedAhead::Choice StartedAhead::take(const LaunchSpec& spec) {
  Choice choice;
  if (most_ <= 0 || !is_possible(spec)) return choice;
  const LaunchSpec kind = kind_of(spec);
  remember(kind);
  std::optional<std::vector<Place>> places;
  for (auto entry = waiting_.begin(); entry != waiting_.end() && !choice.fits;) {
    if (entry->second.spec != kind) {
      ++entry;
      continue;
    }
    if (!places) places = places_of(kind);
    if (entry->second.places == *places)
      choice.fits = entry->first;
    else
      choice.stale.push_back(entry->first);
    entry = waiting_.erase(entry);
  }
  return choice;
}

std::optional<StartedAhead::Order> StartedAhead::next(const LaunchSpec& spec) const {
  if (most_ <= 0 || !is_possible(spec)) return std::nullopt;
  Order order{kind_of(spec), std::nullopt};
  if (!is_wanted_again(order.spec)) return std::nullopt;
  int of_this_kind = 0;
  for (const auto& [id, waiting] : waiting_)
    of_this_kind += waiting.spec == order.spec ? 1 : 0;
  if (of_this_kind >= kAheadOfAKind) return std::nullopt;
  if (waiting_.size() < static_cast<std::size_t>(most_)) return order;
  // The oldest empty sandbox goes; a program that runs already only for another one.
  const auto empty = std::ranges::find_if(waiting_, [](const auto& one) { return !one.second.spec.may_start_ahead; });
  if (empty == waiting_.end() && !order.spec.may_start_ahead) return std::nullopt;
  order.in_place_of = (empty == waiting_.end() ? waiting_.begin() : empty)->first;
  return order;
}

bool StartedAhead::is_wanted_again(const LaunchSpec& kind) const {
  return kind.may_start_ahead ||
         std::ranges::any_of(remembered_, [&kind](const Remembered& one) { return one.again && one.kind == kind; });
}

void StartedAhead::remember(const LaunchSpec& kind) {
  if (kind.may_start_ahead) return;
  const auto known = std::ranges::find(remembered_, kind, &Remembered::kind);
  const bool again = known != remembered_.end();
  if (again)
    remembered_.erase(known);
  else if (remembered_.size() == kKindsRemembered)
    remembered_.pop_front();
  remembered_.push_back({kind, again});
}

void StartedAhead::add(LaunchId id, const LaunchSpec& spec) {
  waiting_.insert_or_assign(id, Waiting{kind_of(spec), places_of(spec)});
}

std::vector<LaunchId> StartedAhead::all() const {
  std::vector<LaunchId> ids;
  for (const auto& [id, waiting] : waiting_)
    ids.push_back(id);
  return ids;
}

}  // namespace commandcenter::sandbox
