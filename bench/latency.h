// How soon something begins: after a decision, after an event.
#pragma once

#include <filesystem>
#include <string>

#include "report.h"

namespace commandcenter::bench {

// From the decision of a person to the recorded start of the next step.
void measure_decisions(Report& report, std::uint16_t port, int& failed);

// From an event on a NATS server, made for it, to the recorded start of the agent; nothing when there is no
// nats-server.
void measure_events(Report& report, const std::string& executable, const std::filesystem::path& folder, int& failed);

}  // namespace commandcenter::bench
