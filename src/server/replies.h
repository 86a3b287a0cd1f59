// Responses in the API's shapes: JSON bodies, and errors with `error`, `code` and `requestId`. Private to this folder.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "core/workflow/workflow.h"
#include "server/http.h"

namespace commandcenter::server {

Response json_response(int status, const Json& body);
Response no_content();  // 204

// `extra` members go next to the error's own.
Response error_response(int status, std::string_view message, std::string_view code, const std::string& request_id,
                        const Json& extra = Json::object());
Response error_response(const Error& error, const std::string& request_id, const Json& extra = Json::object());
Response problems_response(std::string_view what, const std::vector<workflow::Problem>& problems,
                           const std::string& request_id);

int status_of(ErrorCode code);

// The body as JSON; an absent body is an empty object. Answers 400 or 415 itself and returns nothing when it is
// neither.
std::optional<Json> json_body(const Request& request, Responder& responder);

// A whole number from the query, read leniently as its clients expect: "12abc" is 12. Nothing when absent or not
// positive.
std::optional<std::int64_t> lenient_number(const Request& request, const std::string& name);

// A whole number from 1 on from the query. Nothing when absent; kInvalid, naming the parameter, when it is anything
// else.
Result<std::optional<std::int64_t>> positive_number(const Request& request, const std::string& name);

// Whether the query says so: `name` alone, true or 1, against false or 0, as when it is absent. kInvalid, naming the
// parameter, when it says anything else.
Result<bool> flag_of(const Request& request, const std::string& name);

// ?projectId=: whose the named thing is; 1 when absent. Never guessed: what cannot be read must not mean another
// project.
Result<std::int64_t> project_of(const Request& request);

}  // namespace commandcenter::server
