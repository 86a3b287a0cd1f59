// What is known of libraries and frameworks, as data: the files in models/, which are part of the executable.
// Immutable once made; may be used from several threads.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "code/dataflow/pattern.h"
#include "code/dataflow/value.h"
#include "code/rules/rules.h"
#include "code/syntax/syntax.h"

namespace commandcenter::code::dataflow {

// A rule, from models/rules.txt.
struct Rule {
  std::string id;
  std::string name;
  std::string cwe;
  std::string category;
  Severity severity = Severity::kMedium;
  Contexts context = 0;
  Level least = Level::kSource;  // how foreign data must be
  std::string message;           // what was found, for the finding
  std::string why;
  std::string fix;
  std::string language;  // of the examples: the extension of a file
  std::string bad;
  std::string good;
};

struct Condition {
  std::string argument;                     // position or name
  std::shared_ptr<const Pattern> expected;  // of its text; null: it is given
  std::shared_ptr<const Pattern> anywhere;  // in the text of a file where it holds; null: in any
  bool unless = false;
  std::string key{};  // of a member that the text has then: "verify" of "verify=false"
};

enum class Role : std::uint8_t {
  kSource,
  kSink,
  kClean,
  kFlag,
  kGuard,
  kExit,
  kAssign,
  kStore,
  kFill,
  kFeed,
  kSelf,
  kUndo
};
inline constexpr std::size_t kRoles = 12;

// One line of a model.
struct Entry {
  Role role = Role::kSource;
  std::vector<std::string> path;  // segments, the last first
  const Rule* rule = nullptr;
  Contexts contexts = 0;
  std::vector<std::string> arguments;
  std::string label;
  std::vector<Condition> conditions;
  std::shared_ptr<const Pattern> near;  // somewhere in the function
  std::shared_ptr<const Pattern> not_near;
  Level least = Level::kSource;
  bool needs_sql = false;                 // the text must look like a statement
  bool needs_build = false;               // the text must be put together
  bool needs_start = false;               // what is foreign must begin the text, or be all of it
  bool needs_html = false;                // the text must hold "<"
  bool is_format = false;                 // the arguments are a pattern and its values
  bool needs_page = false;                // the handler said that its answer is HTML
  bool is_fluent = false;                 // the call gives back its receiver
  std::string literal;                    // the argument that must be written as a text here; empty: none
  bool no_template = false;               // the argument is no text with values in it: that would be a template
  bool is_member = false;                 // of a source: not what is called
  bool routed = false;                    // of a source: only where the route leaves something open
  bool begins_slash = false;              // of a source: a path or an address without its host
  bool is_command = false;                // a list is harmless when it names a program that is no shell
  Contexts without = 0;                   // of a source: where its data is harmless
  std::shared_ptr<const Pattern> beside;  // on the line of the call, or in the name of its function
  std::shared_ptr<const Pattern> not_beside;
  bool when = true;                     // of a guard: which outcome of the test
  std::shared_ptr<const Pattern> file;  // somewhere in the file
  std::shared_ptr<const Pattern> not_file;
};

struct Marked {  // functions or parameters that are written in a certain way
  std::shared_ptr<const Pattern> pattern;
  std::shared_ptr<const Pattern> anywhere;  // in the text of a file that holds such; null: in any
  std::string label;
  const Rule* rule = nullptr;
  std::shared_ptr<const Pattern> file;  // somewhere in the file
  std::shared_ptr<const Pattern> not_file;
  std::shared_ptr<const Pattern> text;    // of the value
  std::shared_ptr<const Pattern> unless;  // of the marks
  std::string spelled{};                  // the pattern
  bool needs_page = false;                // after saying that the answer is HTML
  // What else must be in the text of a file that holds such.
  std::vector<std::shared_ptr<const Pattern>> parts{};
};

class Models {
 public:
  static const Models& of(Grammar grammar);

  // How something is called: from where it comes, the same from the last value whose type is known, and as written.
  struct Spelling {
    std::string_view path;
    std::string_view typed;
    std::string_view spelled;
  };
  struct ByRole {
    std::array<std::vector<Entry>, kRoles> entries;
    std::uint32_t roles = 0;  // those that have any: a bit for each
  };
  struct Listed {
    std::array<const ByRole*, 3> places{};
    std::uint32_t roles = 0;  // of any place
    bool may_have(Role role) const { return (roles >> static_cast<unsigned>(role) & 1U) != 0; }
  };

  // Where entries may be found, for any role.
  Listed listed(const Spelling& names) const;
  // Entries of a role whose path ends one of the names.
  void find(Role role, const Spelling& names, const Listed& listed, std::vector<const Entry*>& found) const;
  void find(Role role, std::string_view path, std::string_view typed, std::string_view spelled,
            std::vector<const Entry*>& found) const {
    const Spelling names{path, typed, spelled};
    find(role, names, listed(names), found);
  }

  std::vector<Marked> entries;   // functions all of whose parameters come from a user
  std::vector<Marked> params;    // parameters that do
  std::vector<Marked> excepts;   // parameters that do not, though their function is an entry
  std::vector<Marked> returns;   // functions whose result is shown
  std::vector<Marked> bodies;    // functions that are wrong when they do nothing, or only return true
  std::vector<Marked> patterns;  // sinks by a pattern of their name: needs_sql

 private:
  friend class ModelReader;
  friend class Gate;
  bool any_case_ = false;
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  std::unordered_map<std::string, ByRole, Hash, std::equal_to<>> by_last_;  // by the last part of the path
};

std::span<const Rule> rules();
const Rule* rule_named(std::string_view id);

}  // namespace commandcenter::code::dataflow
