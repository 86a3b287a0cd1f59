// A Store in memory, for tests and the simulator: same contract, nothing durable.
#pragma once

#include <memory>

#include "store/store.h"

namespace commandcenter::store {

std::unique_ptr<Store> make_memory_store();

}  // namespace commandcenter::store
