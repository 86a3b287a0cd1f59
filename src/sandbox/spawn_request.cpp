#include "sandbox/spawn_request.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>

#include <fmt/format.h>

#include "sandbox/rlimits.h"
#include "sandbox/spawn_protocol.h"

namespace commandcenter::sandbox {
namespace {

Error out_of(std::string_view what) {
  const std::string reason = std::strerror(errno);
  const char* advice = errno == EMFILE || errno == ENFILE ? ": raise the server's limit of open files" : "";
  return {ErrorCode::kUnavailable, fmt::format("the sandbox could not get {}: {}{}", what, reason, advice)};
}

struct Pipe {
  UniqueFd reader;
  UniqueFd writer;
};

Result<Pipe> make_pipe() {
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail(out_of("a pipe"));
  return Pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

void stop_blocking(const UniqueFd& fd) {
  ::fcntl(fd.get(), F_SETFL, ::fcntl(fd.get(), F_GETFL) | O_NONBLOCK);
}

Result<UniqueFd> file_with(std::string_view text) {
  UniqueFd file(::memfd_create("cc-launch", MFD_CLOEXEC));
  if (!file.open()) return fail(out_of("a file in memory"));
  while (!text.empty()) {
    const ssize_t written = ::write(file.get(), text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return fail(out_of("memory"));
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::lseek(file.get(), 0, SEEK_SET) != 0) return fail(out_of("a file in memory"));
  return file;
}

Result<UniqueFd> same_file(const UniqueFd& fd) {
  UniqueFd copy(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 0));
  if (!copy.open()) return fail(out_of("a descriptor"));
  return copy;
}

SpawnPlan plan_for(const LaunchSpec& spec, const Isolation& isolation) {
  SpawnPlan plan;
  plan.limits = limits_before_exec(spec.limits, isolation.tier);
  if (isolation.tier != Tier::kNone) {
    // Bubblewrap itself runs with an empty environment: a variable like LD_PRELOAD must not act outside the sandbox.
    plan.is_bubblewrap = true;
    plan.argv = bubblewrap_command(isolation.host);
    plan.users = isolation.users;
    plan.staged = where_shown(spec, isolation) == ShownAt::kStage;
    plan.shown = shown_paths(spec, where_shown(spec, isolation));
    if (spec.layer && spec.layer->overlay) {
      plan.mount_point = spec.layer->shown;
      // Without userxattr an overlay of an ordinary user cannot note that a folder was replaced.
      plan.mount_options = fmt::format("lowerdir={},upperdir={},workdir={},userxattr", spec.layer->workspace,
                                       spec.layer->upper, spec.layer->work);
    }
    return plan;
  }
  plan.argv = spec.argv;
  const std::string program = host_path_of(spec, spec.argv[0]);
  if (!program.empty()) plan.argv[0] = program;
  const std::string folder = host_path_of(spec, spec.working_folder);
  if (!folder.empty()) plan.folder = folder;
  for (const auto& [name, value] : spec.environment) {
    // Without a network of its own there is no proxy.
    if (name != "PWD" && value != kProxyUrl) plan.environment.push_back(name + "=" + value);
  }
  plan.environment.push_back("PWD=" + plan.folder);
  return plan;
}

Result<void> add_file(std::vector<UniqueFd>& fds, std::string_view text) {
  Result<UniqueFd> file = file_with(text);
  if (!file) return fail(file.error());
  fds.push_back(std::move(*file));
  return {};
}

Result<void> add_way_to_proxy(SpawnRequest& request) {
  int ends[2] = {-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return fail(out_of("a socket"));
  request.pipes.proxy = UniqueFd(ends[0]);
  request.fds.emplace_back(ends[1]);
  return {};
}

Result<void> add_orders(SpawnRequest& request, const LaunchSpec& spec) {
  if (!spec.argv.empty()) return add_file(request.fds, init_orders(spec));
  if (Result<void> added = add_file(request.fds, {}); !added) return added;
  Result<UniqueFd> own = same_file(request.fds.back());
  if (!own) return fail(own.error());
  request.pipes.orders = std::move(*own);
  return {};
}

// The pipes and files only bubblewrap and the first program have, in the order of BubblewrapFd.
Result<void> add_bubblewrap_fds(SpawnRequest& request, const LaunchSpec& spec, const Isolation& isolation) {
  Result<Pipe> status = make_pipe();
  if (!status) return fail(status.error());
  Result<Pipe> gate = make_pipe();
  if (!gate) return fail(gate.error());
  Result<UniqueFd> init_status = same_file(status->writer);
  if (!init_status) return fail(init_status.error());
  Result<UniqueFd> init_image = same_file(isolation.init);
  if (!init_image) return fail(init_image.error());
  request.fds.push_back(std::move(status->writer));
  request.fds.push_back(std::move(gate->reader));
  request.pipes.status = std::move(status->reader);
  request.pipes.gate = std::move(gate->writer);
  stop_blocking(request.pipes.status);
  const ShownAt shown_at = where_shown(spec, isolation);
  return add_file(request.fds, bubblewrap_arguments(isolation.host, spec, shown_at))
      .and_then([&] {
        request.fds.push_back(std::move(*init_status));
        request.fds.push_back(std::move(*init_image));
        return add_orders(request, spec);
      })
      .and_then([&] { return add_file(request.fds, isolation.seccomp); })
      .and_then([&]() -> Result<void> {
        for (const SecretFile& secret : spec.secrets) {
          if (Result<void> added = add_file(request.fds, secret.value); !added) return added;
        }
        return spec.network ? add_way_to_proxy(request) : Result<void>();
      })
      .and_then([&]() -> Result<void> {
        if (shown_at == ShownAt::kStage) return {};
        return add_file(request.fds, passwd_file()).and_then([&] { return add_file(request.fds, group_file()); });
      });
}

}  // namespace

bool give_orders(LaunchPipes& pipes, const LaunchSpec& spec) {
  if (!pipes.orders.open()) return true;
  const std::string orders = init_orders(spec);
  const bool whole =
      ::pwrite(pipes.orders.get(), orders.data(), orders.size(), 0) == static_cast<ssize_t>(orders.size());
  pipes.orders.reset();
  return whole;
}

Result<SpawnRequest> make_spawn_request(const LaunchSpec& spec, const Isolation& isolation,
                                        const std::optional<Cgroup>& cgroup) {
  SpawnRequest request;
  SpawnPlan plan = plan_for(spec, isolation);
  plan.into_cgroup = cgroup.has_value();
  if (Result<void> added = add_file(request.fds, encode_plan(plan)); !added) return fail(added.error());
  if (cgroup) {
    Result<UniqueFd> group = same_file(cgroup->fd());
    if (!group) return fail(group.error());
    request.fds.push_back(std::move(*group));
  }
  Result<Pipe> input = make_pipe();
  if (!input) return fail(input.error());
  Result<Pipe> output = make_pipe();
  if (!output) return fail(output.error());
  Result<Pipe> log = make_pipe();
  if (!log) return fail(log.error());
  request.fds.push_back(std::move(input->reader));
  request.fds.push_back(std::move(output->writer));
  request.fds.push_back(std::move(log->writer));
  request.pipes.input = std::move(input->writer);
  request.pipes.output = std::move(output->reader);
  request.pipes.log = std::move(log->reader);
  stop_blocking(request.pipes.input);
  stop_blocking(request.pipes.output);
  stop_blocking(request.pipes.log);
  if (isolation.tier != Tier::kNone) {
    if (Result<void> added = add_bubblewrap_fds(request, spec, isolation); !added) return fail(added.error());
  }
  return request;
}

}  // namespace commandcenter::sandbox
