// One HTTP/1.x request at a time out of raw bytes, against the limits on headers and body.
// In: whatever arrived. Out: a Request, or the status and sentence to refuse it with. One thread.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "server/http.h"

namespace commandcenter::server {

inline constexpr std::size_t kMaxHeaderFields = 256;
inline constexpr std::size_t kMaxChunkLine_bytes = 16 << 10;  // a chunk's size with its extensions; all trailers

class RequestParser {
 public:
  enum class Progress { kNeedMore, kHeaderDone, kDone, kRefused };
  struct Step {
    Progress progress;
    std::size_t consumed_bytes;  // the caller offers the rest again, with more behind it
  };

  RequestParser(std::size_t max_header_bytes, std::size_t max_body_bytes);
  ~RequestParser();

  // kHeaderDone is reported once, and only for a request with a body. After kDone or kRefused: reset().
  Step feed(std::string_view bytes);
  void reset();

  Request& request();  // complete after kDone; after kRefused it has what was understood
  bool is_http_1_0() const;
  bool keep_alive() const;        // after kDone
  bool expects_continue() const;  // after kHeaderDone
  int refusal_status() const;     // after kRefused: 400, 413 or 431
  const std::string& refusal() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace commandcenter::server
