// The last look at a text before it leaves: what the scanner's engine takes for a secret is masked.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "agent/builtin/notifier/message.h"
#include "base/result.h"

namespace commandcenter::notifier {

// For one thread.
class Scrubber {
 public:
  static Result<Scrubber> make();
  Scrubber(Scrubber&&) noexcept;
  ~Scrubber();

  // Title, text, link, metadata and annotations; adds to `count` how many secrets were masked.
  void scrub(Message& message, std::int64_t& count);
  std::string text(std::string_view text, std::int64_t& count);

 private:
  struct Engine;
  explicit Scrubber(std::unique_ptr<Engine> engine);
  Json json(const Json& value, std::int64_t& count, int depth);
  std::unique_ptr<Engine> engine_;
};

}  // namespace commandcenter::notifier
