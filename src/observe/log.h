// The structured log: one JSON object a line on a file descriptor. Never the context of a run, an input, an output or a
// secret: ids, names, counts and durations only.
#pragma once

#include <mutex>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/json.h"

namespace commandcenter::observe {

enum class Level { kDebug, kInfo, kWarn, kError };

// "debug", "info", "warn", "error"; kInfo for anything else.
Level level_of(std::string_view word);

// Thread-safe. A line that cannot be written is dropped: logging never stops work.
class Log {
 public:
  // file_descriptor -1 logs nowhere. Does not own the descriptor.
  Log(Clock& clock, int file_descriptor, Level level);

  void write(Level level, std::string_view message, const Json& fields = Json::object());
  void debug(std::string_view message, const Json& fields = Json::object()) { write(Level::kDebug, message, fields); }
  void info(std::string_view message, const Json& fields = Json::object()) { write(Level::kInfo, message, fields); }
  void warn(std::string_view message, const Json& fields = Json::object()) { write(Level::kWarn, message, fields); }
  void error(std::string_view message, const Json& fields = Json::object()) { write(Level::kError, message, fields); }

 private:
  Clock& clock_;
  int file_descriptor_;
  Level level_;
  std::mutex mutex_;
};

}  // namespace commandcenter::observe
