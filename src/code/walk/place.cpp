#include "code/walk/place.h"

#include <filesystem>

#include <fmt/format.h>

namespace commandcenter::code {

Result<std::string> place_below(const std::string& root, const std::string& target) {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::path base = fs::canonical(root, error);
  if (error) return fail(ErrorCode::kNotFound, "the workspace is not there");
  if (target.find('\0') != std::string::npos) return fail(ErrorCode::kInvalid, "target holds a NUL character");
  const auto below = [](const fs::path& path) { return !path.empty() && *path.begin() != ".."; };
  // An absolute target may spell the workspace as given or with its links resolved.
  fs::path inside = fs::path(target).is_absolute() ? fs::path(target).lexically_normal().lexically_relative(base)
                                                   : fs::path(target).lexically_normal();
  if (!below(inside) && fs::path(target).is_absolute())
    inside = fs::path(target).lexically_normal().lexically_relative(fs::absolute(root, error).lexically_normal());
  const auto outside = [&] {
    return fail(ErrorCode::kForbidden,
                fmt::format("target \"{}\" is outside the workspace; expected a path below it", target));
  };
  if (!below(inside)) return outside();
  const fs::path real = fs::canonical(base / inside, error);
  if (error) return fail(ErrorCode::kNotFound, fmt::format("target \"{}\" does not exist in the workspace", target));
  const fs::path result = real.lexically_relative(base);
  if (!below(result)) return outside();
  return result == "." ? std::string() : result.string();
}

}  // namespace commandcenter::code
