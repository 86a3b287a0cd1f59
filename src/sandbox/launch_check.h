// What can be said about a launch without running it: whether its spec can work at all, and, after bubblewrap or exec
// refused, why, in a sentence for the author of the agent.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "sandbox/init_protocol.h"
#include "sandbox/sandbox.h"
#include "sandbox/spawn_protocol.h"

namespace commandcenter::sandbox {

inline constexpr std::size_t kMaxSecrets = 32;
inline constexpr std::size_t kMaxSecret_bytes = 64U << 10;
inline constexpr std::size_t kMaxArgumentBytes = 1U << 20;      // argv and environment together
inline constexpr std::size_t kMaxTextBytes = (128U << 10) - 1;  // one argument or NAME=value: the kernel's limit
inline constexpr std::size_t kMaxArguments = 4096;
inline constexpr std::size_t kMaxEnvironmentVariables = 2000;  // bubblewrap takes 9000 words in all
inline constexpr std::size_t kMaxBinds = 64;
inline constexpr std::size_t kMaxInputBytes = 64U << 20;

// Empty when the spec is fine.
std::string problem_with(const LaunchSpec& spec, Tier tier);

// How the first program failed, as it told.
struct InitFailure {
  InitStage stage = InitStage::kArguments;
  int error = 0;
};

// Why a program did not start, and whether the fault lies with the machine and not with the agent.
struct Refusal {
  std::string message;
  bool infrastructure = false;
};

// After bubblewrap or the first program ended without having started the program; `complaint` is what bubblewrap said,
// if anything.
Refusal explain_refusal(const LaunchSpec& spec, const std::string& complaint, const std::optional<InitFailure>& init);

// After the helper could not start argv[0] itself (Tier::kNone) or bubblewrap (the other tiers).
Refusal explain_failed_start(const LaunchSpec& spec, Tier tier, SpawnStage stage, int error);

}  // namespace commandcenter::sandbox
