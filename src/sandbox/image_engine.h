// Runs the machine's container engine, and tar, to their ends: as the server's user, unprotected. Blocks. Private to
// this folder.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

namespace commandcenter::sandbox {

inline constexpr std::size_t kMaxImageText_bytes = 16 << 20;  // of what the engine prints about an image

struct Patience {
  std::int64_t timeout_ms = 0;
  const std::atomic<bool>& stopping;
};

struct Ran {
  int code = -1;          // -1: it did not come to an end by itself
  std::string output;     // its standard output
  std::string complaint;  // its standard error, or why it could not be run
};

Ran run_engine(std::vector<std::string> command, const Patience& patience);

// `from | into`, and what both say on standard error; true when both ended well.
bool run_piped(std::vector<std::string> from, std::vector<std::string> into, Ran& ran, const Patience& patience);

std::string first_line(const std::string& text);

// The last line of a complaint: engines warn of much before they tell what went wrong.
std::string last_words(const std::string& text);

}  // namespace commandcenter::sandbox
