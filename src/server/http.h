// The HTTP side of the server without a word about what it serves: requests in, responses out, over Boost.Beast, none
// of whose types show here.
//
// Handlers run on the HTTP threads and must not block; one that has to wait keeps its Responder and answers later, from
// any thread. Bodies above the limit are refused without being read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace commandcenter::server {

struct Request {
  std::string method;                          // upper case
  std::string path;                            // percent-decoded, without the query
  std::string raw_path;                        // as sent, so that "%2F" is not a separator; empty means: as path
  std::map<std::string, std::string> query;    // percent-decoded; of repeated names the last
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
  std::string client_address;  // of the socket's peer
  std::string id;              // unique; goes back as X-Request-Id and into error bodies
};

struct Response {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::string content_type = "application/json; charset=utf-8";
  std::string heartbeat{};  // of a stream: sent whenever nothing else was for HttpConfig::heartbeat_ms; empty = nothing
};

// An open response of unknown length (server-sent events). write() never blocks: what the client does not take in time
// piles up to kMaxStreamBacklog_bytes, then the connection is closed. Thread-safe; dropping the last reference closes
// it.
class Stream {
 public:
  virtual ~Stream() = default;
  virtual bool write(std::string text) = 0;  // false when the client has gone
  virtual void close() = 0;
  virtual void on_close(std::function<void()> callback) = 0;  // once, by either side; at once if closed already
};

// Answers one request, exactly once, from any thread. A Responder that is dropped unanswered answers 500.
class Responder {
 public:
  virtual ~Responder() = default;
  virtual void respond(Response response) = 0;
  virtual std::shared_ptr<Stream> stream(Response head) = 0;  // head.body is ignored
};

// What is decided by the head of a request, before its body is read.
struct Admission {
  std::optional<Response> refusal;                           // instead of the handler; the body stays unread
  std::vector<std::pair<std::string, std::string>> headers;  // of whatever is answered
};
using Admit = std::function<Admission(const Request& head)>;  // on the HTTP threads, must not block

using Handler = std::function<void(Request, std::shared_ptr<Responder>)>;

struct HttpConfig {
  std::string address = "127.0.0.1";
  std::uint16_t port = 9002;  // 0 = any free port
  std::size_t max_body_bytes = 10'485'760;
  std::size_t max_header_bytes = 64 << 10;
  std::size_t max_connections = 4096;
  std::int64_t read_timeout_ms = 30'000;  // for a whole request, once it has begun
  std::int64_t idle_timeout_ms = 75'000;  // between requests
  std::int64_t write_timeout_ms = 30'000;
  std::int64_t heartbeat_ms = 15'000;  // of a silent stream that has a heartbeat
};

inline constexpr std::size_t kMaxStreamBacklog_bytes = 4 << 20;

// What the transport refuses by itself goes through here too, so that every error has the same shape: 400 (not HTTP),
// 408, 413, 431, 500 (a handler failed or dropped its Responder), 503 (too many connections).
using ErrorBody = std::function<Response(int status, std::string_view message, const std::string& request_id)>;

class HttpServer {
 public:
  // Listens at once; serves from start() on. Fails when the port is taken (kConflict) or not allowed, with what to do.
  static Result<std::unique_ptr<HttpServer>> listen(const HttpConfig& config, Handler handler, ErrorBody error_body,
                                                    Admit admit = {});
  virtual ~HttpServer() = default;
  virtual std::uint16_t port() const = 0;
  virtual void start(int threads) = 0;
  // Stops accepting, lets requests under way finish for at most grace_ms, closes streams, joins the threads. Once is
  // enough, twice does no harm; the destructor stops without grace. Never from a handler, whose thread it would wait
  // for.
  virtual void stop(std::int64_t grace_ms) = 0;
};

}  // namespace commandcenter::server
