// The files that a file imports, read once for all that do.
#include "agent/builtin/security_scanner/neighbours.h"

#include <fcntl.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <set>

#include <fmt/format.h>

#include "agent/builtin/security_scanner/foreign_names.h"
#include "agent/builtin/security_scanner/import_paths.h"
#include "agent/builtin/security_scanner/view_pages.h"
#include "base/regex.h"
#include "code/dataflow/gate.h"
#include "code/dataflow/lower.h"
#include "code/dataflow/words.h"
#include "code/walk/read.h"

namespace commandcenter::security_scanner {
namespace {

using code::Grammar;

constexpr std::size_t kMaxPackages = 20;  // of its own module that a file imports
constexpr int kMaxModule_depth = 12;      // folders from a file of Go up to its "go.mod"
constexpr std::string_view kStandardFolders =
    "archive bufio builtin bytes cmp compress container context crypto database debug embed encoding errors expvar "
    "flag fmt go hash html image index internal io iter log maps math mime net os path plugin reflect regexp runtime "
    "slices sort strconv strings structs sync syscall testing text time unicode unique unsafe weak";
constexpr std::size_t kMaxCalled = 200;  // names of functions that are looked for in the files of a package

// Names with an opening bracket behind them: see(name, what stands before it).
template <typename See>
void for_each_call(std::string_view text, const See& see) {
  for (std::size_t open = text.find('('); open != std::string_view::npos; open = text.find('(', open + 1)) {
    std::size_t begin = open;
    while (begin > 0 && code::dataflow::NamesReader::part_of_name(text[begin - 1]))
      --begin;
    if (begin < open) see(text.substr(begin, open - begin), text.substr(0, begin));
  }
}

// Go: what "go.mod" calls the module.
std::string_view module_in(std::string_view manifest) {
  constexpr std::string_view kWord = "module ";
  const std::size_t at = manifest.starts_with(kWord) ? 0 : manifest.find("\nmodule ");
  if (at == std::string_view::npos) return {};
  std::string_view name = manifest.substr(at + kWord.size() + (at == 0 ? 0 : 1));
  name = name.substr(0, name.find_first_of(" \t\r\n"));
  return name.starts_with('"') && name.size() > 2 ? name.substr(1, name.size() - 2) : name;
}

// Go: the packages of its own module that a file imports, as folders below that.
std::vector<std::string> go_packages(std::string_view text, std::string_view module) {
  const std::string beginning = "\"" + std::string(module) + "/";
  std::vector<std::string> folders;
  for (std::size_t at = text.find(beginning); at != std::string_view::npos; at = text.find(beginning, at + 1)) {
    const std::string_view rest = text.substr(at + beginning.size());
    const std::string_view folder = rest.substr(0, rest.find_first_of("\"\n "));
    const bool whole = folder.size() < rest.size() && rest[folder.size()] == '"' && !folder.empty();
    if (whole && folder.find("..") == std::string_view::npos && folders.size() < kMaxPackages)
      folders.emplace_back(folder);
  }
  return folders;
}

// Go, where no "go.mod" tells: what the file imports that is neither of the standard library nor, by its name, of a
// module that lies elsewhere; each with how many of its first parts may be the name of the module.
std::vector<std::pair<std::string, std::size_t>> go_imports(std::string_view text) {
  static const Regex pattern = Regex::known(R"re((?m)^\s*(?:import\s+)?(?:[\w.]+\s+)?"([\w.-]+(?:/[\w.-]+)+)"\s*$)re");
  std::vector<std::pair<std::string, std::size_t>> found;
  const std::size_t end = std::min(text.find("\nfunc "), text.size());
  for (std::size_t from = 0; found.size() < kMaxPackages;) {
    const auto match = pattern.search(text.substr(0, end), from);
    if (!match) break;
    const std::string_view path = (*match)[1];
    from = static_cast<std::size_t>((*match)[0].data() - text.data()) + (*match)[0].size();
    const std::string_view first = path.substr(0, path.find('/'));
    if (code::dataflow::one_of(first, kStandardFolders)) continue;
    found.emplace_back(path, first.find('.') == std::string_view::npos ? 1 : 3);  // "example.com/owner/name/…"
  }
  return found;
}

// No link is followed on the way, so that nothing outside the root is read.
std::string read_below(const std::string& root, const std::string& path) {
  const code::Descriptor top(::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const std::size_t slash = path.rfind('/');
  const code::Descriptor folder = code::folder_below(
      top.get(), slash == std::string::npos ? std::string_view{} : std::string_view(path).substr(0, slash));
  if (!folder.valid()) return {};
  std::string reason;
  code::FileBuffer buffer(code::kMaxDependency_bytes);
  return std::string(buffer.read(folder.get(), path.c_str() + (slash == std::string::npos ? 0 : slash + 1), reason));
}

// What a script gives of others to those who import it: the lines that say so.
std::string exports_of_others(std::string_view text) {
  static const Regex pattern = Regex::known(R"(\bexport\s+(?:\*|\{)[^'";]*?\bfrom\s+['"]\.[^'"\n]+['"])");
  std::string lines;
  for (std::size_t from = text.find("export "); from < text.size();) {
    const auto match = pattern.search(text, from);
    if (!match) break;
    lines.append((*match)[0]).push_back('\n');
    from = static_cast<std::size_t>((*match)[0].data() - text.data()) + (*match)[0].size();
  }
  return lines;
}

}  // namespace

Neighbour::Neighbour(std::string path, std::string name, std::string text, Grammar grammar)
    : path_(std::move(path)),
      name_(std::move(name)),
      text_(std::move(text)),
      grammar_(grammar),
      page_(is_view(path_, text_, grammar_)) {
  if (page_ && grammar_ == Grammar::kRuby) code_ = ruby_of_page(text_);
}

const std::string& Neighbour::code() const {
  return code_.empty() ? text_ : code_;
}

const std::string& Neighbour::digest() const {
  std::call_once(digested_, [this] { digest_ = code::digest_of(text_); });
  return digest_;
}

const code::dataflow::Dealings& Neighbour::dealings() const {
  std::call_once(asked_, [this] {
    if (!page_) {
      dealings_ = code::dataflow::Gate::of(grammar_).dealings({text_, grammar_});
      return;
    }
    for (const std::string_view name : shows_pages(grammar_))
      dealings_.sinks.push_back({name, {}});
  });
  return dealings_;
}

const std::string& Neighbour::passed_on() const {
  std::call_once(read_, [this] { passed_on_ = exports_of_others(text_); });
  return passed_on_;
}

const code::dataflow::Dealings& Neighbour::deep_dealings() const {
  return deep_ ? *deep_ : dealings();
}

void Neighbour::look_behind(const std::function<List(const Neighbour&)>& behind) const {
  std::call_once(looked_, [&] {
    const List others = behind(*this);
    for (const auto& other : others)
      imports_.push_back(other->path());
    const bool deals = std::ranges::any_of(others, [](const auto& other) {
      return !other->dealings().sinks.empty() || !other->dealings().sources.empty();
    });
    if (!deals) return;
    const code::dataflow::Names names(text_, grammar_);
    ForeignNames used(names);
    for (const auto& other : others) {
      const code::dataflow::Interest in = used.add(*other, false);
      if (in.data || in.harm) behind_.push_back(other->path());
    }
    if (!behind_.empty()) deep_ = code::dataflow::Gate::of(grammar_).dealings(names, std::move(used).names());
  });
}

bool Neighbour::declares(std::string_view function) const {
  std::call_once(listed_, [this] {
    for_each_call(text_, [&](std::string_view name, std::string_view before) {
      if (before.ends_with("func ") || before.ends_with(") ")) functions_.push_back(name);
    });
    std::ranges::sort(functions_);
  });
  return std::ranges::binary_search(functions_, function);
}

const code::Tree* Neighbour::tree() const {
  std::call_once(parsed_, [this] {
    tree_ = code::Tree::parse(code(), grammar_);
    if (tree_) tree_bytes_ = tree_->nodes().size() * sizeof(code::SyntaxNode);
  });
  return tree_ ? &*tree_ : nullptr;
}

namespace {

// A folder stands for its index.
std::string name_of_file(const std::string& path, Grammar grammar) {
  const std::filesystem::path file(path);
  const std::string name = file.stem().string();
  const std::string folder = file.parent_path().filename().string();
  return name == "index" && !folder.empty() && code::dataflow::is_script(grammar) ? folder : name;
}

void depend(const code::Subject& subject, const std::string& path, const Neighbour* neighbour) {
  subject.depends_on(path, [&] { return neighbour == nullptr ? std::string() : neighbour->digest(); });
}

}  // namespace

std::shared_ptr<const Neighbour> Neighbours::find(const std::string& path, Grammar grammar,
                                                  const std::string& package) const {
  const std::string key = fmt::format("{}\n{}\n{}", static_cast<int>(grammar), path, package);
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = kept_.find(key); known != kept_.end()) return asked_again(known->second);
  }
  std::shared_ptr<Neighbour> made;
  if (std::string text = read_below(root_, path); !text.empty()) {
    // What is declared in another file of the package, or is included, needs no name in front.
    const bool plain = grammar == Grammar::kGo || grammar == Grammar::kPhp || grammar == Grammar::kRuby;
    const std::string name = !package.empty() ? package : plain ? "." : name_of_file(path, grammar);
    made = std::make_shared<Neighbour>(path, name, std::move(text), grammar);
  }
  const std::lock_guard lock(mutex_);
  const auto [place, is_new] = kept_.try_emplace(key);
  if (is_new) place->second = {std::move(made), 0, order_.insert(order_.end(), key)};
  return asked_again(place->second);
}

std::shared_ptr<const Neighbour> Neighbours::asked_again(Kept& kept) const {
  order_.splice(order_.end(), order_, kept.place);
  const std::size_t size_bytes = kept.neighbour != nullptr ? kept.neighbour->size_bytes() : 0;
  kept_bytes_ += size_bytes + kept.place->size() - std::exchange(kept.size_bytes, size_bytes + kept.place->size());
  auto neighbour = kept.neighbour;
  while (kept_bytes_ > kMaxKeptNeighbours_bytes && order_.size() > 1) {
    const auto oldest = kept_.find(order_.front());
    kept_bytes_ -= oldest->second.size_bytes;
    kept_.erase(oldest);
    order_.pop_front();
  }
  return neighbour;
}

std::shared_ptr<const Neighbour> Neighbours::self(const code::Source& source, Grammar grammar) const {
  if (root_.empty() || source.text().size() > code::kMaxDependency_bytes) return nullptr;
  auto found = find(std::string(source.path()), grammar);
  return found != nullptr && found->text() == source.text() ? found : nullptr;
}

// Go: the files of the same folder, and of packages of this module that are imported, which declare a function that is
// called here.
std::vector<std::shared_ptr<const Neighbour>> Neighbours::packages_of(const code::Subject& subject) const {
  const code::Source& source = subject.source();
  std::vector<std::shared_ptr<const Neighbour>> result;
  std::set<std::string_view> called;
  for_each_call(source.text(), [&](std::string_view name, std::string_view) {
    if (called.size() < kMaxCalled) called.insert(name);
  });
  const auto add = [&](const std::string& folder, const std::string& package) {
    const auto names = names_in(folder);
    subject.depends_on(folder + "/", [&] { return code::digest_of(code::folder_text(*names)); });
    std::size_t sources = 0;
    for (const std::string& name : *names) {
      if (!name.ends_with(".go") || name.ends_with("_test.go")) continue;  // of the package, without its tests
      if (result.size() >= kMaxNeighbours || ++sources > kMaxFolder_files) break;
      const std::string path = folder.empty() ? name : folder + "/" + name;
      if (path == source.path()) continue;
      const auto neighbour = find(path, Grammar::kGo, package);
      depend(subject, path, neighbour.get());
      const bool used = neighbour != nullptr && std::ranges::any_of(called, [&](std::string_view function) {
                          return neighbour->declares(function);
                        });
      if (used) result.push_back(neighbour);
    }
  };
  const std::string folder = std::filesystem::path(std::string(source.path())).parent_path().generic_string();
  add(folder, {});
  const GoModule module = module_of(subject, folder);
  if (module.name.empty()) {
    for (const std::string& path : packages_without_module(source.text(), folder))
      add(path, path.substr(path.rfind('/') + 1));
    return result;
  }
  for (const std::string& package : go_packages(source.text(), module.name)) {
    const std::string path = module.folder.empty() ? package : module.folder + "/" + package;
    if (path != folder && !names_in(path)->empty()) add(path, package.substr(package.rfind('/') + 1));
  }
  return result;
}

// Told by the folders above, one of which holds the module.
std::vector<std::string> Neighbours::packages_without_module(std::string_view text, const std::string& folder) const {
  Names folders;
  for (const auto& [path, parts] : go_imports(text)) {
    std::size_t slash = 0;
    for (std::size_t i = 0; i < parts && slash != std::string::npos; ++i)
      slash = path.find('/', slash + (i == 0 ? 0 : 1));
    if (slash == std::string::npos) continue;
    const std::string below = path.substr(slash + 1);
    std::string base = folder;
    for (int above = 0; above < kMaxModule_depth; ++above) {
      const std::string place = base.empty() ? below : base + "/" + below;
      if (place != folder && !names_in(place)->empty()) {
        folders.push_back(place);
        break;
      }
      if (base.empty()) break;
      base.resize(base.rfind('/') == std::string::npos ? 0 : base.rfind('/'));
    }
  }
  return folders;
}

// Told by the next "go.mod" above.
Neighbours::GoModule Neighbours::module_of(const code::Subject& subject, std::string folder) const {
  for (int above = 0; above < kMaxModule_depth; ++above) {
    const std::string path = folder.empty() ? "go.mod" : folder + "/go.mod";
    const auto manifest = is_there(path) ? find(path, Grammar::kGo) : nullptr;
    depend(subject, path, manifest.get());
    if (manifest != nullptr) return {folder, std::string(module_in(manifest->text()))};
    if (folder.empty()) break;
    folder.resize(folder.rfind('/') == std::string::npos ? 0 : folder.rfind('/'));
  }
  return {};
}

// In order; nothing when there is no such folder.
std::shared_ptr<const Neighbours::Names> Neighbours::names_in(const std::string& folder) const {
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = folders_.find(folder); known != folders_.end()) return known->second;
  }
  static const auto none = std::make_shared<const Names>();
  if (!folder.empty() && !is_there(folder)) return none;
  const code::Descriptor top(::open(root_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  auto made = std::make_shared<const Names>(code::names_in(top.get(), folder));
  const std::lock_guard lock(mutex_);
  if (folders_.size() < kMaxKeptFolders) folders_[folder] = made;
  return made;
}

// Told from the names in its folder: most files that an import may mean are not there.
bool Neighbours::is_there(const std::string& path) const {
  const std::size_t slash = path.rfind('/');
  const auto names = names_in(slash == std::string::npos ? std::string() : path.substr(0, slash));
  return std::ranges::binary_search(*names, path.substr(slash + 1));
}

std::vector<std::shared_ptr<const Neighbour>> Neighbours::of(const code::Subject& subject, Grammar grammar) const {
  const code::Source& source = subject.source();
  std::vector<std::shared_ptr<const Neighbour>> result;
  if (root_.empty() || !code::dataflow::can_lower(grammar)) return result;
  if (grammar == Grammar::kGo) return packages_of(subject);
  const auto consult = [&](const std::string& path) {
    auto neighbour = is_there(path) ? find(path, grammar) : nullptr;
    depend(subject, path, neighbour.get());
    return neighbour;
  };
  const auto add = [&](const std::vector<std::string>& paths) {
    for (const std::string& path : paths) {
      if (result.size() >= kMaxNeighbours) return;
      if (path == source.path()) continue;
      auto neighbour = consult(path);
      if (neighbour == nullptr || std::ranges::find(result, neighbour) != result.end()) continue;
      result.push_back(std::move(neighbour));
    }
  };
  const auto there = [this](const std::string& path) { return is_there(path); };
  add(import_paths(source.path(), source.text(), grammar, there));
  for (const std::string& path : view_paths(source.path(), source.text(), grammar, there)) {
    const auto page = consult(path);
    if (page != nullptr && page->page() && std::ranges::find(result, page) == result.end()) result.push_back(page);
  }
  if (!code::dataflow::is_script(grammar)) return result;
  for (std::size_t i = 0, own = result.size(); i < own; ++i) {
    const Neighbour& one = *result[i];
    if (!one.passed_on().empty()) add(import_paths(one.path(), one.passed_on(), grammar, there));
  }
  const auto imported = [&](const Neighbour& one) {
    Neighbour::List others;
    for (const std::string& path : import_paths(one.path(), one.text(), grammar, there)) {
      if (others.size() >= kMaxNeighbours) break;
      auto other = path != one.path() && is_there(path) ? find(path, grammar) : nullptr;
      if (other != nullptr) others.push_back(std::move(other));
    }
    return others;
  };
  const std::size_t own = result.size();
  for (std::size_t i = 0; i < result.size(); ++i) {  // of all, so that what is known of one is the same each time
    result[i]->look_behind(imported);
    if (i < own) add(result[i]->behind());
    for (const std::string& path : result[i]->imports())
      consult(path);
  }
  return result;
}

}  // namespace commandcenter::security_scanner
