// Which handler a request goes to: by method and path, e.g. "/api/workflows/:id/runs/:run_id".
//
// A literal segment wins over a parameter; a path with a slash at its end is the one without. HEAD goes to GET's
// handler, OPTIONS answers 204 with Allow. Filled once, before serving; then read from any thread.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/http.h"

namespace commandcenter::server {

inline constexpr std::size_t kMaxPathSegments = 32;  // a longer path has no route

using Params = std::map<std::string, std::string, std::less<>>;  // by the names in the pattern; decoded, never empty
using RouteHandler = std::function<void(const Request&, const Params&, std::shared_ptr<Responder>)>;

class Router {
 public:
  using NotFound = std::function<void(const Request&, std::shared_ptr<Responder>)>;
  // The path exists with other methods: allow is the value of the Allow header, e.g. "GET, HEAD, OPTIONS".
  using NotAllowed = std::function<void(const Request&, const std::string& allow, std::shared_ptr<Responder>)>;

  Router(NotFound not_found, NotAllowed not_allowed);
  ~Router();

  // A pattern starts with "/"; a route that exists already, or one parameter name twice, is a programmer error.
  void add(std::string method, std::string pattern, RouteHandler handler);

  void dispatch(const Request& request, std::shared_ptr<Responder> responder) const;

  // The pattern that the request goes to, empty when there is none: what metrics count by.
  std::string_view pattern_of(const Request& request) const;

  // Its place in routes(), for what is known about routes elsewhere.
  std::optional<std::size_t> index_of(const Request& request) const;

  // Method and pattern of every route, in the order they were added.
  std::vector<std::pair<std::string, std::string>> routes() const;

 private:
  struct Route;
  struct Node;
  class Path;
  class Search;

  NotFound not_found_;
  NotAllowed not_allowed_;
  std::vector<std::unique_ptr<Route>> routes_;
  std::unique_ptr<Node> root_;
};

}  // namespace commandcenter::server
