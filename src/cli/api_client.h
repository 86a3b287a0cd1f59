// One request to the server, as the verbs need it: JSON in, JSON out, errors in the server's own words.
#pragma once

#include <functional>
#include <string>

#include "base/http_client.h"
#include "base/json.h"
#include "base/result.h"
#include "cli/answer.h"
#include "cli/verbs.h"

namespace commandcenter::cli {

class ApiClient {
 public:
  explicit ApiClient(const Remote& remote) : remote_(remote) {}

  // Prints what went wrong itself; `exit_code` is then not 0 and the value null. A value that is returned otherwise has
  // what is needed.
  Json get(const std::string& path, const Needs& needs);
  Json send(const std::string& method, const std::string& path, const Json& body, const Needs& needs);
  Json send_text(const std::string& method, const std::string& path, std::string body, const std::string& content_type,
                 std::int64_t timeout_ms, const Needs& needs);

  // Reads a stream of server-sent events until it ends or `take` returns false; take gets null while nothing comes.
  // Returns the exit code, having printed what went wrong.
  int follow(const std::string& path, const std::function<bool(const Json*)>& take);

  int exit_code() const { return exit_code_; }
  bool failed() const { return exit_code_ != 0; }
  bool has_more() const { return has_more_; }  // the latest list was a page, and others follow
  std::string url(const std::string& path) const { return remote_.server + path; }
  int unreachable(const Error& error);      // says so; returns the exit code
  int is_stranger(const std::string& why);  // what answers is no commandcenter: says so; returns the exit code

 private:
  const Remote& remote_;
  int exit_code_ = 0;
  bool has_more_ = false;
};

bool is_event_stream(const HttpResponse& response);

// Percent-encodes one segment of a path.
std::string segment(const std::string& text);

}  // namespace commandcenter::cli
