// Follows the journal from a position on, in order, on a thread of its own, and hands what it means to a sink. What the
// sink did not take comes again. Private to this folder and to trigger, which follows it for workflows.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "outbox/outbox.h"

namespace commandcenter::outbox {

class Translator;

class Tail {
 public:
  // All events of the entries up to `until`. On failure the same entries come again after a pause, one at a time until
  // the sink takes them, so that an entry that cannot be taken holds up nothing but what follows it.
  using Sink = std::function<Result<void>(const std::vector<PublicEvent>& events, std::int64_t until)>;
  // Asked before entries are read; while it says no, what comes is passed over.
  using Wanted = std::function<bool()>;

  Tail(store::Store& store, bus::Bus& journal, observe::Log& log, std::string name, std::int64_t from, Sink sink,
       Wanted wanted = {});
  ~Tail();
  Tail(const Tail&) = delete;
  Tail& operator=(const Tail&) = delete;

  State state() const;  // `connected` is for others to say
  void wake();          // something may have changed that the sink or `wanted` goes by

 private:
  struct Shared;
  void follow();
  Result<void> step(Translator& translator, std::size_t batch);

  store::Store& store_;
  bus::Bus& journal_;
  observe::Log& log_;
  const std::string name_;
  const Sink sink_;
  const Wanted wanted_;
  const std::shared_ptr<Shared> shared_;
  bus::SubscriptionId subscription_ = 0;
  std::thread thread_;
};

}  // namespace commandcenter::outbox
