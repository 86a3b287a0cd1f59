// Workflows that wait for what workflows did: public events of the journal, handed to the event starter in order, each
// once, also over restarts, and with no other system involved.
#pragma once

#include <memory>
#include <string>

#include "bus/bus.h"
#include "observe/log.h"
#include "outbox/outbox.h"
#include "store/store.h"
#include "trigger/interests.h"
#include "trigger/trigger.h"

namespace commandcenter::trigger {

struct ChainParts {
  store::Store& store;
  bus::Bus& journal;
  observe::Log& log;
  EventStarter& events;
  Interests& interests;
  outbox::Post post;
  std::string instance;
};

class Chain {
 public:
  // Costs nothing while no workflow waits for such events. One that follows from more than kMaxEventDepth others is
  // dropped with a warning: a loop ends there.
  static Result<std::unique_ptr<Chain>> open(ChainParts parts);
  virtual ~Chain() = default;
};

}  // namespace commandcenter::trigger
