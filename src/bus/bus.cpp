// The in-process bus: exact subjects are found by hash, patterns one by one.
#include "bus/bus.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace commandcenter::bus {
namespace {

constexpr std::size_t kMaxPatternLength = 255;

// Cuts the first token off; false when there is none left.
bool next_token(std::string_view& rest, std::string_view& token, bool& more) {
  if (!more) return false;
  const auto dot = rest.find('.');
  token = rest.substr(0, dot);
  more = dot != std::string_view::npos;
  rest = more ? rest.substr(dot + 1) : std::string_view{};
  return true;
}

class InProcessBus final : public Bus {
 public:
  Result<void> publish(const Message& message) override {
    std::vector<std::shared_ptr<const Handler>> handlers;  // called without the lock: they may unsubscribe
    {
      const std::lock_guard lock(mutex_);
      if (const auto exact = exact_.find(message.subject); exact != exact_.end()) {
        for (const auto& [id, handler] : exact->second)
          handlers.push_back(handler);
      }
      for (const auto& [id, entry] : patterns_) {
        if (subject_matches(entry.first, message.subject)) handlers.push_back(entry.second);
      }
    }
    for (const auto& handler : handlers)
      (*handler)(message);
    return {};
  }

  Result<SubscriptionId> subscribe(std::string pattern, Handler handler) override {
    if (auto checked = check_pattern(pattern); !checked) return fail(std::move(checked.error()));
    auto shared = std::make_shared<const Handler>(std::move(handler));
    const std::lock_guard lock(mutex_);
    const SubscriptionId id = ++last_id_;
    if (pattern.find_first_of("*>") == std::string::npos) {
      exact_[pattern].emplace(id, std::move(shared));
      subjects_.emplace(id, std::move(pattern));
    } else {
      patterns_.emplace(id, std::pair{std::move(pattern), std::move(shared)});
    }
    ++subscribers_;
    return id;
  }

  void unsubscribe(SubscriptionId id) override {
    const std::lock_guard lock(mutex_);
    if (const auto subject = subjects_.find(id); subject != subjects_.end()) {
      const auto exact = exact_.find(subject->second);
      exact->second.erase(id);
      if (exact->second.empty()) exact_.erase(exact);
      subjects_.erase(subject);
      --subscribers_;
    } else if (patterns_.erase(id) > 0) {
      --subscribers_;
    }
  }

  Result<void> flush(std::int64_t /*timeout_ms*/) override { return {}; }  // publish() has called the handlers

  bool has_subscribers(std::string_view subject) const override {
    if (subscribers_ == 0) return false;
    const std::lock_guard lock(mutex_);
    if (exact_.contains(std::string(subject))) return true;
    return std::any_of(patterns_.begin(), patterns_.end(),
                       [&](const auto& entry) { return subject_matches(entry.second.first, subject); });
  }

  bool healthy() const override { return true; }

 private:
  mutable std::mutex mutex_;
  SubscriptionId last_id_ = 0;
  std::atomic<int> subscribers_ = 0;
  std::unordered_map<std::string, std::map<SubscriptionId, std::shared_ptr<const Handler>>> exact_;
  std::unordered_map<SubscriptionId, std::string> subjects_;
  std::map<SubscriptionId, std::pair<std::string, std::shared_ptr<const Handler>>> patterns_;
};

}  // namespace

Result<void> check_pattern(std::string_view pattern) {
  const auto bad = [&](std::string_view why) {
    return fail(ErrorCode::kInvalid, fmt::format("bad subject pattern \"{}\": {}", pattern, why));
  };
  if (pattern.empty()) return bad("it is empty");
  if (pattern.size() > kMaxPatternLength) return bad(fmt::format("longer than {} characters", kMaxPatternLength));
  std::string_view rest = pattern;
  std::string_view token;
  for (bool more = true; next_token(rest, token, more);) {
    if (token.empty()) return bad("a token between dots is empty");
    if (token == ">" && more) return bad("'>' is only allowed at the end");
    if (token.size() > 1 && token.find_first_of("*>") != std::string_view::npos) {
      return bad("'*' and '>' stand for whole tokens only");
    }
    for (std::size_t at = 0; at < token.size(); ++at) {
      const char c = token[at];
      const bool allowed = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
                           c == '-' || c == ':' || c == '%' || c == '*' || c == '>';
      if (allowed) continue;
      std::size_t length = 1;  // show a whole character, not its first byte
      while (at + length < token.size() && (static_cast<unsigned char>(token[at + length]) & 0xC0) == 0x80)
        ++length;
      return bad(fmt::format("the character '{}' is not allowed", token.substr(at, length)));
    }
  }
  return {};
}

bool subject_matches(std::string_view pattern, std::string_view subject) {
  std::string_view pattern_token;
  std::string_view subject_token;
  bool more_pattern = true;
  bool more_subject = true;
  while (next_token(pattern, pattern_token, more_pattern)) {
    if (!next_token(subject, subject_token, more_subject)) return false;
    if (pattern_token == ">") return true;
    if (pattern_token != "*" && pattern_token != subject_token) return false;
  }
  return !more_subject;
}

std::string subject_token(std::string_view name) {
  std::string token;
  for (const char c : name) {
    const bool plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == ':';
    if (plain)
      token += c;
    else
      token += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return token;
}

std::string name_of_token(std::string_view token) {
  const auto value = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
  };
  std::string name;
  for (std::size_t i = 0; i < token.size(); ++i) {
    if (token[i] == '%' && i + 2 < token.size() && value(token[i + 1]) >= 0 && value(token[i + 2]) >= 0) {
      name += static_cast<char>(value(token[i + 1]) * 16 + value(token[i + 2]));
      i += 2;
    } else {
      name += token[i];
    }
  }
  return name;
}

std::unique_ptr<Bus> make_in_process_bus() {
  return std::make_unique<InProcessBus>();
}

}  // namespace commandcenter::bus
