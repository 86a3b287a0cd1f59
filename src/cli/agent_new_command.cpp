// `agents new FOLDER`: a working agent to start from, and what to type next.
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "agent/templates.h"
#include "cli/cli.h"
#include "cli/output.h"
#include "cli/verbs.h"

namespace commandcenter::cli {
namespace {

// As a word for a shell.
std::string shell_word(const std::string& word) {
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./+,:@%";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) return word;
  std::string out = "'";
  for (const char c : word)
    out += c == '\'' ? "'\\''" : std::string(1, c);
  return out + "'";
}

std::string sample_options(const AgentNewOptions& options, const std::string& folder) {
  if (options.template_name == "notification") return fmt::format("--input @{}/sample/message.json", folder);
  const std::string workspace = fmt::format("--workspace {}/sample", folder);
  return options.template_name == "mutation" ? workspace + " --input '{\"file\": \"links.txt\"}'" : workspace;
}

}  // namespace

int new_agent(const AgentNewOptions& options) {
  const auto made = agent::make_agent_folder({options.folder, options.template_name, options.language, options.name});
  if (!made) return print_error(made.error());
  std::string typed = options.folder;
  while (typed.size() > 1 && typed.ends_with('/'))
    typed.pop_back();
  if (typed.starts_with('-')) typed = "./" + typed;
  const std::string folder = shell_word(typed);
  const std::string program = shell_word(options.program);
  // A program that was not found by its name will not be found by the test either.
  const std::string setting =
      options.program.find('/') == std::string::npos ? "" : fmt::format("COMMANDCENTER={} ", program);
  const std::vector<std::string> next{
      fmt::format("{}sh {}/test.sh", setting, folder),
      fmt::format("{} agents test {} {}", program, folder, sample_options(options, folder)),
      fmt::format("{} agents register {}", program, folder)};
  if (options.json) {
    print_json({{"name", made->name},
                {"folder", options.folder},
                {"template", options.template_name},
                {"language", options.language},
                {"files", made->files},
                {"next", next}});
    return kExitOk;
  }
  std::printf("Made the agent %s in %s:\n", made->name.c_str(), printable(typed).c_str());
  for (const std::string& file : made->files)
    std::printf("  %s\n", file.c_str());
  std::printf("\nNext:\n");
  for (const std::string& line : next)
    std::printf("  %s\n", printable(line).c_str());
  return kExitOk;
}

}  // namespace commandcenter::cli
