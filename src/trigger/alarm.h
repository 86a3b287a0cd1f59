// Waiting for a time of the wall clock: ends early when that clock is set, or when somebody calls. Private to this
// folder. One thread waits, any may call.
#pragma once

#include <cstdint>
#include <optional>

namespace commandcenter::trigger {

class Alarm {
 public:
  Alarm();
  ~Alarm();
  Alarm(const Alarm&) = delete;
  Alarm& operator=(const Alarm&) = delete;

  // Returns at the time (Unix milliseconds; none: never), after a change of the clock, and after call(); whatever comes
  // first. A call that came while nobody waited counts for the next wait.
  void wait(std::optional<std::int64_t> due_ms);
  void call();

 private:
  int timer_ = -1;
  int calls_ = -1;
};

}  // namespace commandcenter::trigger
