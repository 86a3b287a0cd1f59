// The bytes of a response's head, safe against injection: a header whose name or value could end its line is left out.
// Pure functions, any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "server/http.h"

namespace commandcenter::server {

enum class Persistence { kClose, kKeepAlive, kKeepAliveOld };  // kKeepAliveOld: to HTTP/1.0, which has to be told

struct HeadOptions {
  std::string_view request_id;
  Persistence persistence = Persistence::kClose;
  bool chunked = false;                       // a body in chunks
  std::optional<std::size_t> content_length;  // a body of known length; neither: it ends with the connection
};

std::string response_head(const Response& response, const HeadOptions& options);

// 204 and 304 never have a body, nor a length.
bool has_no_body(int status);

// Whether the handler asks for the connection to be closed after this response.
bool asks_to_close(const Response& response);

// True for what a client may choose as its request's id: 1 to 64 of [A-Za-z0-9._-].
bool is_request_id(std::string_view text);

// ASCII letters of either case are equal.
bool same_word(std::string_view a, std::string_view b);
bool holds_word(std::string_view text, std::string_view part);

}  // namespace commandcenter::server
