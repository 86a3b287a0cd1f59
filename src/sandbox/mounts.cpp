#include "sandbox/mounts.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <initializer_list>
#include <system_error>

#include <fmt/format.h>

#include "sandbox/child_setup.h"
#include "sandbox/host_user.h"
#include "sandbox/init_protocol.h"
#include "sandbox/stage.h"

namespace commandcenter::sandbox {
namespace {

namespace fs = std::filesystem;

constexpr std::array kRootFolders = {"/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"};
// Each mount is paid for by every step, so there are no more than needed.
constexpr std::array kPublicFiles = {"/etc/ld.so.cache", "/etc/alternatives"};
// For TLS; names are looked up by the proxy.
constexpr std::array kNetworkFiles = {"/etc/nsswitch.conf", "/etc/services", "/etc/ssl/certs", "/etc/ssl/openssl.cnf"};

// The same walls once more, by Landlock: what the program may use of what is mounted.
constexpr std::array kReadable = {"/usr",   "/bin",    "/sbin", "/lib",  "/lib32",
                                  "/lib64", "/libx32", "/etc",  "/proc", "/workspace"};
// The kernel also counts process 1; and one more than allowed must be possible, to be seen.
constexpr int kTasksBeside = 2;
constexpr std::int64_t kSecretsFolder_bytes = 8 << 20;  // kMaxSecrets of the longest, in whole pages
constexpr std::array kWritable = {"/tmp", "/dev/shm"};

class Arguments {
 public:
  Arguments& add(std::initializer_list<std::string_view> words) {
    for (const std::string_view word : words)
      bytes_.append(word).push_back('\0');
    return *this;
  }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

std::string find_in_path(const std::string& name) {
  const char* path = std::getenv("PATH");
  std::string_view folders = path == nullptr ? "/usr/bin:/bin" : path;
  while (!folders.empty()) {
    const std::size_t end = std::min(folders.find(':'), folders.size());
    const std::string candidate = std::string(folders.substr(0, end)) + "/" + name;
    // A relative entry would depend on the current folder.
    if (candidate.front() == '/' && ::access(candidate.c_str(), X_OK) == 0) return candidate;
    folders.remove_prefix(std::min(end + 1, folders.size()));
  }
  const std::string usual = "/usr/bin/" + name;
  return ::access(usual.c_str(), X_OK) == 0 ? usual : std::string();
}

// "/workspace/sub/x" below "/workspace" → "/sub/x"; nothing when it isn't below.
std::optional<std::string> below(const std::string& path, const std::string& folder) {
  if (folder == "/") return path;
  if (!path.starts_with(folder)) return std::nullopt;
  const std::string rest = path.substr(folder.size());
  if (!rest.empty() && rest.front() != '/') return std::nullopt;
  return rest;
}

// The folder itself, or what stands for it where it may be written.
const std::string& workspace_shown(const LaunchSpec& spec) {
  return spec.layer ? spec.layer->shown : spec.workspace;
}

// Workspace and binds; the stage has them already.
void add_shown(Arguments& out, const LaunchSpec& spec, ShownAt shown_at) {
  if (shown_at == ShownAt::kStage) return;
  std::size_t next = spec.root.empty() ? 0 : 1;  // as in shown_paths()
  const auto source = [&](const std::string& host_path) {
    const std::size_t index = next++;
    return shown_at == ShownAt::kOwnPlace ? host_path : fmt::format("{}/{}", kShownFolder, index);
  };
  if (spec.workspace.empty()) {
    out.add({"--dir", "/workspace"});
  } else {
    out.add({spec.layer ? "--bind" : "--ro-bind", source(workspace_shown(spec)), "/workspace"});
  }
  for (const Bind& bind : spec.read_only_binds)
    out.add({"--ro-bind", source(bind.host_path), bind.inside_path});
  if (spec.writable) out.add({"--bind", source(spec.writable->host_path), spec.writable->inside_path});
}

void add_hidden(Arguments& out, const LaunchSpec& spec) {
  for (const std::string& folder : spec.hidden) {
    const std::string place = "/workspace/" + folder;
    out.add({"--perms", "0555", "--size", "4096", "--tmpfs", place, "--remount-ro", place});
  }
}

void add_secrets(Arguments& out, const LaunchSpec& spec) {
  if (spec.secrets.empty()) return;
  const std::string folder(kSecretsFolder);
  out.add({"--perms", "0500", "--size", std::to_string(kSecretsFolder_bytes), "--tmpfs", folder});
  int fd = kFirstSecretFd;
  for (const SecretFile& secret : spec.secrets)
    out.add({"--perms", "0400", "--file", std::to_string(fd++), folder + "/" + secret.name});
  out.add({"--remount-ro", folder});
}

void add_host_files(Arguments& out, const HostLayout& host, const LaunchSpec& spec) {
  out.add({"--ro-bind", "/usr", "/usr"});
  for (const std::string& word : root_arguments(host))
    out.add({word});
  for (const char* path : kPublicFiles)
    out.add({"--ro-bind-try", path, path});
  if (spec.network) {
    for (const char* path : kNetworkFiles)
      out.add({"--ro-bind-try", path, path});
  }
  out.add({"--perms", "0444", "--file", std::to_string(passwd_fd(spec)), "/etc/passwd"});
  out.add({"--perms", "0444", "--file", std::to_string(group_fd(spec)), "/etc/group"});
}

void add_image_files(Arguments& out, const std::string& root, const LaunchSpec& spec) {
  out.add({"--ro-bind", root, "/"});
  out.add({"--ro-bind-data", std::to_string(passwd_fd(spec)), "/etc/passwd"});
  out.add({"--ro-bind-data", std::to_string(group_fd(spec)), "/etc/group"});
  out.add({"--tmpfs", "/run"});
}

void add_file_system(Arguments& out, const HostLayout& host, const LaunchSpec& spec, ShownAt shown_at) {
  const bool staged = shown_at == ShownAt::kStage;
  if (staged)
    out.add({"--dev-bind", kStageFolder, "/", "--proc", "/proc"});
  else if (spec.root.empty())
    add_host_files(out, host, spec);
  else
    add_image_files(out, shown_at == ShownAt::kOwnPlace ? spec.root : fmt::format("{}/0", kShownFolder), spec);
  if (!staged) out.add({"--proc", "/proc", "--dev", "/dev"});
  const std::string scratch = std::to_string(spec.limits.scratch_bytes);
  const std::string shared = std::to_string(std::min(spec.limits.scratch_bytes, kSharedMemoryBytes));
  out.add({"--perms", "1777", "--size", shared, "--tmpfs", "/dev/shm"});
  if (!staged) out.add({"--remount-ro", "/dev"});
  out.add({"--perms", "1777", "--size", scratch, "--tmpfs", "/tmp"});
  add_shown(out, spec, shown_at);
  add_hidden(out, spec);
  add_secrets(out, spec);
  // Without this the root folder is a writable tmpfs without a limit.
  if (!staged) out.add({"--remount-ro", "/"});
}

}  // namespace

HostLayout look_at_host() {
  HostLayout host;
  host.bubblewrap = find_in_path("bwrap");
  for (const char* folder : kRootFolders) {
    std::error_code error;
    if (fs::is_symlink(folder, error)) {
      const std::string target = fs::read_symlink(folder, error).string();
      if (!error) host.root_folders.push_back({folder, target});
    } else if (fs::is_directory(folder, error)) {
      host.root_folders.push_back({folder, {}});
    }
  }
  return host;
}

std::vector<std::string> root_arguments(const HostLayout& host) {
  std::vector<std::string> words;
  for (const RootFolder& folder : host.root_folders) {
    const bool is_link = !folder.link_to.empty();
    words.insert(words.end(),
                 {is_link ? "--symlink" : "--ro-bind", is_link ? folder.link_to : folder.path, folder.path});
  }
  return words;
}

std::string passwd_file() {
  return "agent:x:1000:1000:agent:/tmp:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n";
}

std::string group_file() {
  return "agent:x:1000:\nnogroup:x:65534:\n";
}

// At most one, so that none is attached within another.
bool fits_stage(const LaunchSpec& spec) {
  return spec.root.empty() && !spec.writable && spec.secrets.empty() && spec.read_only_binds.size() <= 1 &&
         std::ranges::all_of(spec.read_only_binds, [](const Bind& bind) { return is_stage_place(bind.inside_path); });
}

std::vector<ShownPath> shown_paths(const LaunchSpec& spec, ShownAt shown_at) {
  std::vector<ShownPath> paths;
  if (shown_at == ShownAt::kOwnPlace) return paths;
  const auto add = [&](const std::string& source, std::string_view inside, bool writable) {
    paths.push_back({source,
                     shown_at == ShownAt::kStage ? fmt::format("{}{}", kStageFolder, inside)
                                                 : fmt::format("{}/{}", kShownFolder, paths.size()),
                     writable});
  };
  if (!spec.root.empty()) add(spec.root, "/", false);
  if (!spec.workspace.empty()) add(workspace_shown(spec), "/workspace", spec.layer.has_value());
  for (const Bind& bind : spec.read_only_binds)
    add(bind.host_path, bind.inside_path, false);
  if (spec.writable) add(spec.writable->host_path, spec.writable->inside_path, true);
  return paths;
}

std::string bubblewrap_arguments(const HostLayout& host, const LaunchSpec& spec, ShownAt shown_at) {
  Arguments out;
  // No namespaces within: they open much more of the kernel to attacks.
  out.add({"--unshare-all", "--unshare-user", "--disable-userns"});
  out.add({"--uid", "1000", "--gid", "1000", "--hostname", "sandbox", "--die-with-parent", "--cap-drop", "ALL",
           "--as-pid-1"});
  out.add({"--json-status-fd", std::to_string(kStatusFd), "--block-fd", std::to_string(kGateFd)});
  out.add({"--seccomp", std::to_string(kSeccompFd)});
  add_file_system(out, host, spec, shown_at);
  out.add({"--clearenv"});
  out.add({"--chdir", spec.working_folder});
  return out.take();
}

int proxy_fd(const LaunchSpec& spec) {
  return kFirstSecretFd + static_cast<int>(spec.secrets.size());
}

int passwd_fd(const LaunchSpec& spec) {
  return proxy_fd(spec) + (spec.network ? 1 : 0);
}

int group_fd(const LaunchSpec& spec) {
  return passwd_fd(spec) + 1;
}

std::vector<std::string> bubblewrap_command(const HostLayout& host) {
  return {host.bubblewrap, "--args", std::to_string(kArgumentsFd), "--", fmt::format("/proc/self/fd/{}", kInitImageFd)};
}

std::string init_orders(const LaunchSpec& spec) {
  InitOrders head;
  std::string texts;
  const auto add = [&](unsigned& count, std::string_view text) {
    texts.append(text).push_back('\0');
    ++count;
  };
  const auto word = [&](std::string_view text) { add(head.words, text); };
  word(std::to_string(spec.limits.processes + kTasksBeside));
  word(std::to_string(spec.limits.open_files));
  if (spec.network) word(fmt::format("n:{}", proxy_fd(spec)));
  for (const char* path : kReadable)
    word(fmt::format("r:{}", path));
  if (!spec.root.empty()) word("r:/");
  for (const Bind& bind : spec.read_only_binds)
    word("r:" + bind.inside_path);
  if (!spec.secrets.empty()) word(fmt::format("r:{}", kSecretsFolder));
  for (const char* path : kWritable)
    word(fmt::format("w:{}", path));
  if (spec.layer) word("w:/workspace");
  if (spec.writable) word("w:" + spec.writable->inside_path);
  word("--");
  for (const std::string& argument : spec.argv)
    word(argument);
  for (const auto& [name, value] : spec.environment)
    if (name != "PWD") add(head.variables, fmt::format("{}={}", name, value));
  add(head.variables, "PWD=" + spec.working_folder);
  return std::string(reinterpret_cast<const char*>(&head), sizeof(head)) + texts;
}

std::string host_path_of(const LaunchSpec& spec, const std::string& inside_path) {
  // Later mounts cover earlier ones.
  for (auto bind = spec.read_only_binds.rbegin(); bind != spec.read_only_binds.rend(); ++bind) {
    if (const auto rest = below(inside_path, bind->inside_path)) return bind->host_path + *rest;
  }
  if (const auto rest = below(inside_path, "/workspace")) {
    return spec.workspace.empty() ? std::string() : spec.workspace + *rest;
  }
  if (!spec.root.empty()) return spec.root + inside_path;
  if (below(inside_path, "/usr")) return inside_path;
  const bool root_folder = std::any_of(kRootFolders.begin(), kRootFolders.end(),
                                       [&](const char* folder) { return below(inside_path, folder).has_value(); });
  return root_folder ? inside_path : std::string();
}

}  // namespace commandcenter::sandbox
