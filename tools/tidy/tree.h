// The repository as tidy sees it: the text files below the root, in memory, with what the rules ask of each.
//
// Left out: folders that hold no source of ours (.git, build, node_modules, …), folders named `fixtures` (they are
// wrong on purpose), symbolic links, binary files and files over kMaxFile_bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tidy {

inline constexpr std::uintmax_t kMaxFile_bytes = 1 << 20;

// One text file. `code` is `lines` with comments and the contents of literals blanked; only C++ files have it.
struct File {
  std::string path;                // relative to the root, '/' between folders
  std::vector<std::string> lines;  // without their ends
  std::vector<std::string> code;
  bool ends_with_newline = true;
};

struct Tree {
  std::map<std::string, File> files;
  std::vector<std::string> visited;  // every file and folder looked at, as given to the file system: for a depfile
};

bool is_cpp(std::string_view path);
bool is_header(std::string_view path);
bool is_test(std::string_view path);  // x_test.cpp and .h, x_bench.cpp, x_fuzz.cpp: not part of the product

// "src/core/run" of "src/core/run/step.cpp"; "" at the root.
std::string_view folder_of(std::string_view path);

void add_file(Tree& tree, std::string path, std::string_view text);

// Adds everything below `root` (which must exist; throws std::filesystem::filesystem_error when it cannot be read).
void add_folder(Tree& tree, const std::string& root);

}  // namespace tidy
