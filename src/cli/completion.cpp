#include "cli/completion.h"

#include <fmt/format.h>

namespace commandcenter::cli {
namespace {

// Text between single quotes of a POSIX shell, and of fish, which knows \' and \\ there.
std::string quoted(const std::string& text, bool fish) {
  std::string safe = "'";
  for (const char c : text) {
    if (c == '\'')
      safe += fish ? "\\'" : "'\\''";
    else if (c == '\\' && fish)
      safe += "\\\\";
    else
      safe += c;
  }
  return safe + "'";
}

std::string all_words(const CommandWords& command) {
  std::string text;
  for (const auto* list : {&command.commands, &command.options}) {
    for (const auto& word : *list)
      text += (text.empty() ? "" : " ") + word.word;
  }
  return text;
}

// The lines of a `case` that follow the words typed so far down to the command they name.
std::string descend(const std::vector<CommandWords>& commands, const std::string& action, bool fish) {
  std::string text;
  for (std::size_t i = 1; i < commands.size(); ++i)
    text += (i == 1 ? "" : fish ? " " : " | ") + quoted(commands[i].path, fish);
  return fish ? fmt::format("      case {}\n        {}\n", text, action)
              : fmt::format("      {}) {} ;;\n", text, action);
}

std::string bash_script(const std::vector<CommandWords>& commands) {
  std::string text = "# commandcenter completion bash: source it, or put it into /etc/bash_completion.d\n";
  text += fmt::format("_commandcenter() {{\n  local at={} word current=${{COMP_WORDS[COMP_CWORD]}}\n",
                      quoted(commands.front().path, false));
  text += "  for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n    case \"$at $word\" in\n";
  text += descend(commands, "at=\"$at $word\"", false);
  text += "    esac\n  done\n  case \"$at\" in\n";
  for (const CommandWords& command : commands) {
    text += fmt::format("    {}) mapfile -t COMPREPLY < <(compgen -W {} -- \"$current\") ;;\n",
                        quoted(command.path, false), quoted(all_words(command), false));
  }
  return text +
         "  esac\n  [ ${#COMPREPLY[@]} -gt 0 ] || mapfile -t COMPREPLY < <(compgen -f -- \"$current\")\n}\n"
         "complete -o filenames -F _commandcenter commandcenter\n";
}

std::string zsh_script(const std::vector<CommandWords>& commands) {
  std::string text = "#compdef commandcenter\n# commandcenter completion zsh > a folder of $fpath/_commandcenter\n";
  text += fmt::format("_commandcenter() {{\n  local at={} word\n", quoted(commands.front().path, false));
  text += "  for word in \"${(@)words[2,CURRENT-1]}\"; do\n    case \"$at $word\" in\n";
  text += descend(commands, "at=\"$at $word\"", false);
  text += "    esac\n  done\n  case \"$at\" in\n";
  for (const CommandWords& command : commands)
    text += fmt::format("    {}) compadd -- {} ;;\n", quoted(command.path, false), all_words(command));
  return text +
         "  esac\n  _files\n}\n"
         "if [ \"$funcstack[1]\" = _commandcenter ]; then _commandcenter \"$@\"; else compdef _commandcenter "
         "commandcenter; "
         "fi\n";
}

std::string fish_script(const std::vector<CommandWords>& commands) {
  std::string text = "# commandcenter completion fish > ~/.config/fish/completions/commandcenter.fish\n";
  text += fmt::format("function __commandcenter_at\n  set -l at {}\n", quoted(commands.front().path, true));
  text += "  for word in (commandline -opc)[2..-1]\n    switch \"$at $word\"\n";
  text += descend(commands, "set at \"$at $word\"", true);
  text += "    end\n  end\n  echo $at\nend\n";
  for (const CommandWords& command : commands) {
    const std::string here = quoted("test (__commandcenter_at) = \"" + command.path + "\"", true);
    for (const auto& word : command.commands) {
      text += fmt::format("complete -c commandcenter -n {} -f -a {} -d {}\n", here, quoted(word.word, true),
                          quoted(word.help, true));
    }
    for (const auto& option : command.options) {
      if (!option.word.starts_with("--")) continue;
      text += fmt::format("complete -c commandcenter -n {} -l {} -d {}\n", here, quoted(option.word.substr(2), true),
                          quoted(option.help, true));
    }
  }
  return text;
}

}  // namespace

std::optional<std::string> completion_script(const std::string& shell, const std::vector<CommandWords>& commands) {
  if (shell == "bash") return bash_script(commands);
  if (shell == "zsh") return zsh_script(commands);
  if (shell == "fish") return fish_script(commands);
  return std::nullopt;
}

}  // namespace commandcenter::cli
