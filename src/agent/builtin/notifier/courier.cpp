#include "agent/builtin/notifier/courier.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "agent/builtin/notifier/transport.h"
#include "base/sha256.h"

namespace commandcenter::notifier {
namespace {

constexpr std::int64_t kNever_ms = 86'400'000;

std::int64_t ceil_s(std::int64_t duration_ms) {
  return (duration_ms + 999) / 1000;
}

class Courier {
 public:
  Courier(const Destination& destination, const HostPolicy& policy, const Patience& patience, Spool& spool,
          const LogSink& log, const Timing& timing)
      : destination_(destination),
        patience_(patience),
        spool_(spool),
        log_(log),
        timing_(timing),
        transport_(destination, policy),
        bucket_(destination.rate, timing.clock.monotonic_ms()) {}

  std::vector<Receipt> work() {
    while (!spool_.empty()) {
      const Spooled one = spool_.front();
      Receipt& receipt = receipt_of(one.message_id);
      const bool is_lost = receipt.outcome == Outcome::kFailed;  // an earlier part of the message was refused
      const Reply reply = is_lost ? Reply{} : send(one, receipt);
      if (!is_lost) note(one, receipt, reply);
      if (!is_lost && !reply.delivered && reply.again) break;
      if (auto done = spool_.done(first_id_); !done) {
        log_(done.error().message);
        break;
      }
    }
    return std::move(receipts_);
  }

 private:
  Receipt& receipt_of(const std::string& message_id) {
    if (receipts_.empty() || receipts_.back().message_id != message_id) {
      receipts_.push_back({.message_id = message_id,
                           .destination = destination_.name,
                           .channel = std::string(channel_word(destination_.channel)),
                           .host = shown(destination_)});
      first_id_ = spool_.first_id();
    }
    return receipts_.back();
  }

  void note(const Spooled& one, Receipt& receipt, const Reply& reply) {
    receipt.status = reply.status;
    receipt.reason = reply.reason;
    receipt.wall_ms = timing_.clock.wall_ms();
    if (reply.delivered) {
      ++receipt.parts;
      if (first_id_.empty()) first_id_ = receipt.service_id = reply.message_id;
      receipt.outcome = one.parcel.last ? Outcome::kDelivered : Outcome::kWaiting;
    } else {
      receipt.outcome = reply.again ? Outcome::kWaiting : Outcome::kFailed;
    }
  }

  void sleep(std::int64_t duration_ms) {
    if (duration_ms > 0) timing_.sleep_ms(duration_ms);
  }

  // Tries of one parcel, until it is there, refused, or out of time.
  Reply send(const Spooled& one, Receipt& receipt) {
    const std::int64_t deadline_ms = timing_.clock.monotonic_ms() + patience_.budget_ms;
    for (int attempt = 1;; ++attempt) {
      sleep(bucket_.wait_ms(timing_.clock.monotonic_ms()));
      bucket_.take();
      ++receipt.attempts;
      const std::int64_t left_ms = deadline_ms - timing_.clock.monotonic_ms();
      Reply reply = transport_.send(one.parcel, first_id_, timing_.clock.wall_ms(),
                                    std::clamp<std::int64_t>(left_ms, 1, kTryTimeout_ms));
      if (reply.delivered || !reply.again) return reply;
      const std::int64_t wait_ms = reply.wait_ms.value_or(backoff_ms(patience_, one.parcel.key, attempt));
      if (attempt >= patience_.tries) return reply;
      if (timing_.clock.monotonic_ms() + wait_ms >= deadline_ms) {
        if (reply.wait_ms)
          reply.reason += fmt::format("; it asks to wait {} s, of retry.budgetSeconds {} are left", ceil_s(wait_ms),
                                      std::max<std::int64_t>(0, deadline_ms - timing_.clock.monotonic_ms()) / 1000);
        return reply;
      }
      log_(fmt::format("{} try {} of {} failed ({}); next in {} ms", destination_.name, attempt, patience_.tries,
                       reply.reason, wait_ms));
      sleep(wait_ms);
    }
  }

  const Destination& destination_;
  const Patience& patience_;
  Spool& spool_;
  const LogSink& log_;
  const Timing& timing_;
  Transport transport_;
  TokenBucket bucket_;
  std::string first_id_;
  std::vector<Receipt> receipts_;
};

}  // namespace

std::int64_t TokenBucket::wait_ms(std::int64_t now_ms) {
  if (rate_.per_second <= 0) {
    tokens_ = rate_.burst;
    return 0;
  }
  tokens_ = std::min(rate_.burst, tokens_ + static_cast<double>(now_ms - filled_ms_) * rate_.per_second / 1000);
  filled_ms_ = now_ms;
  if (tokens_ >= 1) return 0;
  return std::min(kNever_ms, static_cast<std::int64_t>(std::ceil((1 - tokens_) * 1000 / rate_.per_second)));
}

std::int64_t backoff_ms(const Patience& patience, std::string_view key, int attempt) {
  const std::int64_t whole_ms = std::min(kMaxBackoff_ms, patience.first_backoff_ms << std::min(attempt - 1, 16));
  std::int64_t chance = 0;
  for (const char digit : sha256_hex(fmt::format("{}/{}", key, attempt)).substr(0, 7))
    chance = chance * 16 + (digit <= '9' ? digit - '0' : digit - 'a' + 10);
  return whole_ms - chance % (whole_ms / 2 + 1);
}

std::string_view outcome_word(Outcome outcome) {
  switch (outcome) {
    case Outcome::kDelivered:
      return "delivered";
    case Outcome::kFailed:
      return "failed";
    case Outcome::kWaiting:
      return "waiting";
    case Outcome::kDuplicate:
      return "duplicate";
    case Outcome::kDryRun:
      return "dryRun";
  }
  return {};
}

std::vector<Receipt> deliver(const Destination& destination, const HostPolicy& policy, const Patience& patience,
                             Spool& spool, const LogSink& log, const Timing& timing) {
  return Courier(destination, policy, patience, spool, log, timing).work();
}

}  // namespace commandcenter::notifier
