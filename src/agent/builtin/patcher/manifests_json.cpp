// package.json and composer.json: members of the sections that name dependencies.
#include <algorithm>
#include <array>

#include "agent/builtin/patcher/manifests.h"
#include "base/json.h"

namespace commandcenter::patcher {
namespace {

constexpr std::array<std::string_view, 6> kSections{"dependencies",         "devDependencies", "peerDependencies",
                                                    "optionalDependencies", "require",         "require-dev"};

// Walks over tokens only as far as it must: strings and nesting.
class Scanner {
 public:
  Scanner(std::string_view text, std::string_view dependency) : text_(text), dependency_(dependency) {}

  std::vector<Spot> spots() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '"') {
        string();
        continue;
      }
      if (c == '{' || c == '[') {
        path_.push_back(key_);
        key_.clear();
        value_next_ = false;
      } else if ((c == '}' || c == ']') && !path_.empty()) {
        path_.pop_back();
      } else if (c == ':') {
        value_next_ = true;
      } else if (c == ',') {
        value_next_ = false;
      }
      ++at_;
    }
    return std::move(spots_);
  }

 private:
  void string() {
    const std::size_t begin = at_;
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (text_[at_] == '\\') ++at_;
    }
    at_ = std::min(at_ + 1, text_.size());
    const std::string_view token = text_.substr(begin, at_ - begin);
    if (!value_next_) {
      const auto parsed = parse_json(token);
      key_ = parsed && parsed->is_string() ? parsed->get<std::string>() : std::string();
      return;
    }
    // path_ is: "", section. The first entry is the key in front of the outermost brace.
    const bool in_section = path_.size() == 2 && std::ranges::find(kSections, path_[1]) != kSections.end();
    if (in_section && key_ == dependency_ && token.size() >= 2) spots_.push_back({begin + 1, token.size() - 2});
    value_next_ = false;
  }

  std::string_view text_;
  std::string_view dependency_;
  std::size_t at_ = 0;
  std::string key_;
  bool value_next_ = false;
  std::vector<std::string> path_;
  std::vector<Spot> spots_;
};

}  // namespace

std::vector<Spot> locate_in_json(std::string_view text, std::string_view dependency) {
  return Scanner(text, dependency).spots();
}

}  // namespace commandcenter::patcher
