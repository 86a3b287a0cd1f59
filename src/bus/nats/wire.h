// Messages as the library has them, and back. Private to this folder; only for .cpp files.
#pragma once

#include <nats/nats.h>

#include <string>
#include <vector>

#include "bus/bus.h"

namespace commandcenter::bus {

inline constexpr const char* kIdHeader = "Nats-Msg-Id";
inline constexpr const char* kPositionHeader = "Commandcenter-Position";
inline constexpr std::size_t kMaxHeader_bytes = 4'096;

// The caller, or the library, destroys it. Without the id, which JetStream's publish adds itself.
Result<natsMsg*> to_send(const Message& message);
Message received(natsMsg* message);

std::vector<std::string> servers_of(const std::string& urls);  // a list with commas
natsStatus set_servers(natsOptions* options, const std::string& urls);

}  // namespace commandcenter::bus
