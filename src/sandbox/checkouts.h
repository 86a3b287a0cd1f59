// Copies of repositories for runs, and the mirrors that spare fetching the same twice.
//
//   fetch ──▶ mirror: what is new comes over the network ──▶ copy for one run, made of the mirror without a network
//
// A mirror is bare and shallow and belongs to one repository and scope (project and login). Only git writes it, in a
// sandbox that reaches the repository's host; agents see copies, which share nothing with it. One fetch at a time works
// with a mirror; others of the same wait. While it is written its folder has another name, so what a crash leaves is
// seen and removed. A mirror that is of no use costs time, never the fetch: then the copy comes from the host.
//
// All of it on the workbench's thread.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>

#include "base/result.h"
#include "sandbox/sandbox.h"
#include "sandbox/workbench.h"

namespace commandcenter::sandbox {

inline constexpr std::int64_t kMaxMirrors_bytes = 4LL << 30;  // together; those not used for longest go first
inline constexpr int kMaxMirrorPacks = 40;                    // one for each fetch that brought something; then anew

class Checkouts {
 public:
  using Done = std::function<void(Result<Fetched>)>;
  // Starts a program in a sandbox. False: the server is shutting down.
  using Start = std::function<bool(LaunchSpec, LaunchCallbacks)>;

  Checkouts(std::string folder, std::string mirrors, Workbench& bench, Start start);

  void fetch(const FetchOrder& order, const Done& done);
  void release(const std::string& id) const;
  void remove_leftovers() const;

 private:
  struct Job {
    FetchOrder order;
    Done done;
  };
  struct Ended {
    bool well = false;
    bool refused = false;  // what was asked for is not to be had this way
    std::string why;
  };

  void run(LaunchSpec spec, const std::function<void(const Ended&)>& then);
  void copy(const FetchOrder& order, const std::string& id, const Done& done);
  void use_mirror(const std::string& name);
  void copy_of_mirror(const std::string& name);
  void copy_of_host(const std::string& name, bool mirror_is_suspect);
  void finish(const std::string& name, Result<Fetched> fetched);
  std::string mirror(const std::string& name) const { return mirrors_ + "/" + name; }

  const std::string folder_;
  const std::string mirrors_;
  Workbench& bench_;
  const Start start_;
  std::map<std::string, std::deque<Job>> at_work_;  // by the mirror's name; the first one works with it
};

// Removes mirrors of too many packs, and those that were not used for longest until the rest takes no more; never a
// busy one.
void trim_mirrors(const std::string& folder, std::int64_t most_bytes, const std::function<bool(std::string)>& busy);

}  // namespace commandcenter::sandbox
