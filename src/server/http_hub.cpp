#include "server/http_hub.h"

#include <array>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "base/entropy.h"

namespace commandcenter::server {

Hub::Hub(const HttpConfig& http_config, Handler request_handler, ErrorBody make_error, Admit request_admit)
    : config(http_config),
      handler(std::move(request_handler)),
      admit(std::move(request_admit)),
      error_body_(std::move(make_error)) {
  std::array<std::uint8_t, 6> seed{};
  SystemEntropy().fill(seed);
  for (const std::uint8_t byte : seed)
    id_prefix_ += fmt::format("{:02x}", byte);
}

std::string Hub::next_id() {
  return fmt::format("{}-{:x}", id_prefix_, ++last_id_);
}

Response Hub::error(int status, std::string_view message, const std::string& request_id) const {
  Response response;
  try {
    response = error_body_(status, message, request_id);
  } catch (...) {  // the status alone is still an answer
  }
  response.status = status;
  return response;
}

std::size_t Hub::add(const std::shared_ptr<Connection>& connection) {
  const std::lock_guard lock(mutex_);
  if (draining_) return 0;
  connections_.emplace(connection.get(), connection);
  return connections_.size();
}

void Hub::remove(Connection* connection) {
  const std::lock_guard lock(mutex_);
  connections_.erase(connection);
  if (connections_.empty()) empty_.notify_all();
}

Connections Hub::begin_draining() {
  const std::lock_guard lock(mutex_);
  draining_ = true;
  return snapshot();
}

Connections Hub::wait_empty(std::optional<std::int64_t> timeout_ms) {
  std::unique_lock lock(mutex_);
  const auto is_empty = [this] { return connections_.empty(); };
  if (timeout_ms) {
    empty_.wait_for(lock, std::chrono::milliseconds(*timeout_ms), is_empty);
  } else {
    empty_.wait(lock, is_empty);
  }
  return snapshot();
}

Connections Hub::snapshot() const {
  Connections all;
  all.reserve(connections_.size());
  for (const auto& [key, connection] : connections_)
    all.push_back(connection);
  return all;
}

}  // namespace commandcenter::server
