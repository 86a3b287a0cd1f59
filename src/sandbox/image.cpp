#include "sandbox/image.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include "base/json.h"
#include "sandbox/unique_fd.h"

extern char** environ;

namespace commandcenter::sandbox {
namespace {

namespace fs = std::filesystem;

constexpr std::array kEngines = {"/usr/bin/podman", "/usr/bin/docker"};
constexpr std::array kMountPoints = {"workspace", "agent", "tmp", "proc", "dev", "run", "etc"};
constexpr std::array kMountFiles = {"etc/passwd", "etc/group"};
constexpr const char* kPartial = ".partial";

constexpr std::int64_t kLookAtStop_ms = 200;
constexpr std::string_view kLower = "abcdefghijklmnopqrstuvwxyz0123456789";  // of a name's parts

struct Patience {
  std::int64_t timeout_ms = 0;
  const std::atomic<bool>& stopping;
};

struct Ran {
  int code = -1;
  std::string output;
  std::string complaint;
};

std::string first_line(const std::string& text) {
  return text.substr(0, std::min(text.find('\n'), std::size_t{500}));
}

// What an engine goes by, and none of the server's own settings, which may be secret.
std::vector<char*> engine_environment() {
  constexpr std::array<std::string_view, 12> kPassed = {
      "PATH=",       "HOME=",      "USER=",       "LANG=",        "XDG_",      "DOCKER_",
      "CONTAINERS_", "CONTAINER_", "http_proxy=", "https_proxy=", "no_proxy=", "TMPDIR="};
  std::vector<char*> variables;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    if (std::ranges::any_of(kPassed, [text](std::string_view start) { return text.starts_with(start); }))
      variables.push_back(*variable);
  }
  variables.push_back(nullptr);
  return variables;
}

// Runs a program of this machine, unprotected: only for the engine and tar. Its standard output goes to `to` or is
// kept.
class Child {
 public:
  Child(std::vector<std::string> command, int input, int output, int errors) {
    std::vector<char*> argv;
    for (std::string& word : command)
      argv.push_back(word.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, input, 0);
    ::posix_spawn_file_actions_adddup2(&actions, output, 1);
    ::posix_spawn_file_actions_adddup2(&actions, errors, 2);
    ::posix_spawn_file_actions_addclosefrom_np(&actions, 3);  // connections of the server are not its business
    posix_spawnattr_t attributes;
    ::posix_spawnattr_init(&attributes);
    sigset_t none;
    ::sigemptyset(&none);
    ::posix_spawnattr_setsigmask(&attributes, &none);
    ::posix_spawnattr_setpgroup(&attributes, 0);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
    std::vector<char*> variables = engine_environment();
    if (::posix_spawn(&pid_, argv[0], &actions, &attributes, argv.data(), variables.data()) != 0) pid_ = -1;
    ::posix_spawnattr_destroy(&attributes);
    ::posix_spawn_file_actions_destroy(&actions);
  }
  ~Child() {
    if (pid_ > 0) {
      ::kill(-pid_, SIGKILL);
      wait();
    }
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  int wait() {
    int status = -1;
    if (pid_ <= 0) return -1;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  pid_t pid_ = -1;
};

struct Pipe {
  UniqueFd reader;
  UniqueFd writer;
  Pipe() {
    int ends[2] = {-1, -1};
    if (::pipe2(ends, O_CLOEXEC) != 0) return;
    reader = UniqueFd(ends[0]);
    writer = UniqueFd(ends[1]);
  }
};

// Reads both to their ends. False: the time is over, the server stops, or one of them is too long.
bool read_both(const UniqueFd& output, const UniqueFd& errors, Ran& ran, const Patience& patience) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(patience.timeout_ms);
  std::array<pollfd, 2> fds = {pollfd{output.get(), POLLIN, 0}, pollfd{errors.get(), POLLIN, 0}};
  std::array<std::string*, 2> texts = {&ran.output, &ran.complaint};
  while (fds[0].fd >= 0 || fds[1].fd >= 0) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0 || patience.stopping) return false;
    const auto pause_ms = std::min<std::int64_t>(kLookAtStop_ms, left.count());
    if (::poll(fds.data(), fds.size(), static_cast<int>(pause_ms)) < 0 && errno != EINTR) return false;
    for (std::size_t i = 0; i < fds.size(); ++i) {
      if (fds[i].fd < 0 || (fds[i].revents & (POLLIN | POLLHUP)) == 0) continue;
      std::array<char, 8192> piece;
      const ssize_t got = ::read(fds[i].fd, piece.data(), piece.size());
      if (got <= 0)
        fds[i].fd = -1;
      else
        texts[i]->append(piece.data(), static_cast<std::size_t>(got));
      if (texts[i]->size() > kMaxImageText_bytes) return false;
    }
  }
  return true;
}

Ran run(std::vector<std::string> command, const Patience& patience) {
  Ran ran;
  Pipe output;
  Pipe errors;
  const UniqueFd nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  Child child(std::move(command), nothing.get(), output.writer.get(), errors.writer.get());
  output.writer.reset();
  errors.writer.reset();
  if (!read_both(output.reader, errors.reader, ran, patience)) {
    ran.complaint = "it took too long, or said too much";
    return ran;
  }
  ran.code = child.wait();
  return ran;
}

// `from | into`; true when both ended well.
bool run_both(std::vector<std::string> from, std::vector<std::string> into, Ran& ran, const Patience& patience) {
  Pipe between;
  Pipe output;
  Pipe errors;
  const UniqueFd nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  Child first(std::move(from), nothing.get(), between.writer.get(), errors.writer.get());
  Child second(std::move(into), between.reader.get(), output.writer.get(), errors.writer.get());
  between = Pipe{};
  output.writer.reset();
  errors.writer.reset();
  if (!read_both(output.reader, errors.reader, ran, patience)) return false;
  const int first_code = first.wait();
  return second.wait() == 0 && first_code == 0;
}

std::vector<std::string> texts(const Json& object, std::string_view key) {
  std::vector<std::string> list;
  const Json* found = find_member(object, key);
  if (found == nullptr || !found->is_array()) return list;
  for (const Json& text : *found) {
    if (text.is_string()) list.push_back(text.get<std::string>());
  }
  return list;
}

// What is mounted over must be there, and be no link: that would lead to files of this machine.
bool has_mount_points(const std::string& root) {
  std::error_code error;
  for (const char* name : kMountPoints) {
    const std::string path = root + "/" + name;
    if (fs::is_directory(fs::symlink_status(path, error))) continue;
    fs::remove_all(path, error);
    if (!fs::create_directory(path, error)) return false;
  }
  for (const char* name : kMountFiles) {
    const std::string path = root + "/" + name;
    if (fs::is_regular_file(fs::symlink_status(path, error))) continue;
    fs::remove_all(path, error);
    const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644));
    if (!file.open()) return false;
  }
  return true;
}

bool is_registry(std::string_view part) {
  return part == "localhost" || part.find_first_of(".:") != std::string_view::npos;
}

}  // namespace

Result<ImageName> parse_image_name(std::string_view text) {
  const auto wrong = [text] {
    return fail(ErrorCode::kInvalid, fmt::format("'{:.300}' names no image; expected such as registry.example.org/team/"
                                                 "linter:1.2 or registry.example.org/linter@sha256:<64 digits>",
                                                 text));
  };
  constexpr std::size_t kMaxImageName_bytes = 400;
  const auto made_of = [](std::string_view part, std::string_view extra, bool upper) {
    return !part.empty() && std::ranges::all_of(part, [extra, upper](char c) {
      return kLower.find(c) != std::string_view::npos || extra.find(c) != std::string_view::npos ||
             (upper && c >= 'A' && c <= 'Z');
    });
  };
  if (text.empty() || text.size() > kMaxImageName_bytes) return wrong();
  std::string_view rest = text;
  if (const std::size_t at = rest.find('@'); at != std::string_view::npos) {
    constexpr std::string_view kAlgorithm = "sha256:";
    const std::string_view digest = rest.substr(at + 1);
    const bool is_digest = digest.starts_with(kAlgorithm) && digest.size() == kAlgorithm.size() + 64 &&
                           digest.find_first_not_of("0123456789abcdef", kAlgorithm.size()) == std::string_view::npos;
    if (!is_digest) return wrong();
    rest = rest.substr(0, at);
  }
  const std::size_t slash = rest.rfind('/');
  const std::size_t colon = rest.rfind(':');
  if (colon != std::string_view::npos && (slash == std::string_view::npos || colon > slash)) {
    const std::string_view tag = rest.substr(colon + 1);
    constexpr std::size_t kMaxTag_bytes = 128;
    if (tag.size() > kMaxTag_bytes || !made_of(tag, "_.-", true) || tag.front() == '.' || tag.front() == '-')
      return wrong();
    rest = rest.substr(0, colon);
  }
  ImageName name{std::string(text), {}};
  for (bool first = true; !rest.empty() || first; first = false) {
    const std::size_t end = std::min(rest.find('/'), rest.size());
    const std::string_view part = rest.substr(0, end);
    const bool more = end < rest.size();
    if (first && more && is_registry(part)) {
      if (!made_of(part, ".-:", true)) return wrong();
      name.registry = part;
    } else if (!made_of(part, "._-", false) || kLower.find(part.front()) == std::string_view::npos ||
               kLower.find(part.back()) == std::string_view::npos) {
      return wrong();
    }
    rest.remove_prefix(more ? end + 1 : end);
    if (more && rest.empty()) return wrong();
  }
  return name;
}

Result<Image> ImageStore::prepare(const ImageUse& use) const {
  const auto name = parse_image_name(use.name);
  if (!name) return fail(name.error());
  const bool is_local = name->registry.empty() || name->registry == "localhost";
  if (!is_local && std::ranges::find(registries_, name->registry) == registries_.end()) {
    return fail(ErrorCode::kForbidden,
                fmt::format("images of {} are not allowed here (images.registries)", name->registry));
  }
  const auto engine = std::ranges::find_if(kEngines, [](const char* path) { return ::access(path, X_OK) == 0; });
  if (engine == kEngines.end()) {
    return fail(ErrorCode::kUnavailable, "the agent needs a container engine for its image: apt-get install podman");
  }
  const std::vector<std::string> inspect = {*engine, "image", "inspect", name->text};
  Ran about = run(inspect, {kUnpack_ms, stopping_});
  if (about.code != 0 && use.pull == ImagePull::kMissing && !is_local) {
    const Ran pulled = run({*engine, "pull", "-q", name->text}, {kPull_ms, stopping_});
    if (pulled.code != 0) {
      return fail(ErrorCode::kNotFound,
                  fmt::format("the image {} cannot be pulled: {}", name->text, first_line(pulled.complaint)));
    }
    about = run(inspect, {kUnpack_ms, stopping_});
  }
  if (about.code != 0) {
    return fail(ErrorCode::kNotFound,
                fmt::format("the image {} is not on this machine{}", name->text,
                            use.pull == ImagePull::kNever && !is_local ? " and its manifest says pull: never" : ""));
  }
  const auto list = parse_json(about.output);
  const Json* config = list && list->is_array() && !list->empty() ? find_member((*list)[0], "Config") : nullptr;
  std::string id = config != nullptr ? string_member((*list)[0], "Id") : std::string();
  if (id.starts_with("sha256:")) id.erase(0, 7);
  if (id.size() != 64 || id.find_first_not_of("0123456789abcdef") != std::string::npos) {
    return fail(ErrorCode::kInternal,
                fmt::format("what {} tells about the image {} is not understood", *engine, name->text));
  }
  Image image;
  image.root = folder_ + "/" + id;
  image.environment = texts(*config, "Env");
  image.command = texts(*config, "Entrypoint");
  for (std::string& word : texts(*config, "Cmd"))
    image.command.push_back(std::move(word));
  std::error_code error;
  if (!fs::is_directory(image.root, error)) {
    // By its id: the name may mean another image by now.
    if (auto unpacked = unpack(*engine, id, image.root); !unpacked) return fail(std::move(unpacked.error()));
  }
  return image;
}

Result<void> ImageStore::unpack(const std::string& engine, const std::string& id, const std::string& root) const {
  const std::string partial = root + kPartial;
  std::error_code error;
  fs::remove_all(partial, error);
  fs::create_directories(partial, error);
  const Ran made = run({engine, "create", id, "/none"}, {kUnpack_ms, stopping_});
  const std::string container = first_line(made.output);
  Ran ran;
  bool done = made.code == 0 && !container.empty();
  if (done) {
    done = run_both({engine, "export", container},
                    {"/usr/bin/tar", "-x", "-C", partial, "--no-same-owner", "--exclude=dev/*", "--exclude=./dev/*"},
                    ran, {kUnpack_ms, stopping_});
    run({engine, "rm", "-f", container}, {kUnpack_ms, stopping_});
  }
  done = done && has_mount_points(partial);
  if (done) fs::rename(partial, root, error);
  if (done && !error) return {};
  fs::remove_all(partial, error);
  return fail(ErrorCode::kUnavailable, fmt::format("the image cannot be unpacked: {}",
                                                   first_line(made.code != 0 ? made.complaint : ran.complaint)));
}

std::string find_in_image(const Image& image, const std::string& program) {
  if (program.find('/') != std::string::npos) return program;
  std::string folders = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  for (const std::string& variable : image.environment) {
    if (variable.starts_with("PATH=")) folders = variable.substr(5);
  }
  std::string_view rest = folders;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(':'), rest.size());
    const std::string path = std::string(rest.substr(0, end)) + "/" + program;
    std::error_code error;
    if (fs::exists(fs::symlink_status(image.root + path, error))) return path;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return program;
}

}  // namespace commandcenter::sandbox
