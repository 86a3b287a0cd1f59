#include "sandbox/spawn_request.h"

#include <fcntl.h>
#include <sys/mman.h>
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

SpawnPlan plan_for(const LaunchSpec& spec, Tier tier, const HostLayout& host) {
  SpawnPlan plan;
  plan.limits = limits_before_exec(spec.limits);
  if (tier == Tier::kNamespaces) {
    // Bubblewrap itself runs with an empty environment: a variable like LD_PRELOAD must not act outside the sandbox.
    plan.argv = bubblewrap_command(host, spec);
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
    if (name != "PWD") plan.environment.push_back(name + "=" + value);
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

// The pipes and files only bubblewrap has, in the order of BubblewrapFd.
Result<void> add_bubblewrap_fds(SpawnRequest& request, const LaunchSpec& spec, const HostLayout& host) {
  Result<Pipe> status = make_pipe();
  if (!status) return fail(status.error());
  Result<Pipe> gate = make_pipe();
  if (!gate) return fail(gate.error());
  request.fds.push_back(std::move(status->writer));
  request.fds.push_back(std::move(gate->reader));
  request.pipes.status = std::move(status->reader);
  request.pipes.gate = std::move(gate->writer);
  stop_blocking(request.pipes.status);
  return add_file(request.fds, bubblewrap_arguments(host, spec))
      .and_then([&] { return add_file(request.fds, passwd_file()); })
      .and_then([&] { return add_file(request.fds, group_file()); });
}

}  // namespace

Result<SpawnRequest> make_spawn_request(const LaunchSpec& spec, Tier tier, const HostLayout& host) {
  SpawnRequest request;
  if (Result<void> added = add_file(request.fds, encode_plan(plan_for(spec, tier, host))); !added) {
    return fail(added.error());
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
  if (tier == Tier::kNamespaces) {
    if (Result<void> added = add_bubblewrap_fds(request, spec, host); !added) return fail(added.error());
  }
  return request;
}

}  // namespace commandcenter::sandbox
