// Reading the members of a written agent, collecting every problem with its place. Private to this folder.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "agent/agent.h"

namespace commandcenter::agent {

class Fields {
 public:
  // In YAML a text may look like a number ("version: 1.0"); in an API body a number is no text.
  enum class NumbersAsText { kNo, kYes };

  explicit Fields(NumbersAsText numbers, workflow::Locator locate = {})
      : numbers_(numbers), locate_(std::move(locate)) {}

  void problem(const std::string& path, std::string message);
  bool any() const { return !problems_.empty(); }
  Problems take() { return std::move(problems_); }

  void known_keys(const Json& object, const std::string& path, const std::vector<std::string>& known);
  std::string text(const Json& object, const std::string& path, const std::string& key);
  std::string required_text(const Json& object, const std::string& path, const std::string& key);
  // The same of one line without control characters and with at most `most_bytes`: it is shown in lists.
  std::string required_line(const Json& object, const std::string& path, const std::string& key,
                            std::size_t most_bytes);
  // The one of the keys that is there, the first when none is. They mean the same, so two are a problem.
  std::string one_of(const Json& object, const std::string& path, const std::vector<std::string>& keys);
  std::string word(const Json& object, const std::string& path, const std::string& key,
                   std::initializer_list<std::string_view> allowed, std::string_view fallback);
  Json schema(const Json& object, const std::string& path, const std::string& key);
  void duration(const Json& object, const std::string& path, const std::string& key, std::int64_t& value_ms);
  void size(const Json& object, const std::string& path, const std::string& key, std::int64_t& value_bytes);
  void count(const Json& object, const std::string& path, const std::string& key, int& value);

 private:
  static std::string join(const std::string& path, const std::string& key) {
    return path.empty() ? key : path + "." + key;
  }

  NumbersAsText numbers_;
  workflow::Locator locate_;
  Problems problems_;
};

}  // namespace commandcenter::agent
