#include "bus/nats/durable.h"

#include <nats/nats.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "bus/nats/wire.h"

namespace commandcenter::bus {
namespace {

// No more: libnats 3.4 counts what had arrived before it was asked twice, and writes beyond the list that it makes when
// that is more than half of it.
constexpr int kFetchedAtOnce = 1;
constexpr std::int64_t kAnswerWait_ms = 2'000;
constexpr std::int64_t kFetchWait_ms = 100;  // also how late the server is told what was dealt with
constexpr std::int64_t kMaxUnsettled = 1'000;
constexpr std::int64_t kAckWait_ns = 30'000'000'000;  // then it comes again
constexpr int kIdleFetches = 20;  // in a row; then it is asked whether stream and consumer are still there
constexpr std::chrono::milliseconds kMissingStreamWait{500};

}  // namespace

void Coverage::set(std::vector<std::string> patterns) {
  const std::lock_guard lock(mutex_);
  patterns_ = std::move(patterns);
}

bool Coverage::covers(std::string_view subject) const {
  const std::lock_guard lock(mutex_);
  return std::any_of(patterns_.begin(), patterns_.end(),
                     [&](const std::string& pattern) { return subject_matches(pattern, subject); });
}

struct DurableConsumer::Settled {
  std::mutex mutex;
  std::deque<std::pair<natsMsg*, bool>> waiting;
  bool closed = false;

  void add(natsMsg* message, bool dealt_with) {
    const std::lock_guard lock(mutex);
    if (closed)
      natsMsg_Destroy(message);
    else
      waiting.emplace_back(message, dealt_with);
  }

  std::deque<std::pair<natsMsg*, bool>> take(bool last) {
    const std::lock_guard lock(mutex);
    closed = last;
    return std::exchange(waiting, {});
  }
};

DurableConsumer::DurableConsumer(const NatsConfig& config, observe::Log& log,
                                 std::shared_ptr<NatsConnection> connection, std::shared_ptr<Coverage> coverage,
                                 Deliver deliver)
    : config_(config),
      log_(log),
      connection_(std::move(connection)),
      coverage_(std::move(coverage)),
      deliver_(std::move(deliver)),
      settled_(std::make_shared<Settled>()) {
  thread_ = std::thread([this, opened = open()] { read(opened); });
}

DurableConsumer::~DurableConsumer() {
  stopping_ = true;
  thread_.join();
  for (const auto& [message, dealt_with] : settled_->take(true)) {
    if (dealt_with) natsMsg_Ack(message, nullptr);
    natsMsg_Destroy(message);
  }
  natsSubscription_Destroy(subscription_);
  jsCtx_Destroy(jetstream_);
}

// The stream and its consumer, which may have come or gone since the last time.
bool DurableConsumer::open() {
  if (jetstream_ == nullptr) {
    jsOptions options;
    jsOptions_Init(&options);
    options.Wait = kAnswerWait_ms;
    if (natsConnection_JetStream(&jetstream_, connection_->handle(), &options) != NATS_OK) return false;
  }
  jsStreamInfo* info = nullptr;
  const natsStatus asked = js_GetStreamInfo(&info, jetstream_, config_.inbound_stream.c_str(), nullptr, nullptr);
  if (asked == NATS_NOT_FOUND) coverage_->set({});  // what no stream keeps is heard by plain subscriptions
  if (asked != NATS_OK) return false;
  std::vector<std::string> subjects(info->Config->Subjects, info->Config->Subjects + info->Config->SubjectsLen);
  jsStreamInfo_Destroy(info);

  jsConsumerConfig consumer;
  jsConsumerConfig_Init(&consumer);
  consumer.Durable = config_.inbound_durable.c_str();
  consumer.AckPolicy = js_AckExplicit;
  consumer.AckWait = kAckWait_ns;
  consumer.MaxAckPending = kMaxUnsettled;
  jsErrCode code{};
  const natsStatus added =
      js_AddConsumer(nullptr, jetstream_, config_.inbound_stream.c_str(), &consumer, nullptr, &code);
  if (added != NATS_OK && code != JSConsumerNameExistErr && code != JSConsumerExistingActiveErr) return false;
  if (subscription_ == nullptr && !subscribe()) return false;
  coverage_->set(std::move(subjects));
  return true;
}

bool DurableConsumer::subscribe() {
  jsSubOptions options;
  jsSubOptions_Init(&options);
  options.Stream = config_.inbound_stream.c_str();
  options.Consumer = config_.inbound_durable.c_str();
  options.ManualAck = true;
  return js_PullSubscribe(&subscription_, jetstream_, nullptr, config_.inbound_durable.c_str(), nullptr, &options,
                          nullptr) == NATS_OK;
}

void DurableConsumer::read(bool opened) {
  bool told = false;
  while (going()) {
    if (std::exchange(opened, false) || open()) {
      told = false;
      fetch();
      continue;
    }
    if (!std::exchange(told, true)) {
      log_.warn("the NATS stream to read from is not there, or may not be read", {{"stream", config_.inbound_stream}});
    }
    pause();
  }
}

void DurableConsumer::pause() {
  for (auto waited = std::chrono::milliseconds(0); waited < kMissingStreamWait && !stopping_;
       waited += std::chrono::milliseconds(20))
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
}

// Until nothing has come for a while: that the stream or the consumer was deleted is told to nobody who asks later.
void DurableConsumer::fetch() {
  for (int idle = 0; idle < kIdleFetches && going();) {
    natsMsgList fetched{};
    const natsStatus status = natsSubscription_Fetch(&fetched, subscription_, kFetchedAtOnce, kFetchWait_ms, nullptr);
    idle = fetched.Count > 0 ? 0 : idle + 1;
    for (int i = 0; i < fetched.Count; ++i)
      take(std::exchange(fetched.Msgs[i], nullptr));
    natsMsgList_Destroy(&fetched);
    tell();
    if (status != NATS_OK && status != NATS_TIMEOUT) return pause();
  }
}

void DurableConsumer::take(natsMsg* message) {
  Message read = received(message);
  if (read.id.empty()) {
    jsMsgMetaData* facts = nullptr;
    if (natsMsg_GetMetaData(&facts, message) == NATS_OK)
      read.id = fmt::format("js:{}:{}", config_.inbound_stream, facts->Sequence.Stream);
    jsMsgMetaData_Destroy(facts);
  }
  read.settle = [settled = settled_, message](bool dealt_with) { settled->add(message, dealt_with); };
  deliver_(read);
}

void DurableConsumer::tell() {
  for (const auto& [message, dealt_with] : settled_->take(false)) {
    if (dealt_with)
      natsMsg_Ack(message, nullptr);
    else
      natsMsg_NakWithDelay(message, kFetchWait_ms, nullptr);
    natsMsg_Destroy(message);
  }
}

}  // namespace commandcenter::bus
