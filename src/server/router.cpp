#include "server/router.h"

#include <algorithm>
#include <array>
#include <set>

#include "base/assert.h"
#include "server/http_target.h"

namespace commandcenter::server {

struct Router::Route {
  std::string method;
  std::string pattern;
  std::vector<std::string> param_names;  // in the order of the path
  RouteHandler handler;
  std::size_t index = 0;
};

// One segment of a path; its routes end here.
struct Router::Node {
  std::map<std::string, Node, std::less<>> literals;
  std::unique_ptr<Node> param;
  std::vector<const Route*> routes;
};

// The segments of a request's path, decoded one by one, so that an encoded slash does not separate.
class Router::Path {
 public:
  explicit Path(const Request& request) {
    const bool is_encoded = !request.raw_path.empty();
    std::string_view rest = is_encoded ? request.raw_path : request.path;
    if (is_encoded && rest.find('%') != std::string_view::npos) decoded_.reserve(kMaxPathSegments);
    if (!rest.empty() && rest.front() == '/') rest.remove_prefix(1);
    while (!rest.empty()) {
      if (count_ == kMaxPathSegments) {
        is_valid_ = false;
        return;
      }
      const std::size_t end = std::min(rest.find('/'), rest.size());
      add(rest.substr(0, end), is_encoded);
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }

  bool is_valid() const { return is_valid_; }
  std::size_t size() const { return count_; }
  std::string_view operator[](std::size_t i) const { return segments_[i]; }

 private:
  void add(std::string_view segment, bool is_encoded) {
    if (is_encoded && segment.find('%') != std::string_view::npos) {
      auto text = percent_decode(segment, false);
      is_valid_ = is_valid_ && text.has_value();
      segment = decoded_.emplace_back(text ? std::move(*text) : std::string());  // reserved: views stay valid
    }
    segments_[count_++] = segment;
  }

  std::array<std::string_view, kMaxPathSegments> segments_;
  std::size_t count_ = 0;
  bool is_valid_ = true;
  std::vector<std::string> decoded_;
};

// Literals first, and back to the parameter when the literal leads nowhere.
class Router::Search {
 public:
  Search(const Path& path, std::string_view method) : path_(path), method_(method) {}

  const Route* find(const Node& node, std::size_t depth = 0) {
    if (depth == path_.size()) return pick(node);
    const std::string_view segment = path_[depth];
    if (const auto next = node.literals.find(segment); next != node.literals.end()) {
      if (const Route* route = find(next->second, depth + 1)) return route;
    }
    if (!node.param || segment.empty()) return nullptr;
    values_[value_count_++] = segment;
    if (const Route* route = find(*node.param, depth + 1)) return route;
    --value_count_;
    return nullptr;
  }

  Params params(const Route& route) const {
    Params params;
    for (std::size_t i = 0; i < route.param_names.size(); ++i)
      params.emplace(route.param_names[i], values_[i]);
    return params;
  }

  // Of every route that the path leads to, whatever its method; empty when there is none.
  std::string allow() const {
    if (other_methods_.empty()) return {};
    std::set<std::string_view> methods(other_methods_.begin(), other_methods_.end());
    if (methods.contains("GET")) methods.insert("HEAD");
    methods.insert("OPTIONS");
    std::string text;
    for (const std::string_view method : methods)
      text.append(text.empty() ? "" : ", ").append(method);
    return text;
  }

 private:
  const Route* pick(const Node& node) {
    const Route* get = nullptr;
    for (const Route* route : node.routes) {
      if (route->method == method_) return route;
      if (route->method == "GET") get = route;
    }
    if (method_ == "HEAD" && get != nullptr) return get;
    for (const Route* route : node.routes)
      other_methods_.push_back(route->method);
    return nullptr;
  }

  const Path& path_;
  const std::string_view method_;
  std::array<std::string_view, kMaxPathSegments> values_;
  std::size_t value_count_ = 0;
  std::vector<std::string_view> other_methods_;
};

Router::Router(NotFound not_found, NotAllowed not_allowed)
    : not_found_(std::move(not_found)), not_allowed_(std::move(not_allowed)), root_(std::make_unique<Node>()) {}
Router::~Router() = default;

void Router::add(std::string method, std::string pattern, RouteHandler handler) {
  CC_ASSERT(pattern.starts_with('/'));
  auto route =
      std::make_unique<Route>(Route{std::move(method), std::move(pattern), {}, std::move(handler), routes_.size()});
  Node* node = root_.get();
  std::string_view rest = std::string_view(route->pattern).substr(1);
  std::size_t depth = 0;
  while (!rest.empty()) {
    CC_ASSERT(++depth <= kMaxPathSegments);
    const std::size_t end = std::min(rest.find('/'), rest.size());
    const std::string segment(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    CC_ASSERT(!segment.empty() && segment != ":");
    if (segment.front() != ':') {
      node = &node->literals[segment];
      continue;
    }
    const std::string name = segment.substr(1);
    CC_ASSERT(std::count(route->param_names.begin(), route->param_names.end(), name) == 0);
    route->param_names.push_back(name);
    if (!node->param) node->param = std::make_unique<Node>();
    node = node->param.get();
  }
  const auto is_same = [&](const Route* other) { return other->method == route->method; };
  CC_ASSERT(std::none_of(node->routes.begin(), node->routes.end(), is_same));
  node->routes.push_back(route.get());
  routes_.push_back(std::move(route));
}

void Router::dispatch(const Request& request, std::shared_ptr<Responder> responder) const {
  const Path path(request);
  if (!path.is_valid()) return not_found_(request, std::move(responder));
  Search search(path, request.method);
  if (const Route* route = search.find(*root_)) {
    return route->handler(request, search.params(*route), std::move(responder));
  }
  const std::string allow = request.path == "*" ? "GET, HEAD, OPTIONS" : search.allow();
  if (allow.empty()) return not_found_(request, std::move(responder));
  if (request.method != "OPTIONS") return not_allowed_(request, allow, std::move(responder));
  Response response;
  response.status = 204;
  response.headers.emplace_back("Allow", allow);
  responder->respond(std::move(response));
}

std::string_view Router::pattern_of(const Request& request) const {
  const Path path(request);
  if (!path.is_valid()) return {};
  const Route* route = Search(path, request.method).find(*root_);
  return route == nullptr ? std::string_view{} : std::string_view(route->pattern);
}

std::optional<std::size_t> Router::index_of(const Request& request) const {
  const Path path(request);
  if (!path.is_valid()) return std::nullopt;
  const Route* route = Search(path, request.method).find(*root_);
  return route == nullptr ? std::nullopt : std::optional(route->index);
}

std::vector<std::pair<std::string, std::string>> Router::routes() const {
  std::vector<std::pair<std::string, std::string>> all;
  for (const auto& route : routes_)
    all.emplace_back(route->method, route->pattern);
  return all;
}

}  // namespace commandcenter::server
