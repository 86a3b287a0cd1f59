// Lock files after a manifest has changed: what can be put right without asking a registry is, the rest is stale. Pure.
// Private to this folder.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/builtin/patcher/manifests.h"
#include "base/result.h"

namespace commandcenter::patcher {

// A requirement of the manifest that became another one.
struct Requirement {
  std::string before;
  std::string after;
};

// What became of the manifest.
struct ManifestChange {
  std::string before;  // its text
  std::string after;
  std::vector<Requirement> changed;
};

enum class LockState {
  kFits,     // it says what the manifest allows
  kUpdated,  // it does now: only the requirement that it repeats has changed
  kStale,    // another version has to be locked, and what is known of it (its hash) is at the registry
};

// `folder` is where the manifest lies below the lock file; empty = beside it. `text` becomes the new text when
// kUpdated.
LockState update_lock(std::string_view name, std::string& text, std::string_view dependency,
                      const ManifestChange& manifest, const std::string& folder);

// Those that hold a hash of the manifest. The hash is renewed only where the old one can be made of the old manifest.
LockState update_composer(std::string& text, std::string_view dependency, const ManifestChange& manifest);
LockState update_poetry(std::string& text, std::string_view dependency, const ManifestChange& manifest);

// Those that repeat the requirement, or hold nothing but versions.
LockState update_uv(std::string& text, std::string_view dependency, const std::vector<Requirement>& changed);
LockState update_nuget(std::string& text, std::string_view dependency, const std::vector<Requirement>& changed);
LockState judge_gradle(std::string_view text, std::string_view dependency, const std::vector<Requirement>& changed);

// Whether a version is within a requirement; false when that cannot be told for sure.
bool satisfies(Grammar grammar, std::string_view requirement, std::string_view version);

}  // namespace commandcenter::patcher
