// Nodes: the forms of every dialect to one struct.
#include <algorithm>

#include "core/workflow/dialect.h"

namespace commandcenter::workflow {
namespace {

constexpr std::int64_t kMaxBackoff_ms = 24LL * 3600 * 1000;
constexpr double kMaxBackoffFactor = 100.0;

// What says which work a node does.
constexpr const char* kWorkKeys[] = {"agent", "agentId", "agentName", "transform"};

const std::vector<std::string>& node_keys() {
  static const std::vector<std::string> kKeys{
      "id",      "agent",     "action",     "input",       "dependsOn",        "when",          "join",   "retry",
      "timeout", "timeoutMs", "onError",    "approval",    "transform",        "position",      "inputs", "inputsJson",
      "agentId", "agentName", "symbolicId", "_symbolicId", "approvalRequired", "timeoutSeconds"};
  return kKeys;
}

// What clients have beside these, or get back from the server: accepted everywhere, and of no effect.
const std::vector<std::string>& ignored_node_keys() {
  static const std::vector<std::string> kKeys{"workflowId", "riskLevel", "positionX", "positionY", "createdAt",
                                              "updatedAt",  "version",   "projectId", "status"};
  return kKeys;
}

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  const auto last = text.find_last_not_of(" \t\r\n");
  return first == std::string::npos ? std::string() : text.substr(first, last - first + 1);
}

class NodeReader {
 public:
  NodeReader(const Json& tree, std::string path, std::size_t index, Reader& reader)
      : tree_(tree), path_(std::move(path)), index_(index), reader_(reader) {}

  WrittenNode read(const std::string& map_key, bool tolerant) {
    NodeDefinition& node = written_.node;
    node.path = path_;
    node.input_path = path_;
    if (!tree_.is_object()) {
      reader_.problem(path_,
                      "expected a map with id, agent, action and input, got " + std::string(type_in_words(tree_)));
      node.id = map_key.empty() ? "node-" + std::to_string(index_) : map_key;
      return std::move(written_);
    }
    reader_.known_keys(tree_, path_, node_keys(), ignored_node_keys(), tolerant);
    read_id(map_key);
    read_work();
    read_dependencies();
    read_condition();
    read_join();
    read_retry();
    read_on_error();
    read_approval();
    read_position();
    node.timeout_ms = reader_.duration_ms(tree_, path_, "timeout", 1, kMaxTimeout_ms);
    return std::move(written_);
  }

 private:
  std::string at(std::string_view key) const { return member_path(path_, key); }

  void read_id(const std::string& map_key) {
    NodeDefinition& node = written_.node;
    node.id = map_key;
    std::string id_path = path_;
    for (const char* key : {"symbolicId", "_symbolicId", "id"}) {
      const auto id = reader_.text(tree_, path_, key);
      if (!id || id->empty()) continue;
      if (!map_key.empty() && *id != map_key) {
        reader_.problem(at(key), "the node is called " + shown(map_key) + " by its key; leave " + key + " out");
      }
      if (node.id.empty()) {
        node.id = *id;
        id_path = at(key);
      } else if (*id != node.id) {
        written_.aliases.push_back(*id);
      }
    }
    const std::string position = "node-" + std::to_string(index_);
    written_.aliases.push_back(position);
    if (node.id.empty())
      node.id = position;
    else
      check_id(id_path);
  }

  void check_id(const std::string& path) {
    constexpr std::string_view kFirst = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    constexpr std::string_view kRest = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_:-";
    constexpr std::string_view kReserved[] = {"context", "nodes", "run", "item"};
    const std::string& id = written_.node.id;
    if (id.size() > kMaxNodeIdLength) {
      reader_.problem(path, "the id " + shown(id) + " has " + std::to_string(id.size()) + " characters; at most " +
                                std::to_string(kMaxNodeIdLength) + " are allowed");
    } else if (id.find_first_not_of(kRest) != std::string::npos || kFirst.find(id.front()) == std::string_view::npos) {
      reader_.problem(path,
                      "the id " + shown(id) +
                          " may hold letters, digits, '_', '-' and ':' only, and starts with a letter, a digit or '_'");
    } else if (std::find(std::begin(kReserved), std::end(kReserved), id) != std::end(kReserved)) {
      reader_.problem(path, "\"" + id + "\" cannot be an id: in templates it means something else");
    }
  }

  // Agent and action, or a transform; and the input.
  void read_work() {
    NodeDefinition& node = written_.node;
    read_agent();
    node.action = reader_.text(tree_, path_, "action").value_or("");
    read_input();
    const Json* transform = Reader::member(tree_, "transform");
    if (transform == nullptr) {
      const bool is_misspelt = std::any_of(std::begin(kWorkKeys), std::end(kWorkKeys),
                                           [&](const char* key) { return reader_.is_doubtful(at(key)); });
      if (is_misspelt && node.agent.empty()) reader_.doubt(at("agent"));
      if (node.agent.empty() && !is_misspelt) {
        reader_.problem(
            at("agent"),
            "is missing; expected the name of an agent (`commandcenter agents list` shows them), or transform");
      }
      return;
    }
    if (!node.agent.empty()) {
      reader_.problem(at("transform"), "a node is either a transform or an agent's action; agent " + shown(node.agent) +
                                           " is given too");
    }
    if (!node.action.empty() && node.action != "transform") {
      reader_.problem(at("action"), "a transform has no action; leave it out");
    }
    if (!input_key_.empty() && node.input != *transform) {
      reader_.problem(at(input_key_), "transform is the input of a transform; leave " + input_key_ + " out");
    }
    node.action.clear();
    node.is_transform = true;
    node.input = *transform;
    node.input_path = at("transform");
  }

  void read_agent() {
    NodeDefinition& node = written_.node;
    for (const char* key : {"agentId", "agentName"}) {
      const auto agent = reader_.text(tree_, path_, key);
      if (agent && node.agent.empty()) node.agent = *agent;
    }
    const Json* agent = Reader::member(tree_, "agent");
    if (agent == nullptr || !node.agent.empty()) return;
    if (agent->is_object()) {  // as GET shows it
      node.agent = string_member(*agent, "id", string_member(*agent, "name"));
      if (node.agent.empty()) node.agent = string_member(*agent, "name");
    } else {
      node.agent = reader_.text(tree_, path_, "agent").value_or("");
    }
  }

  void read_input() {
    NodeDefinition& node = written_.node;
    for (const char* key : {"input", "inputs", "inputsJson"}) {
      const Json* value = Reader::member(tree_, key);
      if (value == nullptr) continue;
      if (!input_key_.empty() && *value == node.input) continue;
      if (!input_key_.empty()) {
        reader_.problem(at(key), input_key_ + " and " + key + " mean the same, but differ here; keep one of them");
        continue;
      }
      input_key_ = key;
      node.input_path = at(key);
      node.input = *value;
      if (!value->is_object() && Reader::member(tree_, "transform") == nullptr) {
        reader_.problem(at(key), "expected a map with the action's input, got " + std::string(type_in_words(*value)));
        node.input = Json::object();
      }
    }
    if (!input_key_.empty()) return;
    node.input_path = at("input");
    if (reader_.is_doubtful(at("inputs")) || reader_.is_doubtful(at("inputsJson"))) reader_.doubt(node.input_path);
  }

  void read_dependencies() {
    const Json* value = Reader::member(tree_, "dependsOn");
    if (value == nullptr) return;
    const std::string path = at("dependsOn");
    if (!value->is_array()) return add_dependency(*value, path);
    if (value->size() > kMaxEdges) {
      return reader_.problem(path, "the list has " + std::to_string(value->size()) + " entries; at most " +
                                       std::to_string(kMaxEdges) + " are allowed");
    }
    for (std::size_t i = 0; i < value->size(); ++i)
      add_dependency((*value)[i], element_path(path, i));
  }

  void add_dependency(const Json& value, const std::string& path) {
    if (!value.is_string()) {
      return reader_.problem(
          path, "expected the id of a node, got " + std::string(type_in_words(value)) + " (" + shown(value) + ")");
    }
    written_.node.depends_on.push_back(value.get<std::string>());
    written_.dependency_paths.push_back(path);
  }

  void read_condition() {
    const Json* value = Reader::member(tree_, "when");
    if (value == nullptr) return;
    if (value->is_boolean()) {
      written_.node.when = value->get<bool>() ? "true" : "false";
      return;
    }
    std::string text = trimmed(reader_.text(tree_, path_, "when").value_or(""));
    if (value->is_string() && text.empty()) {
      reader_.problem(at("when"),
                      "is empty; expected an expression such as \"scan.output.summary.total > 0\", or leave it out");
    }
    // Braces are not needed here, but people write them.
    const bool braced =
        text.size() > 4 && text.starts_with("{{") && text.ends_with("}}") && text.find("{{", 2) == std::string::npos;
    written_.node.when = braced ? trimmed(text.substr(2, text.size() - 4)) : text;
  }

  void read_join() {
    const auto join = reader_.word(tree_, path_, "join", {"all-success", "all-done", "any-success"});
    if (!join) return;
    written_.node.join = *join == "all-done"      ? Join::kAllDone
                         : *join == "any-success" ? Join::kAnySuccess
                                                  : Join::kAllSuccess;
  }

  void read_retry() {
    const Json* value = Reader::member(tree_, "retry");
    if (value == nullptr) return;
    Retry& retry = written_.node.retry;
    if (value->is_number()) {
      retry.attempts = static_cast<int>(reader_.integer(tree_, path_, "retry", 1, kMaxAttempts).value_or(1));
      return;
    }
    const std::string path = at("retry");
    if (!value->is_object()) {
      return reader_.problem(path, "expected a number of attempts, or a map such as {attempts: 3, backoff: 5s}, got " +
                                       std::string(type_in_words(*value)) + " (" + shown(*value) + ")");
    }
    reader_.known_keys(*value, path,
                       {"attempts", "backoff", "backoffMs", "backoffSeconds", "factor", "maxBackoff", "maxBackoffMs",
                        "maxBackoffSeconds", "jitter"},
                       {}, false);
    if (Reader::member(*value, "attempts") == nullptr) {
      reader_.problem(member_path(path, "attempts"),
                      "is missing; expected how often the node may be tried in all, the first time included");
    }
    retry.attempts = static_cast<int>(reader_.integer(*value, path, "attempts", 1, kMaxAttempts).value_or(1));
    retry.backoff_ms = reader_.duration_ms(*value, path, "backoff", 0, kMaxBackoff_ms).value_or(retry.backoff_ms);
    retry.max_backoff_ms = std::max(retry.max_backoff_ms, retry.backoff_ms);
    retry.max_backoff_ms =
        reader_.duration_ms(*value, path, "maxBackoff", 0, kMaxBackoff_ms).value_or(retry.max_backoff_ms);
    retry.factor = reader_.number(*value, path, "factor", 1.0, kMaxBackoffFactor).value_or(retry.factor);
    retry.jitter = reader_.number(*value, path, "jitter", 0.0, 1.0).value_or(retry.jitter);
  }

  void read_on_error() {
    const auto text = reader_.text(tree_, path_, "onError");
    if (!text) return;
    OnError& on_error = written_.node.on_error;
    if (*text == "continue") {
      on_error.kind = OnErrorKind::kContinue;
    } else if (*text != "fail") {
      on_error = {OnErrorKind::kFallback, *text};
      if (text->empty()) reader_.problem(at("onError"), "is empty; expected fail, continue or the id of a node");
    }
  }

  // `approvalRequired` is the API's word; where both are given it decides whether, and `approval` how long.
  void read_approval() {
    NodeDefinition& node = written_.node;
    const Json* value = Reader::member(tree_, "approval");
    if (value != nullptr && value->is_object()) {
      const std::string path = at("approval");
      reader_.known_keys(*value, path, {"required", "expires", "expiresMs", "expiresSeconds"}, {}, false);
      node.approval_required = reader_.boolean(*value, path, "required").value_or(true);
      node.approval_expiry_ms =
          reader_.duration_ms(*value, path, "expires", 1, kMaxTimeout_ms).value_or(kDefaultApprovalExpiry_ms);
    } else if (value != nullptr && !value->is_boolean()) {
      reader_.problem(at("approval"), "expected true, false or a map such as {required: true, expires: 4h}, got " +
                                          std::string(type_in_words(*value)) + " (" + shown(*value) + ")");
    } else if (value != nullptr) {
      node.approval_required = value->get<bool>();
    }
    if (const auto required = reader_.boolean(tree_, path_, "approvalRequired")) node.approval_required = *required;
  }

  void read_position() {
    if (const Json* position = Reader::member(tree_, "position")) {
      if (position->is_object())
        written_.node.position = *position;
      else
        reader_.problem(at("position"),
                        "expected a map such as {x: 100, y: 40}, got " + std::string(type_in_words(*position)));
      return;
    }
    const Json* x = Reader::member(tree_, "positionX");
    const Json* y = Reader::member(tree_, "positionY");
    if (x != nullptr && y != nullptr && x->is_number() && y->is_number())
      written_.node.position = {{"x", *x}, {"y", *y}};
  }

  const Json& tree_;
  std::string path_;
  std::size_t index_;
  Reader& reader_;
  WrittenNode written_;
  std::string input_key_;
};

}  // namespace

bool is_client_form(const Json& node) {
  for (const char* key : {"agentId", "agentName", "inputsJson", "_symbolicId", "symbolicId"}) {
    if (find_member(node, key) != nullptr) return true;
  }
  return false;
}

WrittenNode parse_node(const Json& tree, const std::string& path, std::size_t index, const std::string& map_key,
                       bool tolerant, Reader& reader) {
  return NodeReader(tree, path, index, reader).read(map_key, tolerant);
}

}  // namespace commandcenter::workflow
