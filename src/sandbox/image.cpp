#include "sandbox/image.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include "base/json.h"
#include "base/sha256.h"
#include "sandbox/image_engine.h"
#include "sandbox/unique_fd.h"

namespace commandcenter::sandbox {
namespace {

namespace fs = std::filesystem;

constexpr std::array kEngines = {"/usr/bin/podman", "/usr/local/bin/podman", "/usr/bin/docker",
                                 "/usr/local/bin/docker"};
constexpr std::array kMountPoints = {"workspace", "agent", "tmp", "proc", "dev", "run", "etc"};
constexpr std::array kMountFiles = {"etc/passwd", "etc/group"};
constexpr const char* kPartial = ".partial";

constexpr std::string_view kLower = "abcdefghijklmnopqrstuvwxyz0123456789";  // of a name's parts

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

// The image is not there: because of the engine, its digest, or its name.
Error ImageStore::why_missing(const std::string& engine, const ImageName& name, ImagePull pull,
                              const Ran& about) const {
  const std::string tool = fs::path(engine).filename().string();
  std::string words = last_words(about.complaint);
  if (words.empty()) words = fmt::format("it ended with code {}", about.code);
  const bool is_missing = std::ranges::any_of(std::array{"not known", "No such image", "no such image"},
                                              [&](const char* said) { return words.find(said) != std::string::npos; });
  if (!is_missing)
    return {ErrorCode::kUnavailable, fmt::format("{} cannot look for the image {}: {}", tool, name.text, words)};
  const std::string plain = name.text.substr(0, name.text.find('@'));
  if (plain != name.text && !run_engine({engine, "images", "-q", plain}, {kUnpack_ms, stopping_}).output.empty()) {
    return {ErrorCode::kNotFound, fmt::format("the image {} is on this machine, but not with the digest {}", plain,
                                              name.text.substr(plain.size() + 1))};
  }
  const bool is_local = name.registry.empty() || name.registry == "localhost";
  std::string_view why;
  if (is_local && pull == ImagePull::kMissing) why = ", and without a registry in its name it cannot be pulled";
  if (!is_local && pull == ImagePull::kNever) why = " and its manifest says pull: never";
  return {ErrorCode::kNotFound,
          fmt::format("the image {} is not on this machine{} ({}: {})", name.text, why, tool, words)};
}

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
  Ran about = run_engine(inspect, {kUnpack_ms, stopping_});
  if (about.code != 0 && use.pull == ImagePull::kMissing && !is_local) {
    const Ran pulled = run_engine({*engine, "pull", "-q", name->text}, {kPull_ms, stopping_});
    if (pulled.code != 0) {
      return fail(ErrorCode::kNotFound,
                  fmt::format("the image {} cannot be pulled: {}", name->text, last_words(pulled.complaint)));
    }
    about = run_engine(inspect, {kUnpack_ms, stopping_});
  }
  if (about.code != 0) return fail(why_missing(*engine, *name, use.pull, about));
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
  // A name of its own, so that what a crash left is found again.
  const std::string own = fmt::format("commandcenter-{:.12}-{:.12}", sha256_hex(root), id);
  run_engine({engine, "rm", "-f", own}, {kUnpack_ms, stopping_});
  const Ran made = run_engine({engine, "create", "--name", own, id, "/none"}, {kUnpack_ms, stopping_});
  Ran ran;
  bool done = made.code == 0;
  if (done) {
    done = run_piped({engine, "export", own},
                     {"/usr/bin/tar", "-x", "-C", partial, "--no-same-owner", "--exclude=dev/*", "--exclude=./dev/*"},
                     ran, {kUnpack_ms, stopping_});
    run_engine({engine, "rm", "-f", own}, {kUnpack_ms, stopping_});
  }
  done = done && has_mount_points(partial);
  if (done) fs::rename(partial, root, error);
  if (done && !error) return {};
  fs::remove_all(partial, error);
  return fail(ErrorCode::kUnavailable,
              fmt::format("the image cannot be unpacked: {}",
                          made.code != 0 ? last_words(made.complaint) : first_line(ran.complaint)));
}

Result<std::string> find_in_image(const Image& image, const std::string& program) {
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
  return fail(ErrorCode::kNotFound, fmt::format("the image has no program {} (looked for in {})", program, folders));
}

}  // namespace commandcenter::sandbox
