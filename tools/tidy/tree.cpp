// Reads the repository; see tree.h. The blanking of comments and literals is a lexer of just enough C++.
#include "tree.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace tidy {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 9> kForeignFolders = {
    ".git", "build", "node_modules", ".commandcenter", ".cache", "fixtures", "dist", ".vscode", ".idea"};

std::vector<std::string> split_lines(std::string_view text) {
  std::vector<std::string> lines;
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    lines.emplace_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

// R"delimiter( … )delimiter": the position after it. `quote` is that of the opening quote.
std::size_t end_of_raw_text(std::string_view text, std::size_t quote) {
  const std::size_t open = text.find('(', quote);
  if (open == std::string_view::npos) return text.size();
  const std::string close = ")" + std::string(text.substr(quote + 1, open - quote - 1)) + "\"";
  const std::size_t end = text.find(close, open);
  return end == std::string_view::npos ? text.size() : end + close.size();
}

std::size_t end_of_quoted(std::string_view text, std::size_t quote) {
  std::size_t at = quote + 1;
  while (at < text.size() && text[at] != text[quote] && text[at] != '\n')
    at += text[at] == '\\' ? 2U : 1U;
  return std::min(at + 1, text.size());
}

// The same text with comments and literals replaced by spaces; line ends stay where they are. Includes keep their
// names.
std::string blank(std::string_view text) {
  std::string out(text);
  const auto erase = [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      if (out[i] != '\n') out[i] = ' ';
    }
  };
  std::size_t at = 0;
  std::size_t line = 0;
  while (at < text.size()) {
    const char c = text[at];
    std::size_t end = at + 1;
    if (c == '\n') line = end;
    if (c == '/' && end < text.size() && text[end] == '/') {
      end = std::min(text.find('\n', at), text.size());
      erase(at, end);
    } else if (c == '/' && end < text.size() && text[end] == '*') {
      end = text.find("*/", end + 1);
      end = end == std::string_view::npos ? text.size() : end + 2;
      erase(at, end);
    } else if (c == '"') {
      const bool raw = at > 0 && text[at - 1] == 'R' && (at < 2 || !is_word(text[at - 2]));
      end = raw ? end_of_raw_text(text, at) : end_of_quoted(text, at);
      if (text.substr(line, 8) != "#include") erase(at + 1, end - 1);
    } else if (c == '\'' && (at == 0 || !is_word(text[at - 1]))) {  // not the separator of 10'000
      end = end_of_quoted(text, at);
      erase(at + 1, end - 1);
    }
    at = std::min(end, text.size());
  }
  return out;
}

bool ends_with_any(std::string_view text, std::initializer_list<std::string_view> ends) {
  return std::any_of(ends.begin(), ends.end(), [&](std::string_view end) { return text.ends_with(end); });
}

}  // namespace

bool is_header(std::string_view path) {
  return ends_with_any(path, {".h", ".hpp", ".hxx"});
}
bool is_cpp(std::string_view path) {
  return is_header(path) || ends_with_any(path, {".cpp", ".cc", ".cxx"});
}
bool is_test(std::string_view path) {
  return ends_with_any(path, {"_test.cpp", "_test.h", "_bench.cpp", "_fuzz.cpp"});
}

std::string_view folder_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

void add_file(Tree& tree, std::string path, std::string_view text) {
  File file;
  file.lines = split_lines(text);
  if (is_cpp(path)) {
    file.code = split_lines(blank(text));
    file.code.resize(file.lines.size());
  }
  file.ends_with_newline = text.empty() || text.back() == '\n';
  file.path = path;
  tree.files.insert_or_assign(std::move(path), std::move(file));
}

void add_folder(Tree& tree, const std::string& root) {
  tree.visited.push_back(root);
  fs::recursive_directory_iterator entry(root);
  for (; entry != fs::recursive_directory_iterator(); ++entry) {
    const std::string name = entry->path().filename().string();
    if (entry->is_symlink()) continue;
    if (entry->is_directory()) {
      if (std::find(kForeignFolders.begin(), kForeignFolders.end(), name) != kForeignFolders.end()) {
        entry.disable_recursion_pending();
      } else {
        tree.visited.push_back(entry->path().string());
      }
      continue;
    }
    // In a worktree .git is a file; it is git's.
    if (!entry->is_regular_file() || name == ".git" || entry->file_size() > kMaxFile_bytes) continue;
    std::ifstream in(entry->path(), std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    if (text.find('\0') != std::string::npos) continue;
    tree.visited.push_back(entry->path().string());
    add_file(tree, entry->path().lexically_relative(root).generic_string(), text);
  }
}

}  // namespace tidy
