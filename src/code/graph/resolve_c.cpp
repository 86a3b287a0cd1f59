// C and its relatives: includes relative to the file, then the folders that build files name, then the folders where
// headers are by custom, then the one header in the repository whose path ends so.
#include <algorithm>
#include <array>

#include "code/graph/resolvers.h"

namespace commandcenter::architecture {
namespace {

constexpr std::size_t kMaxIncludeFolders = 2'000;

// In angles these are the system's, whatever lies in the repository.
constexpr auto kSystem = std::to_array<std::string_view>(
    {"assert.h",  "complex.h", "ctype.h",     "dirent.h",  "dlfcn.h",  "errno.h",    "fcntl.h",    "fenv.h",
     "float.h",   "fnmatch.h", "getopt.h",    "glob.h",    "grp.h",    "inttypes.h", "iso646.h",   "limits.h",
     "locale.h",  "malloc.h",  "math.h",      "memory.h",  "netdb.h",  "poll.h",     "pthread.h",  "pwd.h",
     "regex.h",   "sched.h",   "semaphore.h", "setjmp.h",  "signal.h", "stdarg.h",   "stdalign.h", "stdatomic.h",
     "stdbool.h", "stddef.h",  "stdint.h",    "stdio.h",   "stdlib.h", "string.h",   "strings.h",  "sysexits.h",
     "syslog.h",  "termios.h", "tgmath.h",    "threads.h", "time.h",   "uchar.h",    "unistd.h",   "utime.h",
     "wchar.h",   "wctype.h",  "windows.h"});

bool is_header_name(std::string_view text) {
  return std::ranges::find(kSystem, text) != kSystem.end();
}

// Where a folder that a build file names lies; nothing when it depends on what only the build knows.
std::optional<std::string> place_of(std::string_view word, std::string_view folder) {
  const std::size_t build = word.find("$<BUILD_INTERFACE:");
  if (build != std::string_view::npos) word.remove_prefix(build + 18);
  while (!word.empty() && std::string_view("\"'").find(word.front()) != std::string_view::npos)
    word.remove_prefix(1);
  while (!word.empty() && std::string_view("\"'>),").find(word.back()) != std::string_view::npos)
    word.remove_suffix(1);
  bool from_top = false;
  for (const std::string_view top :
       {"${CMAKE_SOURCE_DIR}", "$(top_srcdir)", "@top_srcdir@", "${top_srcdir}", "$(TOPDIR)", "$(top_builddir)"}) {
    if (!word.starts_with(top)) continue;
    word.remove_prefix(top.size());
    from_top = true;
  }
  for (const std::string_view here : {"${CMAKE_CURRENT_SOURCE_DIR}", "${PROJECT_SOURCE_DIR}", "$(srcdir)", "@srcdir@",
                                      "${srcdir}", "$(CURDIR)", "${CMAKE_CURRENT_LIST_DIR}"}) {
    if (!word.starts_with(here)) continue;
    word.remove_prefix(here.size());
    return word.find('$') == std::string_view::npos ? join_path(folder, word) : std::nullopt;
  }
  if (word.find('$') != std::string_view::npos || word.find('@') != std::string_view::npos) return std::nullopt;
  if (!from_top && word.starts_with('/')) return std::nullopt;
  return join_path(from_top ? std::string_view() : folder, word);
}

std::string_view next_word(std::string_view& text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return text = {};
  const std::size_t end = std::min(text.find_first_of(" \t\r\n", begin), text.size());
  const std::string_view word = text.substr(begin, end - begin);
  text.remove_prefix(end);
  return word;
}

}  // namespace

CResolver::CResolver(const Tree& tree) : tree_(tree) {
  TextSet known;
  const auto declare = [&](const std::optional<std::string>& folder) {
    if (!folder || include_folders_.size() >= kMaxIncludeFolders || !tree.has_folder(*folder)) return;
    if (known.emplace(*folder).second) include_folders_.push_back(*folder);
  };
  for (FileId id = 0; id < tree.size(); ++id) {
    const SourceFile& file = tree.file(id);
    const std::string_view folder = folder_of(file.path);
    const std::string_view name = name_of(file.path);
    std::string_view text = file.text;
    if (name == "CMakeLists.txt" || name.ends_with(".cmake")) {
      for (std::size_t at = text.find("include_directories"); at != std::string_view::npos;
           at = text.find("include_directories", at + 1)) {
        const std::size_t open = text.find('(', at);
        const std::size_t close = text.find(")\n", at) == std::string_view::npos ? text.size() : text.find(")\n", at);
        if (open == std::string_view::npos || open > close) continue;
        std::string_view words = text.substr(open + 1, close - open - 1);
        while (!words.empty()) {
          const std::string_view word = next_word(words);
          if (!word.empty() && word != "PUBLIC" && word != "PRIVATE" && word != "INTERFACE" && word != "SYSTEM")
            declare(place_of(word, folder));
        }
      }
    } else if (name.starts_with("Makefile") || name == "makefile" || name == "GNUmakefile" || name.ends_with(".mk") ||
               name.starts_with("configure.")) {
      for (std::size_t at = text.find("-I"); at != std::string_view::npos; at = text.find("-I", at + 2)) {
        std::string_view rest = text.substr(at + 2, 200);
        if (!rest.empty() && rest.front() != '\n') declare(place_of(next_word(rest), folder));
      }
    } else if (name == "meson.build") {
      for (std::size_t at = text.find("include_directories("); at != std::string_view::npos;
           at = text.find("include_directories(", at + 1)) {
        const std::string_view call = text.substr(at, text.find(')', at) - at);
        for (const std::string& word : toml_texts(call))
          declare(join_path(folder, word));
      }
    }
    // By custom.
    for (const std::string_view above : ancestors(folder)) {
      if (file.facts.tongue == Tongue::kC && name_of(above) == "include") declare(std::string(above));
    }
  }
  declare("");
  declare("src");
  declare("include");
}

Found CResolver::resolve(FileId from, const Import& import, std::vector<FileId>& to) const {
  const std::string& importer = tree_.file(from).path;
  const std::string_view folder = folder_of(importer);
  const auto at = [&](std::string_view place) {
    const auto path = join_path(place, import.specifier);
    const auto id = path ? tree_.find(*path) : std::nullopt;
    if (id) to.push_back(*id);
    return id.has_value();
  };
  if (!import.system && at(folder)) return Found::kInside;
  if (import.system && is_header_name(import.specifier)) return Found::kOutside;
  // The nearest of the folders that have it: a repository may hold several projects.
  std::optional<FileId> best;
  std::size_t best_shared = 0;
  for (const std::string& place : include_folders_) {
    const auto path = join_path(place, import.specifier);
    const auto id = path ? tree_.find(*path) : std::nullopt;
    if (!id) continue;
    const std::size_t shared = shared_folders(tree_.file(*id).path, importer) + 1;
    if (shared <= best_shared) continue;
    best = id;
    best_shared = shared;
  }
  if (best) {
    to.push_back(*best);
    return Found::kInside;
  }
  const bool has_folder = import.specifier.find('/') != std::string::npos;
  if (!import.system || has_folder) {
    for (const std::string_view above : ancestors(folder)) {
      if (at(above)) return Found::kInside;
    }
    if (const auto id = tree_.ending_in(import.specifier, importer)) {
      to.push_back(*id);
      return Found::kInside;
    }
  }
  return import.system ? Found::kOutside : Found::kNowhere;
}

}  // namespace commandcenter::architecture
