#include "sandbox/isolation.h"

#include <poll.h>

#include <utility>

#include "sandbox/init_image.h"
#include "sandbox/seccomp_filter.h"
#include "sandbox/spawn_protocol.h"

namespace commandcenter::sandbox {
namespace {

constexpr int kStagePatience_ms = 5'000;

// Before anything else is asked of the helper; what it still tells of a launcher before this one is nobody's.
bool open_stage(int helper_socket) {
  if (send_request(helper_socket, {RequestKind::kOpenStage, 0, 0}, {}) != Transfer::kDone) return false;
  Notice notice;
  do {
    pollfd ready{helper_socket, POLLIN, 0};
    if (::poll(&ready, 1, kStagePatience_ms) != 1) return false;
    if (receive_notice(helper_socket, notice) == Transfer::kClosed) return false;
  } while (notice.kind != NoticeKind::kStageOpened);
  return notice.error == 0;
}

}  // namespace

ShownAt where_shown(const LaunchSpec& spec, const Isolation& isolation) {
  if (isolation.staged && fits_stage(spec)) return ShownAt::kStage;
  return isolation.users.count > 0 ? ShownAt::kCommonFolder : ShownAt::kOwnPlace;
}

Isolation make_isolation(const ProbeReport& report, int helper_socket) {
  Isolation isolation;
  isolation.tier = report.tier;
  isolation.host = look_at_host();
  if (report.tier == Tier::kNone) return isolation;
  if (report.separate_users) isolation.users = unused_users();
  auto seccomp = seccomp_program();
  if (!seccomp) {
    isolation.problem = seccomp.error().message;
    return isolation;
  }
  isolation.seccomp = std::move(*seccomp);
  auto init = init_image();
  if (!init) {
    isolation.problem = init.error().message;
    return isolation;
  }
  isolation.init = std::move(*init);
  isolation.staged = open_stage(helper_socket);
  if (report.tier == Tier::kFull) {
    auto folder = CgroupTree::find();
    auto tree = folder ? CgroupTree::take(*folder) : Result<CgroupTree>(fail(folder.error()));
    if (tree) {
      isolation.cgroups.emplace(std::move(*tree));
    } else {
      isolation.tier = Tier::kNamespaces;
    }
  }
  return isolation;
}

}  // namespace commandcenter::sandbox
