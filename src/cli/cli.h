// The command line: one file per group of verbs, thin over the HTTP API; `run`, `validate`, `agents new`,
// `agents test` and `doctor` need no server.
//
// Exit codes: 0 success; 1 the run, the test or the request failed; 2 wrong usage or invalid input; 3 the server cannot
// be reached; 130 interrupted.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace commandcenter::cli {

inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitUnreachable = 3;
inline constexpr int kExitInterrupted = 130;

inline constexpr const char* kDefaultDataFolder = ".commandcenter";

struct ServeOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 9002;
  std::string data = kDefaultDataFolder;
  std::vector<std::string> roots;  // empty: the current folder
  bool unsafe_no_sandbox = false;
  std::string log_level = "info";
  std::string nats_url;          // empty: no NATS
  std::string nats_credentials;  // file; empty: none
  std::string nats_stream;       // JetStream stream that events are read from durably; empty: none
};

// Runs the command line. Serving is handed in, because the server is a room of its own.
int run_command_line(int argc, char** argv, const std::function<int(const ServeOptions&)>& serve);

}  // namespace commandcenter::cli
