// From what a file imports to paths that may exist.
#include "agent/builtin/security_scanner/neighbours.h"

#include <fcntl.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <set>

#include <fmt/format.h>

#include "agent/builtin/security_scanner/foreign_names.h"
#include "base/assert.h"
#include "base/regex.h"
#include "code/dataflow/gate.h"
#include "code/dataflow/lower.h"
#include "code/dataflow/words.h"
#include "code/walk/read.h"

namespace commandcenter::security_scanner {
namespace {

using code::Grammar;

constexpr std::size_t kMaxCandidates = 200;

Regex compiled(std::string_view text) {
  auto regex = Regex::compile(text);
  CC_ASSERT(regex);
  return std::move(*regex);
}

const Regex& pattern(Grammar grammar) {
  static const Regex java =
      compiled(R"(\b((?:[a-z_]\w*\.)+[A-Z]\w*)|\b(?:new|extends)\s+([A-Z]\w*)|\b([A-Z]\w*)\.\w+\(|)"
               R"([(,]\s*(?:@\w+(?:\([^()]*\))?\s+)*(?:final\s+)?([A-Z]\w*)\s+[a-z]\w*|)"
               R"(\bprivate\s+(?:final\s+)?([A-Z]\w*)\s+[a-z]\w*;)");
  static const Regex python =
      compiled(R"((?m)^\s*(?:from\s+([.\w]+)\s+import\s+(?:\(([\w,\s#]*)|([\w, \t]+))|import\s+([\w., \t]+)))");
  static const Regex script = compiled(R"((?:require\(\s*|from\s+|import\s+)['"]((?:\.|[@~]/)[^'"\n]+)['"])");
  static const Regex php =
      compiled(R"((?:include|require)(?:_once)?\s*\(?\s*(?:__DIR__\s*\.\s*|dirname\(__FILE__\)\s*\.\s*)?)"
               R"(['"]([^'"$]+\.(?:php|inc))['"]|)"
               R"((?m:^use\s+([\w\\]+))|\bnew\s+([A-Z]\w*)|\b([A-Z]\w*)::)");
  static const Regex ruby =
      compiled(R"(require_relative\s*\(?\s*['"]([^'"#]+)['"]|\b([A-Z]\w*(?:::[A-Z]\w*)*)\.[a-z]\w*)");
  static const Regex csharp = compiled(R"(\bnew\s+([A-Z]\w*)\s*\(|\b([A-Z]\w*)\.[A-Z]\w*\(|)"
                                       R"((?:\breadonly|[(,]\s*\[From\w+\])\s+([A-Z]\w*)\s)");
  switch (grammar) {
    case Grammar::kJava:
      return java;
    case Grammar::kPython:
      return python;
    case Grammar::kPhp:
      return php;
    case Grammar::kRuby:
      return ruby;
    case Grammar::kCSharp:
      return csharp;
    default:
      return script;
  }
}

// "UserService" is in "user_service.rb".
std::string snake(std::string_view name) {
  std::string out;
  for (const char c : name) {
    const bool big = c >= 'A' && c <= 'Z';
    if (big && !out.empty() && out.back() != '/') out.push_back('_');
    if (c == ':') {
      if (!out.empty() && out.back() != '/') out.push_back('/');
    } else {
      out.push_back(big ? static_cast<char>(c | 0x20) : c);
    }
  }
  return out;
}

std::vector<std::string> words(std::string_view list) {
  std::vector<std::string> result;
  std::string word;
  for (const char c : list) {
    const bool part =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
    if (part) {
      word.push_back(c);
    } else {
      if (!word.empty() && word != "as") result.push_back(word);
      word.clear();
    }
  }
  if (!word.empty()) result.push_back(word);
  return result;
}

std::string slashes(std::string_view dotted) {
  std::string path(dotted);
  std::ranges::replace(path, '.', '/');
  return path;
}

bool is_normal(std::string_view path) {
  return !path.starts_with('.') && path.find("/.") == std::string_view::npos &&
         path.find("//") == std::string_view::npos;
}

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

std::string joined(const std::string& folder, const std::string& name) {
  return folder.empty() ? name : folder + "/" + name;
}

// "shop" of "shop/app/models"
std::string before_folder(const std::string& path, std::string_view folder) {
  const std::size_t at = ("/" + path + "/").find("/" + std::string(folder) + "/");
  return at == std::string::npos || at == 0 ? std::string() : path.substr(0, at - 1);
}

class Candidates {
 public:
  using IsThere = std::function<bool(const std::string&)>;

  Candidates(std::string_view path, std::string_view text, Grammar grammar, IsThere is_there)
      : text_(text), grammar_(grammar), is_there_(std::move(is_there)) {
    folder_ = std::filesystem::path(path).parent_path().generic_string();
  }

  std::vector<std::string> find() {
    if (grammar_ == Grammar::kJava) find_source_root();
    if (grammar_ == Grammar::kRuby) root_ = before_folder(folder_, "app");
    if (grammar_ == Grammar::kPhp) find_namespace_root();
    std::size_t from = 0;
    while (paths_.size() < kMaxCandidates) {
      const auto match = pattern(grammar_).search(text_, from);
      if (!match) break;
      from = static_cast<std::size_t>((*match)[0].data() - text_.data()) + (*match)[0].size();
      if (grammar_ == Grammar::kJava)
        java((*match)[1],
             std::string((*match)[2]) + std::string((*match)[3]) + std::string((*match)[4]) + std::string((*match)[5]));
      else if (grammar_ == Grammar::kPython)
        python((*match)[1], (*match)[2].empty() ? (*match)[3] : (*match)[2], (*match)[4]);
      else if (grammar_ == Grammar::kPhp)
        php((*match)[1], (*match)[2], (*match)[3].empty() ? (*match)[4] : (*match)[3]);
      else if (grammar_ == Grammar::kRuby)
        ruby((*match)[1], (*match)[2]);
      else if (grammar_ == Grammar::kCSharp)
        csharp(std::string((*match)[1]) + std::string((*match)[2]) + std::string((*match)[3]));
      else
        script((*match)[1]);
    }
    return std::move(paths_);
  }

 private:
  void add(const std::string& path) {
    std::string normal = is_normal(path) ? path : std::filesystem::path(path).lexically_normal().generic_string();
    if (normal.ends_with('/')) normal.pop_back();  // "lib/.." is no file
    if (normal.empty() || normal.starts_with("..") || normal.starts_with('/')) return;
    if (known_.insert(normal).second) paths_.push_back(normal);
  }

  void find_source_root() {
    root_ = folder_;
    const std::size_t at = text_.find("package ");
    if (at == std::string_view::npos) return;
    const std::string_view rest = text_.substr(at + 8);
    const std::string package = slashes(rest.substr(0, rest.find(';')));
    if (folder_ == package) root_.clear();
    if (folder_.ends_with("/" + package)) root_ = folder_.substr(0, folder_.size() - package.size() - 1);
  }

  // PHP: "namespace App\\Http\\Controllers;" in shop/app/Http/Controllers: what begins with App is in shop/app.
  void find_namespace_root() {
    constexpr std::string_view kWord = "namespace ";
    std::size_t at = text_.find(kWord);
    while (at != std::string_view::npos && at > 0 && text_[at - 1] != '\n')
      at = text_.find(kWord, at + 1);
    if (at == std::string_view::npos) return;
    const std::string_view rest = text_.substr(at + kWord.size());
    std::string name(rest.substr(0, rest.find_first_of(";{ \r\n")));
    std::ranges::replace(name, '\\', '/');
    const std::string folders = "/" + folder_;
    // The first parts stand for a folder that may be called anything.
    for (std::size_t slash = name.find('/'); slash != std::string::npos; slash = name.find('/', slash + 1)) {
      if (!folders.ends_with(name.substr(slash))) continue;
      space_ = name.substr(0, slash + 1);
      root_ = folder_.substr(0, folder_.size() - (name.size() - slash));
      return;
    }
    space_ = name + "/";
    root_ = folder_;
  }

  void java(std::string_view full, const std::string& simple) {
    for (const std::string_view others : {"java.", "javax.", "org.springframework.", "org.apache.", "jakarta."}) {
      if (full.starts_with(others)) return;
    }
    if (!full.empty()) return add_type(joined(root_, slashes(full)));
    if (simple.size() > 3 && simple != "String") add_type(joined(folder_, simple));
  }

  // Services are asked for by an interface; what they do is in "ServiceImpl", beside it or in a folder of its own.
  void add_type(const std::string& path) {
    add(path + ".java");
    add(path + "Impl.java");
    const std::size_t slash = path.rfind('/');
    if (slash != std::string::npos) add(path.substr(0, slash) + "/impl" + path.substr(slash) + "Impl.java");
  }

  void python(std::string_view from, std::string_view names, std::string_view modules) {
    std::vector<std::string> dotted;
    if (!from.empty()) {
      std::string base(from);
      const std::size_t dots = base.find_first_not_of('.');
      const bool relative = dots != 0;
      if (relative) base.erase(0, dots == std::string::npos ? base.size() : dots);
      dotted.push_back(base);
      for (const std::string& name : words(names))
        dotted.push_back(base.empty() ? name : base + "." + name);
    } else {
      dotted = words(modules);
    }
    for (const std::string& name : dotted) {
      if (name.empty()) continue;
      for (std::string base = folder_;; base = folder_of(base)) {
        add(joined(base, slashes(name) + ".py"));
        if (base.empty()) break;
      }
    }
  }

  void php(std::string_view included, std::string_view used, std::string_view named) {
    if (!included.empty()) {
      const std::string file(included.starts_with('/') ? included.substr(1) : included);
      add(joined(folder_, file));
      return add(file);
    }
    if (!used.empty()) {  // App\Models\User: in App/, app/ or src/
      std::string path(used);
      std::ranges::replace(path, '\\', '/');
      if (!space_.empty() && path.starts_with(space_)) add(joined(root_, path.substr(space_.size()) + ".php"));
      add(path + ".php");
      const std::size_t slash = path.find('/');
      if (slash == std::string::npos) return;
      std::string small = path;
      small[0] = static_cast<char>(small[0] | 0x20);
      add(small + ".php");
      if (space_.empty() && !folder_.empty()) {  // a front script in shop/public
        add(joined(folder_of(folder_), "src" + path.substr(slash) + ".php"));
        add(joined(folder_of(folder_), "app" + path.substr(slash) + ".php"));
      }
      return add("src" + path.substr(slash) + ".php");
    }
    if (named.size() > 2) add(joined(folder_, std::string(named) + ".php"));
  }

  void ruby(std::string_view relative, std::string_view constant) {
    if (!relative.empty())
      return add(joined(folder_, std::string(relative) + (relative.ends_with(".rb") ? "" : ".rb")));
    const std::string file = snake(constant) + ".rb";
    for (const char* place : {"app/models", "app/services", "app/helpers", "app/lib", "lib"})
      add(joined(joined(root_, place), file));
    add(joined(folder_, file));
  }

  void csharp(const std::string& name) {
    const std::string above = std::filesystem::path(folder_).parent_path().generic_string();
    add(joined(folder_, name + ".cs"));
    for (const char* place : {"Services", "Data", "Repositories", "Helpers", "Models"})
      add(joined(joined(above, place), name + ".cs"));
  }

  void script(std::string_view name) {
    std::string path = joined(folder_, std::string(name));
    if (!name.starts_with('.')) path = below_alias(name.substr(2));
    if (path.empty()) return;
    for (const char* ending : {"", ".js", ".ts", ".mjs", ".tsx", ".jsx", "/index.js", "/index.ts"})
      add(path + ending);
  }

  // "@/lib/users": in the nearest folder above that holds "lib", itself or in its "src"; empty: there is none.
  std::string below_alias(std::string_view name) const {
    const std::string first(name.substr(0, name.find('/')));
    for (std::string base = folder_;; base = folder_of(base)) {
      for (const std::string& place : {base, joined(base, "src")}) {
        const auto holds = [&](std::string_view ending) {
          return is_there_(joined(place, first + std::string(ending)));
        };
        if (holds("") || (first == name && (holds(".ts") || holds(".js")))) return joined(place, std::string(name));
      }
      if (base.empty()) return {};
    }
  }

  std::string_view text_;
  Grammar grammar_;
  IsThere is_there_;
  std::string folder_;
  std::string root_;   // of Java's packages, of an application in Ruby; where the names that begin with space_ lie
  std::string space_;  // of PHP
  std::vector<std::string> paths_;
  std::set<std::string> known_;
};

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
  static const Regex pattern = compiled(R"(\bexport\s+(?:\*|\{)[^'";]*?\bfrom\s+['"]\.[^'"\n]+['"])");
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
      digest_(code::digest_of(text_)),
      grammar_(grammar) {}

const code::dataflow::Dealings& Neighbour::dealings() const {
  std::call_once(asked_, [this] { dealings_ = code::dataflow::Gate::of(grammar_).dealings({text_, grammar_}); });
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
  std::call_once(parsed_, [this] { tree_ = code::Tree::parse(text_, grammar_); });
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

// A tree takes about ten times as much as its text.
std::size_t size_of(const std::shared_ptr<const Neighbour>& neighbour, const std::string& key) {
  return key.size() + (neighbour == nullptr ? 0 : neighbour->text().size() * 11);
}

}  // namespace

std::shared_ptr<const Neighbour> Neighbours::find(const std::string& path, Grammar grammar) const {
  const std::string key = fmt::format("{}\n{}", static_cast<int>(grammar), path);
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = kept_.find(key); known != kept_.end()) return known->second;
  }
  std::shared_ptr<Neighbour> made;
  if (std::string text = read_below(root_, path); !text.empty()) {
    // What is declared in another file of the package, or is included, needs no name in front.
    const bool plain = grammar == Grammar::kGo || grammar == Grammar::kPhp || grammar == Grammar::kRuby;
    made = std::make_shared<Neighbour>(path, plain ? "." : name_of_file(path, grammar), std::move(text), grammar);
  }
  const std::lock_guard lock(mutex_);
  const auto [place, is_new] = kept_.emplace(key, made);
  if (!is_new) return place->second;
  order_.push_back(key);
  kept_bytes_ += size_of(made, key);
  while (kept_bytes_ > kMaxKeptNeighbours_bytes && order_.size() > 1) {
    const auto oldest = kept_.find(order_.front());
    kept_bytes_ -= size_of(oldest->second, oldest->first);
    kept_.erase(oldest);
    order_.pop_front();
  }
  return made;
}

std::shared_ptr<const Neighbour> Neighbours::self(const code::Source& source, Grammar grammar) const {
  if (root_.empty() || source.text().size() > code::kMaxDependency_bytes) return nullptr;
  auto found = find(std::string(source.path()), grammar);
  return found != nullptr && found->text() == source.text() ? found : nullptr;
}

// Go: the files of the same folder that declare a function which is called here.
std::vector<std::shared_ptr<const Neighbour>> Neighbours::package_of(const code::Subject& subject) const {
  const code::Source& source = subject.source();
  std::vector<std::shared_ptr<const Neighbour>> result;
  std::set<std::string_view> called;
  for_each_call(source.text(), [&](std::string_view name, std::string_view) {
    if (called.size() < kMaxCandidates) called.insert(name);
  });
  const std::string folder = std::filesystem::path(std::string(source.path())).parent_path().generic_string();
  const auto names = names_in(folder);
  subject.depends_on(folder + "/", code::digest_of(code::folder_text(*names)));
  std::size_t sources = 0;
  for (const std::string& name : *names) {
    if (!name.ends_with(".go") || name.ends_with("_test.go")) continue;  // of the package, without its tests
    if (result.size() >= kMaxNeighbours || ++sources > kMaxFolder_files) break;
    const std::string path = joined(folder, name);
    if (path == source.path()) continue;
    const auto neighbour = find(path, Grammar::kGo);
    subject.depends_on(path, neighbour == nullptr ? std::string() : neighbour->digest());
    const bool used = neighbour != nullptr && std::ranges::any_of(called, [&](std::string_view function) {
                        return neighbour->declares(function);
                      });
    if (used) result.push_back(neighbour);
  }
  return result;
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
  if (grammar == Grammar::kGo) return package_of(subject);
  const auto depend = [&](const std::string& path) {
    auto neighbour = is_there(path) ? find(path, grammar) : nullptr;
    subject.depends_on(path, neighbour == nullptr ? std::string() : neighbour->digest());
    return neighbour;
  };
  const auto add = [&](const std::vector<std::string>& paths) {
    for (const std::string& path : paths) {
      if (result.size() >= kMaxNeighbours) return;
      if (path == source.path()) continue;
      auto neighbour = depend(path);
      if (neighbour == nullptr || std::ranges::find(result, neighbour) != result.end()) continue;
      result.push_back(std::move(neighbour));
    }
  };
  const auto there = [this](const std::string& path) { return is_there(path); };
  add(Candidates(source.path(), source.text(), grammar, there).find());
  if (!code::dataflow::is_script(grammar)) return result;
  for (std::size_t i = 0, own = result.size(); i < own; ++i) {
    const Neighbour& one = *result[i];
    if (!one.passed_on().empty()) add(Candidates(one.path(), one.passed_on(), grammar, there).find());
  }
  const auto imported = [&](const Neighbour& one) {
    Neighbour::List others;
    for (const std::string& path : Candidates(one.path(), one.text(), grammar, there).find()) {
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
      depend(path);
  }
  return result;
}

}  // namespace commandcenter::security_scanner
