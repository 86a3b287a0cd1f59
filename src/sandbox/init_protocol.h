// What the first program of a sandbox (init_main.cpp) is told and tells. It is a program of its own, so only plain
// constants are here.
//
//   PROCESSES FILES [n:FD] r:PATH… w:PATH… -- PROGRAM ARGUMENT…
//
// The words come in a file, kInitOrdersFd: an InitOrders, then each word and each variable NAME=value of the program's
// environment, ended by NUL. So its command line is always the same, no process list shows what an agent is given, and
// the file may be written after the sandbox was made. PROCESSES and FILES bound RLIMIT_NPROC and RLIMIT_NOFILE. With
// n:, a socket that listens at kProxyPort of the sandbox's own loopback interface goes through the descriptor, a Unix
// socket, to the server: who connects there meets the proxy. The paths are what the program may read and execute, or
// also write; all else is refused by Landlock. It writes lines of JSON to kInitStatusFd, {"init-stage": n,
// "init-error": errno}: kReady when all is set up and the program comes next, the other stages when they failed. The
// descriptor is gone when the program runs, so nobody else writes there. It ends with the program's exit code, or
// 128 + n after signal n.
#pragma once

namespace commandcenter::sandbox {

enum class InitStage : int {
  kReady = 0,
  kArguments = 1,
  kLimits = 2,
  kLandlock = 3,
  kExec = 4,
  kNetwork = 5,
  kProcess = 6
};

inline constexpr unsigned short kProxyPort = 3128;
inline constexpr int kInitStatusFd = 6;  // the same pipe that bubblewrap reports to
inline constexpr int kInitImageFd = 7;   // the program itself; it is run from memory and mounted nowhere
inline constexpr int kInitOrdersFd = 8;

struct InitOrders {
  unsigned words = 0;
  unsigned variables = 0;
};

}  // namespace commandcenter::sandbox
