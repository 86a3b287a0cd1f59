// Files of the same repository that a file uses: its functions may be called with a user's data. Read on demand, parsed
// once. Safe to use from several threads.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "code/dataflow/gate.h"
#include "code/scan/scan.h"
#include "code/syntax/syntax.h"

namespace commandcenter::security_scanner {

inline constexpr std::size_t kMaxNeighbours = 12;  // of one file
inline constexpr std::size_t kMaxFolder_files = 200;
inline constexpr std::size_t kMaxKeptFolders = 4'096;
inline constexpr std::size_t kMaxKeptNeighbours_bytes = std::size_t{8} << 20;  // of texts and trees

// From any thread. Its tree is made when it is first asked for.
class Neighbour {
 public:
  Neighbour(std::string path, std::string name, std::string text, code::Grammar grammar);
  const std::string& path() const { return path_; }  // below the root
  const std::string& text() const { return text_; }
  const std::string& name() const { return name_; }  // without folders and extension; ".": called without it
  const std::string& digest() const;                 // of its text; made when it is asked for
  const code::dataflow::Dealings& dealings() const;
  // With what it hands on to those that it imports itself.
  const code::dataflow::Dealings& deep_dealings() const;
  // The same of one file, from any thread: `behind` finds those, and is called once.
  using List = std::vector<std::shared_ptr<const Neighbour>>;
  void look_behind(const std::function<List(const Neighbour&)>& behind) const;
  const std::vector<std::string>& imports() const { return imports_; }  // paths, when it has looked behind
  const std::vector<std::string>& behind() const { return behind_; }    // those whose functions it uses
  bool declares(std::string_view function) const;                       // of Go
  const std::string& passed_on() const;  // of scripts: the exports of what other files hold
  bool page() const { return page_; }    // shown by those that use it
  const std::string& code() const;       // what the tree is made of: of a page, as long as its text
  const code::Tree* tree() const;        // null: it is too large, or takes too long
  std::size_t size_bytes() const { return text_.size() + tree_bytes_.load(std::memory_order_relaxed); }

 private:
  std::string path_;
  std::string name_;
  std::string text_;
  code::Grammar grammar_;
  bool page_;
  std::string code_;  // empty: the text
  mutable std::once_flag digested_;
  mutable std::string digest_;
  mutable std::once_flag asked_;
  mutable code::dataflow::Dealings dealings_;  // parts of the text
  mutable std::once_flag looked_;
  mutable std::optional<code::dataflow::Dealings> deep_;
  mutable std::vector<std::string> imports_;
  mutable std::vector<std::string> behind_;
  mutable std::once_flag listed_;
  mutable std::vector<std::string_view> functions_;  // of Go, in order
  mutable std::once_flag read_;
  mutable std::string passed_on_;
  mutable std::once_flag parsed_;
  mutable std::optional<code::Tree> tree_;
  mutable std::atomic<std::size_t> tree_bytes_ = 0;
};

class Neighbours {
 public:
  // `root`: the folder that paths are relative to; empty: there are no other files.
  explicit Neighbours(std::string root) : root_(std::move(root)) {}

  // The file itself, whose tree may be there already: it is a neighbour of others. Null when it is not on the disk as
  // it is here.
  std::shared_ptr<const Neighbour> self(const code::Source& source, code::Grammar grammar) const;
  // The subject depends on them, and on those that are not there.
  std::vector<std::shared_ptr<const Neighbour>> of(const code::Subject& subject, code::Grammar grammar) const;

 private:
  using Names = std::vector<std::string>;
  struct GoModule {
    std::string folder;
    std::string name;  // empty: there is none
  };
  std::vector<std::shared_ptr<const Neighbour>> packages_of(const code::Subject& subject) const;
  Names packages_without_module(std::string_view text, const std::string& folder) const;
  GoModule module_of(const code::Subject& subject, std::string folder) const;
  std::shared_ptr<const Names> names_in(const std::string& folder) const;
  bool is_there(const std::string& path) const;
  // `package`: of Go, what the functions of another one are called with.
  std::shared_ptr<const Neighbour> find(const std::string& path, code::Grammar grammar,
                                        const std::string& package = {}) const;

  // What was found under a key.
  struct Kept {
    std::shared_ptr<const Neighbour> neighbour;  // null: there is no such file
    std::size_t size_bytes = 0;                  // as it was counted; a tree may have been made since
    std::list<std::string>::iterator place;      // in `order_`
  };
  // It stays longer than what is asked for no more.
  std::shared_ptr<const Neighbour> asked_again(Kept& kept) const;

  std::string root_;
  mutable std::mutex mutex_;
  mutable std::map<std::string, std::shared_ptr<const Names>> folders_;  // what they hold, in order
  mutable std::map<std::string, Kept> kept_;
  mutable std::list<std::string> order_;  // keys of what is kept, that which is asked for last at the end
  mutable std::size_t kept_bytes_ = 0;
};

}  // namespace commandcenter::security_scanner
