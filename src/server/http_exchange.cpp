#include "server/http_exchange.h"

#include <utility>

namespace commandcenter::server {
namespace {

void run_guarded(const std::function<void()>& callback) {
  try {
    callback();
  } catch (...) {  // a callback's failure must not take the connection's thread down
  }
}

class ExchangeStream final : public Stream {
 public:
  explicit ExchangeStream(std::shared_ptr<Exchange> exchange) : exchange_(std::move(exchange)) {}
  ~ExchangeStream() override { exchange_->end(); }
  bool write(std::string text) override { return exchange_->write(std::move(text)); }
  void close() override { exchange_->end(); }
  void on_close(std::function<void()> callback) override { exchange_->on_close(std::move(callback)); }

 private:
  std::shared_ptr<Exchange> exchange_;
};

class ExchangeResponder final : public Responder {
 public:
  explicit ExchangeResponder(std::shared_ptr<Exchange> exchange) : exchange_(std::move(exchange)) {}
  ~ExchangeResponder() override { exchange_->drop(); }
  void respond(Response response) override { exchange_->respond(std::move(response)); }

  std::shared_ptr<Stream> stream(Response head) override {
    // Of a request that was answered already, a stream that is closed from the start.
    if (exchange_->open_stream(std::move(head))) return std::make_shared<ExchangeStream>(exchange_);
    auto closed = std::make_shared<Exchange>(nullptr);
    closed->detach();
    return std::make_shared<ExchangeStream>(std::move(closed));
  }

 private:
  std::shared_ptr<Exchange> exchange_;
};

}  // namespace

std::shared_ptr<Responder> make_responder(std::shared_ptr<Exchange> exchange) {
  return std::make_shared<ExchangeResponder>(std::move(exchange));
}

void Exchange::wake_once() {
  if (std::exchange(woken_, true) || !wake_) return;
  wake_();
}

void Exchange::respond(Response response) {
  const std::lock_guard lock(mutex_);
  if (std::exchange(answered_, true) || detached_) return;
  news_.response = std::move(response);
  wake_once();
}

bool Exchange::open_stream(Response head) {
  const std::lock_guard lock(mutex_);
  if (std::exchange(answered_, true)) return false;
  if (detached_) return true;
  news_.stream_head = std::move(head);
  wake_once();
  return true;
}

void Exchange::drop() {
  const std::lock_guard lock(mutex_);
  if (std::exchange(answered_, true) || detached_) return;
  news_.dropped = true;
  wake_once();
}

bool Exchange::write(std::string text) {
  const std::lock_guard lock(mutex_);
  if (detached_ || ended_ || overflowed_) return false;
  if (news_.text.size() + in_flight_bytes_ + text.size() > kMaxStreamBacklog_bytes) {
    overflowed_ = true;
    if (wake_) wake_();  // even if woken before: the connection may be stuck in the write that the client does not take
    return false;
  }
  if (news_.text.empty()) {
    news_.text = std::move(text);
  } else {
    news_.text += text;
  }
  wake_once();
  return true;
}

void Exchange::end() {
  const std::lock_guard lock(mutex_);
  if (std::exchange(ended_, true) || detached_) return;
  news_.ended = true;
  wake_once();
}

void Exchange::on_close(std::function<void()> callback) {
  {
    const std::lock_guard lock(mutex_);
    if (!detached_) {
      on_close_.push_back(std::move(callback));
      return;
    }
  }
  run_guarded(callback);
}

Exchange::News Exchange::take() {
  const std::lock_guard lock(mutex_);
  woken_ = false;
  in_flight_bytes_ += news_.text.size();
  return std::exchange(news_, News{});
}

void Exchange::written(std::size_t size_bytes) {
  const std::lock_guard lock(mutex_);
  in_flight_bytes_ -= size_bytes;
}

bool Exchange::overflowed() {
  const std::lock_guard lock(mutex_);
  return overflowed_;
}

void Exchange::detach() {
  std::vector<std::function<void()>> callbacks;
  std::function<void()> wake;
  News news;
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(detached_, true)) return;
    callbacks.swap(on_close_);
    wake.swap(wake_);
    std::swap(news, news_);
  }
  for (const auto& callback : callbacks)
    run_guarded(callback);
}

}  // namespace commandcenter::server
