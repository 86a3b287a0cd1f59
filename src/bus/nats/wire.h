// Messages as the library has them, and back. Private to this folder.
#pragma once

#include <string>
#include <vector>

#include "bus/bus.h"

typedef struct __natsMsg natsMsg;  // NOLINT: the library's own name

namespace commandcenter::bus {

inline constexpr const char* kIdHeader = "Nats-Msg-Id";
inline constexpr const char* kPositionHeader = "Commandcenter-Position";
inline constexpr std::size_t kMaxHeader_bytes = 4'096;

// The caller, or the library, destroys it. Without the id, which JetStream's publish adds itself.
Result<natsMsg*> to_send(const Message& message);
Message received(natsMsg* message);

std::vector<std::string> servers_of(const std::string& urls);  // a list with commas

}  // namespace commandcenter::bus
