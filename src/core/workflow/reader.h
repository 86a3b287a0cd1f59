// Reading the members of a written workflow: typed access that collects every problem with its place. Private to this
// folder. In: JSON and a Locator. Out: values, and at most kMaxProblems problems.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/workflow/workflow.h"

namespace commandcenter::workflow {

// Path of a member: "a.b", or a["x y"] when the key is not made of letters, digits, '_' and '-' only.
std::string member_path(const std::string& path, std::string_view key);
std::string element_path(const std::string& path, std::size_t index);

// A value for a message: short, whatever it holds.
std::string shown(const Json& value);
std::string shown(const std::string& text);

// "null", "a boolean", "a number", "text", "a list", "a map": types in the words of the people who write YAML.
std::string_view type_in_words(const Json& value);

class Reader {
 public:
  explicit Reader(Locator locate) : locate_(std::move(locate)) {}

  void problem(const std::string& path, std::string message);
  bool any() const { return !problems_.empty(); }
  // What stands there, or would, is not what was meant, even if it has no problem of its own.
  void doubt(const std::string& path) { doubts_.insert(path); }
  // Whether there is a problem or a doubt at that value or one that it is part of; or at it or one that is part of it.
  bool is_doubtful(std::string path) const;
  bool has_doubts_within(const std::string& path) const;
  // From now on, a problem of what is doubtful so far follows from what was said already, and is left out.
  void settle() { is_settled_ = true; }
  std::vector<Problem> take();

  // Reports members that are not in `known`. With `tolerant` only those that look like a misspelling of a known one;
  // the others are noted. `ignored`, and keys that begin with "x-", are accepted without being offered in messages.
  void known_keys(const Json& object, const std::string& path, const std::vector<std::string>& known,
                  const std::vector<std::string>& ignored, bool tolerant);

  // Where members stand that were tolerated, at most so many of them as there may be problems.
  std::vector<std::string> take_tolerated() { return std::move(tolerated_); }

  // The member, unless absent or null.
  static const Json* member(const Json& object, std::string_view key);

  // Absent and null give nothing without complaint; another type is a problem.
  std::optional<std::string> text(const Json& object, const std::string& path, std::string_view key);
  std::optional<bool> boolean(const Json& object, const std::string& path, std::string_view key);
  std::optional<std::int64_t> integer(const Json& object, const std::string& path, std::string_view key,
                                      std::int64_t least, std::int64_t most);
  std::optional<double> number(const Json& object, const std::string& path, std::string_view key, double least,
                               double most);
  // `key` holds a duration ("30m", or seconds), or `key`Ms a number of milliseconds, or `key`Seconds one of seconds.
  std::optional<std::int64_t> duration_ms(const Json& object, const std::string& path, const std::string& key,
                                          std::int64_t least_ms, std::int64_t most_ms);
  // One of the words; case does not matter, and '_' counts as '-'. The word as listed.
  std::optional<std::string> word(const Json& object, const std::string& path, std::string_view key,
                                  const std::vector<std::string>& words);

 private:
  Locator locate_;
  std::vector<Problem> problems_;
  std::size_t left_out_ = 0;
  std::vector<std::string> tolerated_;
  std::set<std::string> doubts_;
  bool is_settled_ = false;
};

}  // namespace commandcenter::workflow
