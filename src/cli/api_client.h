// One request to the server, as the verbs need it: JSON in, JSON out, errors in the server's own words.
#pragma once

#include <functional>
#include <string>

#include "base/http_client.h"
#include "base/json.h"
#include "base/result.h"
#include "cli/verbs.h"

namespace commandcenter::cli {

class ApiClient {
 public:
  explicit ApiClient(const Remote& remote) : remote_(remote) {}

  // Prints what went wrong itself; `exit_code` is then not 0 and the value null.
  Json get(const std::string& path);
  Json send(const std::string& method, const std::string& path, const Json& body);
  Json send_text(const std::string& method, const std::string& path, std::string body, const std::string& content_type,
                 std::int64_t timeout_ms);

  // Reads a stream of server-sent events until it ends or `take` returns false; take gets null while nothing comes.
  // Returns the exit code, having printed what went wrong.
  int follow(const std::string& path, const std::function<bool(const Json*)>& take);

  int exit_code() const { return exit_code_; }
  bool failed() const { return exit_code_ != 0; }
  std::string url(const std::string& path) const { return remote_.server + path; }
  int unreachable(const Error& error);  // says so; returns the exit code

 private:
  const Remote& remote_;
  int exit_code_ = 0;
};

// Percent-encodes one segment of a path.
std::string segment(const std::string& text);

}  // namespace commandcenter::cli
