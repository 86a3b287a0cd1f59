#include "core/workflow/reader.h"

#include <algorithm>
#include <cctype>

#include "base/nearest.h"
#include "base/quantity.h"

namespace commandcenter::workflow {
namespace {

constexpr std::size_t kMaxProblems = 100;    // the rest is counted
constexpr std::size_t kMaxShown_bytes = 60;  // of a value in a message

std::string normal_word(std::string_view text) {
  std::string word;
  for (const char c : text)
    word += c == '_' ? '-' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return word;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words)
    text += text.empty() ? word : ", " + word;
  return text;
}

}  // namespace

std::string member_path(const std::string& path, std::string_view key) {
  const bool plain = !key.empty() && std::all_of(key.begin(), key.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
  if (!plain) return path + "[" + dump_json(Json(std::string(key))) + "]";
  return path.empty() ? std::string(key) : path + "." + std::string(key);
}

std::string element_path(const std::string& path, std::size_t index) {
  return path + "[" + std::to_string(index) + "]";
}

std::string shown(const Json& value) {
  std::string text = dump_json(value);
  if (text.size() <= kMaxShown_bytes) return text;
  std::size_t end = kMaxShown_bytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80)
    --end;
  text.resize(end);
  return text + "…";
}

std::string shown(const std::string& text) {
  return shown(Json(text));
}

std::string_view type_in_words(const Json& value) {
  if (value.is_null()) return "null";
  if (value.is_boolean()) return "a boolean";
  if (value.is_number()) return "a number";
  if (value.is_string()) return "text";
  return value.is_array() ? "a list" : "a map";
}

void Reader::problem(const std::string& path, std::string message) {
  if (is_settled_ && is_doubtful(path)) return;
  if (!is_settled_) doubt(path);
  if (problems_.size() >= kMaxProblems) {
    ++left_out_;
    return;
  }
  const auto [line, column] = locate_ ? locate_(path) : std::pair{0, 0};
  problems_.push_back({path, line, column, std::move(message)});
}

bool Reader::is_doubtful(std::string path) const {
  while (!path.empty()) {
    if (doubts_.contains(path)) return true;
    const auto cut = path.find_last_of(".[");
    path.resize(cut == std::string::npos ? 0 : cut);
  }
  return false;
}

bool Reader::has_doubts_within(const std::string& path) const {
  if (is_doubtful(path)) return true;
  for (const char separator : {'.', '['}) {
    const auto first = doubts_.lower_bound(path + separator);
    if (first != doubts_.end() && first->starts_with(path + separator)) return true;
  }
  return false;
}

std::vector<Problem> Reader::take() {
  if (left_out_ > 0) {
    problems_.push_back({"", 0, 0, std::to_string(left_out_) + " more problems are not shown; correct these first"});
  }
  return std::move(problems_);
}

void Reader::known_keys(const Json& object, const std::string& path, const std::vector<std::string>& known,
                        const std::vector<std::string>& ignored, bool tolerant) {
  const auto listed = [](const std::vector<std::string>& names, const std::string& key) {
    return std::find(names.begin(), names.end(), key) != names.end();
  };
  for (const auto& [key, value] : object.items()) {
    if (listed(known, key) || listed(ignored, key) || key.starts_with("x-")) continue;
    const std::string nearest = nearest_name(key, known);
    if (!nearest.empty()) {
      doubt(member_path(path, nearest));
      problem(member_path(path, key), "unknown key " + shown(key) + "; did you mean \"" + nearest + "\"?");
    } else if (!tolerant) {
      problem(member_path(path, key), "unknown key " + shown(key) + "; expected one of " + joined(known));
    } else if (tolerated_.size() < kMaxProblems) {
      tolerated_.push_back(member_path(path, key));
    }
  }
}

const Json* Reader::member(const Json& object, std::string_view key) {
  const Json* value = find_member(object, key);
  return value == nullptr || value->is_null() ? nullptr : value;
}

std::optional<std::string> Reader::text(const Json& object, const std::string& path, std::string_view key) {
  const Json* value = member(object, key);
  if (value == nullptr) return std::nullopt;
  if (value->is_string()) return value->get<std::string>();
  problem(member_path(path, key), "expected text, got " + std::string(type_in_words(*value)) + " (" + shown(*value) +
                                      (value->is_structured() ? ")" : "); put it in quotes"));
  return std::nullopt;
}

std::optional<bool> Reader::boolean(const Json& object, const std::string& path, std::string_view key) {
  const Json* value = member(object, key);
  if (value == nullptr) return std::nullopt;
  if (value->is_boolean()) return value->get<bool>();
  problem(member_path(path, key),
          "expected true or false, got " + std::string(type_in_words(*value)) + " (" + shown(*value) + ")");
  return std::nullopt;
}

std::optional<std::int64_t> Reader::integer(const Json& object, const std::string& path, std::string_view key,
                                            std::int64_t least, std::int64_t most) {
  const auto value = number(object, path, key, static_cast<double>(least), static_cast<double>(most));
  if (!value) return std::nullopt;
  const auto whole = static_cast<std::int64_t>(*value);
  if (static_cast<double>(whole) == *value) return whole;
  problem(member_path(path, key), "expected a whole number, got " + shown(*member(object, key)));
  return std::nullopt;
}

std::optional<double> Reader::number(const Json& object, const std::string& path, std::string_view key, double least,
                                     double most) {
  const Json* value = member(object, key);
  if (value == nullptr) return std::nullopt;
  const auto bare = [](double limit) {
    const auto whole = static_cast<std::int64_t>(limit);
    return dump_json(static_cast<double>(whole) == limit ? Json(whole) : Json(limit));
  };
  const auto limits = [&] { return bare(least) + " to " + bare(most); };
  if (!value->is_number()) {
    problem(member_path(path, key), "expected a number from " + limits() + ", got " +
                                        std::string(type_in_words(*value)) + " (" + shown(*value) + ")");
    return std::nullopt;
  }
  const double amount = value->get<double>();
  if (amount >= least && amount <= most) return amount;
  problem(member_path(path, key), "expected a number from " + limits() + ", got " + shown(*value));
  return std::nullopt;
}

std::optional<std::int64_t> Reader::duration_ms(const Json& object, const std::string& path, const std::string& key,
                                                std::int64_t least_ms, std::int64_t most_ms) {
  std::string given;
  for (const std::string& name : {key, key + "Ms", key + "Seconds"}) {
    if (member(object, name) == nullptr) continue;
    if (!given.empty()) {
      problem(member_path(path, name), "both " + given + " and " + name + " are given; keep one of them");
      return std::nullopt;
    }
    given = name;
  }
  if (given.empty()) return std::nullopt;
  const Json& value = *member(object, given);
  const std::string at = member_path(path, given);
  std::int64_t duration_ms = 0;
  if (given == key + "Ms") {
    if (!value.is_number_integer()) {
      problem(at, "expected a whole number of milliseconds, got " + shown(value));
      return std::nullopt;
    }
    duration_ms =
        value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX ? INT64_MAX : value.get<std::int64_t>();
  } else if (given != key && !value.is_number()) {
    problem(at, "expected a number of seconds, got " + shown(value));
    return std::nullopt;
  } else {
    const auto parsed = parse_duration_ms(value);
    if (!parsed) {
      problem(at, parsed.error().message);
      return std::nullopt;
    }
    duration_ms = *parsed;
  }
  if (duration_ms >= least_ms && duration_ms <= most_ms) return duration_ms;
  problem(at, "expected " + (least_ms > 0 ? "more than 0 and " : std::string()) + "at most " + std::to_string(most_ms) +
                  " ms (" + format_duration(most_ms) + "), got " + shown(value));
  return std::nullopt;
}

std::optional<std::string> Reader::word(const Json& object, const std::string& path, std::string_view key,
                                        const std::vector<std::string>& words) {
  const auto value = text(object, path, key);
  if (!value) return std::nullopt;
  for (const std::string& word : words) {
    if (normal_word(word) == normal_word(*value)) return word;
  }
  problem(member_path(path, key), shown(*value) + " is not one of " + joined(words));
  return std::nullopt;
}

std::string describe(const std::vector<Problem>& problems) {
  std::string text;
  for (const Problem& problem : problems) {
    if (!text.empty()) text += '\n';
    if (problem.line > 0) {
      text += "line " + std::to_string(problem.line) + ", column " + std::to_string(problem.column) + ": ";
    }
    if (!problem.path.empty()) text += problem.path + ": ";
    text += problem.message;
  }
  return text;
}

}  // namespace commandcenter::workflow
