#include "server/paging.h"

#include <charconv>

#include <fmt/format.h>

#include "server/http_target.h"
#include "server/replies.h"

namespace commandcenter::server {
namespace {

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return number;
}

}  // namespace

std::optional<Page> page_of(const Request& request, std::int64_t default_limit, Responder& responder) {
  Page page;
  page.limit = default_limit;
  if (const auto limit = request.query.find("limit"); limit != request.query.end()) {
    const auto number = whole_number(limit->second);
    if (!number || *number < 1 || *number > kMaxPage) {
      responder.respond(error_response(
          400, fmt::format("limit: \"{}\" is no whole number from 1 to {}", limit->second.substr(0, 100), kMaxPage),
          "invalid", request.id));
      return std::nullopt;
    }
    page.limit = *number;
  }
  if (const auto cursor = request.query.find("cursor"); cursor != request.query.end()) page.cursor = cursor->second;
  return page;
}

bool ask_for_page(const Page& page, store::Query& query, const Request& request, Responder& responder) {
  query.newest_first = true;
  query.limit = page.limit + 1;
  if (page.cursor.empty()) return true;
  const std::size_t dot = page.cursor.find('.');
  query.before_at_ms = whole_number(std::string_view(page.cursor).substr(0, dot));
  if (dot == std::string::npos || !query.before_at_ms) {
    responder.respond(
        error_response(400, "cursor: take it from the Link header of the page before", "invalid", request.id));
    return false;
  }
  query.before_id = page.cursor.substr(dot + 1);
  return true;
}

std::string cursor_of(std::int64_t at_ms, const std::string& id) {
  return fmt::format("{}.{}", at_ms, id);
}

void link_next(Response& response, const Request& request, const std::string& cursor) {
  std::string link = "<" + (request.raw_path.empty() ? request.path : request.raw_path);
  char separator = '?';
  for (const auto& [name, value] : request.query) {
    if (name == "cursor") continue;
    link += fmt::format("{}{}={}", separator, percent_encode(name), percent_encode(value));
    separator = '&';
  }
  link += fmt::format("{}cursor={}>; rel=\"next\"", separator, percent_encode(cursor));
  response.headers.emplace_back("Link", link);
}

std::vector<Parameter> with_page(std::vector<Parameter> parameters, std::int64_t default_limit) {
  Json limit = schema::integer();
  limit["minimum"] = 1;
  limit["maximum"] = kMaxPage;
  limit["default"] = default_limit;
  parameters.push_back(
      {"limit", "How many at most; when there are more, the header `Link` has the next page", std::move(limit)});
  parameters.push_back({"cursor", "Where to go on: from the header `Link` of the page before"});
  return parameters;
}

}  // namespace commandcenter::server
