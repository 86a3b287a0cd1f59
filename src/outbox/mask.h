// Inputs that people and other systems may see: what a member's name gives away as a secret is not shown, nor what the
// scanner takes for one. Thread-safe.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "base/json.h"

namespace commandcenter::code {
class LineViewer;
}

namespace commandcenter::outbox {

class Masker {
 public:
  Masker();
  ~Masker();

  // A copy in which texts under members named like secrets (password, token, apiKey, webhookUrl, …) are "***", however
  // deep, and secrets in other texts are masked as in findings. Numbers and truth values are never secrets: maxTokens
  // is a name, too. Where this processor cannot run the scanner's patterns, only names count.
  Json masked(const Json& value);

 private:
  enum class Name { kPlain, kAddress, kSecret };  // what the texts of a member are by its name

  static Name meaning_of(const std::string& member);
  Json shown(const Json& value, Name name);
  std::string text(const std::string& text);

  std::mutex mutex_;
  bool was_made_ = false;
  std::unique_ptr<code::LineViewer> viewer_;  // made for the first text; null: it cannot be
};

}  // namespace commandcenter::outbox
