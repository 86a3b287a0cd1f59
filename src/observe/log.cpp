#include "observe/log.h"

#include <unistd.h>

namespace commandcenter::observe {
namespace {

std::string_view level_word(Level level) {
  switch (level) {
    case Level::kDebug:
      return "debug";
    case Level::kInfo:
      return "info";
    case Level::kWarn:
      return "warn";
    case Level::kError:
      return "error";
  }
  return "info";
}

}  // namespace

Level level_of(std::string_view word) {
  for (const Level level : {Level::kDebug, Level::kInfo, Level::kWarn, Level::kError}) {
    if (word == level_word(level)) return level;
  }
  return Level::kInfo;
}

Log::Log(Clock& clock, int file_descriptor, Level level)
    : clock_(clock), file_descriptor_(file_descriptor), level_(level) {}

void Log::write(Level level, std::string_view message, const Json& fields) {
  if (file_descriptor_ < 0 || level < level_) return;
  Json line = {{"time", iso8601(clock_.wall_ms())}, {"level", level_word(level)}, {"message", message}};
  for (const auto& [key, value] : fields.items())
    line[key] = value;
  const std::string text = dump_json(line) + "\n";
  const std::lock_guard lock(mutex_);
  [[maybe_unused]] const auto written = ::write(file_descriptor_, text.data(), text.size());
}

}  // namespace commandcenter::observe
