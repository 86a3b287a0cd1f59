// A repository at a reference: what the git in the sandbox is told, and where its work ends up. Private to this folder.
#pragma once

#include <string>

#include "base/result.h"
#include "sandbox/sandbox.h"

namespace commandcenter::sandbox {

inline constexpr std::int64_t kFetchTimeout_ms = 10 * 60'000;
inline constexpr std::int64_t kMaxPack_bytes = 1LL << 30;      // one file that git writes
inline constexpr std::int64_t kMaxCheckout_bytes = 4LL << 30;  // packs and files together

// How mirror_spec's program ends when the host does not give what was asked for by that name; a copy may be had.
inline constexpr int kNotByName = 3;

// kInvalid when git could take the repository or the reference for something else; kForbidden for other protocols.
Result<LaunchSpec> fetch_spec(const FetchOrder& order, const std::string& folder);

// The same into a bare mirror, from which a copy can be had at kept_reference(). What is there is not fetched again.
Result<LaunchSpec> mirror_spec(const FetchOrder& order, const std::string& folder);
std::string kept_reference(const FetchOrder& order);

// The commit that is checked out in a folder that fetch_spec's program has finished; empty when it has not.
std::string commit_of(const std::string& folder);

}  // namespace commandcenter::sandbox
