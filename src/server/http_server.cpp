// The listener and its threads, on Asio. Each connection gets an executor of its own: a strand when there are several
// threads.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>

#include "server/http.h"
#include "server/http_connection.h"
#include "server/http_hub.h"

namespace commandcenter::server {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t kMaxRefusedConnections = 64;  // being told 503; more are closed without a word
constexpr std::int64_t kAcceptPause_ms = 100;       // when the process has no file descriptor left

Error listen_error(const error_code& error, const HttpConfig& config) {
  if (error == asio::error::address_in_use) {
    return {ErrorCode::kConflict,
            fmt::format("port {} on {} is already in use: stop the other program or choose another with --port",
                        config.port, config.address)};
  }
  if (error == asio::error::access_denied) {
    return {ErrorCode::kForbidden,
            fmt::format("port {} is reserved for privileged programs: choose one above 1023 with --port", config.port)};
  }
  if (error == boost::system::errc::address_not_available) {
    return {ErrorCode::kInvalid,
            fmt::format("this machine has no address {}: use 127.0.0.1 to serve only this machine, or "
                        "0.0.0.0 to serve on all its addresses",
                        config.address)};
  }
  return {ErrorCode::kInternal,
          fmt::format("cannot listen on port {} of {}: {}", config.port, config.address, error.message())};
}

class AsioServer final : public HttpServer {
 public:
  AsioServer(const HttpConfig& config, Handler handler, ErrorBody error_body, Admit admit)
      : hub_(config, std::move(handler), std::move(error_body), std::move(admit)) {}
  ~AsioServer() override { AsioServer::stop(0); }

  Result<void> open() {
    const HttpConfig& config = hub_.config;
    error_code error;
    const auto address = asio::ip::make_address(config.address == "localhost" ? "127.0.0.1" : config.address, error);
    if (error) {
      return fail(ErrorCode::kInvalid,
                  fmt::format("\"{}\" is not an IP address: use 127.0.0.1 to serve only this machine, "
                              "or 0.0.0.0 to serve on all its addresses",
                              config.address));
    }
    const tcp::endpoint endpoint(address, config.port);
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(tcp::acceptor::max_listen_connections, error);
    if (!error) port_ = acceptor_.local_endpoint(error).port();
    if (error) return fail(listen_error(error, config));
    return {};
  }

  std::uint16_t port() const override { return port_; }

  void start(int threads) override {
    const std::lock_guard lock(life_);
    if (!threads_.empty() || stopped_) return;
    many_threads_ = threads > 1;
    asio::post(acceptor_.get_executor(), [this] { accept(); });
    for (int i = 0; i < std::max(threads, 1); ++i)
      threads_.emplace_back([this] { run(); });
  }

  void stop(std::int64_t grace_ms) override {
    const std::lock_guard lock(life_);
    if (std::exchange(stopped_, true)) return;
    error_code ignored;
    if (threads_.empty()) {
      acceptor_.close(ignored);
      return;
    }
    asio::post(acceptor_.get_executor(), [this] {
      error_code not_interesting;
      acceptor_.close(not_interesting);
      accept_pause_.cancel();
    });
    for (const auto& connection : hub_.begin_draining())
      connection->post_drain();
    for (const auto& connection : hub_.wait_empty(grace_ms))
      connection->post_close();
    hub_.wait_empty(std::nullopt);
    work_.reset();  // the threads leave when the last posted answer has been ignored
    for (auto& thread : threads_)
      thread.join();
  }

 private:
  void run() {
    for (;;) {
      try {
        context_.run();
        return;
      } catch (...) {  // out of memory in one connection must not end the others
      }
    }
  }

  asio::any_io_executor connection_executor() {
    if (many_threads_) return asio::make_strand(context_.get_executor());
    return context_.get_executor();
  }

  void accept() {
    acceptor_.async_accept(connection_executor(), [this](error_code error, tcp::socket socket) {
      if (!acceptor_.is_open()) return;
      if (error == boost::system::errc::too_many_files_open ||
          error == boost::system::errc::too_many_files_open_in_system ||
          error == boost::system::errc::no_buffer_space || error == boost::system::errc::not_enough_memory) {
        accept_pause_.expires_after(std::chrono::milliseconds(kAcceptPause_ms));
        accept_pause_.async_wait([this](error_code) {
          if (acceptor_.is_open()) accept();
        });
        return;
      }
      if (!error) admit(std::move(socket));
      accept();
    });
  }

  void admit(tcp::socket socket) {
    auto connection = make_connection(hub_, std::move(socket));
    const std::size_t count = hub_.add(connection);
    if (count == 0) return;
    const std::size_t limit = hub_.config.max_connections;
    if (count > limit + kMaxRefusedConnections) return connection->post_close();
    connection->post_begin(count > limit);
  }

  asio::io_context context_;
  Hub hub_;
  asio::executor_work_guard<asio::io_context::executor_type> work_ = asio::make_work_guard(context_);
  tcp::acceptor acceptor_{asio::make_strand(context_.get_executor())};
  asio::steady_timer accept_pause_{acceptor_.get_executor()};
  std::uint16_t port_ = 0;
  bool many_threads_ = false;
  std::mutex life_;  // of start() and stop()
  bool stopped_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace

Result<std::unique_ptr<HttpServer>> HttpServer::listen(const HttpConfig& config, Handler handler, ErrorBody error_body,
                                                       Admit admit) {
  auto server = std::make_unique<AsioServer>(config, std::move(handler), std::move(error_body), std::move(admit));
  if (auto opened = server->open(); !opened) return fail(opened.error());
  return server;
}

}  // namespace commandcenter::server
