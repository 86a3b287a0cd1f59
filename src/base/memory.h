// Memory of programs that soon end.
#pragma once

namespace commandcenter {

// From now on what this program allocates, up to 32 MiB in each heap, lies in pages of 2 MiB where the kernel lends
// such, and is kept for the next allocation instead of given back. Every page costs a fault when it is first touched;
// those of small pages were a third of a short scan. Called once, by the first thread of a program that is no server.
// Does nothing where malloc is not glibc's.
void use_large_pages();

// The same for the heap of a thread, as the first it does; only if the program has asked.
void use_large_pages_in_thread();

}  // namespace commandcenter
