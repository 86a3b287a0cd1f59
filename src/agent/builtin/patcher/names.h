// What one name means in one file of JavaScript, TypeScript or Python: where it is declared, which places mean that
// declaration, what comes from other modules and what goes to them. Private to this folder.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/characters.h"
#include "code/syntax/syntax.h"

namespace commandcenter::patcher {

enum class Role {
  kDeclares,
  kRefers,
  kMember,             // a.name, {name: …}, names of methods and fields
  kShorthand,          // {name} in an object: a member, and a reference
  kShorthandDeclares,  // {name} in a pattern: a member, and a declaration
  kImports,            // import {name} from "m": the module's name, and a declaration
  kImportsAs,          // the left side of {name as other}: the module's name only
  kExports,            // export {name}, export {name as other}
  kExportsFrom,        // export {name} from "m"
  kListed,             // "name" in __all__
};

struct Occurrence {
  std::size_t begin = 0;
  std::size_t end = 0;
  Role role = Role::kRefers;
  code::NodeId node = 0;
  code::NodeId scope = 0;   // of a declaration: where the name is known from then on
  bool imported = false;    // a declaration that stands for something of another module
  bool renamed_as = false;  // an export under another name
  bool exported = false;    // a declaration that is exported as it is, or a member of module.exports
  std::string source{};     // the module that it comes from, as written
  std::string object{};     // of a member: what stands in front of the dot
};

struct Names {
  std::vector<Occurrence> all;
  std::set<code::NodeId> declared;                 // scopes
  std::map<code::NodeId, std::size_t> known_from;  // of a class of Python: where the name is its own from then on
  std::map<std::string, std::string> namespaces;   // names that stand for whole modules, and which
  bool is_module = false;                          // it imports or exports something

  // The scope whose declaration the node means; nothing when no one in the file is meant.
  std::optional<code::NodeId> resolve(const code::Tree& tree, code::NodeId node) const;
};

// Of a name in any of the languages.
constexpr bool is_name_part(char c) {
  return is_word(c) || c == '$' || static_cast<unsigned char>(c) >= 0x80;
}

bool is_python(code::Grammar grammar);
bool is_script(code::Grammar grammar);

Names names_in_script(const code::Tree& tree, std::string_view name);
Names names_in_python(const code::Tree& tree, std::string_view name);
Names names_in(const code::Tree& tree, std::string_view name);

// The nearest ancestor of one of these kinds; kNoNode when there is none.
code::NodeId ancestor(const code::Tree& tree, code::NodeId node, std::initializer_list<std::string_view> kinds);
std::string unquoted_text(const code::Tree& tree, code::NodeId string);

}  // namespace commandcenter::patcher
