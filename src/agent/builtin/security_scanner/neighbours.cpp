// From what a file imports to paths that may exist.
#include "agent/builtin/security_scanner/neighbours.h"

#include <fcntl.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include <fmt/format.h>

#include "base/assert.h"
#include "base/regex.h"
#include "code/dataflow/gate.h"
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
  static const Regex java = compiled(R"(\b((?:[a-z_]\w*\.)+[A-Z]\w*)|\bnew\s+([A-Z]\w*)|\b([A-Z]\w*)\.\w+\()");
  static const Regex python =
      compiled(R"((?m)^\s*(?:from\s+([.\w]+)\s+import\s+\(?([\w, \t]+)|import\s+([\w., \t]+)))");
  static const Regex script = compiled(R"((?:require\(\s*|from\s+|import\s+)['"](\.[^'"\n]+)['"])");
  return grammar == Grammar::kJava ? java : grammar == Grammar::kPython ? python : script;
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

std::string joined(const std::string& folder, const std::string& name) {
  return folder.empty() ? name : folder + "/" + name;
}

class Candidates {
 public:
  Candidates(const code::Source& source, Grammar grammar) : text_(source.text()), grammar_(grammar) {
    const std::string path(source.path());
    folder_ = std::filesystem::path(path).parent_path().generic_string();
  }

  std::vector<std::string> find() {
    if (grammar_ == Grammar::kJava) find_source_root();
    std::size_t from = 0;
    while (paths_.size() < kMaxCandidates) {
      const auto match = pattern(grammar_).search(text_, from);
      if (!match) break;
      from = static_cast<std::size_t>((*match)[0].data() - text_.data()) + (*match)[0].size();
      if (grammar_ == Grammar::kJava)
        java((*match)[1], (*match)[2].empty() ? (*match)[3] : (*match)[2]);
      else if (grammar_ == Grammar::kPython)
        python((*match)[1], (*match)[2], (*match)[3]);
      else
        script((*match)[1]);
    }
    return std::move(paths_);
  }

 private:
  void add(const std::string& path) {
    const std::string normal = std::filesystem::path(path).lexically_normal().generic_string();
    if (normal.starts_with("..") || normal.starts_with('/')) return;
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

  void java(std::string_view full, std::string_view simple) {
    for (const std::string_view others : {"java.", "javax.", "org.springframework.", "org.apache.", "jakarta."}) {
      if (full.starts_with(others)) return;
    }
    if (!full.empty()) return add(joined(root_, slashes(full) + ".java"));
    if (simple.size() > 3) add(joined(folder_, std::string(simple) + ".java"));
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
      for (std::string base = folder_;; base = std::filesystem::path(base).parent_path().generic_string()) {
        add(joined(base, slashes(name) + ".py"));
        if (base.empty()) break;
      }
    }
  }

  void script(std::string_view name) {
    const std::string path = joined(folder_, std::string(name));
    for (const char* ending : {"", ".js", ".ts", ".mjs", ".tsx", ".jsx", "/index.js", "/index.ts"})
      add(path + ending);
  }

  std::string_view text_;
  Grammar grammar_;
  std::string folder_;
  std::string root_;  // of Java's packages
  std::vector<std::string> paths_;
  std::set<std::string> known_;
};

// Every folder on the way is opened without following links, so that nothing outside the root is read.
std::string read_below(const std::string& root, const std::string& path) {
  code::Descriptor folder(::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  std::size_t begin = 0;
  for (std::size_t slash = path.find('/'); slash != std::string::npos; slash = path.find('/', begin)) {
    if (!folder.valid()) return {};
    const std::string part = path.substr(begin, slash - begin);
    folder = code::Descriptor(::openat(folder.get(), part.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    begin = slash + 1;
  }
  if (!folder.valid()) return {};
  std::string reason;
  code::FileBuffer buffer(code::kMaxDependency_bytes);
  return std::string(buffer.read(folder.get(), path.c_str() + begin, reason));
}

}  // namespace

Neighbour::Neighbour(std::string name, std::string text, Grammar grammar)
    : name_(std::move(name)), text_(std::move(text)), digest_(code::digest_of(text_)), grammar_(grammar) {}

void Neighbour::ask() const {
  static const Regex statement =
      compiled(R"((?i)["'`]\s*(select|insert\s+into|update|delete\s+from|where|and|from)\s)");
  std::call_once(asked_, [this] {
    source_ = code::dataflow::Gate::of(grammar_).speaks_of_source(text_);
    statements_ = statement.found_in(text_);
  });
}

bool Neighbour::speaks_of_source() const {
  ask();
  return source_;
}

bool Neighbour::speaks_of_statements() const {
  ask();
  return statements_;
}

const code::Tree* Neighbour::tree() const {
  std::call_once(parsed_, [this] { tree_ = code::Tree::parse(text_, grammar_); });
  return tree_ ? &*tree_ : nullptr;
}

namespace {

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
    made = std::make_shared<Neighbour>(std::filesystem::path(path).stem().string(), std::move(text), grammar);
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

std::vector<std::shared_ptr<const Neighbour>> Neighbours::of(const code::Subject& subject, Grammar grammar) const {
  const code::Source& source = subject.source();
  std::vector<std::shared_ptr<const Neighbour>> result;
  const bool script = grammar == Grammar::kJavaScript || grammar == Grammar::kTypeScript || grammar == Grammar::kTsx;
  if (root_.empty() || !(script || grammar == Grammar::kJava || grammar == Grammar::kPython)) return result;
  for (const std::string& path : Candidates(source, grammar).find()) {
    if (result.size() >= kMaxNeighbours) break;
    if (path == source.path()) continue;
    auto neighbour = find(path, grammar);
    subject.depends_on(path, neighbour == nullptr ? std::string() : neighbour->digest());
    if (neighbour != nullptr) result.push_back(std::move(neighbour));
  }
  return result;
}

}  // namespace commandcenter::security_scanner
