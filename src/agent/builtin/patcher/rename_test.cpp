// Renaming by what a name means: over modules, past shadows, in JSX. Feature 25.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include <gtest/gtest.h>

#include "agent/builtin/patcher/patcher.h"

namespace commandcenter::patcher {
namespace {

namespace fs = std::filesystem;
using Tree = std::map<std::string, std::string>;

class RenameTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "cc-rename-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    root_ = name;
  }
  void TearDown() override { fs::remove_all(root_); }

  // The files afterwards, or {"error": …}.
  Tree renamed(const Tree& before, const std::string& from, const std::string& to, const Json& more = Json::object()) {
    fs::remove_all(root_);
    for (const auto& [path, text] : before) {
      fs::create_directories((root_ / path).parent_path());
      std::ofstream(root_ / path, std::ios::binary) << text;
    }
    Json input = {
        {"operation", "simple-refactor"}, {"changes", {{"oldValue", from}, {"newValue", to}}}, {"dryRun", false}};
    input.update(more);
    const auto answer = run("patch", input, root_.string(), [](std::string_view) {});
    if (!answer) return {{"error", answer.error().message}};
    Tree after;
    for (const auto& [path, unused] : before) {
      std::ifstream file(root_ / path, std::ios::binary);
      after[path] = {std::istreambuf_iterator<char>(file), {}};
    }
    return after;
  }
  fs::path root_;
};

TEST_F(RenameTest, goes_through_imports_and_exports) {
  EXPECT_EQ(
      renamed({{"src/user.ts",
                "export function getUser(id: string) { return getUser.cache[id]; }\nconst x = { getUser };\n"},
               {"src/index.ts", "export { getUser } from './user';\nexport * from './other';\n"},
               {"src/other.ts", "export { getUser as load } from './user.js';\n"},
               {"src/app.tsx",
                "import { getUser } from '.';\nimport * as users from './user';\nimport { load } from './other';\n"
                "const a = getUser(1), b = users.getUser(2), c = thing.getUser(3), d = load(4);\n"},
               {"src/old.js",
                "const { getUser } = require('./user');\nconst all = require('./user');\nmodule.exports = { getUser "
                "};\nall.getUser(getUser);\n"},
               {"src/alias.ts", "import { getUser as fetch } from './user';\nfetch(1);\n"},
               {"src/mine.ts", "import { getUser } from 'package';\ngetUser(1);\n"}},
              "getUser", "fetchUser"),
      (Tree{{"src/user.ts",
             "export function fetchUser(id: string) { return fetchUser.cache[id]; }\nconst x = { getUser: fetchUser "
             "};\n"},
            {"src/index.ts", "export { fetchUser } from './user';\nexport * from './other';\n"},
            {"src/other.ts", "export { fetchUser as load } from './user.js';\n"},
            {"src/app.tsx",
             "import { fetchUser } from '.';\nimport * as users from './user';\nimport { load } from './other';\n"
             "const a = fetchUser(1), b = users.fetchUser(2), c = thing.getUser(3), d = load(4);\n"},
            {"src/old.js",
             "const { fetchUser } = require('./user');\nconst all = require('./user');\nmodule.exports = { fetchUser "
             "};\nall.fetchUser(fetchUser);\n"},
            {"src/alias.ts", "import { fetchUser as fetch } from './user';\nfetch(1);\n"},
            {"src/mine.ts", "import { getUser } from 'package';\ngetUser(1);\n"}}));
}

TEST_F(RenameTest, leaves_what_only_has_the_same_name) {
  EXPECT_EQ(
      renamed({{"a.js",
                "const item = 1; // item\nfunction f(item) { return item; }\nconst g = (item) => item + o.item;\n"
                "{ let item = 2; use(item); }\nfor (const item of list) use(item);\n"
                "try { use(item); } catch (item) { use(item); }\nconst { item: other, x = item } = o;\n"
                "use(`item ${item}`, 'item', { item, y: item, item: 3 });\nitem: for (;;) break item;\n"}},
              "item", "entry"),
      (Tree{{"a.js",
             "const entry = 1; // item\nfunction f(item) { return item; }\nconst g = (item) => item + o.item;\n"
             "{ let item = 2; use(item); }\nfor (const item of list) use(item);\n"
             "try { use(entry); } catch (item) { use(item); }\nconst { item: other, x = entry } = o;\n"
             "use(`item ${entry}`, 'item', { item: entry, y: entry, item: 3 });\nitem: for (;;) break item;\n"}}));
}

TEST_F(RenameTest, knows_components_and_types) {
  EXPECT_EQ(renamed({{"card.tsx",
                      "export interface Card { Card: string }\nexport default function Other() { return <Card "
                      "Card=\"Card\"><ns.Card /></Card>; }\n"
                      "function use(c: Card): ns.Card { return c as Card; }\nfunction g<Card>(c: Card) {}\n"}},
                    "Card", "Tile"),
            (Tree{{"card.tsx",
                   "export interface Tile { Card: string }\nexport default function Other() { return <Tile "
                   "Card=\"Card\"><ns.Card /></Tile>; }\n"
                   "function use(c: Tile): ns.Card { return c as Tile; }\nfunction g<Card>(c: Card) {}\n"}}));
}

TEST_F(RenameTest, knows_the_scopes_of_python) {
  EXPECT_EQ(renamed({{"pkg/__init__.py", "from .core import total\n__all__ = ['total', \"other\"]\n"},
                     {"pkg/core.py",
                      "total = 0\n\ndef add(n, total=total):\n    return total + n\n\ndef set_it():\n    global "
                      "total\n    total = 1\n\n"
                      "class Sum:\n    total = total\n    def get(self):\n        return total, self.total, [total for "
                      "total in range(3)]\n\n"
                      "add(1, total=2)\nprint(f\"total {total}\")  # total\n"},
                     {"main.py",
                      "import pkg\nfrom pkg import core as c, total\nfrom pkg.core import total as t\nprint(total, t, "
                      "c.total, pkg.total, x.total)\n"},
                     {"alone.py", "def f(total):\n    return total\n"}},
                    "total", "amount"),
            (Tree{{"pkg/__init__.py", "from .core import amount\n__all__ = ['amount', \"other\"]\n"},
                  {"pkg/core.py",
                   "amount = 0\n\ndef add(n, total=amount):\n    return total + n\n\ndef set_it():\n    global "
                   "amount\n    amount = 1\n\n"
                   "class Sum:\n    total = amount\n    def get(self):\n        return amount, self.total, [total for "
                   "total in range(3)]\n\n"
                   "add(1, total=2)\nprint(f\"total {amount}\")  # total\n"},
                  {"main.py",
                   "import pkg\nfrom pkg import core as c, amount\nfrom pkg.core import amount as t\nprint(amount, t, "
                   "c.amount, pkg.amount, x.total)\n"},
                  {"alone.py", "def f(total):\n    return total\n"}}));
}

TEST_F(RenameTest, the_line_says_which_one_is_meant) {
  const Tree before{{"a.js", "const n = 1;\nfunction f(n) {\n  return n;\n}\nf(n);\n"}};
  EXPECT_EQ(renamed(before, "n", "count", {{"file", "a.js"}, {"line", 2}}),
            (Tree{{"a.js", "const n = 1;\nfunction f(count) {\n  return count;\n}\nf(n);\n"}}));
  EXPECT_EQ(renamed({{"a.js", "function f(n) { return n; }\n"}}, "n", "count"),
            (Tree{{"a.js", "function f(count) { return count; }\n"}}))
      << "where no module declares it, the others are meant";
  EXPECT_EQ(renamed({{"a.js", "class A { run() {} }\nnew A().run();\n"}}, "run", "start"),
            (Tree{{"a.js", "class A { start() {} }\nnew A().start();\n"}}))
      << "and where nobody does, members";
}

TEST_F(RenameTest, refuses_what_would_mix_up_names) {
  const auto error = [&](const std::string& text) {
    const Tree after = renamed({{"a.js", text}}, "a", "b");
    return after.contains("error") ? after.at("error") : after.at("a.js");
  };
  EXPECT_EQ(error("let a, b;\n"),
            "Patch failed: a.js:1 has a b already, which would be mixed up with it (no changes made)");
  EXPECT_EQ(error("let a;\nfunction f(b) { return a; }\n").substr(0, 24), "Patch failed: a.js:2 has");
  EXPECT_EQ(error("function f(a) { return b; }\nlet b;\n").substr(0, 24), "Patch failed: a.js:1 has");
  EXPECT_EQ(error("let a;\nfunction f(b) { return b; }\no.b;\n"), "let b;\nfunction f(b) { return b; }\no.b;\n");
}

TEST_F(RenameTest, strings_and_comments_only_if_asked) {
  EXPECT_EQ(renamed({{"a.py", "def old(): pass\n# old, older\nx = 'old'\n"},
                     {"A.java", "class A { int old; /* old */ String s = \"old\"; }\n"}},
                    "old", "fresh", {{"inStrings", true}}),
            (Tree{{"a.py", "def fresh(): pass\n# fresh, older\nx = 'fresh'\n"},
                  {"A.java", "class A { int fresh; /* fresh */ String s = \"fresh\"; }\n"}}));
}

}  // namespace
}  // namespace commandcenter::patcher
