// Which reader reads which file, and several files that name one package made one entry.
#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include "code/dependencies/readers.h"

namespace commandcenter::code {
namespace {

using namespace dependencies;

struct Kind {
  std::string_view name;  // whole, or the end when it begins with a dot
  Reader reader;
};
constexpr auto kKinds = std::to_array<Kind>({
    {"package.json", &read_package_json},
    {"package-lock.json", &read_package_lock},
    {"npm-shrinkwrap.json", &read_package_lock},
    {"pnpm-lock.yaml", &read_pnpm_lock},
    {"yarn.lock", &read_yarn_lock},
    {"pyproject.toml", &read_pyproject},
    {"poetry.lock", &read_python_lock},
    {"uv.lock", &read_python_lock},
    {"pdm.lock", &read_python_lock},
    {"setup.py", &read_setup_py},
    {"setup.cfg", &read_setup_cfg},
    {"Pipfile", &read_pipfile},
    {"Pipfile.lock", &read_pipfile_lock},
    {"Cargo.toml", &read_cargo_toml},
    {"Cargo.lock", &read_cargo_lock},
    {"go.mod", &read_go_mod},
    {"pom.xml", &read_pom},
    {"build.gradle", &read_gradle},
    {"build.gradle.kts", &read_gradle},
    {".versions.toml", &read_catalog},
    {"gradle.lockfile", &read_gradle_lock},
    {"composer.json", &read_composer_json},
    {"composer.lock", &read_composer_lock},
    {"Gemfile", &read_gemfile},
    {"Gemfile.lock", &read_gemfile_lock},
    {"packages.lock.json", &read_nuget_lock},
    {"packages.config", &read_csproj},
    {".gemspec", &read_gemspec},
    {".csproj", &read_csproj},
    {".fsproj", &read_csproj},
    {".vbproj", &read_csproj},
    {"Directory.Packages.props", &read_csproj},
});

std::string_view base_name(std::string_view path) {
  return path.substr(path.rfind('/') == std::string_view::npos ? 0 : path.rfind('/') + 1);
}

Reader reader_of(std::string_view path) {
  const std::string_view name = base_name(path);
  for (const Kind& kind : kKinds) {
    if (kind.name.front() == '.' ? name.ends_with(kind.name) : name == kind.name) return kind.reader;
  }
  if (name.starts_with("requirements") && (name.ends_with(".txt") || name.ends_with(".in"))) return &read_requirements;
  return nullptr;
}

// Who names no version gets that of the nearest parent; what is managed and used is no dependency of its own.
void take_managed_versions(std::vector<Dependency>& all) {
  std::map<std::string, std::vector<Dependency>> managed;
  for (const Dependency& one : all) {
    if (one.managed) managed[one.name].push_back(one);
  }
  if (managed.empty()) return;
  std::set<std::string> used;
  for (Dependency& one : all) {
    if (one.managed || one.ecosystem != "maven") continue;
    used.insert(one.name);
    const auto found = managed.find(one.name);
    if (!one.version.empty() || found == managed.end()) continue;
    const Dependency* nearest = nullptr;
    for (const Dependency& candidate : found->second) {
      const std::string_view folder = folder_of(candidate.file);
      if (one.file.starts_with(folder) && (nearest == nullptr || folder.size() > folder_of(nearest->file).size()))
        nearest = &candidate;
    }
    if (nearest == nullptr) continue;
    one.version = nearest->version;
    one.development = one.development || nearest->development;
  }
  std::erase_if(all, [&used](const Dependency& one) { return one.managed && used.contains(one.name); });
}

// Of one package that several files name, what is known of it together.
void merge(std::vector<Dependency>& all) {
  std::map<std::tuple<std::string, std::string, std::string>, Dependency> by_key;
  std::map<std::pair<std::string, std::string>, bool> is_locked;
  for (const Dependency& one : all) {
    bool& locked = is_locked[{one.ecosystem, one.name}];
    locked = locked || one.locked;
  }
  std::map<std::pair<std::string, std::string>, bool> asked;  // whether only to build and test
  for (const Dependency& one : all) {
    if (one.locked) continue;
    bool& development = asked.try_emplace({one.ecosystem, one.name}, true).first->second;
    development = development && one.development;
  }
  for (Dependency& one : all) {
    const auto name = std::pair(one.ecosystem, one.name);
    if (!one.locked && is_locked[name]) continue;  // the lock file knows it better
    const auto [found, added] = by_key.try_emplace({one.ecosystem, one.name, one.version}, one);
    if (!added) {
      found->second.direct = found->second.direct || one.direct;
      found->second.development = found->second.development && one.development;
      if (found->second.license.empty()) found->second.license = one.license;
      if (found->second.declared.empty()) found->second.declared = one.declared;
    }
    const auto wanted = one.locked ? asked.find(name) : asked.end();
    if (wanted == asked.end()) continue;
    found->second.direct = true;
    // These lock files do not say what a package is for.
    if (one.ecosystem == "gem" || one.ecosystem == "cargo") found->second.development = wanted->second;
  }
  all.clear();
  for (auto& [key, one] : by_key)
    all.push_back(std::move(one));
}

std::string encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                       c == '.' || c == '_' || c == '~' || c == '/';
    out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

}  // namespace

bool is_manifest(std::string_view path) {
  return reader_of(path) != nullptr;
}

Inventory read_dependencies(std::span<const ManifestFile> files, const Lookup& lookup) {
  Inventory inventory;
  for (const ManifestFile& file : files) {
    const Reader reader = reader_of(file.path);
    if (reader == nullptr) continue;
    if (file.text.size() > kMaxManifest_bytes) {
      inventory.unread.emplace_back(file.path, "too large");
      continue;
    }
    const Beside beside{file, files, lookup};
    if (auto read = reader(beside, inventory); !read) inventory.unread.emplace_back(file.path, read.error().message);
    if (inventory.dependencies.size() > kMaxDependencies) {
      inventory.dependencies.resize(kMaxDependencies);
      inventory.unread.emplace_back(file.path, fmt::format("more than {} dependencies", kMaxDependencies));
      break;
    }
  }
  take_managed_versions(inventory.dependencies);
  merge(inventory.dependencies);
  std::ranges::sort(inventory.projects, {}, &Project::file);
  return inventory;
}

std::string exact_version(const Dependency& dependency) {
  if (dependency.locked) return dependency.version;
  // Asked for, not chosen: "^1.0.0" is no version of anything, nor is "1" of npm or a bare one of Cargo.
  std::string_view text = dependencies::trimmed(dependency.version);
  const bool is_pinned = text.starts_with('=');
  while (text.starts_with('='))
    text.remove_prefix(1);
  text = dependencies::trimmed(text);
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const bool is_plain = std::ranges::all_of(text, [&](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '-' || c == '+' ||
           c == '_' || c == '!';
  });
  const bool is_whole = dependency.ecosystem == "npm"
                            ? std::ranges::count(text, '.') >= 2 && text.find(".x") == std::string_view::npos
                        : dependency.ecosystem == "cargo" ? is_pinned
                                                          : true;
  const std::string_view digits = text.substr(text.starts_with('v') ? 1 : 0);
  return is_plain && is_whole && !digits.empty() && is_digit(digits.front()) ? std::string(text) : std::string();
}

namespace {

std::string url_of(const Dependency& dependency, const std::string& version) {
  std::string name = dependency.name;
  if (dependency.ecosystem == "maven") std::ranges::replace(name, ':', '/');
  const std::string type = dependency.ecosystem == "go" ? "golang" : dependency.ecosystem;
  std::string url = fmt::format("pkg:{}/{}", type, encoded(name));
  if (!version.empty()) url += "@" + encoded(version);
  return url;
}

}  // namespace

std::string package_url(const Dependency& dependency) {
  return url_of(dependency, exact_version(dependency));
}

std::string package_reference(const Dependency& dependency) {
  return url_of(dependency, dependency.version);
}

namespace dependencies {

const ManifestFile* Beside::find(std::string_view name) const {
  const std::string wanted = folder() + std::string(name);
  const auto found = std::ranges::find(all, wanted, &ManifestFile::path);
  return found == all.end() ? nullptr : &*found;
}

std::string Beside::folder() const {
  const std::size_t slash = file.path.rfind('/');
  return slash == std::string::npos ? std::string() : file.path.substr(0, slash + 1);
}

std::size_t Beside::line_of(std::string_view part) const {
  const std::size_t at = file.text.find(part);
  if (at == std::string::npos) return 1;
  return 1 + static_cast<std::size_t>(
                 std::count(file.text.begin(), file.text.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

std::string_view folder_of(std::string_view path) {
  return path.substr(0, path.size() - base_name(path).size());
}

std::vector<std::string_view> lines(std::string_view text) {
  std::vector<std::string_view> all;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    all.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return all;
}

std::optional<std::string_view> between(std::string_view text, std::string_view open, std::string_view close,
                                        std::size_t& from) {
  const std::size_t begin = text.find(open, from);
  if (begin == std::string_view::npos) return std::nullopt;
  const std::size_t end = text.find(close, begin + open.size());
  if (end == std::string_view::npos) return std::nullopt;
  from = end + close.size();
  return text.substr(begin + open.size(), end - begin - open.size());
}

void set_license(Dependency& dependency, const std::string& declared) {
  if (declared.empty()) return;
  dependency.license = license_from_name(declared);
  dependency.declared = declared;
}

std::string license_field(const Json& package) {
  const Json* value = find_member(package, "license");
  if (value == nullptr) value = find_member(package, "licenses");
  if (value == nullptr) return {};
  if (value->is_string()) return value->get<std::string>();
  if (value->is_object()) return string_member(*value, "type", string_member(*value, "name"));
  std::string all;
  if (!value->is_array()) return {};
  for (const Json& one : *value) {
    const std::string text = one.is_string() ? one.get<std::string>() : string_member(one, "type");
    if (!text.empty()) all += (all.empty() ? "" : " OR ") + text;
  }
  return value->size() > 1 && !all.empty() ? "(" + all + ")" : all;
}

}  // namespace dependencies
}  // namespace commandcenter::code
