// Requests over one kept connection, for verbs that judge the answers themselves. Private to this folder.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/http_client.h"
#include "base/json.h"
#include "base/result.h"

namespace commandcenter::cli {

inline constexpr std::size_t kMaxResponse_bytes = 64 << 20;

// For one thread at a time.
class Caller {
 public:
  explicit Caller(std::string server) : server_(std::move(server)) {}

  struct Answer {
    int status = 0;
    Json body;
    bool has_limits = false;  // it told how many requests the client may make
  };
  // Any answer in JSON is a success here; another one is kConflict. A null body sends none.
  Result<Answer> ask(const std::string& method, const std::string& path, const Json& body = nullptr);

  // The body of a 2xx answer; what the server said otherwise is the error.
  Result<Json> get(const std::string& path) { return expect("GET", path, nullptr); }
  Result<Json> post(const std::string& path, const Json& body) { return expect("POST", path, body); }
  Result<Json> remove(const std::string& path) { return expect("DELETE", path, nullptr); }

 private:
  Result<Json> expect(const std::string& method, const std::string& path, const Json& body);

  const std::string server_;
  HttpConnection connection_;
};

// The member at "a.b.0.c"; null when it is not there.
Json member_at(const Json& json, std::string_view path);

}  // namespace commandcenter::cli
