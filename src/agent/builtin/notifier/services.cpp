// The services that need few words, and what all share.
#include "agent/builtin/notifier/services.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "agent/builtin/notifier/text.h"
#include "base/clock.h"

namespace commandcenter::notifier {
namespace {

constexpr std::size_t kMailLine = 76;

Json annotation_json(const Annotation& annotation) {
  return {{"path", annotation.path},         {"startLine", annotation.first_line},
          {"endLine", annotation.last_line}, {"severity", severity_word(annotation.severity)},
          {"title", annotation.title},       {"message", annotation.text}};
}

// "Wed, 25 Nov 2026 22:05:00 +0000"
std::string mail_date(std::int64_t wall_ms) {
  static constexpr std::array<std::string_view, 7> kDays{"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
  static constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::string iso = iso8601(wall_ms);  // 2026-01-31T09:05:00.123Z
  const auto day = static_cast<std::size_t>(wall_ms / 86'400'000 % 7);
  const auto month = static_cast<std::size_t>((iso[5] - '0') * 10 + (iso[6] - '0') - 1);
  return fmt::format("{}, {} {} {} {} +0000", kDays[day], iso.substr(8, 2), kMonths[month], iso.substr(0, 4),
                     iso.substr(11, 8));
}

Json github_annotation(const Annotation& annotation) {
  const char* level = annotation.severity == Severity::kInfo      ? "notice"
                      : annotation.severity == Severity::kWarning ? "warning"
                                                                  : "failure";
  Json json = {{"path", annotation.path},
               {"start_line", annotation.first_line},
               {"end_line", std::max(annotation.first_line, annotation.last_line)},
               {"annotation_level", level},
               {"message", limited(annotation.text.empty() ? "(no text)" : annotation.text, kMaxGithubText)}};
  if (!annotation.title.empty()) json["title"] = limited(annotation.title, kMaxGithubTitle);
  return json;
}

// Markdown that shows the text as it is: in a fence longer than any in it.
std::string fenced(std::string_view text) {
  std::string fence = "```";
  while (text.find(fence) != std::string_view::npos)
    fence += '`';
  return fmt::format("{}\n{}\n{}", fence, text, fence);
}

std::string metadata_lines(const Message& message) {
  std::string out;
  std::size_t count = 0;
  for (const auto& [key, value] : message.metadata.items()) {
    if (++count > kMaxFields) return out + fmt::format("… {} more not shown\n", message.metadata.size() - kMaxFields);
    out += fmt::format("{}: {}\n", one_line(key), field_text(value));
  }
  return out;
}

}  // namespace

std::vector<Parcel> numbered(const Message& message, std::vector<Parcel> parcels) {
  for (std::size_t i = 0; i < parcels.size(); ++i) {
    parcels[i].key = parcels.size() == 1 ? message.id : fmt::format("{}.{}", message.id, i + 1);
    parcels[i].last = i + 1 == parcels.size();
  }
  return parcels;
}

std::vector<Parcel> webhook_parcels(const Message& message) {
  Json payload = {{"id", message.id},
                  {"severity", severity_word(message.severity)},
                  {"message", message.text},
                  {"timestamp", iso8601(message.wall_ms)}};
  if (!message.title.empty()) payload["title"] = message.title;
  if (!message.link.empty()) payload["link"] = message.link;
  if (message.metadata.is_object()) payload["metadata"] = message.metadata;
  for (const Annotation& annotation : message.annotations)
    payload["annotations"].push_back(annotation_json(annotation));
  return numbered(message, {{.key = {}, .body = dump_json(payload), .path = {}}});
}

std::vector<Parcel> email_parcels(const Message& message, const Destination& destination) {
  const std::string title = message.title.empty() ? limited(one_line(message.text), 120) : message.title;
  std::string text = message.text + "\n";
  if (!message.link.empty()) text += "\n" + message.link + "\n";
  if (message.metadata.is_object() && !message.metadata.empty()) text += "\n" + metadata_lines(message);
  for (const Annotation& annotation : message.annotations)
    text += fmt::format("\n{}:{}: {} {}\n", annotation.path, annotation.first_line, annotation.title, annotation.text);
  std::string mail = fmt::format(
      "Date: {}\r\nFrom: {}\r\nTo: {}\r\nSubject: {}\r\nMessage-ID: <{}@commandcenter>\r\nAuto-Submitted: "
      "auto-generated\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: "
      "base64\r\n\r\n",
      mail_date(message.wall_ms), destination.from, fmt::join(destination.to, ",\r\n "),
      mail_header(fmt::format("{} {}", severity_title(message.severity), title)), message.id);
  return numbered(message, {{.key = {}, .body = mail + base64(text, kMailLine) + "\r\n", .path = {}}});
}

// The first request makes the check run; what does not fit is added to it.
std::vector<Parcel> github_parcels(const Message& message, const Destination& destination) {
  const std::string title =
      limited(message.title.empty() ? severity_title(message.severity) : message.title, kMaxGithubTitle);
  const std::string text = limited(message.text, kMaxGithubText);
  Json output = {{"title", title},
                 {"summary", message.markdown ? without_calls(text) : fenced(text)},
                 {"annotations", Json::array()}};
  if (message.metadata.is_object() && !message.metadata.empty())
    output["text"] = fenced(limited(metadata_lines(message), kMaxGithubText));
  const bool passed = message.severity == Severity::kInfo || message.severity == Severity::kWarning;
  Json run = {{"name", limited(destination.check_name, 100)},
              {"head_sha", destination.commit},
              {"external_id", message.id},
              {"status", "completed"},
              {"conclusion", message.severity == Severity::kInfo ? "success"
                             : passed                            ? "neutral"
                                                                 : "failure"}};
  if (!message.link.empty()) run["details_url"] = message.link;
  const std::string path = fmt::format("/repos/{}/check-runs", destination.repository);
  std::vector<Parcel> parcels;
  std::size_t next = 0;
  const std::size_t count = std::min(message.annotations.size(), kMaxAnnotations);
  do {
    output["annotations"] = Json::array();
    for (; next < count && output["annotations"].size() < kMaxGithubAnnotations; ++next)
      output["annotations"].push_back(github_annotation(message.annotations[next]));
    const bool first = parcels.empty();
    Json body = first ? run : Json::object();
    body["output"] = output;
    parcels.push_back({.key = {},
                       .body = dump_json(body),
                       .path = first ? path : path + "/{id}",
                       .method = first ? "POST" : "PATCH"});
  } while (next < count);
  return numbered(message, std::move(parcels));
}

std::vector<Parcel> parcels_of(const Message& message, const Destination& destination) {
  switch (destination.channel) {
    case Channel::kConsole:
      return {};
    case Channel::kSlack:
      return slack_parcels(message);
    case Channel::kDiscord:
      return discord_parcels(message);
    case Channel::kWebhook:
      return webhook_parcels(message);
    case Channel::kEmail:
      return email_parcels(message, destination);
    case Channel::kGithub:
      return github_parcels(message, destination);
  }
  return {};
}

}  // namespace commandcenter::notifier
