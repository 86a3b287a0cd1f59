// What a run works on, as one text: a folder of the host, or a repository at a reference ("https://host/path#main").
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"

namespace commandcenter::workflow {

struct RepositoryName {
  std::string repository;  // https://…, http://…, or file:///…
  std::string reference;   // empty: its own choice
};

// Nothing for a folder.
std::optional<RepositoryName> repository_of(std::string_view workspace);

// Takes the text itself, or {repo, ref}. kInvalid says what was expected.
Result<std::string> workspace_text(const Json& written);

}  // namespace commandcenter::workflow
