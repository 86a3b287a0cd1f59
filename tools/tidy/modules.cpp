// Reads the declarations; see modules.h. Understands what those two files use of CMake: calls, words, line comments.
#include "modules.h"

#include <cctype>
#include <optional>
#include <utility>
#include <vector>

namespace tidy {
namespace {

struct Call {
  int line = 0;
  std::vector<std::string> words;
};

struct Word {
  int line = 0;
  std::string text;  // "(" and ")" are words of their own
};

std::vector<Word> words_of(const File& file) {
  std::vector<Word> words;
  for (std::size_t number = 0; number < file.lines.size(); ++number) {
    const std::string_view line = std::string_view(file.lines[number]).substr(0, file.lines[number].find('#'));
    bool inside = false;
    for (const char c : line) {
      const bool space = std::isspace(static_cast<unsigned char>(c)) != 0;
      const bool single = c == '(' || c == ')';
      if (space || single) inside = false;
      if (space) continue;
      if (!inside) words.push_back({static_cast<int>(number) + 1, {}});
      words.back().text += c;
      inside = !single;
    }
  }
  return words;
}

// Every call of that command, with the words between its parentheses.
std::vector<Call> calls_of(const Tree& tree, std::string_view path, std::string_view command) {
  std::vector<Call> calls;
  const auto file = tree.files.find(std::string(path));
  if (file == tree.files.end()) return calls;
  const std::vector<Word> words = words_of(file->second);
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    if (words[i].text != command || words[i + 1].text != "(") continue;
    Call call{words[i].line, {}};
    for (i += 2; i < words.size() && words[i].text != ")"; ++i)
      call.words.push_back(words[i].text);
    calls.push_back(std::move(call));
  }
  return calls;
}

Module module_from(const Call& call) {
  Module module;
  module.line = call.line;
  std::string keyword;
  for (const std::string& word : call.words) {
    if (word == "NAME" || word == "DEPS" || word == "LIBS" || word == "TEST_DEPS" || word == "TESTS_APART") {
      keyword = word;
    } else if (keyword == "NAME") {
      module.name = word;
    } else if (keyword == "DEPS") {
      module.dependencies.insert(word);
    } else if (keyword == "TEST_DEPS") {
      module.test_dependencies.insert(word);
    }
  }
  return module;
}

// 3 of "CC_LAYER_3"
std::optional<int> layer_number(std::string_view variable) {
  constexpr std::string_view kPrefix = "CC_LAYER_";
  if (!variable.starts_with(kPrefix) || variable.size() != kPrefix.size() + 1) return std::nullopt;
  const char digit = variable.back();
  if (digit < '0' || digit > '9') return std::nullopt;
  return digit - '0';
}

}  // namespace

Modules read_modules(const Tree& tree) {
  Modules modules;
  for (const Call& call : calls_of(tree, kModulesPath, "cc_module")) {
    Module module = module_from(call);
    if (!module.name.empty()) modules.by_name.insert_or_assign(module.name, std::move(module));
  }
  for (const Call& call : calls_of(tree, kLayersPath, "set")) {
    const std::optional<int> layer = call.words.empty() ? std::nullopt : layer_number(call.words.front());
    if (!layer) continue;
    for (std::size_t i = 1; i < call.words.size(); ++i)
      modules.layers[call.words[i]] = *layer;
  }
  return modules;
}

const Module* module_of(const Modules& modules, std::string_view path_below_src) {
  const auto found = modules.by_name.find(std::string(folder_of(path_below_src)));
  return found == modules.by_name.end() ? nullptr : &found->second;
}

}  // namespace tidy
