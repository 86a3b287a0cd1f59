// Scripts that make a shell complete commands and options. Private to this folder.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace commandcenter::cli {

struct CommandWords {
  std::string path;  // "commandcenter agents"
  struct Word {
    std::string word;
    std::string help;
    bool takes_value = false;  // of an option
  };
  std::vector<Word> commands;
  std::vector<Word> options;  // "--json"
};

// For "bash", "zsh" or "fish"; nothing for another shell. The first entry is the program itself.
std::optional<std::string> completion_script(const std::string& shell, const std::vector<CommandWords>& commands);

}  // namespace commandcenter::cli
