// Which messages are alike, and who is told of which.
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "agent/builtin/notifier/request.h"
#include "agent/builtin/notifier/text.h"
#include "base/sha256.h"

namespace commandcenter::notifier {

std::string likeness_key(const Likeness& likeness, const Message& message) {
  Json key = Json::array();
  for (const std::string& name : likeness.by) {
    if (name == "severity")
      key.push_back(severity_word(message.severity));
    else if (name == "title")
      key.push_back(message.title);
    else if (name == "message")
      key.push_back(message.text);
    else {
      const Json* value = find_member(message.metadata, std::string_view(name).substr(9));
      key.push_back(value == nullptr ? Json() : *value);
    }
  }
  return sha256_hex(dump_json(key));
}

std::vector<Message> grouped(const Likeness& group, std::vector<Message> messages) {
  if (group.window_ms == 0) return messages;
  std::vector<std::vector<Message>> groups;
  std::map<std::string, std::size_t> open;
  for (Message& message : messages) {
    const std::string key = likeness_key(group, message);
    const auto found = open.find(key);
    if (found != open.end() && message.wall_ms - groups[found->second].front().wall_ms < group.window_ms) {
      groups[found->second].push_back(std::move(message));
      continue;
    }
    open[key] = groups.size();
    groups.emplace_back().push_back(std::move(message));
  }
  std::vector<Message> result;
  for (std::vector<Message>& members : groups) {
    Message whole = std::move(members.front());
    if (members.size() > 1) {  // what all of them say alike stays metadata
      std::string ids = whole.id;
      std::string text = "• " + one_line(whole.text);
      for (std::size_t i = 1; i < members.size(); ++i) {
        ids += "/" + members[i].id;
        whole.severity = std::max(whole.severity, members[i].severity);
        if (i < kMaxGrouped) text += "\n• " + one_line(members[i].text);
        std::ranges::move(members[i].annotations, std::back_inserter(whole.annotations));
        const Json before = whole.metadata;
        for (const auto& [key, value] : before.items()) {
          const Json* other = find_member(members[i].metadata, key);
          if (other == nullptr || *other != value) whole.metadata.erase(key);
        }
      }
      if (members.size() > kMaxGrouped) text += fmt::format("\n… {} more", members.size() - kMaxGrouped);
      whole.title = fmt::format("{} notifications{}{}", members.size(), whole.title.empty() ? "" : ": ", whole.title);
      whole.text = std::move(text);
      whole.id = sha256_hex(ids).substr(0, kHashedId);
    }
    result.push_back(std::move(whole));
  }
  return result;
}

std::vector<std::size_t> route(const Request& request, const Message& message) {
  std::vector<std::size_t> to;
  for (std::size_t i = 0; i < request.destinations.size(); ++i) {
    const bool wanted = request.routes.empty() || std::ranges::any_of(request.routes, [&](const Route& route) {
                          return std::ranges::find(route.severities, message.severity) != route.severities.end() &&
                                 std::ranges::find(route.to, i) != route.to.end();
                        });
    if (wanted) to.push_back(i);
  }
  return to;
}

}  // namespace commandcenter::notifier
