// Walking with an explicit stack; every file is opened without following links and without waiting for a writer.
#include "agent/builtin/security_scanner/walk.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <memory>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "agent/builtin/security_scanner/ignore.h"
#include "agent/builtin/security_scanner/security_scanner.h"
#include "agent/builtin/security_scanner/source.h"

namespace commandcenter::security_scanner {
namespace {

constexpr std::size_t kBinaryProbe_bytes = 8 << 10;
constexpr std::array<std::string_view, 9> kPassedOver{".git",   "node_modules", "vendor", "dist",       "build",
                                                      "target", "venv",         ".venv",  "__pycache__"};

struct Descriptor {
  explicit Descriptor(int fd) : value(fd) {}
  ~Descriptor() {
    if (value >= 0) ::close(value);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int value;
};

std::string join(const std::string& folder, std::string_view name) {
  return folder.empty() ? std::string(name) : folder + "/" + std::string(name);
}

std::string_view why(int error) {
  switch (error) {
    case EACCES:
    case EPERM:
      return "unreadable: permission denied";
    case ENOENT:
      return "unreadable: it is gone";
    case ELOOP:
      return "symbolic link";
    case ENXIO:
      return "not a regular file";
    default:
      return "unreadable: input/output error";
  }
}

// The whole file, or the reason why not.
tl::expected<std::string, std::string> read_whole(const std::string& path, std::size_t max_bytes) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY));
  if (file.value < 0) return tl::unexpected(std::string(why(errno)));
  struct stat status {};
  if (::fstat(file.value, &status) != 0) return tl::unexpected(std::string(why(errno)));
  if (!S_ISREG(status.st_mode)) return tl::unexpected(std::string("not a regular file"));
  if (status.st_size > static_cast<off_t>(max_bytes)) {
    return tl::unexpected(fmt::format("larger than {} MiB", max_bytes >> 20));
  }
  std::string text(static_cast<std::size_t>(status.st_size), '\0');
  std::size_t filled = 0;
  while (filled < text.size()) {
    const ssize_t got = ::read(file.value, text.data() + filled, text.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return tl::unexpected(std::string(why(errno)));
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  text.resize(filled);
  return text;
}

// .gitignore files from the workspace down to a folder; folders share those above them.
struct IgnoreScope {
  std::shared_ptr<const IgnoreScope> parent;
  std::string folder;
  IgnoreFile rules;
};
using Scope = std::shared_ptr<const IgnoreScope>;

Scope enter(const std::string& workspace, const std::string& folder, Scope parent) {
  const auto text = read_whole(workspace + "/" + join(folder, ".gitignore"), kMaxIgnoreFile_bytes);
  if (!text) return parent;
  IgnoreFile rules(*text);
  if (rules.empty()) return parent;
  return std::make_shared<const IgnoreScope>(IgnoreScope{std::move(parent), folder, std::move(rules)});
}

bool is_ignored(const Scope& innermost, std::string_view path, bool is_folder) {
  for (const IgnoreScope* scope = innermost.get(); scope != nullptr; scope = scope->parent.get()) {
    const std::string_view below = scope->folder.empty() ? path : path.substr(scope->folder.size() + 1);
    const auto verdict = scope->rules.judge(below, is_folder);
    if (verdict != IgnoreFile::Verdict::kSilent) return verdict == IgnoreFile::Verdict::kIgnored;
  }
  return false;
}

// Names of a folder in byte order; the reason when it cannot be read.
tl::expected<std::vector<std::string>, std::string> list(const std::string& path) {
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir(path.c_str()), ::closedir);
  if (!folder) return tl::unexpected(std::string(why(errno)));
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(folder.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  std::ranges::sort(names);
  return names;
}

class Walker {
 public:
  Walker(const std::string& workspace, const Visitor& visitor) : workspace_(workspace), visitor_(visitor) {}

  void visit_file(const std::string& path) {
    if (visited_ == kMaxVisitedFiles) return;
    if (++visited_ == kMaxVisitedFiles) {
      return visitor_.skipped(path, fmt::format("this and what follows: more than {} files", kMaxVisitedFiles - 1));
    }
    auto text = read_whole(workspace_ + "/" + path, kMaxFile_bytes);
    if (!text) return visitor_.skipped(path, text.error());
    if (std::string_view(*text).substr(0, kBinaryProbe_bytes).find('\0') != std::string_view::npos)
      return visitor_.skipped(path, "binary");
    if (!is_utf8(*text)) return visitor_.skipped(path, "not UTF-8");
    visitor_.file(path, std::move(*text));
  }

  void visit_folder(const std::string& path, const Scope& outer) {
    struct Entry {
      std::string path;
      bool is_folder;
      std::size_t depth;
      Scope scope;
    };
    std::vector<Entry> pending{{path, true, 0, outer}};
    while (!pending.empty() && visited_ < kMaxVisitedFiles) {
      const Entry entry = std::move(pending.back());
      pending.pop_back();
      if (!entry.is_folder) {
        visit_file(entry.path);
        continue;
      }
      if (entry.depth > kMaxFolderDepth) {
        visitor_.skipped(entry.path, fmt::format("deeper than {} folders", kMaxFolderDepth));
        continue;
      }
      const auto names = list(workspace_ + "/" + entry.path);
      if (!names) {
        visitor_.skipped(entry.path, names.error());
        continue;
      }
      const Scope scope = enter(workspace_, entry.path, entry.scope);
      for (auto name = names->rbegin(); name != names->rend(); ++name) {
        const std::string below = join(entry.path, *name);
        struct stat status {};
        if (::lstat((workspace_ + "/" + below).c_str(), &status) != 0) {
          visitor_.skipped(below, why(errno));
          continue;
        }
        const bool folder = S_ISDIR(status.st_mode);
        if (folder && std::ranges::find(kPassedOver, *name) != kPassedOver.end()) continue;
        if (is_ignored(scope, below, folder)) continue;
        if (S_ISLNK(status.st_mode))
          visitor_.skipped(below, "symbolic link");
        else if (folder || S_ISREG(status.st_mode))
          pending.push_back({below, folder, entry.depth + 1, scope});
        else
          visitor_.skipped(below, "not a regular file");
      }
    }
  }

 private:
  const std::string& workspace_;
  const Visitor& visitor_;
  std::size_t visited_ = 0;
};

}  // namespace

Result<void> walk(const std::string& workspace, const std::string& target, const Visitor& visitor) {
  struct stat status {};
  if (::lstat((workspace + "/" + target).c_str(), &status) != 0)
    return fail(ErrorCode::kNotFound, fmt::format("target \"{}\" cannot be looked at", target));
  Walker walker(workspace, visitor);
  if (!S_ISDIR(status.st_mode)) {
    walker.visit_file(target);
    return {};
  }
  // The rules above the target hold below it, too.
  Scope scope;
  if (!target.empty()) {
    scope = enter(workspace, "", scope);
    for (std::size_t slash = target.find('/'); slash != std::string::npos; slash = target.find('/', slash + 1)) {
      scope = enter(workspace, target.substr(0, slash), scope);
    }
  }
  walker.visit_folder(target, scope);
  return {};
}

Result<std::string> resolve_target(const std::string& workspace, const std::string& target) {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::path root = fs::canonical(workspace, error);
  if (error) return fail(ErrorCode::kNotFound, "the workspace is not there");
  // The workspace may be spelled as given or with its links resolved.
  fs::path wanted = fs::path(target).is_absolute() ? fs::path(target).lexically_normal() : root / target;
  const auto outside = [&] {
    return fail(ErrorCode::kForbidden,
                fmt::format("target \"{}\" is outside the workspace; expected a path below it", target));
  };
  const auto relative_to = [](const fs::path& path, const fs::path& base) {
    return path.lexically_normal().lexically_relative(base.lexically_normal());
  };
  const auto is_below = [](const fs::path& relative) { return !relative.empty() && *relative.begin() != ".."; };

  std::string base = fs::absolute(workspace, error).lexically_normal().string();
  while (base.size() > 1 && base.ends_with('/'))
    base.pop_back();
  fs::path relative = relative_to(wanted, root);
  if (!is_below(relative)) relative = relative_to(wanted, base);
  if (!is_below(relative)) return outside();
  const fs::path real = fs::canonical(root / relative, error);
  if (error) return fail(ErrorCode::kNotFound, fmt::format("target \"{}\" does not exist in the workspace", target));
  const fs::path inside = real.lexically_relative(root);
  if (!is_below(inside)) return outside();
  std::string result = inside.string();
  return result == "." ? std::string() : result;
}

}  // namespace commandcenter::security_scanner
