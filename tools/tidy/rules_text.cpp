// What a file looks like: its opening, its lines, its words.
#include <algorithm>
#include <array>
#include <cctype>

#include "rules.h"

namespace tidy {
namespace {

constexpr std::size_t kMaxLine_columns = 120;
constexpr std::size_t kMaxFile_lines = 500;
constexpr std::size_t kReasonWithin_lines = 20;

// Spelt in two parts, so that this file does not break its own rule.
constexpr std::array<std::string_view, 3> kUnfinishedWords = {
    "TO"
    "DO",
    "FIX"
    "ME",
    "XX"
    "X"};
constexpr std::array<std::string_view, 3> kSleeps = {"sleep_for", "sleep_until", "usleep"};
constexpr std::array<std::string_view, 5> kVagueNames = {"utils", "common", "helpers", "manager", "misc"};

bool has_ending(std::string_view path, std::initializer_list<std::string_view> endings) {
  return std::any_of(endings.begin(), endings.end(), [&](std::string_view ending) { return path.ends_with(ending); });
}

bool is_script(const File& file) {
  return has_ending(file.path, {".sh", ".py", ".js", ".mjs", ".ts", ".tsx"}) ||
         (!file.lines.empty() && file.lines.front().starts_with("#!"));
}

bool is_source(const File& file) {
  return is_cpp(file.path) || is_script(file) || has_ending(file.path, {".cmake", "CMakeLists.txt"});
}

bool is_prose(const File& file) {
  return has_ending(file.path, {".md", ".yaml", ".yml"});
}

// Characters, not bytes: continuation bytes of UTF-8 take no column of their own.
std::size_t columns_of(std::string_view line) {
  return static_cast<std::size_t>(
      std::count_if(line.begin(), line.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

class TextCheck {
 public:
  TextCheck(const Tree& tree, const File& file, std::vector<Finding>& findings)
      : tree_(tree), file_(file), findings_(findings) {}

  void run() {
    if (is_source(file_) || is_prose(file_)) white_space();
    if (is_source(file_)) source();
    if (is_cpp(file_.path)) cpp();
    name();
  }

 private:
  void white_space() {
    for (std::size_t i = 0; i < file_.lines.size(); ++i) {
      const std::string_view line = file_.lines[i];
      if (line.ends_with('\r')) {
        report(i, "carriage-return", "the line ends in a carriage return: save the file with Unix line ends");
      } else if (line.ends_with(' ') || line.ends_with('\t')) {
        report(i, "trailing-space", "white space at the end of the line: remove it");
      } else if (line.find('\t') != std::string_view::npos) {
        report(i, "tab", "a tab: indent with spaces, and write \\t inside literals");
      }
    }
    if (!file_.ends_with_newline) {
      report(file_.lines.size() - 1, "final-newline", "the file does not end with a line end: add one");
    }
  }

  void source() {
    for (std::size_t i = 0; i < file_.lines.size(); ++i) {
      const std::string_view line = file_.lines[i];
      const std::size_t columns = columns_of(line);
      const bool is_class_list = line.find("className=") != std::string_view::npos;  // one literal, however long
      if (columns > kMaxLine_columns && !is_class_list) {
        report(
            i, "long-line",
            std::to_string(columns) + " columns of at most " + std::to_string(kMaxLine_columns) + ": break the line");
      }
      for (const std::string_view word : kUnfinishedWords) {
        if (find_word(line, word) == std::string_view::npos) continue;
        report(i, "unfinished", std::string(word) + ": finish it, or say in prose what is left out and why");
        break;
      }
    }
  }

  void cpp() {
    if (!has_opening_comment(file_) && !header_speaks_for_it()) {
      report(0, "opening-comment",
             "the file does not open with a comment: say its purpose, inputs, outputs and thread");
    }
    if (is_header(file_.path) && std::find(file_.code.begin(), file_.code.end(), "#pragma once") == file_.code.end()) {
      report(0, "pragma-once", "the header lacks #pragma once: put it after the opening comment");
    }
    if (file_.path.starts_with("src/") && file_.lines.size() > kMaxFile_lines && !says_why_long()) {
      report(kMaxFile_lines, "long-file",
             std::to_string(file_.lines.size()) + " lines of at most " + std::to_string(kMaxFile_lines) +
                 ": split it by concern, or add near the top \"// tidy: long because …\"");
    }
    for (std::size_t i = 0; i < file_.code.size(); ++i)
      code_line(i, file_.code[i]);
  }

  void code_line(std::size_t i, std::string_view code) {
    if (code.find("using namespace std;") != std::string_view::npos) {
      report(i, "using-std", "using namespace std: write std:: where it is meant");
    }
    if (!file_.path.ends_with("_test.cpp")) return;
    for (const std::string_view word : kSleeps) {
      if (find_word(code, word) == std::string_view::npos) continue;
      report(i, "sleeping-test", std::string(word) + " in a test: wait for the event itself, with a deadline");
    }
  }

  static bool has_opening_comment(const File& file) {
    return !file.lines.empty() && (file.lines[0].starts_with("//") || file.lines[0].starts_with("/*"));
  }

  // x.cpp and x_test.cpp are explained by the opening of x.h beside them.
  bool header_speaks_for_it() const {
    std::string_view stem = std::string_view(file_.path).substr(0, file_.path.rfind('.'));
    for (const std::string_view ending : {"", "_test", "_bench", "_fuzz"}) {
      if (is_header(file_.path) || !stem.ends_with(ending)) continue;
      const auto header = tree_.files.find(std::string(stem.substr(0, stem.size() - ending.size())) + ".h");
      if (header != tree_.files.end() && has_opening_comment(header->second)) return true;
    }
    return false;
  }

  bool says_why_long() const {
    const std::size_t end = std::min(kReasonWithin_lines, file_.lines.size());
    return std::any_of(file_.lines.begin(), file_.lines.begin() + static_cast<std::ptrdiff_t>(end),
                       [](const std::string& line) { return line.starts_with("// tidy: long because "); });
  }

  // Any folder or file whose name, before its extension, is or ends in a word that says nothing.
  void name() {
    std::string_view rest = file_.path;
    while (!rest.empty()) {
      const std::size_t slash = std::min(rest.find('/'), rest.size());
      std::string_view stem = rest.substr(0, slash);
      stem = stem.substr(0, stem.find('.'));
      const std::size_t last = stem.find_last_of("_-");
      const std::string_view word = last == std::string_view::npos ? stem : stem.substr(last + 1);
      if (std::find(kVagueNames.begin(), kVagueNames.end(), word) != kVagueNames.end()) {
        report(0, "vague-name",
               "\"" + std::string(stem) + "\" says nothing about what is inside: name it after the concept");
        return;
      }
      rest.remove_prefix(std::min(slash + 1, rest.size()));
    }
  }

  void report(std::size_t line_index, std::string_view rule, std::string message) {
    findings_.push_back({file_.path, static_cast<int>(line_index) + 1, rule, std::move(message)});
  }

  const Tree& tree_;
  const File& file_;
  std::vector<Finding>& findings_;
};

}  // namespace

std::size_t find_word(std::string_view text, std::string_view word, std::size_t from) {
  const auto is_word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
  for (std::size_t at = text.find(word, from); at != std::string_view::npos; at = text.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    if ((at == 0 || !is_word(text[at - 1])) && (end == text.size() || !is_word(text[end]))) return at;
  }
  return std::string_view::npos;
}

void check_text(const Tree& tree, std::vector<Finding>& findings) {
  for (const auto& [path, file] : tree.files)
    TextCheck(tree, file, findings).run();
}

}  // namespace tidy
