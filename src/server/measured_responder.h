// Tells the metrics how long a request took to be answered. Private to this folder.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <utility>

#include "observe/metrics.h"
#include "server/http.h"

namespace commandcenter::server {

class MeasuredResponder final : public Responder {
 public:
  MeasuredResponder(std::shared_ptr<Responder> inner, observe::Metrics& metrics, std::string method, std::string route)
      : inner_(std::move(inner)), metrics_(metrics), method_(std::move(method)), route_(std::move(route)) {
    metrics_.request_began();
  }
  ~MeasuredResponder() override {
    if (!answered_) metrics_.request_abandoned();
  }
  MeasuredResponder(const MeasuredResponder&) = delete;
  MeasuredResponder& operator=(const MeasuredResponder&) = delete;

  void respond(Response response) override {
    measure(response.status);
    inner_->respond(std::move(response));
  }
  // A stream is answered when it opens.
  std::shared_ptr<Stream> stream(Response head) override {
    measure(head.status);
    return inner_->stream(std::move(head));
  }

 private:
  void measure(int status) {
    if (answered_.exchange(true)) return;
    metrics_.request_answered(method_, route_, status, stopwatch_.ms());
  }

  const std::shared_ptr<Responder> inner_;
  observe::Metrics& metrics_;
  const std::string method_;
  const std::string route_;
  std::atomic<bool> answered_ = false;
  const observe::Stopwatch stopwatch_;
};

}  // namespace commandcenter::server
