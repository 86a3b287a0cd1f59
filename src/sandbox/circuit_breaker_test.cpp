// Pitfall B1, feature 73: the breaker's rules. guarded_launcher_test.cpp has it at work.
#include "sandbox/circuit_breaker.h"

#include <gtest/gtest.h>

namespace commandcenter::sandbox {
namespace {

using State = CircuitBreaker::State;

CircuitBreaker opened_at(std::int64_t now_ms) {
  CircuitBreaker breaker{BreakerConfig{}};
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(breaker.try_begin(now_ms));
    breaker.failed(now_ms);
  }
  return breaker;
}

TEST(CircuitBreaker, OpensAfterFiveFailuresWithinTheWindow) {
  const CircuitBreaker breaker = opened_at(1'000);
  EXPECT_EQ(breaker.state(), State::kOpen);
  EXPECT_EQ(breaker.trips_total(), 1);
  EXPECT_EQ(breaker.reopens_ms(), 61'000);
}

TEST(CircuitBreaker, ForgetsFailuresThatLieBeforeTheWindow) {
  CircuitBreaker breaker{BreakerConfig{}};
  for (int i = 0; i < 20; ++i)
    breaker.failed(i * 31'000);  // never five in 120 s
  EXPECT_EQ(breaker.state(), State::kClosed);
  EXPECT_EQ(breaker.failures_total(), 20);
}

TEST(CircuitBreaker, LetsOneAttemptAtATimeThroughAfterTheReset) {
  CircuitBreaker breaker = opened_at(0);
  EXPECT_FALSE(breaker.try_begin(59'999));
  EXPECT_TRUE(breaker.try_begin(60'000));
  EXPECT_EQ(breaker.state(), State::kHalfOpen);
  EXPECT_FALSE(breaker.try_begin(60'000));
  breaker.succeeded();
  EXPECT_TRUE(breaker.try_begin(60'001));
  EXPECT_FALSE(breaker.try_begin(60'001));
}

TEST(CircuitBreaker, ClosesAfterThreeSuccessesInARow) {
  CircuitBreaker breaker = opened_at(0);
  for (int i = 0; i < 3; ++i) {
    EXPECT_NE(breaker.state(), State::kClosed);
    EXPECT_TRUE(breaker.try_begin(60'000));
    breaker.succeeded();
  }
  EXPECT_EQ(breaker.state(), State::kClosed);
  EXPECT_TRUE(breaker.try_begin(60'000));
  EXPECT_TRUE(breaker.try_begin(60'000));
}

TEST(CircuitBreaker, OpensAgainWhenAProbeFails) {
  CircuitBreaker breaker = opened_at(0);
  EXPECT_TRUE(breaker.try_begin(60'000));
  breaker.succeeded();
  EXPECT_TRUE(breaker.try_begin(60'500));
  breaker.failed(61'000);
  EXPECT_EQ(breaker.state(), State::kOpen);
  EXPECT_EQ(breaker.reopens_ms(), 121'000);
  EXPECT_EQ(breaker.trips_total(), 2);
}

TEST(CircuitBreaker, AnAbandonedProbeMakesRoomForTheNext) {
  CircuitBreaker breaker = opened_at(0);
  EXPECT_TRUE(breaker.try_begin(60'000));
  breaker.abandoned();
  EXPECT_TRUE(breaker.try_begin(60'000));
}

TEST(CircuitBreaker, SuccessesOfEarlierAttemptsDoNotCloseIt) {
  CircuitBreaker breaker = opened_at(0);
  for (int i = 0; i < 10; ++i)
    breaker.succeeded();
  EXPECT_EQ(breaker.state(), State::kOpen);
}

}  // namespace
}  // namespace commandcenter::sandbox
