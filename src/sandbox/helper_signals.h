// What the helper, and what is copied from its children, ignores: only the server decides when they end, by closing a
// socket. Ctrl-C or a service manager's SIGTERM to the whole group must not kill agents that the server waits for.
#pragma once

#include <csignal>

namespace commandcenter::sandbox {

inline constexpr int kHelperIgnores[] = {SIGINT,  SIGTERM, SIGHUP,  SIGQUIT, SIGPIPE,
                                         SIGUSR1, SIGUSR2, SIGTSTP, SIGTTIN, SIGTTOU};

}  // namespace commandcenter::sandbox
