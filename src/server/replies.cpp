#include "server/replies.h"

#include <charconv>

#include <fmt/format.h>

#include "server/definitions.h"
#include "server/http_wire.h"

namespace commandcenter::server {

Response json_response(int status, const Json& body) {
  Response response;
  response.status = status;
  response.body = dump_json(body);
  return response;
}

Response no_content() {
  Response response;
  response.status = 204;
  return response;
}

Response error_response(int status, std::string_view message, std::string_view code, const std::string& request_id,
                        const Json& extra) {
  Json body = {{"error", message}, {"code", code}};
  for (const auto& [key, value] : extra.items())
    body[key] = value;
  body["requestId"] = request_id;
  Response response = json_response(status, body);
  if (status == 503) response.headers.emplace_back("Retry-After", "1");
  return response;
}

int status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalid:
      return 400;
    case ErrorCode::kNotFound:
      return 404;
    case ErrorCode::kConflict:
      return 409;
    case ErrorCode::kForbidden:
      return 403;
    case ErrorCode::kTooLarge:
      return 413;
    case ErrorCode::kUnavailable:
      return 503;
    case ErrorCode::kInternal:
      return 500;
  }
  return 500;
}

Response error_response(const Error& error, const std::string& request_id, const Json& extra) {
  return error_response(status_of(error.code), error.message, error_word(error.code), request_id, extra);
}

Response problems_response(std::string_view what, const std::vector<workflow::Problem>& problems,
                           const std::string& request_id) {
  const std::string first =
      problems.empty() ? std::string() : fmt::format(": {}", workflow::describe({problems.front()}));
  return error_response(400, fmt::format("{}{}", what, first), "invalid", request_id,
                        {{"problems", problem_list(problems)}});
}

std::optional<Json> json_body(const Request& request, Responder& responder) {
  if (request.body.empty()) return Json::object();
  if (const auto type = request.headers.find("content-type"); type != request.headers.end()) {
    const std::string& value = type->second;
    if (!holds_word(value, "json")) {
      responder.respond(error_response(415, fmt::format("Unsupported content type {}; send application/json", value),
                                       "unsupported_media_type", request.id));
      return std::nullopt;
    }
  }
  auto body = parse_json(request.body);
  if (!body) {
    responder.respond(error_response(400, fmt::format("The body is not valid JSON: {}", body.error().message),
                                     "invalid_json", request.id));
    return std::nullopt;
  }
  if (!body->is_object()) {
    responder.respond(error_response(400, fmt::format("The body must be a JSON object, not {}", json_type_name(*body)),
                                     "invalid", request.id));
    return std::nullopt;
  }
  return std::move(*body);
}

std::optional<std::int64_t> lenient_number(const Request& request, const std::string& name) {
  const auto found = request.query.find(name);
  if (found == request.query.end()) return std::nullopt;
  std::int64_t number = 0;
  const std::string& text = found->second;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || number <= 0) return std::nullopt;
  return number;
}

Result<std::optional<std::int64_t>> positive_number(const Request& request, const std::string& name) {
  const auto found = request.query.find(name);
  if (found == request.query.end()) return std::nullopt;
  std::int64_t number = 0;
  const std::string& text = found->second;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc{} && end == text.data() + text.size() && number >= 1) return number;
  return fail(ErrorCode::kInvalid, fmt::format("{}: \"{}\" is no whole number from 1 on", name, text.substr(0, 100)));
}

Result<bool> flag_of(const Request& request, const std::string& name) {
  const auto found = request.query.find(name);
  if (found == request.query.end()) return false;
  const std::string& word = found->second;
  if (word.empty() || word == "1" || same_word(word, "true")) return true;
  if (word == "0" || same_word(word, "false")) return false;
  return fail(ErrorCode::kInvalid, fmt::format("{}: \"{}\" is neither true nor false", name, word.substr(0, 100)));
}

Result<std::int64_t> project_of(const Request& request) {
  const auto given = positive_number(request, "projectId");
  if (!given) return fail(given.error());
  return given->value_or(1);
}

}  // namespace commandcenter::server
