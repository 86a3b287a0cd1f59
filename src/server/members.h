// Members of a request's body, read strictly. Each answers 400 itself, naming the member, when it is something else.
// Private to this folder.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "base/json.h"
#include "server/http.h"

namespace commandcenter::server {

inline constexpr std::size_t kMaxName_bytes = 200;  // of who decides or asks

// As text, "" when it is not given.
std::optional<std::string> text_of(const Json& body, const std::string& member, std::size_t most_bytes,
                                   const Request& request, Responder& responder);

// Who somebody says to be, without blanks around it; "" when it is not given or empty. Else it must not be blank, and
// has no control characters: it is shown in lists, logs and terminals.
std::optional<std::string> name_of(const Json& body, const std::string& member, const Request& request,
                                   Responder& responder);

}  // namespace commandcenter::server
