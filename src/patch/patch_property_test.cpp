// Ten thousand changes by chance: each goes forth and back, and git agrees. Pitfall C6, features 28, 29.
#include <random>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "patch/applier.h"
#include "patch/test_folder.h"

namespace commandcenter::patch {
namespace {

constexpr int kCases = 10'000;
constexpr int kCasesInOnePatch = 500;  // for git: one process for all of them

using Tree = std::map<std::string, Content>;

// Trees before and after, with everything that a repository may hold.
class Chance {
 public:
  explicit Chance(unsigned seed) : dice_(seed) {}

  std::pair<Tree, Tree> trees(const std::string& prefix, bool binary) {
    Tree before;
    for (std::size_t i = below(6); i-- > 0;)
      put(before, prefix + name(), {below(5) == 0 ? Mode::kExecutable : Mode::kFile, text(below(30), binary)});
    if (below(6) == 0) put(before, prefix + "link", {Mode::kLink, "d0/f1"});
    Tree after = before;
    for (auto entry = after.begin(); entry != after.end();) {
      Content& content = entry->second;
      const std::size_t what = below(7);
      if (what == 0) {
        entry = after.erase(entry);
        continue;
      }
      if (content.mode == Mode::kLink) {
        if (what == 1) content.bytes = "elsewhere";
      } else if (what == 1 || what == 2) {
        content.bytes.insert(below(content.bytes.size() + 1), text(1 + below(3), false));
      } else if (what == 3) {
        content.mode = content.mode == Mode::kFile ? Mode::kExecutable : Mode::kFile;
      } else if (what == 4) {
        content.bytes.erase(0, below(content.bytes.size() + 1));
      } else if (what == 5 && below(3) == 0) {
        content = {Mode::kLink, "some where"};
      }
      ++entry;
    }
    for (std::size_t i = below(3); i-- > 0;)
      put(after, prefix + name(), {Mode::kFile, text(below(10), binary)});
    if (below(8) == 0 && !before.empty()) move(after, before.begin()->first, prefix + "moved");
    return {before, after};
  }

  std::size_t below(std::size_t bound) { return static_cast<std::size_t>(dice_()) % bound; }

 private:
  std::string name() {
    static const std::vector<std::string> odd{"a b", "-x",          "$(id)",     "quo\"te", "it's", "tab\tbed",
                                              "ünï", "back\\slash", "new\nline", "..x",     "d1"};
    const std::string file = below(4) == 0 ? odd[below(odd.size())] : fmt::format("f{}", below(4));
    return below(3) == 0 ? file : fmt::format("d{}/{}", below(3), file);
  }

  std::string text(std::size_t lines, bool binary) {
    std::string out;
    for (std::size_t i = 0; i < lines; ++i)
      out += fmt::format("line {}{}", below(9), below(8) == 0 ? "\r\n" : "\n");
    if (below(4) == 0 && !out.empty()) out.pop_back();
    if (binary && below(12) == 0) out.insert(out.size() / 2, 1, '\0');
    return out;
  }

  // Unless a file is where a folder would have to be.
  static void put(Tree& tree, const std::string& path, Content content) {
    for (const auto& [other, unused] : tree) {
      if (other.starts_with(path + "/") || path.starts_with(other + "/")) return;
    }
    tree[path] = std::move(content);
  }

  static void move(Tree& tree, const std::string& from, const std::string& to) {
    const auto found = tree.find(from);
    if (found == tree.end()) return;
    Content content = found->second;
    tree.erase(found);
    put(tree, to, std::move(content));
  }

  std::mt19937 dice_;
};

Tree result_of(const Tree& before, const std::vector<Change>& changes) {
  Tree after = before;
  for (const Change& change : changes) {
    if (change.after)
      after[change.path] = *change.after;
    else
      after.erase(change.path);
  }
  return after;
}

Result<std::vector<Change>> resolved(const std::string& text, const Tree& tree) {
  return resolve(text, [&](const std::string& path) -> Result<std::optional<Content>> {
    const auto found = tree.find(path);
    return found == tree.end() ? std::optional<Content>() : std::optional<Content>(found->second);
  });
}

class PatchProperty : public PatchTest {};

TEST_F(PatchProperty, ten_thousand_changes_go_forth_and_back) {
  Chance chance(7);
  Applier applier((root_ / "journal").string());
  int applied_cases = 0;
  for (int number = 0; number < kCases; ++number) {
    const auto [before, after] = chance.trees("", true);
    const auto patch = make(between(before, after));
    ASSERT_TRUE(patch) << patch.error().message;
    if (patch->text.empty()) continue;
    const auto changes = resolved(patch->text, before);
    ASSERT_TRUE(changes) << changes.error().message << "\n" << patch->text;
    ASSERT_EQ(result_of(before, *changes), after) << patch->text;
    const auto reverse = make(reversed(*changes));
    ASSERT_TRUE(reverse) << reverse.error().message;
    const auto back = resolved(reverse->text, after);
    ASSERT_TRUE(back) << back.error().message << "\n" << reverse->text;
    ASSERT_EQ(result_of(after, *back), before) << reverse->text;
    // On the disk as well, one in four: it costs more.
    if (number % 4 != 0) continue;
    ++applied_cases;
    put(before);
    const auto applied = applier.apply({"a", {{work_.string(), patch->text}}});
    ASSERT_TRUE(applied) << applied.error().message << patch->text;
    ASSERT_EQ(tree(), after) << patch->text;
    applier.forget("a");
    const auto taken_back = applier.apply({"b", {{work_.string(), applied->reverse[0]}}});
    ASSERT_TRUE(taken_back) << taken_back.error().message << applied->reverse[0];
    ASSERT_EQ(tree(), before) << patch->text;
    applier.forget("b");
  }
  EXPECT_GT(applied_cases, kCases / 5);
}

TEST_F(PatchProperty, git_checks_applies_and_prints_the_same_ten_thousand_times) {
  Chance chance(11);
  for (int first = 0; first < kCases; first += kCasesInOnePatch) {
    Tree before;
    Tree after;
    for (int number = first; number < first + kCasesInOnePatch; ++number) {
      auto [old_part, new_part] = chance.trees(fmt::format("case{}/", number), false);
      before.merge(old_part);
      after.merge(new_part);
    }
    const auto patch = make(between(before, after));
    ASSERT_TRUE(patch) << patch.error().message;
    std::ofstream(root_ / "patch", std::ios::binary) << patch->text;
    fs::remove_all(work_ / ".git");
    put(before);
    ASSERT_TRUE(git("init -q && git add -A && git commit -qm x")) << complaint();
    ASSERT_TRUE(git(fmt::format("apply --check {}/patch", root_.string()))) << complaint();
    ASSERT_TRUE(git(fmt::format("apply {}/patch", root_.string()))) << complaint();
    ASSERT_EQ(tree(), after);
    ASSERT_TRUE(git("add -A && git diff --cached --binary --full-index --no-renames HEAD")) << complaint();
    ASSERT_EQ(text_of(root_ / "out"), patch->text);
    ASSERT_TRUE(git(fmt::format("apply -R {}/patch", root_.string()))) << complaint();
    ASSERT_EQ(tree(), before);
  }
}

}  // namespace
}  // namespace commandcenter::patch
