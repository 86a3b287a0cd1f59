#include "code/architecture/surroundings.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "base/document.h"
#include "code/architecture/groups.h"
#include "code/architecture/signals.h"
#include "code/graph/manifests.h"
#include "code/graph/tree.h"

namespace commandcenter::architecture {
namespace {

constexpr std::size_t kMaxDescriptions = 500;  // files of compose and Kubernetes that are read
constexpr std::size_t kMaxParts = 200;         // documents of one file

std::uint32_t line_of(std::string_view text, std::string_view what) {
  const std::size_t at = text.find(what);
  if (at == std::string_view::npos) return 1;
  return static_cast<std::uint32_t>(std::ranges::count(text.substr(0, at), '\n')) + 1;
}

std::string text_of(const Json* value) {
  return value != nullptr && value->is_string() ? value->get<std::string>() : std::string();
}

bool is_compose(std::string_view name) {
  return (name.starts_with("docker-compose") || name.starts_with("compose")) &&
         (name.ends_with(".yml") || name.ends_with(".yaml"));
}

void read_compose(const SourceFile& file, std::vector<Service>& services) {
  const auto document = parse_document(file.text);
  if (!document) return;
  const Json* list = find_member(document->value, "services");
  if (list == nullptr || !list->is_object()) return;
  for (const auto& [name, body] : list->items()) {
    Service service{.name = name, .kind = "compose", .image = {}, .build = {}, .needs = {}, .spot = {}};
    const auto line = document->locate("services." + name).first;
    service.spot = {file.path, static_cast<std::uint32_t>(std::max(line, 1))};
    service.image = text_of(find_member(body, "image"));
    if (const Json* build = find_member(body, "build"); build != nullptr) {
      const std::string folder =
          build->is_string() ? build->get<std::string>() : text_of(find_member(*build, "context"));
      const auto path = join_path(folder_of(file.path), folder);
      service.build = !path || path->empty() ? "." : *path;
    }
    if (const Json* needs = find_member(body, "depends_on"); needs != nullptr) {
      for (const auto& [key, value] : needs->items())
        service.needs.push_back(needs->is_object() ? key : value.is_string() ? value.get<std::string>() : key);
    }
    services.push_back(std::move(service));
  }
}

void collect_images(const Json& body, std::string& image) {
  const Json* spec = find_member(body, "spec");
  for (int i = 0; spec != nullptr && i < 4; ++i) {  // spec.template.spec, spec.jobTemplate.spec.template.spec
    const Json* containers = find_member(*spec, "containers");
    if (containers != nullptr && containers->is_array() && !containers->empty()) {
      image = text_of(find_member((*containers)[0], "image"));
      return;
    }
    const Json* inner = find_member(*spec, "template");
    if (inner == nullptr) inner = find_member(*spec, "jobTemplate");
    spec = inner == nullptr ? nullptr : find_member(*inner, "spec");
  }
}

void read_kubernetes(const SourceFile& file, std::vector<Service>& services) {
  std::string_view rest = file.text;
  std::uint32_t line = 1;
  for (std::size_t part = 0; part < kMaxParts && !rest.empty(); ++part) {
    const std::size_t end = std::min(rest.find("\n---"), rest.size());
    const std::string_view text = rest.substr(0, end);
    if (text.find("kind:") != std::string_view::npos && text.find("{{") == std::string_view::npos) {
      std::string_view yaml = text;
      if (yaml.starts_with("---")) yaml.remove_prefix(std::min(yaml.find('\n'), yaml.size()));
      if (const auto document = parse_document(yaml)) {
        Service service{.name = {},
                        .kind = text_of(find_member(document->value, "kind")),
                        .image = {},
                        .build = {},
                        .needs = {},
                        .spot = {}};
        const Json* metadata = find_member(document->value, "metadata");
        service.name = metadata == nullptr ? std::string() : text_of(find_member(*metadata, "name"));
        collect_images(document->value, service.image);
        service.spot = {file.path, line + line_of(text, "kind:") - 1};
        if (!service.name.empty() && find_member(document->value, "apiVersion") != nullptr)
          services.push_back(std::move(service));
      }
    }
    line += static_cast<std::uint32_t>(std::ranges::count(text, '\n')) + 1;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
}

// "docker.io/bitnami/postgresql:15" is an image of "postgres".
bool is_image_of(std::string_view image, std::string_view known) {
  image = image.substr(0, image.rfind('@'));
  const std::size_t colon = image.rfind(':');
  if (colon != std::string_view::npos && image.find('/', colon) == std::string_view::npos)
    image = image.substr(0, colon);
  const std::string_view last = image.substr(image.rfind('/') + 1);
  return last == known || image.ends_with(known) ||
         (last.starts_with(known) && (known == "postgres" || last.substr(known.size()).starts_with('-')));
}

bool is_import_of(std::string_view specifier, std::string_view known) {
  if (specifier.starts_with("::")) specifier.remove_prefix(2);
  if (!specifier.starts_with(known)) return false;
  // "github.com/a/b" is no import of "github": a path that begins with a host is known by its path.
  const std::size_t slash = specifier.find('/');
  const bool host = slash != std::string_view::npos && specifier.substr(0, slash).find('.') != std::string_view::npos;
  if (host && known.find('/') == std::string_view::npos) return false;
  if (specifier.size() == known.size()) return true;
  const char next = specifier[known.size()];
  return next == '/' || next == '.' || next == ':' || next == '\\';
}

void add_command(const Model& model, const std::string& folder, std::string_view target, const std::string& name,
                 std::vector<EntryPoint>& entries) {
  const auto path = join_path(folder, target);
  if (path && model.graph.find(*path) != nullptr) entries.push_back({"command", name, {*path, 1}});
}

void read_package_commands(const Model& model, const Package& package, std::vector<EntryPoint>& entries) {
  const SourceFile* manifest = model.graph.find(package.manifest);
  if (manifest == nullptr) return;
  if (package.kind == "npm") {
    const Json json = parse_loose_json(manifest->text);
    const Json* bin = find_member(json, "bin");
    if (bin != nullptr && bin->is_string())
      add_command(model, package.folder, bin->get<std::string>(), package.name, entries);
    if (bin != nullptr && bin->is_object()) {
      for (const auto& [name, target] : bin->items())
        add_command(model, package.folder, text_of(&target), name, entries);
    }
    add_command(model, package.folder, string_member(json, "main"), package.name, entries);
    return;
  }
  if (package.kind != "python") return;
  for (const TomlEntry& entry : toml_entries(manifest->text)) {
    if (entry.section != "project.scripts" && entry.section != "tool.poetry.scripts") continue;
    std::string module = toml_text(entry.value);
    module.erase(std::min(module.find(':'), module.size()));
    std::ranges::replace(module, '.', '/');
    for (const std::string_view root : {"", "src/", "lib/"}) {
      add_command(model, package.folder, std::string(root) + module + ".py", entry.key, entries);
      add_command(model, package.folder, std::string(root) + module + "/__init__.py", entry.key, entries);
    }
  }
}

}  // namespace

void find_services(Model& model) {
  std::size_t read = 0;
  for (const SourceFile& file : model.graph.files) {
    if (file.text.empty() || read >= kMaxDescriptions) continue;
    const std::string_view name = name_of(file.path);
    if (is_compose(name)) {
      ++read;
      read_compose(file, model.services);
    } else if ((name.ends_with(".yml") || name.ends_with(".yaml")) &&
               file.text.find("apiVersion:") != std::string::npos) {
      ++read;
      read_kubernetes(file, model.services);
    }
  }
}

void find_systems(Model& model) {
  std::map<std::string, System> found;
  const auto add = [&](const KnownSystem& known, Spot spot) {
    System& system = found[known.name];
    system.name = known.name;
    system.kind = known.kind;
    system.spots.push_back(std::move(spot));
  };
  // Each import once: files of one repository import the same few things.
  std::map<std::string, const KnownSystem*, std::less<>> verdicts;
  for (const OuterImport& import : model.graph.outer) {
    const auto [verdict, is_new] = verdicts.try_emplace(import.specifier, nullptr);
    if (is_new) {
      for (const KnownSystem& known : known_systems()) {
        for (const std::string& name : known.imports) {
          if (is_import_of(import.specifier, name) && verdict->second == nullptr) verdict->second = &known;
        }
      }
    }
    if (verdict->second == nullptr || model.graph.files[import.file].test) continue;
    add(*verdict->second, {model.graph.files[import.file].path, import.line});
  }
  for (const Service& service : model.services) {
    for (const KnownSystem& known : known_systems()) {
      const bool same = std::ranges::any_of(
          known.images, [&](const std::string& image) { return is_image_of(service.image, image); });
      if (same && !service.image.empty()) add(known, service.spot);
    }
  }
  for (auto& [name, system] : found) {
    std::ranges::sort(system.spots);
    system.spots.erase(std::unique(system.spots.begin(), system.spots.end()), system.spots.end());
    model.systems.push_back(std::move(system));
  }
  std::ranges::stable_sort(model.systems, std::ranges::greater{}, [](const System& s) { return s.spots.size(); });
}

void find_entries(Model& model) {
  for (const SourceFile& file : model.graph.files) {
    if (file.facts.main_line == 0 || file.test) continue;
    const bool script = file.facts.tongue == Tongue::kPython;
    const std::string_view name = name_of(file.path);
    const bool is_named_main = name == "main" || stem_of(file.path) == "main" || stem_of(file.path) == "__main__";
    const std::string_view folder = folder_of(file.path);
    model.entries.push_back({script ? "script" : "program",
                             std::string(is_named_main && !folder.empty() ? name_of(folder) : stem_of(file.path)),
                             {file.path, file.facts.main_line}});
  }
  for (const Package& package : model.graph.packages)
    read_package_commands(model, package, model.entries);
  for (const SourceFile& file : model.graph.files) {
    if (!name_of(file.path).starts_with("Dockerfile") || file.text.empty()) continue;
    for (const std::string_view word : {"\nENTRYPOINT", "\nCMD"}) {
      const std::size_t at = file.text.find(word);
      if (at == std::string::npos) continue;
      const std::size_t end = std::min(file.text.find('\n', at + 1), file.text.size());
      model.entries.push_back({"container",
                               file.text.substr(at + 1, std::min<std::size_t>(end - at - 1, 120)),
                               {file.path, line_of(file.text, word) + 1}});
      break;
    }
  }
  std::ranges::sort(model.entries, {}, [](const EntryPoint& e) { return std::tie(e.spot, e.kind, e.name); });
  const auto is_same = [](const EntryPoint& a, const EntryPoint& b) { return a.spot == b.spot && a.kind == b.kind; };
  model.entries.erase(std::unique(model.entries.begin(), model.entries.end(), is_same), model.entries.end());
  // What the repository is about comes first.
  std::ranges::stable_sort(model.entries, {}, [&](const EntryPoint& entry) {
    const SourceFile* file = model.graph.find(entry.spot.file);
    return file != nullptr && is_aside(*file);
  });
}

}  // namespace commandcenter::architecture
