// The meeting point of a connection, on its thread, and whoever answers one of its requests, on any thread.
//
// The answering side holds a Responder, later a Stream; both only put things here and wake the connection, which
// take()s them when it gets round to it. After detach() the connection is gone and everything put here is ignored.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "server/http.h"

namespace commandcenter::server {

class Exchange {
 public:
  // What the connection has to do next.
  struct News {
    std::optional<Response> response;
    std::optional<Response> stream_head;
    bool dropped = false;  // the Responder went away unanswered
    std::string text;      // of the stream; counts as backlog until written()
    bool ended = false;    // no text follows
  };

  // wake is called under the lock, hence must only post; not again before the next take(), but for an overflow. It is
  // taken as called already: the connection looks by itself once the handler has returned.
  explicit Exchange(std::function<void()> wake) : wake_(std::move(wake)) {}

  // The answering side, any thread.
  void respond(Response response);
  bool open_stream(Response head);
  void drop();
  bool write(std::string text);
  void end();
  void on_close(std::function<void()> callback);

  // The connection.
  News take();
  void written(std::size_t size_bytes);
  bool overflowed();
  void detach();  // runs the on_close callbacks

 private:
  void wake_once();

  std::mutex mutex_;
  std::function<void()> wake_;
  bool woken_ = true;
  bool answered_ = false;
  bool ended_ = false;
  bool overflowed_ = false;
  bool detached_ = false;
  News news_;
  std::size_t in_flight_bytes_ = 0;
  std::vector<std::function<void()>> on_close_;
};

// The Responder that a handler gets.
std::shared_ptr<Responder> make_responder(std::shared_ptr<Exchange> exchange);

}  // namespace commandcenter::server
