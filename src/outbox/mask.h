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

  // A copy in which the values of members named like secrets (password, token, apiKey, webhookUrl, …) are "***", and
  // secrets in other texts are masked as in findings. Where this processor cannot run the scanner's patterns, only
  // names count.
  Json masked(const Json& value);

 private:
  Json shown(const Json& value);
  std::string text(const std::string& text);

  std::mutex mutex_;
  bool was_made_ = false;
  std::unique_ptr<code::LineViewer> viewer_;  // made for the first text; null: it cannot be
};

}  // namespace commandcenter::outbox
