#include "core/workflow/workspace.h"

#include <algorithm>
#include <array>

namespace commandcenter::workflow {
namespace {

constexpr std::array<std::string_view, 3> kSchemes = {"https://", "http://", "file:///"};

// "https://user:password@host/…": it would be recorded with the run.
bool holds_login(std::string_view text) {
  const std::size_t start = text.find("://") + 3;
  const std::size_t end = std::min(text.find_first_of("/?#", start), text.size());
  return text.substr(start, end - start).find('@') != std::string_view::npos;
}

Result<std::string> without_login(std::string text) {
  if (!repository_of(text) || !holds_login(text)) return text;
  return fail(
      ErrorCode::kInvalid,
      "a repository's address must not hold a login: the operator names a secret for it (workspaces.credentials)");
}

}  // namespace

std::optional<RepositoryName> repository_of(std::string_view workspace) {
  if (std::ranges::none_of(kSchemes, [&](std::string_view scheme) { return workspace.starts_with(scheme); }))
    return std::nullopt;
  const std::size_t hash = std::min(workspace.rfind('#'), workspace.size());
  RepositoryName name{std::string(workspace.substr(0, hash)), {}};
  if (hash < workspace.size()) name.reference = workspace.substr(hash + 1);
  return name;
}

Result<std::string> workspace_text(const Json& written) {
  if (written.is_string()) return without_login(written.get<std::string>());
  const std::string repository = written.is_object() ? string_member(written, "repo") : std::string();
  const Json* reference = written.is_object() ? find_member(written, "ref") : nullptr;
  if (!repository_of(repository) || repository.find('#') != std::string::npos ||
      (reference != nullptr && !reference->is_string())) {
    return fail(ErrorCode::kInvalid,
                "expected a folder, or a repository such as {repo: https://example.org/shop.git, ref: main}");
  }
  return without_login(reference == nullptr ? repository : repository + "#" + reference->get<std::string>());
}

}  // namespace commandcenter::workflow
