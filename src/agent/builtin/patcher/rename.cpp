// simple-refactor: an identifier gets another name. In JavaScript, TypeScript and Python what it means decides, over
// files and modules; in other languages it is renamed word by word.
#include <algorithm>
#include <array>
#include <deque>
#include <map>

#include <fmt/format.h>

#include "agent/builtin/patcher/config_formats.h"
#include "agent/builtin/patcher/modules.h"
#include "agent/builtin/patcher/names.h"
#include "agent/builtin/patcher/operations.h"
#include "code/source/source.h"

namespace commandcenter::patcher {
namespace {

using code::NodeId;

constexpr std::array<std::string_view, 12> kWordLanguages{".java", ".go", ".kt", ".rb", ".php",   ".cs",
                                                          ".c",    ".h",  ".cc", ".rs", ".swift", ".scala"};
constexpr std::array<std::string_view, 3> kMoreWordLanguages{".cpp", ".hpp", ".dart"};
constexpr int kMaxReexports = 20;  // export * from …, one behind the other

bool is_identifier(std::string_view text) {
  return !text.empty() && !(text.front() >= '0' && text.front() <= '9') && std::ranges::all_of(text, is_word);
}

// A file that holds the name, and what it means there.
struct Unit {
  std::string path;
  std::string text;
  std::optional<code::Tree> tree;
  Names names;
  std::set<NodeId> chosen;              // scopes whose declaration is renamed
  bool exports = false;                 // others know it by that name, and it is renamed
  std::set<const Occurrence*> follows;  // names of other modules that are renamed there
};

class Renaming {
 public:
  Renaming(const Request& request, Files& files, Remarks& remarks)
      : request_(request), files_(files), remarks_(remarks) {}

  Result<void> run(const std::vector<std::string>& all) {
    paths_ = {all.begin(), all.end()};
    for (const std::string& path : all) {
      if (auto taken = take(path); !taken) return taken;
    }
    choose();
    spread();
    if (auto free = check_conflicts(); !free) return free;
    for (const Unit& unit : units_) {
      if (auto written = write(unit); !written) return written;
    }
    return {};
  }

  std::int64_t count() const { return count_; }

 private:
  bool wanted(const std::string& path) const {
    return request_.file.empty() || path.find(request_.file) != std::string::npos;
  }

  Result<void> take(const std::string& path) {
    const bool words =
        std::ranges::any_of(kWordLanguages, [&](std::string_view end) { return path.ends_with(end); }) ||
        std::ranges::any_of(kMoreWordLanguages, [&](std::string_view end) { return path.ends_with(end); });
    const auto grammar = code::grammar_of(code::Source(path, ""));
    const bool scopes = grammar && (is_script(*grammar) || is_python(*grammar));
    if (!scopes && !(words && wanted(path))) return {};
    auto text = files_.read(path);
    if (!text) {
      remarks_.notes.push_back(text.error().message);
      return {};
    }
    if (text->find(*request_.old_value) == std::string::npos) return {};
    if (!scopes) return by_words(path, *text);
    Unit& unit = units_.emplace_back();
    unit.path = path;
    unit.text = std::move(*text);
    unit.tree = code::Tree::parse(unit.text, *grammar);
    if (unit.tree) {
      unit.names = names_in(*unit.tree, *request_.old_value);
      return {};
    }
    const std::string large = std::move(unit.text);
    units_.pop_back();
    return wanted(path) ? by_words(path, large) : Result<void>();
  }

  Result<void> by_words(const std::string& path, const std::string& text) {
    std::int64_t count = 0;
    bool taken = false;
    std::string fresh = rename_words(text, path, request_, count, taken);
    if (count == 0) return {};
    count_ += count;
    if (taken) remarks_.notes.push_back(fmt::format("{} has a {} already", path, *request_.new_value));
    return files_.write(path, std::move(fresh));
  }

  std::size_t line_of(const Unit& unit, std::size_t offset) const {
    return static_cast<std::size_t>(
               std::count(unit.text.begin(), unit.text.begin() + static_cast<std::ptrdiff_t>(offset), '\n')) +
           1;
  }

  // What is meant: the declaration at the line, else those of whole modules, else all others, else members.
  void choose() {
    for (const bool whole_modules : {true, false}) {
      bool any = false;
      for (Unit& unit : units_) {
        if (!wanted(unit.path)) continue;
        for (const Occurrence& one : unit.names.all) {
          const bool declares = one.role == Role::kDeclares || one.role == Role::kShorthandDeclares;
          if (request_.line != 0) {
            if (line_of(unit, one.begin) != request_.line) continue;
            const auto scope = unit.names.resolve(*unit.tree, one.node);
            if (scope)
              any = unit.chosen.insert(declares || one.role == Role::kImports ? one.scope : *scope).second || any;
          } else if (declares && !one.imported && (one.scope == 0 || !whole_modules)) {
            any = unit.chosen.insert(one.scope).second || any;
          }
        }
      }
      if (any || request_.line != 0) return;
    }
    members_ = true;
  }

  std::optional<std::string> module_of(const Unit& unit, const std::string& source) const {
    return is_python(unit.tree->grammar()) ? python_module(unit.path, source, paths_)
                                           : script_module(unit.path, source, paths_);
  }

  Unit* unit_of(const std::string& path) {
    const auto found = std::ranges::find(units_, path, &Unit::path);
    return found == units_.end() ? nullptr : &*found;
  }

  // Whether a module hands the renamed thing out under the old name, itself or by "export * from".
  bool hands_out(const std::string& path, int depth = 0) {
    if (const Unit* unit = unit_of(path); unit != nullptr && unit->exports) return true;
    if (depth >= kMaxReexports || path.ends_with(".py")) return false;
    const auto text = files_.read(path);
    if (!text) return false;
    for (std::size_t at = text->find("export"); at != std::string::npos; at = text->find("export", at + 1)) {
      std::size_t next = text->find_first_not_of(" \t\r\n", at + 6);
      if (next == std::string::npos || (*text)[next] != '*') continue;
      next = text->find_first_not_of(" \t\r\n", next + 1);
      if (next == std::string::npos || text->compare(next, 4, "from") != 0) continue;
      const std::size_t open = text->find_first_of("\"'", next);
      const std::size_t close = open == std::string::npos ? open : text->find((*text)[open], open + 1);
      if (close == std::string::npos) continue;
      const auto target = script_module(path, text->substr(open + 1, close - open - 1), paths_);
      if (target && hands_out(*target, depth + 1)) return true;
    }
    return false;
  }

  bool update_exports(Unit& unit) {
    if (unit.exports) return false;
    for (const Occurrence& one : unit.names.all) {
      const bool here = one.scope == 0 && unit.chosen.contains(0);
      const auto meant = [&] {
        const auto scope = unit.names.resolve(*unit.tree, one.node);
        return scope && unit.chosen.contains(*scope);
      };
      const bool python = is_python(unit.tree->grammar());
      if (python && here && (one.role == Role::kDeclares || one.role == Role::kImports)) unit.exports = true;
      if (one.role == Role::kDeclares && one.exported && here) unit.exports = true;
      if (one.role == Role::kExports && !one.renamed_as && meant()) unit.exports = true;
      if (one.role == Role::kExportsFrom && !one.renamed_as && unit.follows.contains(&one)) unit.exports = true;
      if (one.role == Role::kShorthand && one.exported && meant()) unit.exports = true;
      if (one.role == Role::kMember && one.exported && unit.chosen.contains(0)) unit.exports = true;
    }
    return unit.exports;
  }

  // From the modules that declare it to those that import it, until nothing is new.
  void spread() {
    bool moved = !members_;
    for (Unit& unit : units_)
      update_exports(unit);
    while (moved) {
      moved = false;
      for (Unit& unit : units_) {
        for (const Occurrence& one : unit.names.all) {
          if (one.source.empty() || unit.follows.contains(&one)) continue;
          const auto module = module_of(unit, one.source);
          if (!module || !hands_out(*module)) continue;
          unit.follows.insert(&one);
          if (one.role == Role::kImports || one.role == Role::kShorthandDeclares) unit.chosen.insert(one.scope);
          moved = true;
        }
        moved = update_exports(unit) || moved;
      }
    }
    // Scripts without modules share their names.
    const bool shared = !members_ && request_.line == 0 && std::ranges::any_of(units_, [](const Unit& unit) {
      return !unit.names.is_module && unit.chosen.contains(0);
    });
    for (Unit& unit : units_) {
      if (shared && !unit.names.is_module) unit.chosen.insert(kGlobal);
    }
  }

  bool is_meant(const Unit& unit, const Occurrence& one) const {
    const auto scope = unit.names.resolve(*unit.tree, one.node);
    return unit.chosen.contains(scope.value_or(kGlobal));
  }

  // What stands there afterwards; nothing when it stays.
  std::optional<std::string> replacement(const Unit& unit, const Occurrence& one) const {
    const std::string& fresh = *request_.new_value;
    const std::string& old = *request_.old_value;
    const bool follows = unit.follows.contains(&one);
    if (members_) {
      if (one.role == Role::kMember) return fresh;
      if (one.role == Role::kShorthand || one.role == Role::kShorthandDeclares) return fresh + ": " + old;
      return std::nullopt;
    }
    switch (one.role) {
      case Role::kDeclares:
        return unit.chosen.contains(one.scope) ? std::optional(fresh) : std::nullopt;
      case Role::kRefers:
      case Role::kExports:
        return is_meant(unit, one) ? std::optional(fresh) : std::nullopt;
      case Role::kShorthand:
        if (!is_meant(unit, one)) return std::nullopt;
        return one.exported && unit.exports ? fresh : old + ": " + fresh;
      case Role::kShorthandDeclares:
        if (!unit.chosen.contains(one.scope)) return std::nullopt;
        return follows ? fresh : old + ": " + fresh;
      case Role::kImports:
        if (follows) return fresh;
        return unit.chosen.contains(one.scope) ? std::optional(old + " as " + fresh) : std::nullopt;
      case Role::kImportsAs:
      case Role::kExportsFrom:
        return follows ? std::optional(fresh) : std::nullopt;
      case Role::kListed:
        return unit.exports ? std::optional(fresh) : std::nullopt;
      case Role::kMember:
        return is_member_meant(unit, one) ? std::optional(fresh) : std::nullopt;
    }
    return std::nullopt;
  }

  bool is_member_meant(const Unit& unit, const Occurrence& one) const {
    if (one.exported) return unit.exports;
    const auto space = unit.names.namespaces.find(one.object);
    if (space == unit.names.namespaces.end()) return false;
    const auto module = module_of(unit, space->second);
    return module && const_cast<Renaming*>(this)->hands_out(*module);
  }

  // The new name must mean nothing else wherever it comes to stand, and must not take over what it means now.
  Result<void> check_conflicts() const {
    for (const Unit& unit : units_) {
      if (unit.text.find(*request_.new_value) == std::string::npos || unit.chosen.empty()) continue;
      const Names others = names_in(*unit.tree, *request_.new_value);
      const auto conflict = [&](std::size_t offset) {
        return fail(ErrorCode::kConflict,
                    fmt::format("{}:{} has a {} already, which would be mixed up with it (no changes made)", unit.path,
                                line_of(unit, offset), *request_.new_value));
      };
      for (const Occurrence& other : others.all) {
        const bool declares =
            other.role == Role::kDeclares || other.role == Role::kImports || other.role == Role::kShorthandDeclares;
        if (declares && unit.chosen.contains(other.scope)) return conflict(other.begin);
        if (other.role == Role::kRefers || other.role == Role::kShorthand) {
          // It would find the renamed declaration on its way to its own.
          const auto own = others.resolve(*unit.tree, other.node);
          for (NodeId at = other.node; at != code::kNoNode && at != own.value_or(code::kNoNode);
               at = unit.tree->node(at).parent) {
            if (unit.chosen.contains(at)) return conflict(other.begin);
          }
        }
      }
      for (const Occurrence& one : unit.names.all) {
        if ((one.role != Role::kRefers && one.role != Role::kShorthand) || !is_meant(unit, one)) continue;
        const NodeId own = unit.names.resolve(*unit.tree, one.node).value_or(code::kNoNode);
        for (NodeId at = one.node; at != code::kNoNode && at != own; at = unit.tree->node(at).parent) {
          if (others.declared.contains(at)) return conflict(one.begin);
        }
      }
    }
    return {};
  }

  // Words in strings and comments, if that is wanted.
  void add_texts(const Unit& unit, std::vector<Edit>& edits) const {
    for (NodeId id = 0; id < unit.tree->nodes().size(); ++id) {
      const std::string_view kind = unit.tree->kind_name(id);
      const bool leaf = kind == "comment" || kind == "string_fragment" || kind == "string_content" ||
                        kind == "jsx_text" || kind == "html_comment";
      if (!leaf) continue;
      const std::string_view text = unit.tree->text(id);
      for (std::size_t at = text.find(*request_.old_value); at != std::string_view::npos;
           at = text.find(*request_.old_value, at + 1)) {
        const std::size_t end = at + request_.old_value->size();
        const bool whole = (at == 0 || !is_name_part(text[at - 1])) && (end == text.size() || !is_name_part(text[end]));
        const std::size_t offset = unit.tree->node(id).begin + at;
        const bool known = std::ranges::any_of(edits, [&](const Edit& edit) { return edit.offset == offset; });
        if (whole && !known) edits.push_back({offset, end - at, *request_.new_value});
      }
    }
  }

  Result<void> write(const Unit& unit) {
    std::vector<Edit> edits;
    for (const Occurrence& one : unit.names.all) {
      if (members_ && !wanted(unit.path)) continue;
      if (auto fresh = replacement(unit, one)) edits.push_back({one.begin, one.end - one.begin, std::move(*fresh)});
    }
    if (request_.in_strings && (!edits.empty() || wanted(unit.path))) add_texts(unit, edits);
    if (edits.empty()) return {};
    count_ += static_cast<std::int64_t>(edits.size());
    return files_.write(unit.path, edited(unit.text, std::move(edits)));
  }

  static constexpr NodeId kGlobal = code::kNoNode;  // what no declaration of the file is meant by

  const Request& request_;
  Files& files_;
  Remarks& remarks_;
  Paths paths_;
  std::deque<Unit> units_;  // trees point into their texts
  bool members_ = false;
  std::int64_t count_ = 0;
};

}  // namespace

Result<void> rename_identifier(const Request& request, Files& files, Remarks& remarks) {
  if (!request.old_value || request.old_value->empty() || !request.new_value)
    return fail(ErrorCode::kInvalid, "oldValue and newValue required for simple-refactor");
  if (!is_identifier(*request.old_value) || !is_identifier(*request.new_value)) {
    return fail(ErrorCode::kInvalid, fmt::format("simple-refactor renames an identifier; \"{}\" to \"{}\" is another "
                                                 "replacement: use security-patch with the file",
                                                 *request.old_value, *request.new_value));
  }
  const auto all = files.list(request.folder);
  if (!all) return fail(all.error());
  Renaming renaming(request, files, remarks);
  if (auto done = renaming.run(*all); !done) return done;
  if (renaming.count() == 0) return fail(ErrorCode::kNotFound, "No files matched refactor pattern");
  remarks.matches = renaming.count();
  return {};
}

}  // namespace commandcenter::patcher
