// What somebody mistyped on the command line, and what was probably meant. Private to this folder.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/completion.h"

namespace commandcenter::cli {

// The old spelling "workflow:list" as two words. Existing scripts use it; "workflow:run" is `workflows trigger`. And
// "help runs" as "runs --help".
std::vector<std::string> spelled_out(std::vector<std::string> words);

// The command that the words name, as far as they name one: "commandcenter workflows".
std::string command_of(const std::vector<std::string>& words, const std::vector<CommandWords>& commands);

// A sentence about the first unknown command or option; nothing when all are known.
std::optional<std::string> explain_mistake(const std::vector<std::string>& words,
                                           const std::vector<CommandWords>& commands);

}  // namespace commandcenter::cli
