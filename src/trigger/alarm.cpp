#include "trigger/alarm.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>

#include "base/assert.h"

namespace commandcenter::trigger {

Alarm::Alarm()
    : timer_(::timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC)),
      calls_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  CC_ASSERT(timer_ >= 0 && calls_ >= 0);
}

Alarm::~Alarm() {
  ::close(timer_);
  ::close(calls_);
}

void Alarm::wait(std::optional<std::int64_t> due_ms) {
  // A time of zero would disarm the timer; the far future keeps it armed, so that changes of the clock are noticed.
  constexpr std::int64_t kNever_ms = std::numeric_limits<std::int32_t>::max() * 1'000LL;
  const std::int64_t at_ms = std::clamp<std::int64_t>(due_ms.value_or(kNever_ms), 1, kNever_ms);
  itimerspec when{};
  when.it_value = {at_ms / 1'000, at_ms % 1'000 * 1'000'000};
  CC_ASSERT(::timerfd_settime(timer_, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &when, nullptr) == 0 ||
            errno == ECANCELED);
  pollfd watched[] = {{timer_, POLLIN, 0}, {calls_, POLLIN, 0}};
  while (::poll(watched, 2, -1) < 0 && errno == EINTR)
    continue;
  std::uint64_t ignored = 0;
  (void)!::read(timer_, &ignored, sizeof ignored);  // ECANCELED after a change of the clock
  (void)!::read(calls_, &ignored, sizeof ignored);
}

void Alarm::call() {
  const std::uint64_t one = 1;
  (void)!::write(calls_, &one, sizeof one);
}

}  // namespace commandcenter::trigger
