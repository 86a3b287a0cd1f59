// `notify`: the notifier without a server. Says a text, the result of a run, findings, or a line of JSON each; what
// cannot be delivered stays in the spool for the next call.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <thread>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "agent/builtin/notifier/notifier.h"
#include "base/clock.h"
#include "base/document.h"
#include "cli/cli.h"
#include "cli/output.h"
#include "cli/verbs.h"

namespace commandcenter::cli {
namespace {

constexpr std::size_t kMaxInput_bytes = 64 << 20;
constexpr std::string_view kUrlVariable = "NOTIFY_WEBHOOK_URL";

Result<std::string> read_all(const std::string& path) {
  std::string text;
  if (path == "-") {
    text.assign(std::istreambuf_iterator<char>(std::cin), {});
  } else {
    std::ifstream file(path, std::ios::binary);
    if (!file) return fail(ErrorCode::kNotFound, fmt::format("{} cannot be read", path));
    text.assign(std::istreambuf_iterator<char>(file), {});
  }
  if (text.size() > kMaxInput_bytes)
    return fail(ErrorCode::kTooLarge,
                fmt::format("{} has {} bytes; at most {} are read", path, text.size(), kMaxInput_bytes));
  // Services count characters: what is not UTF-8 becomes U+FFFD here and not behind their limits.
  const auto valid = parse_json(dump_json(Json(std::move(text))));
  if (!valid) return fail(valid.error());
  return valid->get<std::string>();
}

// "${NAME}" as a whole is the variable of that name: secrets need not stand in files.
Result<void> fill_in_variables(Json& value) {
  if (value.is_object() || value.is_array()) {
    for (Json& member : value) {
      if (auto filled = fill_in_variables(member); !filled) return filled;
    }
    return {};
  }
  if (!value.is_string()) return {};
  const std::string text = value.get<std::string>();
  if (!text.starts_with("${") || !text.ends_with('}')) return {};
  const std::string name = text.substr(2, text.size() - 3);
  const char* content = std::getenv(name.c_str());
  if (content == nullptr)
    return fail(ErrorCode::kInvalid, fmt::format("the configuration names ${{{}}}, which is not set", name));
  value = content;
  return {};
}

// What a scan calls findings, a review issues and a check of compliance violations; null when it is none of these.
const Json* findings_of(const Json& report) {
  for (const char* name : {"findings", "issues", "violations"}) {
    const Json* list = find_member(report, name);
    if (list != nullptr && list->is_array()) return list;
  }
  return nullptr;
}

std::size_t count_of(const Json& findings, std::string_view severity) {
  return static_cast<std::size_t>(std::count_if(findings.begin(), findings.end(), [&](const Json& finding) {
    return string_member(finding, "severity") == severity;
  }));
}

// "1 critical, 2 medium"; the worst first.
std::string counts_of(const Json& findings) {
  std::string text;
  for (const char* severity : {"critical", "high", "error", "medium", "warning", "low", "info"}) {
    if (const std::size_t count = count_of(findings, severity); count > 0)
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, severity);
  }
  return text;
}

// A run as `run --json` and the API show it.
Json message_of_run(const Json& run) {
  const std::string status = string_member(run, "status");
  const Json* workflow = find_member(run, "workflow");  // as the API shows it
  const std::string name = workflow == nullptr ? std::string() : string_member(*workflow, "name");
  Json message = {
      {"title", fmt::format("{}{}Run {}: {}", name, name.empty() ? "" : ", ", string_member(run, "id"), status)},
      {"severity", status == "FAILED"      ? "error"
                   : status == "CANCELLED" ? "warning"
                                           : "info"},
      {"metadata", {{"run", string_member(run, "id")}, {"status", status}}}};
  std::string text;
  for (const Json& node : run["agentRuns"]) {
    const std::string error = string_member(node, "error");
    const Json* output = find_member(node, "output");
    if (output == nullptr) output = find_member(node, "outputJson");
    const Json* findings = output == nullptr ? nullptr : findings_of(*output);
    const std::string what = findings != nullptr && error.empty() ? counts_of(*findings) : error;
    text += fmt::format("{} {}{}{}\n", string_member(node, "nodeId"), string_member(node, "status"),
                        what.empty() ? "" : ": ", what);
    for (std::size_t i = 0; findings != nullptr && i < findings->size(); ++i)
      message["findings"].push_back((*findings)[i]);
  }
  const std::string error = string_member(run, "error");
  if (!error.empty()) text += error + "\n";
  while (text.ends_with('\n'))
    text.pop_back();
  message["message"] = text.empty() ? status : text;
  if (!status.empty() && !string_member(run, "id").empty()) message["id"] = "run-" + string_member(run, "id");
  return message;
}

Json message_of_findings(const Json& report, const Json& findings) {
  const std::string counts = counts_of(findings);
  const char* title = find_member(report, "issues") != nullptr       ? "Review"
                      : find_member(report, "views") != nullptr      ? "Architecture"
                      : find_member(report, "violations") != nullptr ? "Compliance"
                                                                     : "Scan";
  const std::size_t errors = count_of(findings, "error") + count_of(findings, "high");
  return {{"title", title},
          {"message", fmt::format("{} finding{}{}{}", findings.size(), findings.size() == 1 ? "" : "s",
                                  counts.empty() ? "" : ": ", counts)},
          {"severity", count_of(findings, "critical") > 0             ? "critical"
                       : errors > 0                                   ? "error"
                       : findings.size() > count_of(findings, "info") ? "warning"
                                                                      : "info"},
          {"findings", findings}};
}

Json message_of(const Json& document) {
  if (find_member(document, "message") != nullptr) return document;
  const Json* nodes = find_member(document, "agentRuns");
  if (nodes != nullptr && nodes->is_array()) return message_of_run(document);
  const Json* findings = findings_of(document);
  if (findings != nullptr) return message_of_findings(document, *findings);
  return {{"message", dump_json(document)}};
}

// One document, a document a line, or plain text.
Json messages_of(const std::string& text) {
  if (const auto whole = parse_json(text)) {
    if (!whole->is_array()) return Json::array({message_of(*whole)});
    Json messages = Json::array();
    for (const Json& one : *whole)
      messages.push_back(message_of(one));
    return messages;
  }
  Json messages = Json::array();
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = std::string_view(text).substr(at, end - at);
    at = end + 1;
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    auto one = parse_json(line);
    if (!one || !one->is_object()) {
      const std::size_t last = text.find_last_not_of(" \t\r\n");
      return Json::array({{{"message", text.substr(0, last + 1)}}});
    }
    messages.push_back(message_of(*one));
  }
  return messages;
}

Result<Json> input_of(const NotifyOptions& options) {
  Json input = Json::object();
  if (!options.config.empty()) {
    auto config = read_document(options.config);
    if (!config) return fail(std::move(config.error()));
    if (!config->value.is_object()) return fail(ErrorCode::kInvalid, options.config + ": expected a map");
    input = std::move(config->value);
    if (const auto complaints = notifier::complaints_of_keys(input); !complaints.empty())
      return fail(ErrorCode::kInvalid, fmt::format("{}: {}", options.config, fmt::join(complaints, "; ")));
    if (auto filled = fill_in_variables(input); !filled) return fail(std::move(filled.error()));
  }
  if (!options.channel.empty()) input["channel"] = options.channel;
  if (find_member(input, "channel") == nullptr && find_member(input, "destinations") == nullptr)
    input["channel"] = "console";
  const char* url = std::getenv(std::string(kUrlVariable).c_str());
  if (url != nullptr && find_member(input, "webhookUrl") == nullptr && find_member(input, "destinations") == nullptr)
    input["webhookUrl"] = url;
  for (const std::string& host : options.allow_hosts)
    input["allowHosts"].push_back(host);
  if (options.allow_private) input["allowPrivate"] = true;
  if (options.dry_run) input["dryRun"] = true;
  if (options.has_message) {
    if (options.message.find_first_not_of(" \t\r\n") == std::string::npos)
      return fail(ErrorCode::kInvalid, "there is nothing to say: --message is empty");
    input["messages"] = Json::array({{{"message", options.message}}});
  } else if (!options.flush) {
    const auto text = read_all(options.file);
    if (!text) return fail(text.error());
    input["messages"] = messages_of(*text);
    if (input["messages"].empty())
      return fail(ErrorCode::kInvalid,
                  fmt::format("there is nothing to say: {} holds no message; give a text or JSON there, or --message",
                              options.file == "-" ? "standard input" : options.file));
  } else {
    input["messages"] = Json::array();
  }
  for (Json& message : input["messages"]) {
    if (!options.title.empty()) message["title"] = options.title;
    if (!options.severity.empty()) message["severity"] = options.severity;
  }
  return input;
}

// What a channel needs and no option says: the notifier would name members of a file that was not given.
Result<void> check_channel(const NotifyOptions& options, const Json& input) {
  if (!options.config.empty()) return {};
  const std::string channel = string_member(input, "channel");
  const bool is_hook = channel == "slack" || channel == "discord" || channel == "webhook";
  if (is_hook && string_member(input, "webhookUrl").empty())
    return fail(ErrorCode::kInvalid, fmt::format("--channel {} needs an address: set {}, or give webhookUrl in a file "
                                                 "with --config",
                                                 channel, kUrlVariable));
  if (channel == "email" || channel == "github")
    return fail(ErrorCode::kInvalid,
                fmt::format("--channel {} needs {}: give them in a file with --config", channel,
                            channel == "email" ? "smtpUrl, from and to" : "repository, commit and githubToken"));
  return {};
}

}  // namespace

int notify(const NotifyOptions& options, bool json) {
  const auto input = input_of(options);
  if (!input) return print_error(input.error());
  if (const auto complete = check_channel(options, *input); !complete) return print_error(complete.error());
  if (options.flush && options.spool.empty())
    return print_error({ErrorCode::kInvalid, "--flush sends what waits in a spool: name it with --spool DIR"});
  SystemClock clock;
  const notifier::Timing timing{
      clock, [](std::int64_t duration_ms) { std::this_thread::sleep_for(std::chrono::milliseconds(duration_ms)); }};
  const auto log = [](std::string_view line) { std::fprintf(stderr, "%s\n", printable(line).c_str()); };
  const auto sent = notifier::send(*input, {.spool_folder = options.spool, .effect = {}}, log, timing);
  if (!sent) {
    print_error(sent.error());
    return sent.error().code == ErrorCode::kUnavailable ? kExitFailed : kExitUsage;
  }
  if (json) {
    print_json(sent->answer);
  } else if (const Json* payloads = find_member(sent->answer, "payloads"); payloads != nullptr) {
    for (const Json& payload : *payloads)
      std::printf("%s\n", dump_json(payload).c_str());
  } else {
    for (const Json& receipt : sent->answer["receipts"])
      std::printf("%s %s %s%s%s\n", string_member(receipt, "destination").c_str(),
                  string_member(receipt, "status").c_str(), string_member(receipt, "host").c_str(),
                  receipt.contains("messageId") ? " " : "", printable(string_member(receipt, "messageId")).c_str());
  }
  if (sent->failure.empty()) return kExitOk;
  if (!json) std::fprintf(stderr, "%s\n", printable(sent->failure).c_str());
  return kExitFailed;
}

}  // namespace commandcenter::cli
