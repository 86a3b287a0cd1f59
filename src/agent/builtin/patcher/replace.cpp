// security-patch: one file, one replacement; and which file a name means.
#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "agent/builtin/patcher/operations.h"
#include "agent/builtin/patcher/structural.h"
#include "base/regex.h"
#include "code/source/source.h"

namespace commandcenter::patcher {
namespace {

constexpr std::size_t kMaxNamed = 5;  // files that a message lists

// "$1" and "$&" as the groups of a match, "$$" as a dollar.
std::string expand(std::string_view replacement, const std::vector<std::string_view>& groups) {
  std::string out;
  for (std::size_t i = 0; i < replacement.size(); ++i) {
    const char next = i + 1 < replacement.size() ? replacement[i + 1] : '\0';
    if (replacement[i] != '$' || (next != '$' && next != '&' && !(next >= '1' && next <= '9'))) {
      out += replacement[i];
      continue;
    }
    ++i;
    if (next == '$') out += '$';
    const std::size_t group = next == '&' ? 0 : static_cast<std::size_t>(next - '0');
    if (next != '$' && group < groups.size()) out += groups[group];
  }
  return out;
}

Result<std::string> replaced(const std::string& path, const std::string& text, const Request& request,
                             std::int64_t& count) {
  if (request.structural) {
    const auto grammar = code::grammar_of(code::Source(path, text));
    if (!grammar)
      return fail(ErrorCode::kInvalid, fmt::format("ast: works on code; {} is in no language known here", path));
    return replace_structural(text, *grammar, *request.old_value, *request.new_value, count);
  }
  std::string out;
  std::size_t from = 0;
  if (!request.regex) {
    for (std::size_t at = text.find(*request.old_value); at != std::string::npos;
         at = text.find(*request.old_value, from)) {
      out.append(text, from, at - from).append(*request.new_value);
      from = at + request.old_value->size();
      ++count;
    }
    return out.append(text, from);
  }
  auto pattern = Regex::compile(*request.old_value);
  if (!pattern) return fail(std::move(pattern.error()));
  for (std::size_t at = 0; at <= text.size();) {
    const auto groups = pattern->search(text, at);
    if (!groups) break;
    const auto begin = static_cast<std::size_t>(groups->front().data() - text.data());
    const std::size_t end = begin + groups->front().size();
    out.append(text, from, begin - from).append(expand(*request.new_value, *groups));
    from = end;
    ++count;
    at = end > begin ? end : end + 1;  // an empty match does not hold it up
  }
  return from < text.size() ? out.append(text, from) : out;
}

// The path as given; a bare name means the one file of that name.
Result<std::string> find_file(const Request& request, const Files& files) {
  const std::string exact = join(request.folder, request.file);
  if (request.file.find('/') != std::string::npos || files.exists(exact)) {
    if (const std::string problem = patch::problem_with_path(exact); !problem.empty())
      return fail(ErrorCode::kForbidden, problem);
    if (!files.exists(exact)) return fail(ErrorCode::kNotFound, fmt::format("File not found: {}", request.file));
    return exact;
  }
  const auto all = files.list(request.folder);
  if (!all) return fail(all.error());
  std::vector<std::string> named;
  for (const std::string& path : *all) {
    if (path.substr(path.rfind('/') + 1) == request.file) named.push_back(path);
  }
  if (named.empty()) return fail(ErrorCode::kNotFound, fmt::format("File not found: {}", request.file));
  if (named.size() == 1) return named.front();
  const std::size_t count = named.size();
  named.resize(std::min(count, kMaxNamed));
  return fail(ErrorCode::kInvalid, fmt::format("there are {} files named {}: name the path ({}{})", count, request.file,
                                               fmt::join(named, ", "), count > kMaxNamed ? ", …" : ""));
}

}  // namespace

Result<void> replace_text(const Request& request, Files& files, Remarks& remarks) {
  if (request.file.empty()) return fail(ErrorCode::kInvalid, "file required for security-patch");
  if (!request.old_value || request.old_value->empty() || !request.new_value)
    return fail(ErrorCode::kInvalid, "oldValue and newValue required for security-patch");
  const auto path = find_file(request, files);
  if (!path) return fail(path.error());
  auto text = files.read(*path);
  if (!text) return fail(std::move(text.error()));
  std::int64_t count = 0;
  auto fresh = replaced(*path, *text, request, count);
  if (!fresh) return fail(std::move(fresh.error()));
  if (count == 0) return fail(ErrorCode::kNotFound, "Pattern not found in file (no changes made)");
  if (request.expected_matches && *request.expected_matches != count) {
    return fail(ErrorCode::kConflict, fmt::format("the pattern was found {} times, not {} times (no changes made)",
                                                  count, *request.expected_matches));
  }
  remarks.matches = count;
  return files.write(*path, std::move(*fresh));
}

}  // namespace commandcenter::patcher
