// Triggers: the forms of every dialect to one struct.
#include <algorithm>
#include <cctype>

#include "core/schedule/schedule.h"
#include "core/workflow/dialect.h"

namespace commandcenter::workflow {
namespace {

constexpr std::size_t kMaxTimezoneLength = 64;
constexpr std::string_view kForms =
    "\"manual\", {type: event, pattern: …}, {on: […]}, {schedule: \"0 9 * * MON\"}, {every: 15m} or {path: …}";

const std::vector<std::string>& kind_words() {
  static const std::vector<std::string> kWords{"manual", "event", "schedule", "webhook"};
  return kWords;
}

const std::vector<std::string>& trigger_keys() {
  static const std::vector<std::string> kKeys{"type",  "event",    "pattern", "patterns", "on",   "schedule", "cron",
                                              "every", "timezone", "missed",  "filters",  "path", "token",    "secret"};
  return kKeys;
}

std::string lower(std::string_view text) {
  std::string result;
  for (const char c : text)
    result += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

TriggerKind kind_of(const std::string& word) {
  if (word == "event") return TriggerKind::kEvent;
  if (word == "schedule") return TriggerKind::kSchedule;
  return word == "webhook" ? TriggerKind::kWebhook : TriggerKind::kManual;
}

bool is_manual(const std::optional<std::string>& text) {
  return text && lower(*text) == "manual";
}

class TriggerReader {
 public:
  TriggerReader(const Json& tree, std::string path, Reader& reader)
      : tree_(tree), path_(std::move(path)), reader_(reader) {}

  Trigger read() {
    const auto type = reader_.word(tree_, path_, "type", kind_words());
    read_filters();
    read_schedule();
    read_missed();
    read_hook();
    if (names_manual()) {
      if (type && *type != "manual") {
        problem("type", "the trigger is of type " + *type + ", but its event is \"manual\"; keep one of them");
      }
      return trigger_;
    }
    read_patterns("event", !has("pattern"));
    read_patterns("pattern", true);
    read_patterns("patterns", true);
    read_patterns("on", true);
    decide_kind(type);
    return std::move(trigger_);
  }

 private:
  bool has(std::string_view key) const { return Reader::member(tree_, key) != nullptr; }
  void problem(std::string_view key, std::string message) {
    reader_.problem(member_path(path_, key), std::move(message));
  }

  // {event: manual, pattern: manual} and {on: manual}: what clients write that have no word for "by hand".
  bool names_manual() const {
    const auto text = [&](std::string_view key) -> std::optional<std::string> {
      const Json* value = Reader::member(tree_, key);
      if (value != nullptr && value->is_array() && value->size() == 1) value = &value->front();
      if (value == nullptr || !value->is_string()) return std::nullopt;
      return value->get<std::string>();
    };
    if (has("pattern")) return is_manual(text("pattern")) && (!has("event") || is_manual(text("event")));
    return has("event") ? is_manual(text("event")) : is_manual(text("on"));
  }

  void read_patterns(std::string_view key, bool used) {
    const Json* value = Reader::member(tree_, key);
    if (value == nullptr) return;
    const std::string path = member_path(path_, key);
    if (!value->is_array()) return read_pattern(*value, path, used);
    if (value->empty()) reader_.problem(path, "the list is empty; expected at least one event pattern");
    if (value->size() > kMaxPatterns) {
      return reader_.problem(path, "the list has " + std::to_string(value->size()) + " patterns; at most " +
                                       std::to_string(kMaxPatterns) + " are allowed");
    }
    for (std::size_t i = 0; i < value->size(); ++i)
      read_pattern((*value)[i], element_path(path, i), used);
  }

  void read_pattern(const Json& value, const std::string& path, bool used) {
    asked_for_events_ = true;
    if (!value.is_string()) {
      return reader_.problem(path, "expected an event pattern such as \"graph.file.*\", got " +
                                       std::string(type_in_words(value)) + " (" + shown(value) + ")");
    }
    const auto& pattern = value.get_ref<const std::string&>();
    const std::string trouble = used ? pattern_trouble(pattern) : std::string();
    if (!trouble.empty()) return reader_.problem(path, "bad event pattern " + shown(pattern) + ": " + trouble);
    const bool known =
        std::find(trigger_.patterns.begin(), trigger_.patterns.end(), pattern) != trigger_.patterns.end();
    if (used && !known) trigger_.patterns.push_back(pattern);
  }

  void read_filters() {
    const Json* filters = Reader::member(tree_, "filters");
    if (filters == nullptr) return;
    if (filters->is_object()) {
      trigger_.filters = *filters;
    } else {
      problem("filters", "expected a map from a member of the event to the text it must match, got " +
                             std::string(type_in_words(*filters)));
    }
  }

  void read_schedule() {
    int given = 0;
    for (const char* key : {"schedule", "cron", "every"}) {
      if (has(key) && ++given > 1) problem(key, "the schedule is given more than once; keep one of schedule and every");
    }
    const std::string key = has("schedule") ? "schedule" : "cron";
    if (const auto text = reader_.text(tree_, path_, key)) {
      if (const auto parsed = schedule::Schedule::parse(*text); !parsed) {
        problem(key, "bad schedule " + shown(*text) + " at character " + std::to_string(parsed.error().column) + ": " +
                         parsed.error().message);
      }
      trigger_.schedule = *text;
    }
    if (has("every")) read_interval();
    asked_for_schedule_ = given > 0;
    if (const auto timezone = reader_.text(tree_, path_, "timezone")) read_timezone(*timezone);
  }

  void read_interval() {
    const auto interval_ms =
        reader_.duration_ms(tree_, path_, "every", schedule::kMinInterval_ms, schedule::kMaxInterval_ms);
    if (interval_ms) trigger_.schedule = "@every " + std::to_string(*interval_ms) + "ms";
  }

  void read_timezone(const std::string& timezone) {
    constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-/";
    if (timezone.empty() || timezone.size() > kMaxTimezoneLength || timezone.front() == '/' ||
        timezone.find_first_not_of(kAllowed) != std::string::npos) {
      problem("timezone",
              shown(timezone) + " is not the name of a time zone; expected one such as \"Europe/Berlin\" or \"UTC\"");
    }
    if (!asked_for_schedule_) problem("timezone", "a time zone needs a schedule beside it");
    trigger_.timezone = timezone;
  }

  // "skip", "run-once", "run-all", or {policy: run-all, max: 20}.
  void read_missed() {
    const Json* missed = Reader::member(tree_, "missed");
    if (missed == nullptr) return;
    if (!asked_for_schedule_) problem("missed", "needs a schedule beside it");
    static const std::vector<std::string> kPolicies{"skip", "run-once", "run-all"};
    std::optional<std::string> policy;
    if (missed->is_object()) {
      const std::string path = member_path(path_, "missed");
      reader_.known_keys(*missed, path, {"policy", "max"}, {}, false);
      policy = reader_.word(*missed, path, "policy", kPolicies);
      if (const auto most = reader_.integer(*missed, path, "max", 1, kMaxMissedRuns))
        trigger_.missed_max = static_cast<int>(*most);
      if (!has_member(*missed, "policy"))
        reader_.problem(path, "policy is missing; expected skip, run-once or run-all");
    } else {
      policy = reader_.word(tree_, path_, "missed", kPolicies);
    }
    if (policy == "skip") trigger_.missed = MissedPolicy::kSkip;
    if (policy == "run-all") trigger_.missed = MissedPolicy::kRunAll;
  }

  void read_hook() {
    if (const auto given = reader_.text(tree_, path_, "path")) {
      const std::string path = given->starts_with('/') ? given->substr(1) : *given;
      const std::string trouble = hook_path_trouble(path);
      if (!trouble.empty()) problem("path", shown(*given) + " cannot be the path of a webhook: " + trouble);
      trigger_.path = path;
    }
    for (const auto& [key, target] : {std::pair{"token", &trigger_.token}, std::pair{"secret", &trigger_.secret}}) {
      const auto text = reader_.text(tree_, path_, key);
      if (!text) continue;
      if (text->size() < kMinHookSecretLength || text->size() > kMaxHookSecretLength) {
        problem(key, "has " + std::to_string(text->size()) + " bytes; expected " +
                         std::to_string(kMinHookSecretLength) + " to " + std::to_string(kMaxHookSecretLength) +
                         " that nobody can guess");
      }
      if (!has("path")) problem(key, std::string("a ") + key + " needs a path beside it");
      *target = *text;
    }
  }

  // Empty when the path is fine.
  static std::string hook_path_trouble(const std::string& path) {
    constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.~/";
    if (path.empty()) return "it is empty";
    if (path.size() > kMaxHookPathLength) {
      return "it has " + std::to_string(path.size()) + " characters; at most " + std::to_string(kMaxHookPathLength) +
             " are allowed";
    }
    if (path.find_first_not_of(kAllowed) != std::string::npos) return "letters, digits and _ - . ~ / are allowed";
    if (std::count(path.begin(), path.end(), '/') >= kMaxHookPathParts)
      return "at most " + std::to_string(kMaxHookPathParts) + " parts between slashes are allowed";
    const std::string bounded = "/" + path + "/";
    for (const char* bad : {"//", "/./", "/../"}) {
      if (bounded.find(bad) != std::string::npos) return "every part between slashes needs a name";
    }
    return {};
  }

  static bool has_member(const Json& object, std::string_view key) { return Reader::member(object, key) != nullptr; }

  void decide_kind(const std::optional<std::string>& type) {
    if (asked_for_events_ && asked_for_schedule_) {
      problem("schedule", "a trigger is either a schedule or events, not both; make two workflows of it");
    }
    if (has("path") && (asked_for_events_ || asked_for_schedule_)) {
      problem("path", "a webhook is a trigger of its own; make a second workflow for events or a schedule");
    }
    if (type) {
      trigger_.kind = kind_of(*type);
    } else if (asked_for_schedule_) {
      trigger_.kind = TriggerKind::kSchedule;
    } else if (asked_for_events_) {
      trigger_.kind = TriggerKind::kEvent;
    } else if (has("path")) {
      trigger_.kind = TriggerKind::kWebhook;
    } else if (!has("type") && !has("on")) {
      reader_.problem(path_, "the trigger does not say what starts the workflow; expected " + std::string(kForms));
    }
    if (!type) return;
    if (trigger_.kind == TriggerKind::kEvent && !asked_for_events_ && !has("on") && !has("patterns")) {
      problem("pattern", "is missing; an event trigger needs one, such as {type: event, pattern: graph.file.updated}");
    }
    if (trigger_.kind == TriggerKind::kSchedule && !asked_for_schedule_) {
      problem("schedule",
              "is missing; expected a cron line or every, such as {type: schedule, schedule: \"0 9 * * MON\"}");
    }
    if (trigger_.kind != TriggerKind::kEvent && asked_for_events_) {
      problem("type", "a trigger of type " + *type + " has no event patterns; expected type: event");
    }
    if (trigger_.kind != TriggerKind::kSchedule && asked_for_schedule_) {
      problem("type", "a trigger of type " + *type + " has no schedule; expected type: schedule");
    }
    if (trigger_.kind != TriggerKind::kWebhook && has("path")) {
      problem("type", "a trigger of type " + *type + " has no path; expected type: webhook");
    }
  }

  const Json& tree_;
  std::string path_;
  Reader& reader_;
  Trigger trigger_;
  bool asked_for_events_ = false;
  bool asked_for_schedule_ = false;
};

}  // namespace

std::string pattern_trouble(std::string_view pattern) {
  constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-:";
  if (pattern.empty()) return "it is empty";
  if (pattern.size() > kMaxPatternLength) {
    return "it has " + std::to_string(pattern.size()) + " characters; at most " + std::to_string(kMaxPatternLength) +
           " are allowed";
  }
  for (std::string_view rest = pattern;;) {
    const auto dot = rest.find('.');
    const std::string_view token = rest.substr(0, dot);
    if (token.empty()) return "a part between dots is empty";
    if (token == ">" && dot != std::string_view::npos) return "'>' may only be the last part";
    if (token != ">" && token != "*") {
      const auto bad = token.find_first_not_of(kAllowed);
      if (bad != std::string_view::npos && (token[bad] == '*' || token[bad] == '>')) {
        return "'" + std::string(1, token[bad]) + "' must stand for a whole part between dots";
      }
      if (bad != std::string_view::npos) return "parts between dots hold letters, digits, '_', '-' and ':' only";
    }
    if (dot == std::string_view::npos) return {};
    rest.remove_prefix(dot + 1);
  }
}

Trigger parse_trigger(const Json& tree, const std::string& path, Reader& reader) {
  if (tree.is_string()) {
    const std::string word = lower(tree.get_ref<const std::string&>());
    Trigger trigger;
    trigger.kind = kind_of(word);
    if (word == "schedule") {
      reader.problem(path, "the schedule is missing; expected {schedule: \"0 9 * * MON\"}");
    } else if (std::find(kind_words().begin(), kind_words().end(), word) == kind_words().end()) {
      reader.problem(path, shown(tree) + " is not a trigger; expected " + std::string(kForms));
    }
    return trigger;
  }
  if (!tree.is_object()) {
    reader.problem(path, "expected " + std::string(kForms) + ", got " + std::string(type_in_words(tree)));
    return {};
  }
  if (!path.empty()) reader.known_keys(tree, path, trigger_keys(), {}, true);
  return TriggerReader(tree, path, reader).read();
}

Result<Trigger> read_trigger(const Json& document) {
  if (!document.is_object()) return fail(ErrorCode::kInvalid, "the definition is no map");
  const Json* tree = Reader::member(document, "trigger");
  if (tree == nullptr) return Trigger{};
  Reader reader({});
  Trigger trigger = parse_trigger(*tree, "trigger", reader);
  if (reader.any()) return fail(ErrorCode::kInvalid, describe(reader.take()));
  return trigger;
}

}  // namespace commandcenter::workflow
