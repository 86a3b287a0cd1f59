// A repository at a reference: what the git in the sandbox is told, and where its work ends up. Private to this folder.
#pragma once

#include <string>

#include "base/result.h"
#include "sandbox/sandbox.h"

namespace commandcenter::sandbox {

inline constexpr std::int64_t kFetchTimeout_ms = 10 * 60'000;
inline constexpr std::int64_t kMaxPack_bytes = 1LL << 30;      // one file that git writes
inline constexpr std::int64_t kMaxCheckout_bytes = 4LL << 30;  // packs and files together

// kInvalid when git could take the repository or the reference for something else; kForbidden for other protocols.
Result<LaunchSpec> fetch_spec(const FetchOrder& order, const std::string& folder);

// The commit that is checked out in a folder that fetch_spec's program has finished; empty when it has not.
std::string commit_of(const std::string& folder);

}  // namespace commandcenter::sandbox
