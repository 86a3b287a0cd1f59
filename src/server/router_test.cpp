#include "server/router.h"

#include <optional>

#include <gtest/gtest.h>

#include "server/http_target.h"

namespace commandcenter::server {
namespace {

class Recorder final : public Responder {
 public:
  void respond(Response response) override { answer = std::move(response); }
  std::shared_ptr<Stream> stream(Response) override { return nullptr; }
  std::optional<Response> answer;
};

// Routes that note which of them was taken, with what.
struct Routed {
  Router router{[this](const Request&, auto) { taken = "not found"; },
                [this](const Request&, const std::string& allow, auto) { taken = "allowed: " + allow; }};
  std::string taken;
  std::shared_ptr<Recorder> recorder = std::make_shared<Recorder>();

  void add(const std::string& method, const std::string& pattern) {
    router.add(method, pattern, [this, method, pattern](const Request&, const Params& params, auto) {
      taken = method + " " + pattern;
      for (const auto& [name, value] : params)
        taken += " " + name + "=" + value;
    });
  }

  std::string ask(const std::string& method, const std::string& raw_path) {
    Request request;
    request.method = method;
    request.raw_path = raw_path;
    request.path = percent_decode(raw_path, false).value_or("");
    taken.clear();
    router.dispatch(request, recorder);
    return taken;
  }
};

TEST(Router, finds_literals_and_parameters) {
  Routed routed;
  routed.add("GET", "/api/workflows");
  routed.add("POST", "/api/workflows");
  routed.add("GET", "/api/workflows/:id");
  routed.add("GET", "/api/workflows/:id/runs/:runId");
  routed.add("GET", "/");
  EXPECT_EQ(routed.ask("GET", "/"), "GET /");
  EXPECT_EQ(routed.ask("GET", "/api/workflows"), "GET /api/workflows");
  EXPECT_EQ(routed.ask("POST", "/api/workflows/"), "POST /api/workflows");
  EXPECT_EQ(routed.ask("GET", "/api/workflows/w1"), "GET /api/workflows/:id id=w1");
  EXPECT_EQ(routed.ask("GET", "/api/workflows/w1/runs/r2/"), "GET /api/workflows/:id/runs/:runId id=w1 runId=r2");
  EXPECT_EQ(routed.ask("GET", "/api/workflows/w1/runs"), "not found");
  EXPECT_EQ(routed.ask("GET", "/api"), "not found");
  EXPECT_EQ(routed.ask("GET", "/api/workflows//runs/r2"), "not found");
}

TEST(Router, literals_win_but_do_not_hide_parameters) {
  Routed routed;
  routed.add("GET", "/runs/:id");
  routed.add("GET", "/runs/active");
  routed.add("POST", "/runs/:id");
  routed.add("GET", "/runs/:run/log");
  EXPECT_EQ(routed.ask("GET", "/runs/active"), "GET /runs/active");
  EXPECT_EQ(routed.ask("POST", "/runs/active"), "POST /runs/:id id=active");
  EXPECT_EQ(routed.ask("GET", "/runs/active/log"), "GET /runs/:run/log run=active");
}

TEST(Router, decodes_each_segment_by_itself) {
  Routed routed;
  routed.add("GET", "/agents/:name");
  routed.add("GET", "/agents/:name/versions");
  EXPECT_EQ(routed.ask("GET", "/agents/team%2Fscanner"), "GET /agents/:name name=team/scanner");
  EXPECT_EQ(routed.ask("GET", "/%61gents/a%20b/versions"), "GET /agents/:name/versions name=a b");
  EXPECT_EQ(routed.ask("GET", "/agents%2Fx"), "not found");
  Request decoded;  // without raw_path the path is taken as it is, not decoded a second time
  decoded.method = "GET";
  decoded.path = "/agents/100%25";
  routed.router.dispatch(decoded, routed.recorder);
  EXPECT_EQ(routed.taken, "GET /agents/:name name=100%25");
}

TEST(Router, tells_other_methods) {
  Routed routed;
  routed.add("GET", "/a/:id");
  routed.add("DELETE", "/a/:id");
  routed.add("POST", "/a/b");
  EXPECT_EQ(routed.ask("HEAD", "/a/1"), "GET /a/:id id=1");
  EXPECT_EQ(routed.ask("PATCH", "/a/1"), "allowed: DELETE, GET, HEAD, OPTIONS");
  EXPECT_EQ(routed.ask("PUT", "/a/b"), "allowed: DELETE, GET, HEAD, OPTIONS, POST");
  EXPECT_EQ(routed.ask("OPTIONS", "/nowhere"), "not found");
  EXPECT_FALSE(routed.recorder->answer);
  EXPECT_EQ(routed.ask("OPTIONS", "/a/1"), "");
  ASSERT_TRUE(routed.recorder->answer);
  EXPECT_EQ(routed.recorder->answer->status, 204);
  EXPECT_EQ(routed.recorder->answer->headers.at(0),
            (std::pair<std::string, std::string>{"Allow", "DELETE, GET, HEAD, OPTIONS"}));
}

TEST(Router, bounds_the_path_and_lists_its_routes) {
  Routed routed;
  routed.add("GET", "/a/:id");
  routed.add("POST", "/a");
  std::string deep;
  for (std::size_t i = 0; i <= kMaxPathSegments; ++i)
    deep += "/a";
  EXPECT_EQ(routed.ask("GET", deep), "not found");
  EXPECT_EQ(routed.router.routes(),
            (std::vector<std::pair<std::string, std::string>>{{"GET", "/a/:id"}, {"POST", "/a"}}));
  Request request;
  request.method = "HEAD";
  request.path = "/a/7";
  EXPECT_EQ(routed.router.pattern_of(request), "/a/:id");
  request.path = "/b";
  EXPECT_EQ(routed.router.pattern_of(request), "");
}

TEST(RouterDeath, refuses_the_same_route_twice) {
  Routed routed;
  routed.add("GET", "/a/:id");
  EXPECT_DEATH(routed.add("GET", "/a/:other"), "");
  EXPECT_DEATH(routed.add("GET", "/b/:id/:id"), "");
}

}  // namespace
}  // namespace commandcenter::server
