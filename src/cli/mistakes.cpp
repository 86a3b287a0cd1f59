#include "cli/mistakes.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/nearest.h"
#include "cli/output.h"

namespace commandcenter::cli {
namespace {

const CommandWords* find_command(const std::vector<CommandWords>& commands, const std::string& path) {
  const auto found =
      std::find_if(commands.begin(), commands.end(), [&](const CommandWords& one) { return one.path == path; });
  return found == commands.end() ? nullptr : &*found;
}

const CommandWords::Word* find_word(const std::vector<CommandWords::Word>& list, const std::string& word) {
  const auto found =
      std::find_if(list.begin(), list.end(), [&](const CommandWords::Word& one) { return one.word == word; });
  return found == list.end() ? nullptr : &*found;
}

std::string hint(const std::string& word, const std::vector<CommandWords::Word>& known) {
  std::vector<std::string> names;
  for (const CommandWords::Word& one : known)
    names.push_back(one.word);
  const std::string nearest = nearest_name(word, names);
  return nearest.empty() ? "" : fmt::format("; did you mean {}?", nearest);
}

// Goes through the words as the command line does. Stops at the first that is unknown and returns what is wrong with
// it.
struct Walk {
  const CommandWords* at;
  std::optional<std::string> mistake;
};

Walk walk(const std::vector<std::string>& words, const std::vector<CommandWords>& commands) {
  Walk result{&commands.front(), std::nullopt};
  for (std::size_t i = 0; i < words.size() && words[i] != "--"; ++i) {
    const std::string& word = words[i];
    if (word.starts_with("--")) {
      const std::string name = word.substr(0, word.find('='));
      const CommandWords::Word* option = find_word(result.at->options, name);
      if (option == nullptr) {
        result.mistake =
            fmt::format("{} has no option {}{}", result.at->path, printable(name), hint(name, result.at->options));
        return result;
      }
      if (option->takes_value && name.size() == word.size()) ++i;
    } else if (!word.starts_with('-') && !result.at->commands.empty()) {
      const CommandWords* next = find_command(commands, result.at->path + " " + word);
      if (next == nullptr) {
        result.mistake = fmt::format("there is no command {}{}", printable(word), hint(word, result.at->commands));
        return result;
      }
      result.at = next;
    }
  }
  return result;
}

}  // namespace

std::vector<std::string> spelled_out(std::vector<std::string> words) {
  struct Spelling {
    const char* old;
    const char* group;
    const char* verb;
  };
  static constexpr std::array<Spelling, 6> kSpellings{{{"agent:list", "agents", "list"},
                                                       {"agent:register", "agents", "register"},
                                                       {"workflow:list", "workflows", "list"},
                                                       {"workflow:create", "workflows", "create"},
                                                       {"workflow:run", "workflows", "trigger"},
                                                       {"workflow:trigger", "workflows", "trigger"}}};
  if (words.empty()) return words;
  if (words.front() == "help") {  // "help runs" as other programs take it
    words.erase(words.begin());
    words.emplace_back("--help");
    return words;
  }
  for (const Spelling& spelling : kSpellings) {
    if (words.front() != spelling.old) continue;
    words.front() = spelling.verb;
    words.insert(words.begin(), spelling.group);
    break;
  }
  return words;
}

std::string command_of(const std::vector<std::string>& words, const std::vector<CommandWords>& commands) {
  return walk(words, commands).at->path;
}

std::optional<std::string> explain_mistake(const std::vector<std::string>& words,
                                           const std::vector<CommandWords>& commands) {
  return walk(words, commands).mistake;
}

}  // namespace commandcenter::cli
