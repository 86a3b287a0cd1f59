// What the spawn helper does after its fork: one thread, one loop over the server's socket and SIGCHLD.
#pragma once

namespace commandcenter::sandbox {

// Detaches from the server's session, signals and files, then serves requests until the server's end of the socket is
// closed; then kills and reaps everything it started and exits. Never returns.
[[noreturn]] void run_helper(int socket);

}  // namespace commandcenter::sandbox
