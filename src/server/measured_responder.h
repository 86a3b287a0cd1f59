// Tells the metrics how long a request took to be answered. Private to this folder.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "observe/metrics.h"
#include "server/http.h"

namespace commandcenter::server {

class MeasuredResponder final : public Responder {
 public:
  MeasuredResponder(std::shared_ptr<Responder> inner, observe::Metrics& metrics, std::string method, std::string route)
      : inner_(std::move(inner)), metrics_(metrics), method_(std::move(method)), route_(std::move(route)) {}

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
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - from_;
    metrics_.request_answered(method_, route_, status, took.count());
  }

  const std::shared_ptr<Responder> inner_;
  observe::Metrics& metrics_;
  const std::string method_;
  const std::string route_;
  const std::chrono::steady_clock::time_point from_ = std::chrono::steady_clock::now();
};

}  // namespace commandcenter::server
