// The command line: one file per group of verbs, thin over the HTTP API; `run`, `validate`, `agents new`,
// `agents test` and `doctor` need no server.
//
// Exit codes: 0 success; 1 the run, the test or the request failed; 2 wrong usage or invalid input; 3 the server cannot
// be reached; 130 interrupted.
#pragma once

#include <functional>

#include "config/config.h"

namespace commandcenter::cli {

inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitUnreachable = 3;
inline constexpr int kExitInterrupted = 130;

// Runs the command line. Serving is handed in, because the server is a room of its own.
int run_command_line(int argc, char** argv, const std::function<int(const config::Settings&)>& serve);

}  // namespace commandcenter::cli
