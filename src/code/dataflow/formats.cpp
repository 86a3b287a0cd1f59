// Patterns filled with values: "%s %d", "{} {0} {name}". What is written as a number is one.
#include <algorithm>
#include <charconv>

#include "code/dataflow/engine.h"

namespace commandcenter::code::dataflow {

class Engine::Format {
 public:
  Format(const Engine& engine, const Value& pattern, const std::vector<ValuePtr>& values, const Named* names,
         const Env& env)
      : engine_(engine),
        pattern_(pattern),
        text_(pattern.text.value_or(std::string(1, kHole))),
        values_(values),
        names_(names),
        env_(env) {}

  // `percent`: places are written "%s", not "{}".
  ValuePtr filled(bool percent) {
    std::size_t at = 0;
    while (at < text_.size()) {
      const char c = text_[at];
      const bool place = at + 1 < text_.size() && c == (percent ? '%' : '{');
      if (!place) {
        plain_.push_back(c);
        ++at;
      } else if (text_[at + 1] == c) {  // "%%", "{{"
        plain_.push_back(c);
        at += 2;
      } else {
        at = percent ? behind_percent(at) : behind_braces(at);
      }
    }
    whole_ = concatenation(whole_, text_value(plain_), Build::kFormatting);
    Value result = *whole_;
    add_taints(result.taints, pattern_.taints);
    if (!has_places_ && !pattern_.constant()) {
      for (const ValuePtr& value : values_)
        add_taints(result.taints, value->taints);
    }
    return std::make_shared<const Value>(std::move(result));
  }

 private:
  bool is_one_of(std::size_t at, std::string_view signs) const {
    return signs.find(text_[at]) != std::string_view::npos;
  }

  // "%s", "%(name)s", "%2$s", "%<name>s", "%-10.3f"
  std::size_t behind_percent(const std::size_t begin) {
    std::size_t at = begin + 1;
    std::string_view name;
    if (text_[at] == '(') {
      const std::size_t close = std::min(text_.find(')', at), text_.size() - 1);
      name = std::string_view(text_).substr(at + 1, close - at - 1);
      at = close + 1;
    }
    std::size_t number = 0;
    const char* end = text_.data() + text_.size();
    const auto read = std::from_chars(text_.data() + at, end, number);
    if (read.ec == std::errc() && read.ptr != end && *read.ptr == '$' && number > 0)
      next_ = std::min(number - 1, values_.size());
    if (at < text_.size() && text_[at] == '<') at = std::min(text_.find('>', at), text_.size() - 1) + 1;
    while (at < text_.size() && is_one_of(at, "0123456789.$-+# l"))
      ++at;
    if (at >= text_.size()) return at;
    const bool is_number = is_one_of(at, "dixXufeEgGcbo");
    if (!is_number && !is_one_of(at, "sSrvqpTn@")) {
      plain_.push_back('%');
      return begin + 1;
    }
    add(is_number, name, {});
    return at + 1;
  }

  // "{}", "{0}", "{name}", "{0[key].name}", "{name!r:>10}"
  std::size_t behind_braces(std::size_t begin) {
    const std::size_t close = text_.find('}', begin);
    if (close == std::string::npos) return text_.size();
    std::size_t number = 0;
    const auto read = std::from_chars(text_.data() + begin + 1, text_.data() + close, number);
    if (read.ec == std::errc() && number < values_.size()) next_ = number;
    const std::string_view inside = std::string_view(text_).substr(begin + 1, close - begin - 1);
    const std::size_t end = std::min(inside.find_first_of(".[:!"), inside.size());
    add(false, inside.substr(0, end), inside.substr(end, inside.find_first_of(":!") - end));
    return close + 1;
  }

  // `way`: to what of the value is asked for.
  void add(bool is_number, std::string_view name, std::string_view way) {
    has_places_ = true;
    whole_ = concatenation(whole_, text_value(plain_), Build::kFormatting);
    plain_.clear();
    ValuePtr value = next_value(name);
    if (is_number) value = some_number();
    if (!way.empty()) value = engine_.flat(inside_of(value, way), env_);
    Value hole = *value;
    if (!hole.text && !hole.number) hole.kind = Kind::kUnknown;
    whole_ = concatenation(whole_, std::make_shared<const Value>(std::move(hole)), Build::kFormatting);
  }

  ValuePtr next_value(std::string_view name) {
    if (names_ != nullptr) {
      if (const auto known = names_->find(name); known != names_->end()) return known->second;
    }
    const std::size_t place = next_++;
    if (place < values_.size()) return values_[place];
    return values_.empty() ? nothing() : values_.back();
  }

  // What "{0[key].name}" asks for.
  ValuePtr inside_of(ValuePtr value, std::string_view way) const {
    while (!way.empty() && (way.front() == '[' || way.front() == '.')) {
      const bool key = way.front() == '[';
      way.remove_prefix(1);
      const std::size_t end = std::min(way.find_first_of(key ? "]" : ".["), way.size());
      const std::string_view name = way.substr(0, end);
      std::int64_t number = 0;
      const bool numbered =
          std::from_chars(name.data(), name.data() + name.size(), number).ptr == name.data() + name.size();
      value = engine_.at_key(value, numbered ? number_value(number) : text_value(std::string(name)), env_);
      way.remove_prefix(std::min(end + (key ? 1 : 0), way.size()));
    }
    return value;
  }

  const Engine& engine_;
  const Value& pattern_;
  const std::string text_;
  const std::vector<ValuePtr>& values_;
  const Named* names_;  // null: none has a name
  const Env& env_;
  ValuePtr whole_ = text_value("");
  std::string plain_;     // behind the last place
  std::size_t next_ = 0;  // value
  bool has_places_ = false;
};

ValuePtr Engine::format(const Value& pattern, const std::vector<ValuePtr>& values, bool percent, const Env& env,
                        const Named* names) const {
  return Format(*this, pattern, values, names, env).filled(percent);
}

}  // namespace commandcenter::code::dataflow
