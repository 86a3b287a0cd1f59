// Sizes, times and signals as people read them in an Exit's message.
#pragma once

#include <cstdint>
#include <string>

namespace commandcenter::sandbox {

std::string size_text(std::int64_t bytes);        // "16 MiB", "100 bytes"
std::string duration_text(std::int64_t time_ms);  // "2 s", "1.5 s", "300 ms"
std::string signal_text(int signal);              // "signal 11 (SIGSEGV)"

}  // namespace commandcenter::sandbox
