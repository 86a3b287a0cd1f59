// What is asked for, in any of the names that clients use. Private to this folder.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace commandcenter::patcher {

enum class Operation { kDependency, kSecurity, kRefactor, kConfig, kFixes };
enum class Strategy { kReplace, kBump, kWiden, kPin };

// What has to succeed on the patched copy.
struct Check {
  std::string command;
  std::int64_t timeout_ms = 120'000;
};

// What a finding suggests: a text near a line, and what takes its place.
struct Fix {
  std::string file;
  std::size_t line = 0;  // 0: anywhere, if there is only one
  std::string before;
  std::string after;
};

struct Request {
  Operation operation = Operation::kDependency;
  std::string operation_name = "update-deps";
  std::string folder;    // below the workspace, without slashes at its ends; empty = all of it
  std::string file;      // as given: a path, a name, or for dependencies the package
  std::string manifest;  // only this manifest, when the target is a file
  std::optional<std::string> old_value;
  std::optional<std::string> new_value;
  std::optional<std::string> version;
  std::optional<std::string> content;
  Json set;        // members to be merged into a configuration; null = none
  Json set_paths;  // the same with paths such as "server.port" for names
  Strategy strategy = Strategy::kReplace;
  bool regex = false;
  bool structural = false;  // old_value is a pattern of the syntax tree
  bool in_strings = false;  // rename within strings and comments as well
  bool recursive = false;   // manifests of folders below
  std::optional<std::int64_t> expected_matches;
  std::size_t line = 0;  // of the declaration that is meant; 0: not said
  std::vector<Fix> fixes;
  std::optional<Check> check;
  bool dry_run = true;
};

// `workspace` is where the folder really lies; a target may name a file in it.
Result<Request> parse_request(const std::string& action, const Json& input, const std::string& workspace);

}  // namespace commandcenter::patcher
