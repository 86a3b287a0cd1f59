#include "trigger/github.h"

#include <set>

#include <fmt/format.h>

namespace commandcenter::trigger {
namespace {

constexpr std::string_view kBranchPrefix = "refs/heads/";
constexpr std::string_view kTagPrefix = "refs/tags/";

// A member of a member …, or null.
Json at(const Json& body, std::initializer_list<std::string_view> path) {
  const Json* value = &body;
  for (const std::string_view key : path) {
    value = value->is_object() ? find_member(*value, key) : nullptr;
    if (value == nullptr) return nullptr;
  }
  return *value;
}

std::string first_line(const Json& message) {
  if (!message.is_string()) return {};
  const auto& text = message.get_ref<const std::string&>();
  return text.substr(0, text.find('\n'));
}

// The paths that all commits together touched, each once.
void add_files(const Json& commits, Json& payload) {
  std::set<std::string> files;
  bool is_whole = true;
  for (const Json& commit : commits) {
    for (const char* kind : {"added", "modified", "removed"}) {
      const Json paths = at(commit, {kind});
      if (!paths.is_array()) continue;
      for (const Json& path : paths) {
        if (!path.is_string()) continue;
        if (files.size() < kMaxGithubFiles || files.contains(path.get<std::string>()))
          files.insert(path.get<std::string>());
        else
          is_whole = false;
      }
    }
  }
  payload["filePath"] = files;
  if (!is_whole) payload["filePathTruncated"] = true;
}

void add_commits(const Json& commits, Json& payload) {
  Json list = Json::array();
  for (const Json& commit : commits) {
    if (list.size() == kMaxGithubCommits) {
      payload["commitsTruncated"] = true;
      break;
    }
    list.push_back({{"id", at(commit, {"id"})},
                    {"message", first_line(at(commit, {"message"}))},
                    {"author", at(commit, {"author", "name"})}});
  }
  payload["commits"] = std::move(list);
}

Json push(const Json& body) {
  const Json ref = at(body, {"ref"});
  const std::string text = ref.is_string() ? ref.get<std::string>() : std::string();
  Json payload = {{"repository", at(body, {"repository", "full_name"})},
                  {"cloneUrl", at(body, {"repository", "clone_url"})},
                  {"ref", ref},
                  {"before", at(body, {"before"})},
                  {"after", at(body, {"after"})},
                  {"sender", at(body, {"sender", "login"})},
                  {"compareUrl", at(body, {"compare"})},
                  {"created", at(body, {"created"})},
                  {"deleted", at(body, {"deleted"})},
                  {"forced", at(body, {"forced"})}};
  if (text.starts_with(kBranchPrefix)) payload["branch"] = text.substr(kBranchPrefix.size());
  if (text.starts_with(kTagPrefix)) payload["tag"] = text.substr(kTagPrefix.size());
  const Json given = at(body, {"commits"});
  const Json commits = given.is_array() ? given : Json(Json::array());
  add_commits(commits, payload);
  add_files(commits, payload);
  return payload;
}

Json pull_request(const Json& body) {
  const auto of = [&](std::initializer_list<std::string_view> path) { return at(at(body, {"pull_request"}), path); };
  return {{"action", at(body, {"action"})},
          {"number", at(body, {"number"})},
          {"repository", at(body, {"repository", "full_name"})},
          {"cloneUrl", at(body, {"repository", "clone_url"})},
          {"title", of({"title"})},
          {"url", of({"html_url"})},
          {"branch", of({"base", "ref"})},
          {"headBranch", of({"head", "ref"})},
          {"headRepository", of({"head", "repo", "full_name"})},
          {"before", of({"base", "sha"})},
          {"after", of({"head", "sha"})},
          {"author", of({"user", "login"})},
          {"sender", at(body, {"sender", "login"})},
          {"draft", of({"draft"})},
          {"merged", of({"merged"})}};
}

}  // namespace

std::optional<Event> read_github(std::string_view kind, std::string_view delivery, const Json& body) {
  if (kind != "push" && kind != "pull_request") return std::nullopt;
  Event event;
  event.type = fmt::format("github.{}", kind);
  event.payload = kind == "push" ? push(body) : pull_request(body);
  if (dump_json(body).size() <= kMaxGithubBody_bytes) event.payload["github"] = body;
  event.source = "github";
  if (!delivery.empty()) event.id = fmt::format("github:{}", delivery.substr(0, kMaxEventIdLength / 2));
  return event;
}

}  // namespace commandcenter::trigger
