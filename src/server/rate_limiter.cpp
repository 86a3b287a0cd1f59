#include "server/rate_limiter.h"

#include <algorithm>
#include <string_view>

namespace commandcenter::server {
namespace {

constexpr std::int64_t kSweepPause_ms = 1'000;  // a full table is looked through at most this often

}  // namespace

std::size_t RateLimiter::Hash::operator()(const Key& key) const {
  const std::string_view bytes(reinterpret_cast<const char*>(key.client.data()), key.client.size());
  return std::hash<std::string_view>{}(bytes)*31 + static_cast<std::size_t>(key.traffic);
}

std::int64_t RateLimiter::limit_of(Traffic traffic) const {
  switch (traffic) {
    case Traffic::kRead:
      return limits_.reads;
    case Traffic::kWrite:
      return limits_.writes;
    case Traffic::kTrigger:
      return limits_.triggers;
    case Traffic::kWebhook:
      return limits_.webhooks;
    case Traffic::kUnlimited:
      return 0;
  }
  return 0;
}

// A table that is full of windows under way gives newcomers a common one: memory stays bounded, and a client that comes
// from many addresses gains nothing by it.
RateLimiter::Window& RateLimiter::window_of(const Key& key, std::int64_t now_ms) {
  if (const auto known = windows_.find(key); known != windows_.end()) return known->second;
  if (windows_.size() >= limits_.max_clients && now_ms - last_sweep_ms_ >= kSweepPause_ms) {
    last_sweep_ms_ = now_ms;
    std::erase_if(windows_, [&](const auto& entry) { return now_ms - entry.second.begun_ms >= limits_.window_ms; });
  }
  const bool is_full = windows_.size() >= limits_.max_clients;
  return windows_.try_emplace(is_full ? Key{{}, key.traffic} : key, Window{now_ms, 0}).first->second;
}

RateLimiter::Verdict RateLimiter::count(const Address& client, Traffic traffic, std::int64_t now_ms) {
  Verdict verdict;
  verdict.limit = limit_of(traffic);
  if (verdict.limit <= 0) return verdict;
  const std::lock_guard lock(mutex_);
  Window& window = window_of({client_group(client), traffic}, now_ms);
  if (now_ms - window.begun_ms >= limits_.window_ms) window = {now_ms, 0};
  verdict.is_limited = true;
  verdict.is_refused = window.requests >= verdict.limit;
  if (!verdict.is_refused) ++window.requests;
  verdict.remaining = verdict.limit - window.requests;
  verdict.reset_s = (window.begun_ms + limits_.window_ms - now_ms + 999) / 1'000;
  return verdict;
}

std::size_t RateLimiter::clients() const {
  const std::lock_guard lock(mutex_);
  return windows_.size();
}

}  // namespace commandcenter::server
