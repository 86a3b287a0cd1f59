// Both directions between changes and text. A patch is made and read by libgit2, over trees in memory that hold only
// the files concerned.
#include "patch/patch.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>
#include <git2.h>

#include "patch/git.h"

namespace commandcenter::patch {
namespace {

constexpr std::string_view kGitFolder = ".git";

bool is_git_folder(std::string_view part) {
  return part.size() == kGitFolder.size() &&
         std::equal(part.begin(), part.end(), kGitFolder.begin(),
                    [](char a, char b) { return (a >= 'A' && a <= 'Z' ? static_cast<char>(a | 0x20) : a) == b; });
}

Result<void> check(const std::vector<Change>& changes) {
  if (changes.size() > kMaxFiles) {
    return fail(ErrorCode::kTooLarge,
                fmt::format("{} files changed; a patch has at most {}", changes.size(), kMaxFiles));
  }
  for (const Change& change : changes) {
    if (const std::string problem = problem_with_path(change.path); !problem.empty())
      return fail(ErrorCode::kForbidden, problem);
    for (const auto* content : {&change.before, &change.after}) {
      if (*content && (*content)->bytes.size() > kMaxFile_bytes) {
        return fail(ErrorCode::kTooLarge, fmt::format("{} has {} bytes; a file of a patch has at most {}", change.path,
                                                      (*content)->bytes.size(), kMaxFile_bytes));
      }
    }
  }
  return {};
}

Result<Tree> tree_of(const Memory& memory, const std::vector<Change>& changes, std::optional<Content> Change::*side) {
  auto index = new_index();
  if (!index) return fail(std::move(index.error()));
  for (const Change& change : changes) {
    const std::optional<Content>& content = change.*side;
    if (!content) continue;
    if (auto added = memory.add(**index, change.path, *content); !added) return fail(std::move(added.error()));
  }
  return memory.tree(**index);
}

// libgit2 and git write the head of a file alike, but for two things: git names no sides of an empty file, and ends a
// name that holds a space with a tab, so that other programs see where it ends.
std::string head_as_git(const git_diff_delta& delta, std::string_view head) {
  const std::size_t sides = head.find("\n--- ");
  if (sides == std::string_view::npos) return std::string(head);
  std::string fixed(head.substr(0, sides + 1));
  const auto is_empty = [](const git_diff_file& side) {
    constexpr std::string_view kEmptyBlob = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391";
    return git_oid_is_zero(&side.id) != 0 || git_oid_streq(&side.id, kEmptyBlob.data()) == 0;
  };
  if (is_empty(delta.old_file) && is_empty(delta.new_file)) return fixed;
  const bool has_space = std::string_view(delta.new_file.path).find(' ') != std::string_view::npos;
  std::string_view rest = head.substr(sides + 1);
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    fixed += line;
    if (has_space && !line.ends_with("/dev/null")) fixed += '\t';
    fixed += '\n';
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return fixed;
}

int append_line(const git_diff_delta* delta, const git_diff_hunk*, const git_diff_line* line, void* out) {
  std::string& text = *static_cast<std::string*>(out);
  const std::string_view content(line->content, line->content_len);
  if (line->origin == GIT_DIFF_LINE_FILE_HDR) {
    text += head_as_git(*delta, content);
    return 0;
  }
  // A binary file of which only the mode changed: git says nothing about its content.
  if (line->origin == GIT_DIFF_LINE_BINARY && git_oid_equal(&delta->old_file.id, &delta->new_file.id) != 0) return 0;
  if (line->origin == GIT_DIFF_LINE_CONTEXT || line->origin == GIT_DIFF_LINE_ADDITION ||
      line->origin == GIT_DIFF_LINE_DELETION) {
    text += line->origin;
  }
  text += content;
  return text.size() > kMaxPatch_bytes + kMaxFile_bytes ? GIT_EUSER : 0;
}

// A name as it stands in a head, in quotes if it holds a space: one that is not quoted has nothing else to be escaped.
std::string with_quotes(std::string_view name) {
  if (name.ends_with('\t')) name.remove_suffix(1);
  const bool is_plain = name.starts_with('"') || name.find(' ') == std::string_view::npos;
  return is_plain ? std::string(name) : fmt::format("\"{}\"", name);
}

// The same patch in the form that libgit2 reads: it knows no file without sides, and splits names at spaces.
std::string readable(std::string_view text) {
  constexpr std::string_view kBegin = "diff --git ";
  std::string whole;
  std::string before;
  std::string after;
  bool in_head = false;
  bool is_new = false;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1);
    const std::string_view line = text.substr(0, end + 1);
    text.remove_prefix(end + 1);
    const std::string_view words = line.substr(0, line.size() - (line.ends_with('\n') ? 1 : 0));
    if (words.starts_with(kBegin)) {
      const std::string_view names = words.substr(kBegin.size());
      const std::size_t half = names.size() / 2;  // both sides are the same name
      before = with_quotes(names.substr(0, half));
      after = with_quotes(names.substr(std::min(half + 1, names.size())));
      whole += fmt::format("{}{} {}\n", kBegin, before, after);
      in_head = true;
      is_new = false;
      continue;
    }
    if (in_head && (words.starts_with("--- ") || words.starts_with("+++ "))) {
      whole += fmt::format("{}{}\n", words.substr(0, 4), with_quotes(words.substr(4)));
      continue;
    }
    whole += line;
    in_head = in_head && !words.starts_with("@@") && !words.starts_with("GIT binary");
    is_new = is_new || words.starts_with("new file mode ");
    if (!in_head || !words.starts_with("index ") || !(text.empty() || text.starts_with(kBegin))) continue;
    whole += is_new ? fmt::format("--- /dev/null\n+++ {}\n", after) : fmt::format("--- {}\n+++ /dev/null\n", before);
  }
  return whole;
}

Error no_patch(std::string_view why) {
  return {ErrorCode::kInvalid, fmt::format("this is not a patch that can be applied: {}", why)};
}

// libgit2 knows only one of the sides of a file that is new or gone.
std::string_view path_of(const git_diff_delta& delta) {
  if (delta.new_file.path != nullptr) return delta.new_file.path;
  return delta.old_file.path == nullptr ? "" : delta.old_file.path;
}

// Reads the files that the patch starts from, and holds them against the ids that it names.
class Base {
 public:
  explicit Base(const ReadFile& read) : read_(read) {}

  Result<void> take(const git_diff_delta& delta) {
    const std::string path(path_of(delta));
    if (delta.new_file.path != nullptr && delta.old_file.path != nullptr && path != delta.old_file.path)
      return fail(no_patch(fmt::format("it renames {}", delta.old_file.path)));
    if (const std::string problem = problem_with_path(path); !problem.empty())
      return fail(ErrorCode::kForbidden, problem);
    auto known = files_.find(path);
    if (known == files_.end()) {
      auto there = read_(path);
      if (!there) return fail(std::move(there.error()));
      known = files_.emplace(path, std::move(*there)).first;
    }
    const std::optional<Content>& now = known->second;
    if (delta.status == GIT_DELTA_ADDED) {
      if (now && !removed_.contains(path)) {
        return fail(ErrorCode::kConflict, fmt::format("{} exists by now; the patch was made without it", path));
      }
      return {};
    }
    if (!now) return fail(ErrorCode::kConflict, fmt::format("{} is gone since the patch was made", path));
    // A change of the mode alone names no contents: whatever they are, they stay.
    const bool is_same = git_oid_is_zero(&delta.old_file.id) != 0 || is_content(*now, delta.old_file.id);
    if (!is_same || git_mode(now->mode) != delta.old_file.mode) {
      return fail(ErrorCode::kConflict, fmt::format("{} has changed since the patch was made", path));
    }
    if (delta.status == GIT_DELTA_DELETED) removed_.emplace(path, true);
    return {};
  }

  std::vector<Change> changes() && {
    std::vector<Change> all;
    for (auto& [path, content] : files_)
      all.push_back({path, std::move(content), std::nullopt});
    return all;
  }

 private:
  const ReadFile& read_;
  std::map<std::string, std::optional<Content>> files_;
  std::map<std::string, bool> removed_;  // by an earlier part: a file that becomes a link is removed and added
};

Result<void> apply(const Memory& memory, git_diff& diff, std::vector<Change>& changes) {
  auto before = tree_of(memory, changes, &Change::before);
  if (!before) return fail(std::move(before.error()));
  git_index* result = nullptr;
  if (git_apply_to_tree(&result, memory.repository(), before->get(), &diff, nullptr) != 0) {
    return fail(no_patch(git_failure("it does not fit").message));
  }
  const Index index(result);
  for (Change& change : changes) {
    const git_index_entry* entry = git_index_get_bypath(result, change.path.c_str(), 0);
    if (entry == nullptr) continue;
    auto content = memory.content(entry->id, entry->mode);
    if (!content) return fail(std::move(content.error()));
    change.after = std::move(*content);
  }
  return {};
}

// What came out must be what the patch says: its ids are those of whole files.
Result<void> verify(git_diff& diff, const std::vector<Change>& changes) {
  std::map<std::string_view, const Change*> by_path;
  for (const Change& change : changes)
    by_path[change.path] = &change;
  for (std::size_t i = 0; i < git_diff_num_deltas(&diff); ++i) {
    const git_diff_delta* delta = git_diff_get_delta(&diff, i);
    if (delta->status == GIT_DELTA_DELETED) continue;
    const std::optional<Content>& after = by_path.at(path_of(*delta))->after;
    if (!after) return fail(no_patch("a file is missing in the result"));
    if (git_oid_is_zero(&delta->new_file.id) == 0 && !is_content(*after, delta->new_file.id)) {
      return fail(no_patch(fmt::format("{} does not become what its index line names", path_of(*delta))));
    }
  }
  return {};
}

std::string swapped(std::string_view text, char from, char to) {
  std::string out(text);
  std::ranges::replace(out, from, to);
  return out;
}

// libgit2 takes a NUL for the end of the line that it reads, and reads on behind it. So another byte, `stand_in`,
// stands for NUL in the patch and in the files of text; nothing when one of these holds that byte itself. '\0': there
// is none.
Result<std::optional<std::vector<Change>>> resolved(std::string_view text, const ReadFile& read, char stand_in) {
  auto memory = Memory::open();
  if (!memory) return fail(std::move(memory.error()));
  git_diff* parsed = nullptr;
  const std::string normal = readable(text);
  if (git_diff_from_buffer(&parsed, normal.data(), normal.size()) != 0)
    return fail(no_patch(git_failure("it cannot be read").message));
  const Diff diff(parsed);
  if (git_diff_num_deltas(parsed) == 0) return fail(no_patch("it changes nothing"));
  if (git_diff_num_deltas(parsed) > 2 * kMaxFiles) return fail(no_patch("it has too many files"));
  Base base(read);
  std::set<std::string, std::less<>> texts;
  for (std::size_t i = 0; i < git_diff_num_deltas(parsed); ++i) {
    const git_diff_delta& delta = *git_diff_get_delta(parsed, i);
    if (stand_in != '\0' && path_of(delta).find(stand_in) != std::string::npos)
      return fail(no_patch("a path holds a NUL byte"));
    if (auto taken = base.take(delta); !taken) return fail(std::move(taken.error()));
    if ((delta.flags & GIT_DIFF_FLAG_BINARY) == 0) texts.emplace(path_of(delta));
  }
  std::vector<Change> changes = std::move(base).changes();
  const auto swap = [&](std::optional<Content> Change::*side, char from, char to) {
    for (Change& change : changes) {
      if (stand_in != '\0' && change.*side && texts.contains(change.path))
        (change.*side)->bytes = swapped((change.*side)->bytes, from, to);
    }
  };
  for (const Change& change : changes) {
    const bool is_taken = stand_in != '\0' && change.before && texts.contains(change.path) &&
                          change.before->bytes.find(stand_in) != std::string::npos;
    if (is_taken) return std::optional<std::vector<Change>>();
  }
  swap(&Change::before, '\0', stand_in);
  if (auto applied = apply(*memory, *parsed, changes); !applied) return fail(std::move(applied.error()));
  swap(&Change::before, stand_in, '\0');
  swap(&Change::after, stand_in, '\0');
  if (auto verified = verify(*parsed, changes); !verified) return fail(std::move(verified.error()));
  return changes;
}

}  // namespace

std::string problem_with_path(std::string_view path) {
  if (path.empty() || path.front() == '/') return fmt::format("\"{}\" is not a path within the workspace", path);
  if (path.size() > kMaxPath_bytes)
    return fmt::format("a path has {} bytes; the limit is {}", path.size(), kMaxPath_bytes);
  if (path.find('\0') != std::string_view::npos) return "a path holds a NUL byte";
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view part = path.substr(begin, end - begin);
    if (part.empty() || part == "." || part == "..")
      return fmt::format("\"{}\" is not a path within the workspace", path);
    if (is_git_folder(part)) return fmt::format("{} belongs to git itself and is never changed", path);
    begin = end + 1;
  }
  return {};
}

Result<Patch> make(const std::vector<Change>& changes) {
  if (auto checked = check(changes); !checked) return fail(std::move(checked.error()));
  auto memory = Memory::open();
  if (!memory) return fail(std::move(memory.error()));
  auto before = tree_of(*memory, changes, &Change::before);
  if (!before) return fail(std::move(before.error()));
  auto after = tree_of(*memory, changes, &Change::after);
  if (!after) return fail(std::move(after.error()));

  git_diff_options options = GIT_DIFF_OPTIONS_INIT;
  options.id_abbrev = GIT_OID_HEXSZ;
  options.flags = GIT_DIFF_SHOW_BINARY | GIT_DIFF_INDENT_HEURISTIC;
  git_diff* made = nullptr;
  if (git_diff_tree_to_tree(&made, memory->repository(), before->get(), after->get(), &options) != 0) {
    return fail(git_failure("a patch cannot be made"));
  }
  const Diff diff(made);
  Patch patch;
  if (git_diff_print(made, GIT_DIFF_FORMAT_PATCH, append_line, &patch.text) != 0)
    return fail(git_failure("a patch cannot be made"));
  if (patch.text.size() > kMaxPatch_bytes) {
    return fail(ErrorCode::kTooLarge, fmt::format("the patch has {} bytes; at most {} can be shown to a person",
                                                  patch.text.size(), kMaxPatch_bytes));
  }
  git_diff_stats* counted = nullptr;
  if (git_diff_get_stats(&counted, made) != 0) return fail(git_failure("a patch cannot be made"));
  const DiffStats stats(counted);
  patch.files = static_cast<std::int64_t>(std::count_if(
      changes.begin(), changes.end(), [](const Change& change) { return change.before != change.after; }));
  patch.added = static_cast<std::int64_t>(git_diff_stats_insertions(counted));
  patch.removed = static_cast<std::int64_t>(git_diff_stats_deletions(counted));
  return patch;
}

std::vector<Change> reversed(std::vector<Change> changes) {
  for (Change& change : changes)
    std::swap(change.before, change.after);
  return changes;
}

Result<std::vector<Change>> resolve(std::string_view text, const ReadFile& read) {
  if (text.find('\0') == std::string_view::npos) {
    auto changes = resolved(text, read, '\0');
    if (!changes) return fail(std::move(changes.error()));
    return std::move(**changes);
  }
  for (char stand_in = 1; stand_in < ' '; ++stand_in) {
    const bool is_blank = stand_in >= '\t' && stand_in <= '\r';
    if (is_blank || text.find(stand_in) != std::string_view::npos) continue;
    auto changes = resolved(swapped(text, '\0', stand_in), read, stand_in);
    if (!changes) return fail(std::move(changes.error()));
    if (*changes) return std::move(**changes);
  }
  return fail(no_patch("it holds NUL and every other control character"));
}

}  // namespace commandcenter::patch
