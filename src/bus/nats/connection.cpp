#include "bus/nats/connection.h"

#include <nats/nats.h>

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/json.h"
#include "bus/nats/durable.h"
#include "bus/nats/wire.h"

namespace commandcenter::bus {
namespace {

constexpr std::int64_t kMaxUnanswered = 1'024;      // messages on their way to JetStream
constexpr std::int64_t kAnswerSlice_ms = 50;        // how soon the end of the connection is seen
constexpr std::int64_t kRequestTimeout_ms = 2'000;  // of questions about streams
constexpr std::int64_t kNanosecondsPerMs = 1'000'000;
constexpr int kMaxPendingMessages = 65'536;
constexpr int kMaxPending_bytes = 64 << 20;

Result<void> checked(natsStatus status, std::string_view what) {
  if (status == NATS_OK) return {};
  const char* detail = nats_GetLastError(nullptr);
  return fail(ErrorCode::kUnavailable, fmt::format("NATS: {}: {}{}{}", what, natsStatus_GetText(status),
                                                   detail != nullptr ? ": " : "", detail != nullptr ? detail : ""));
}

// "workflow.started.x" -> "workflow.started": streams are asked for by such beginnings.
std::string beginning_of(const std::string& subject) {
  const auto first = subject.find('.');
  return subject.substr(0, first == std::string::npos ? first : subject.find('.', first + 1));
}

void on_closed(natsConnection* /*connection*/, void* closure) {
  static_cast<NatsConnection*>(closure)->closed();
}

void on_refused(jsCtx* /*context*/, jsPubAckErr* error, void* closure) {
  static_cast<NatsConnection*>(closure)->refused(
      natsMsg_GetSubject(error->Msg), error->ErrText != nullptr ? error->ErrText : natsStatus_GetText(error->Err));
}

void on_message(natsConnection* /*connection*/, natsSubscription* /*subscription*/, natsMsg* message, void* closure) {
  const auto& listener = *static_cast<std::shared_ptr<Listener>*>(closure);
  if (listener->active && !listener->elsewhere->covers(natsMsg_GetSubject(message)))
    (*listener->handler)(received(message));
  natsMsg_Destroy(message);
}

void on_complete(void* closure) {
  delete static_cast<std::shared_ptr<Listener>*>(closure);
}

// What the library holds while options are put together.
struct Options {
  natsOptions* handle = nullptr;
  Options() = default;
  ~Options() { natsOptions_Destroy(handle); }
  Options(const Options&) = delete;
  Options& operator=(const Options&) = delete;
};

natsStatus set_servers(natsOptions* options, const std::string& urls) {
  const std::vector<std::string> servers = servers_of(urls);
  std::vector<const char*> pointers;
  pointers.reserve(servers.size());
  for (const std::string& server : servers)
    pointers.push_back(server.c_str());
  return natsOptions_SetServers(options, pointers.data(), static_cast<int>(pointers.size()));
}

natsStatus fill(natsOptions* options, const NatsConfig& config) {
  natsStatus status = set_servers(options, config.url);
  if (status == NATS_OK) status = natsOptions_SetTimeout(options, config.connect_timeout_ms);
  if (status == NATS_OK) status = natsOptions_SetName(options, config.client_name.c_str());
  if (status == NATS_OK) status = natsOptions_SetAllowReconnect(options, false);  // a new connection takes its place
  if (status == NATS_OK) status = natsOptions_SetPingInterval(options, 5'000);
  if (status == NATS_OK) status = natsOptions_SetMaxPingsOut(options, 2);
  if (status == NATS_OK) status = natsOptions_SetSendAsap(options, false);
  if (status == NATS_OK) status = natsOptions_UseGlobalMessageDelivery(options, true);  // one thread for all subjects
  if (status == NATS_OK && !config.credentials_file.empty())
    status = natsOptions_SetUserCredentialsFromFiles(options, config.credentials_file.c_str(), nullptr);
  return status;
}

}  // namespace

Result<std::shared_ptr<NatsConnection>> NatsConnection::open(const NatsConfig& config, observe::Log& log) {
  std::shared_ptr<NatsConnection> connection(new NatsConnection(config, log));
  if (auto connected = connection->connect(); !connected) return fail(std::move(connected.error()));
  if (config.jetstream != "off") connection->open_jetstream();
  return connection;
}

Result<void> NatsConnection::connect() {
  Options options;
  natsStatus status = natsOptions_Create(&options.handle);
  if (status == NATS_OK) status = fill(options.handle, config_);
  if (status == NATS_OK) status = natsOptions_SetClosedCB(options.handle, on_closed, this);
  if (status == NATS_OK) status = natsConnection_Connect(&connection_, options.handle);
  return checked(status, "no connection");
}

NatsConnection::~NatsConnection() {
  if (connection_ == nullptr) return;
  natsConnection_Close(connection_);
  {
    // The library tells of the end on a thread of its own, which must not find this gone.
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return ended_.load(); });
  }
  jsCtx_Destroy(jetstream_);
  natsConnection_Destroy(connection_);
}

void NatsConnection::closed() {
  const std::lock_guard lock(mutex_);
  ended_ = true;
  changed_.notify_all();
}

void NatsConnection::wake() {
  const std::lock_guard lock(mutex_);
  changed_.notify_all();
}

void NatsConnection::wait(const std::function<bool()>& until) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return ended_ || until(); });
}

// ---- JetStream

void NatsConnection::open_jetstream() {
  jsOptions options;
  jsOptions_Init(&options);
  options.Wait = kRequestTimeout_ms;
  options.PublishAsync.MaxPending = kMaxUnanswered;
  options.PublishAsync.ErrHandler = on_refused;
  options.PublishAsync.ErrHandlerClosure = this;
  if (natsConnection_JetStream(&jetstream_, connection_, &options) != NATS_OK) return;
  if (make_stream() != MadeStream::kNobody) return;
  jsCtx_Destroy(jetstream_);
  jetstream_ = nullptr;
}

MadeStream NatsConnection::make_stream() {
  std::vector<const char*> subjects;
  for (const std::string& subject : config_.stream_subjects)
    subjects.push_back(subject.c_str());
  jsStreamConfig stream;
  jsStreamConfig_Init(&stream);
  stream.Name = config_.stream.c_str();
  stream.Subjects = subjects.data();
  stream.SubjectsLen = static_cast<int>(subjects.size());
  stream.MaxAge = config_.stream_max_age_ms * kNanosecondsPerMs;
  stream.MaxBytes = config_.stream_max_bytes;
  stream.Duplicates = config_.duplicate_window_ms * kNanosecondsPerMs;
  stream.Storage = js_FileStorage;
  jsErrCode code{};
  const natsStatus status = js_AddStream(nullptr, jetstream_, &stream, nullptr, &code);
  if (status == NATS_OK || code == JSStreamNameExistErr) return MadeStream::kYes;
  if (status == NATS_NO_RESPONDERS || code == JSNotEnabledErr || code == JSNotEnabledForAccountErr)
    return MadeStream::kNobody;
  // Another stream may well take the same subjects; whether one does is seen when something is published.
  log_.warn("the NATS stream could not be made",
            {{"stream", config_.stream}, {"error", checked(status, "js_AddStream").error().message}});
  return status == NATS_TIMEOUT ? MadeStream::kNoAnswer : MadeStream::kYes;
}

void NatsConnection::refused(std::string_view subject, std::string_view why) {
  const std::lock_guard lock(mutex_);
  if (refusal_.empty()) refusal_ = fmt::format("{}: {}", subject, why);
}

// Whether a stream takes such subjects. Without one nobody would ever answer.
Result<bool> NatsConnection::is_kept(const std::string& subject) {
  if (in_doubt_) {  // the stream may have been deleted: then nothing would ever answer, and the same be sent for ever
    kept_.clear();
    in_doubt_ = make_stream() != MadeStream::kYes;
  }
  const std::string beginning = beginning_of(subject);
  if (const auto known = kept_.find(beginning); known != kept_.end()) return known->second;
  natsMsg* reply = nullptr;
  const std::string question = dump_json({{"subject", subject}});
  const natsStatus status =
      natsConnection_RequestString(&reply, connection_, "$JS.API.STREAM.NAMES", question.c_str(), kRequestTimeout_ms);
  if (auto asked = checked(status, "which stream takes " + subject); !asked) return fail(std::move(asked.error()));
  const auto answer =
      parse_json(std::string_view(natsMsg_GetData(reply), static_cast<std::size_t>(natsMsg_GetDataLength(reply))));
  natsMsg_Destroy(reply);
  const Json* streams = answer ? find_member(*answer, "streams") : nullptr;
  const bool kept = streams != nullptr && streams->is_array() && !streams->empty();
  if (!kept) log_.info("no NATS stream takes such messages; they are published plainly", {{"subject", subject}});
  kept_[beginning] = kept;
  return kept;
}

// Each names the one before it, so that the server takes none after one that it did not take.
Result<void> NatsConnection::publish_to_stream(const Message& message, natsMsg* prepared) {
  jsPubOptions options;
  jsPubOptions_Init(&options);
  options.MsgId = message.id.c_str();
  if (!last_id_.empty()) options.ExpectLastMsgId = last_id_.c_str();
  natsMsg* owned = prepared;
  const natsStatus status = js_PublishMsgAsync(jetstream_, &owned, &options);
  natsMsg_Destroy(owned);  // null when the library has taken it
  if (auto published = checked(status, "publish"); !published) return published;
  last_id_ = message.id;
  return {};
}

Result<void> NatsConnection::await_answers(std::int64_t timeout_ms) {
  jsPubOptions options;
  jsPubOptions_Init(&options);
  natsStatus status = NATS_TIMEOUT;
  for (std::int64_t left_ms = timeout_ms; status == NATS_TIMEOUT && left_ms > 0 && !ended_;
       left_ms -= kAnswerSlice_ms) {
    options.MaxWait = std::min(left_ms, kAnswerSlice_ms);
    status = js_PublishAsyncComplete(jetstream_, &options);
  }
  if (status != NATS_OK) {  // what is still under way is of no interest any more
    natsMsgList pending{};
    if (js_PublishAsyncGetPendingList(&pending, jetstream_) == NATS_OK) natsMsgList_Destroy(&pending);
  }
  return checked(status, "no answer from JetStream");
}

// ---- publishing

Result<void> NatsConnection::publish(const Message& message) {
  if (ended_) return fail(ErrorCode::kUnavailable, "NATS: the connection has ended");
  const auto max_bytes = static_cast<std::size_t>(natsConnection_GetMaxPayload(connection_));
  if (message.payload.size() + kMaxHeader_bytes > max_bytes) {
    return fail(ErrorCode::kTooLarge, fmt::format("{}: the message has {} bytes; the NATS server takes {}",
                                                  message.subject, message.payload.size(), max_bytes));
  }
  bool to_stream = false;
  if (jetstream_ != nullptr && !message.id.empty()) {
    const auto kept = is_kept(message.subject);
    if (!kept) return fail(kept.error());
    to_stream = *kept;
  }
  auto prepared = to_send(message);
  if (!prepared) return fail(std::move(prepared.error()));
  if (to_stream) return publish_to_stream(message, *prepared);
  if (!message.id.empty()) natsMsgHeader_Set(*prepared, kIdHeader, message.id.c_str());
  const natsStatus status = natsConnection_PublishMsg(connection_, *prepared);
  natsMsg_Destroy(*prepared);
  return checked(status, "publish");
}

Result<void> NatsConnection::flush(std::int64_t timeout_ms) {
  Result<void> arrived = checked(natsConnection_FlushTimeout(connection_, timeout_ms), "flush");
  if (jetstream_ == nullptr || last_id_.empty()) return arrived;
  last_id_.clear();
  if (auto answered = await_answers(timeout_ms); !answered) arrived = std::move(answered);
  const std::lock_guard lock(mutex_);
  if (!refusal_.empty()) {
    arrived = fail(ErrorCode::kUnavailable, "NATS: JetStream did not take " + refusal_);
    refusal_.clear();
  }
  in_doubt_ = !arrived;
  return arrived;
}

// ---- subscribing

Result<natsSubscription*> NatsConnection::subscribe(const std::string& pattern,
                                                    const std::shared_ptr<Listener>& listener) {
  natsSubscription* subscription = nullptr;
  auto closure = std::make_unique<std::shared_ptr<Listener>>(listener);
  natsStatus status = natsConnection_Subscribe(&subscription, connection_, pattern.c_str(), on_message, closure.get());
  if (status != NATS_OK) return fail(checked(status, "subscribe " + pattern).error());
  if (natsSubscription_SetOnCompleteCB(subscription, on_complete, closure.get()) == NATS_OK) {
    [[maybe_unused]] auto* with_the_library = closure.release();
  }
  natsSubscription_SetPendingLimits(subscription, kMaxPendingMessages, kMaxPending_bytes);
  return subscription;
}

void NatsConnection::unsubscribe(natsSubscription* subscription) {
  natsSubscription_Unsubscribe(subscription);
  natsSubscription_Destroy(subscription);
}

}  // namespace commandcenter::bus
