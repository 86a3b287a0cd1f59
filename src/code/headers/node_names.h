// What names mean in the files of a Node site: modules that were imported, variables that hold applications and
// routers, where routers are mounted, and which helmet the manifest asks for.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "code/headers/helmet.h"
#include "code/headers/program.h"

namespace commandcenter::code::headers {

struct Import {
  std::string module;
  std::string member;  // "" for the module itself
};

struct Mounted {
  bool whole = false;
  std::size_t file = 0;
  std::size_t offset = static_cast<std::size_t>(-1);
  std::string path;
};

bool whole_path(const Value& path);  // "/", "*" and their like

class NodeNames {
 protected:
  explicit NodeNames(Texts files);

  const Tokens& tokens(std::size_t code) const { return program_.code()[code].tokens; }
  std::size_t file(std::size_t code) const { return program_.code()[code].file; }

  Program program_;
  std::string framework_;  // empty when no file makes an application
  std::size_t main_file_ = 0;
  int version_ = kUnknownVersion;  // of helmet
  std::map<std::string, Import, std::less<>> imports_;
  std::set<std::string, std::less<>> apps_;
  std::set<std::string, std::less<>> routers_;
  std::map<std::string, Mounted, std::less<>> mounts_;

 private:
  void collect_imports(std::size_t code);
  void names_of(std::size_t code, Range range, const std::string& module);
  void read_versions(Texts files);
  bool module_is(std::string_view name, std::string_view module) const;
  bool is_member(std::string_view name, std::string_view module) const;
  void collect_variables(std::size_t code);
  void collect_mounts(std::size_t code);
  void collect_plugin(std::size_t code);
};

}  // namespace commandcenter::code::headers
