// The whole API over an engine, a store and a launcher in memory, for tests that throw things at it: bytes go through
// the request parser, requests to their handlers, and every answer must be one that the API document names.
//
// What is thrown comes from Choices: a seeded generator, or the input of a fuzzer. Header only, one thread.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/assert.h"
#include "core/workflow/workflow.h"
#include "server/api.h"
#include "server/gate.h"
#include "server/http_parser.h"
#include "server/replies.h"
#include "server/routes.h"
#include "store/memory/memory.h"
#include "vault/vault.h"

namespace commandcenter::server {

// Where decisions come from. Without bytes left, all of them are 0.
class Choices {
 public:
  explicit Choices(std::uint64_t seed) : random_(seed) {}
  explicit Choices(std::string_view bytes) : bytes_(bytes) {}

  std::size_t below(std::size_t count) {
    if (random_) return static_cast<std::size_t>((*random_)() % count);
    std::size_t value = 0;
    for (std::size_t range = count; range > 1 && !bytes_.empty(); range /= 256) {
      value = value * 256 + static_cast<std::uint8_t>(bytes_.front());
      bytes_.remove_prefix(1);
    }
    return value % count;
  }
  bool one_in(std::size_t count) { return below(count) == count - 1; }
  template <typename List>
  const auto& of(const List& list) {
    return list[below(list.size())];
  }

 private:
  std::optional<std::mt19937_64> random_;
  std::string_view bytes_;
};

class StillClock final : public Clock {
 public:
  std::int64_t wall_ms() override { return now_ms_++; }
  std::int64_t monotonic_ms() override { return now_ms_; }

 private:
  std::int64_t now_ms_ = 1'767'225'600'000;
};

// Programs that end at once without an answer.
class DeadLauncher final : public sandbox::Launcher {
 public:
  sandbox::LaunchId start(sandbox::LaunchSpec /*spec*/, sandbox::LaunchCallbacks callbacks) override {
    ended_.push_back(std::move(callbacks));
    return ended_.size();
  }
  void kill(sandbox::LaunchId /*id*/) override {}
  sandbox::Tier tier() const override { return sandbox::Tier::kNamespaces; }

  bool end_all() {
    const auto ended = std::exchange(ended_, {});
    for (const sandbox::LaunchCallbacks& callbacks : ended)
      callbacks.on_exit(sandbox::Exit{});
    return !ended.empty();
  }

 private:
  std::vector<sandbox::LaunchCallbacks> ended_;
};

struct Answered {
  std::optional<Response> response;
  bool is_stream = false;
};

class KeepingResponder final : public Responder {
 public:
  explicit KeepingResponder(std::shared_ptr<Answered> answered) : answered_(std::move(answered)) {}
  void respond(Response response) override {
    if (!answered_->response) answered_->response = std::move(response);
  }
  std::shared_ptr<Stream> stream(Response head) override {
    answered_->is_stream = true;
    answered_->response = std::move(head);
    return std::make_shared<NoStream>();
  }

 private:
  class NoStream final : public Stream {
   public:
    bool write(std::string /*text*/) override { return true; }
    void close() override {}
    void on_close(std::function<void()> callback) override { callback(); }
  };
  std::shared_ptr<Answered> answered_;
};

class FuzzWorld {
 public:
  FuzzWorld() {
    CC_ASSERT(engine_.recover().has_value());
    add_all_routes(api_);
    send(request("POST", "/api/workflows",
                 R"({"name":"w","trigger":{"on":["a.>"]},"nodes":[{"id":"n","transform":{"x":"{{ context.x ?? 1 }}"}},)"
                 R"({"id":"g","transform":{},"approvalRequired":true,"dependsOn":["n"]}]})"));
    send(request("POST", "/api/workflows/w/trigger", R"({"context":{"x":2}})"));
    send(request("POST", "/api/workflows/w/trigger", "{}"));
    const auto runs = store::read_all<store::RunRow>(*store_, {.table = store::Table::kRuns});
    CC_ASSERT(runs && runs->size() == 2);
    ids_ = {"w", runs->front().id, runs->back().id, runs->front().workflow_id};
    const auto approvals = store::read_all<store::ApprovalRow>(*store_, {.table = store::Table::kApprovals});
    for (const store::ApprovalRow& row : *approvals)
      ids_.push_back(row.id);
  }

  // Bytes as a client might send them, through parser, gate and handlers. What is wrong with the answers; nothing when
  // all is well.
  std::optional<std::string> serve(std::string_view bytes) {
    RequestParser parser(1 << 16, 1 << 20);
    while (!bytes.empty()) {
      const RequestParser::Step step = parser.feed(bytes);
      bytes.remove_prefix(step.consumed_bytes);
      switch (step.progress) {
        case RequestParser::Progress::kRefused:
          return is_one_of(parser.refusal_status(), {400, 413, 431})
                     ? std::nullopt
                     : std::optional(fmt::format("the parser refuses with {}", parser.refusal_status()));
        case RequestParser::Progress::kNeedMore:
          return std::nullopt;
        case RequestParser::Progress::kHeaderDone:
          break;
        case RequestParser::Progress::kDone:
          if (auto wrong = send(parser.request())) return wrong;
          parser.reset();
      }
    }
    return std::nullopt;
  }

  std::optional<std::string> send(Request given) {
    given.client_address = "127.0.0.1";
    given.id = "fuzz";
    auto answered = std::make_shared<Answered>();
    Admission admission = gate_.admit(given);
    if (admission.refusal)
      answered->response = std::move(admission.refusal);
    else
      router_.dispatch(given, std::make_shared<KeepingResponder>(answered));
    while (engine_.turn() || launcher_.end_all()) {
    }
    return problem_with(given, *answered);
  }

  // A request to a route of the API, more or less as it should be.
  std::string make_request(Choices& choices) {
    const auto routes = router_.routes();
    const auto& [method, pattern] = choices.of(routes);
    std::string path;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
      if (pattern[i] != ':') {
        path += pattern[i];
        continue;
      }
      i = std::min(pattern.find('/', i), pattern.size()) - 1;
      path += make_id(choices);
    }
    char separator = '?';
    while (choices.one_in(3)) {
      path += fmt::format("{}{}={}", separator, choices.of(kQueryNames), make_query_value(choices));
      separator = '&';
    }
    const std::string body = method == "GET" ? std::string() : make_body(choices);
    const std::string_view used = choices.one_in(20) ? choices.of(kMethods) : std::string_view(method);
    std::string text = fmt::format("{} {} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {}\r\n", used, path,
                                   choices.one_in(8) ? "application/yaml" : "application/json");
    if (choices.one_in(4)) text += fmt::format("Idempotency-Key: {}\r\n", make_id(choices));
    if (choices.one_in(8)) text += fmt::format("Last-Event-ID: {}\r\n", make_query_value(choices));
    return text + fmt::format("Content-Length: {}\r\n\r\n{}", body.size(), body);
  }

 private:
  static constexpr std::array<std::string_view, 8> kMethods{"GET",    "HEAD",    "POST",  "PUT",
                                                            "DELETE", "OPTIONS", "PATCH", "TRACE"};
  static constexpr std::array<std::string_view, 16> kQueryNames{
      "projectId", "status",         "workflowRunId", "limit", "cursor", "trigger", "workflow", "since",
      "until",     "timeoutSeconds", "wait",          "q",     "nodeId", "x",       "",         "%00"};
  static constexpr std::array<std::string_view, 24> kMembers{
      "name",      "trigger",     "nodes",    "id",          "agent",   "agentName",    "action",   "input",
      "dependsOn", "transform",   "when",     "retry",       "timeout", "onError",      "approval", "projectId",
      "context",   "contextJson", "decision", "respondedBy", "type",    "capabilities", "from",     "payload"};
  static constexpr std::array<std::string_view, 24> kTexts{"",
                                                           "w",
                                                           "n",
                                                           "manual",
                                                           "ACTIVE",
                                                           "APPROVED",
                                                           "security-scanner",
                                                           "scan",
                                                           "{{ context.x }}",
                                                           "{{",
                                                           "{{ 1 / 0 }}",
                                                           "{{ nodes.n.output }}",
                                                           "../../etc/passwd",
                                                           "' OR 1=1 --",
                                                           "<script>",
                                                           "a.>",
                                                           "graph.(",
                                                           "*/5 * * * *",
                                                           "1h",
                                                           "\u00fc\u2028",
                                                           "SCRIPT",
                                                           "AUTO",
                                                           "1.0.0",
                                                           "(a+)+$"};

  static ApiConfig unlimited() {
    ApiConfig config;
    config.rate_limits.reads = config.rate_limits.writes = 0;
    config.rate_limits.triggers = config.rate_limits.webhooks = 0;
    return config;
  }

  static Request request(std::string method, std::string path, std::string body) {
    Request made;
    made.method = std::move(method);
    made.path = std::move(path);
    made.headers = {{"host", "localhost"}, {"content-type", "application/json"}};
    made.body = std::move(body);
    return made;
  }

  static bool is_one_of(int status, std::initializer_list<int> statuses) {
    return std::find(statuses.begin(), statuses.end(), status) != statuses.end();
  }

  // The API document decides: the status must be the operation's or one of those that all may answer, and an error has
  // its three members.
  std::optional<std::string> problem_with(const Request& given, const Answered& answered) const {
    const auto wrong = [&](std::string_view what) {
      return fmt::format("{} {}: {}\n{}\n{}", given.method, given.raw_path.empty() ? given.path : given.raw_path, what,
                         given.body, answered.response ? answered.response->body : "");
    };
    if (!answered.response) return given.query.contains("wait") ? std::nullopt : std::optional(wrong("no answer"));
    const int status = answered.response->status;
    if (!is_documented(given, status)) return wrong(fmt::format("answers {}", status));
    if (status < 400 || answered.response->body.empty()) return std::nullopt;
    const auto body = parse_json(answered.response->body, kMaxJsonDepth + 8);
    const bool is_health = given.path.find("health") != std::string::npos;
    if (!body || (!is_health && (string_member(*body, "error").empty() || string_member(*body, "code").empty() ||
                                 string_member(*body, "requestId") != "fuzz")))
      return wrong("an error without its members");
    return std::nullopt;
  }

  bool is_documented(const Request& given, int status) const {
    const auto route = router_.index_of(given);
    if (!route) return is_one_of(status, {204, 403, 404});
    const Json& operation = api_.operation_at(*route);
    const Json& shared = api_.document()["components"]["responses"]["Refused"]["x-statuses"];
    return operation["responses"].contains(std::to_string(status)) ||
           std::find(shared.begin(), shared.end(), status) != shared.end();
  }

  std::string make_id(Choices& choices) {
    static constexpr std::array<std::string_view, 8> kWrong{"nope",  "%2F..", "%00", "%C3%BC",
                                                            "x%20y", "runs",  "0",   "~"};
    return choices.one_in(3) ? std::string(choices.of(kWrong)) : choices.of(ids_);
  }

  static std::string make_query_value(Choices& choices) {
    static constexpr std::array<std::string_view, 16> kValues{
        "1",      "0",      "-1",  "99999999999999999999", "abc",  "PENDING", "FAILED", "true",
        "%FF%FE", "%E2%98", "1e9", "2026-01-01T00:00:00Z", "1abc", "",        "1.x",    "%27%20OR%201"};
    return std::string(choices.of(kValues));
  }

  std::string make_body(Choices& choices) {
    std::string text = dump_json(make_object(choices, 0));
    if (choices.one_in(6) && !text.empty()) text[choices.below(text.size())] = static_cast<char>(choices.below(256));
    if (choices.one_in(12)) text.resize(choices.below(text.size() + 1));
    return text;
  }

  Json make_object(Choices& choices, int depth) {
    Json object = Json::object();
    for (std::size_t members = choices.below(7); members > 0; --members)
      object[std::string(choices.of(kMembers))] = make_value(choices, depth + 1);
    return object;
  }

  Json make_value(Choices& choices, int depth) {
    switch (choices.below(depth > 4 ? 5 : 8)) {
      case 0:
        return nullptr;
      case 1:
        return choices.one_in(2);
      case 2:
        return choices.one_in(8) ? Json(-9'223'372'036'854'775'807LL) : Json(choices.below(100));
      case 3:
        return 1.5e300;
      case 4:
        return choices.of(kTexts);
      case 5: {
        Json list = Json::array();
        for (std::size_t items = choices.below(4); items > 0; --items)
          list.push_back(make_value(choices, depth + 1));
        return list;
      }
      default:
        return make_object(choices, depth);
    }
  }

  StillClock clock_;
  SystemEntropy entropy_;
  observe::Log log_{clock_, -1, observe::Level::kError};
  observe::Metrics metrics_;
  std::unique_ptr<store::Store> store_ = store::make_memory_store();
  std::unique_ptr<bus::Bus> bus_ = bus::make_in_process_bus();
  DeadLauncher launcher_;
  sandbox::WorkspaceRoots roots_;
  engine::Engine engine_{engine::Config{}, {*store_, clock_, entropy_, launcher_, *bus_, log_}};
  const trigger::Post post_ = [this](engine::Message message) { return engine_.post(std::move(message)); };
  trigger::Triggers triggers_{post_, *store_, clock_, entropy_, log_};
  trigger::AlertDesk alerts_{post_, *store_, clock_, log_};
  trigger::WebhookConfig webhooks_;
  outbox::Feed feed_{*store_, *bus_, log_};
  const vault::Vault vault_{*store_, vault::KeySource{}, [](const std::string&) {}};
  Services services_{engine_, triggers_, alerts_,  webhooks_, *store_, *bus_,
                     clock_,  log_,      metrics_, roots_,    vault_,  {sandbox::Tier::kNamespaces, "fuzz"},
                     feed_};
  ApiConfig config_ = unlimited();
  Router router_{answer_not_found, answer_not_allowed};
  Api api_{router_, services_, config_};
  Gate gate_{config_, api_, clock_};
  std::vector<std::string> ids_;
};

}  // namespace commandcenter::server
