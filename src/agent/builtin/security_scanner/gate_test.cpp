// What is not looked at holds nothing: the gate before the parser, and functions that are left out, cost no finding.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "agent/builtin/security_scanner/flaws.h"

namespace commandcenter::security_scanner {
namespace {

const std::filesystem::path kFolder = "src/agent/builtin/security_scanner/fixtures";
constexpr int kIdleFunctions = 80;  // enough for a text to be shortened

std::string read(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::set<std::string> found(const std::string& name, const std::string& text, bool gated) {
  code::ScanOptions options;
  options.secrets = false;
  options.analyzers.push_back(flaws(families(), {.gated = gated}));
  const auto report = code::scan_text(name, text, options);
  std::set<std::string> lines;
  for (const code::Finding& finding : report ? report->findings : std::vector<code::Finding>{})
    lines.insert(fmt::format("{} {} {}", finding.line, finding.rule, code::confidence_word(finding.confidence)));
  return lines;
}

// Parts between empty lines.
std::vector<std::string> blocks_of(const std::string& text) {
  std::vector<std::string> blocks;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find("\n\n", at), text.size());
    blocks.push_back(text.substr(at, end - at) + "\n\n");
    at = end + 2;
  }
  return blocks;
}

bool is_head(std::string_view block) {
  for (const std::string_view word : {"import", "require", "using ", "package ", "use ", "<?php"}) {
    if (block.find(word) < 400) return true;
  }
  return false;
}

std::string idle_functions(const std::string& extension) {
  const std::map<std::string, std::string> patterns = {
      {".py", "def idle_{0}(a):\n    b = a + {0}\n    return b\n\n\n"},
      {".rb", "def idle_{0}(a)\n  b = a + {0}\n  b\nend\n\n"},
      {".go", "func idle{0}(a int) int {{\n\tb := a + {0}\n\treturn b\n}}\n\n"},
      {".php", "function idle_{0}($a)\n{{\n    $b = $a + {0};\n    return $b;\n}}\n\n"},
      {".java", "class Idle{0} {{\n  int idle(int a) {{\n    int b = a + {0};\n    return b;\n  }}\n}}\n\n"},
      {".cs",
       "class Idle{0}\n{{\n    int Idle(int a)\n    {{\n        var b = a + {0};\n        return b;\n    }}\n}}\n\n"},
      {"", "function idle{0}(a) {{\n  const b = a + {0};\n  return b;\n}}\n\n"}};
  const auto known = patterns.find(extension);
  std::string text;
  for (int i = 0; i < kIdleFunctions; ++i)
    text += fmt::format(fmt::runtime(known == patterns.end() ? patterns.at("") : known->second), i);
  return text;
}

// What grew with the square of them took hours.
TEST(Gate, thousands_of_functions_that_share_names_are_read_at_once) {
  std::string script = "const { exec } = require('child_process');\n";
  std::string python = "from flask import request\nimport os\n";
  for (int i = 0; i < 3'000; ++i) {
    script += fmt::format("function f{0}(a, b) {{ run{0} = exec; a[b] = f{0}(a[b], b); exec('x' + b); }}\n", i);
    python += fmt::format("@app.route('/{}')\ndef f(a, b):\n    os.system(a)\n    return f(b, a)\n\n", i);
  }
  EXPECT_FALSE(found("many.js", script, true).empty());
  EXPECT_FALSE(found("many.py", python, true).empty());
}

TEST(Gate, no_fixture_loses_a_finding) {
  std::size_t compared = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(kFolder)) {
    if (!entry.is_regular_file()) continue;
    const std::string name = entry.path().filename().string();
    const std::string whole = read(entry.path());
    EXPECT_EQ(found(name, whole, true), found(name, whole, false)) << name;
    std::string head;
    for (const std::string& block : blocks_of(whole)) {
      const std::string text = head + block;
      if (is_head(block)) head += block;
      const std::set<std::string> expected = found(name, text, false);
      EXPECT_EQ(found(name, text, true), expected) << name << ":\n" << block;
      compared += expected.size();
    }
  }
  EXPECT_GT(compared, 400U);
}

// Constants that are handed over make a call unsafe, wherever they come from.
TEST(Gate, those_who_hand_over_what_makes_a_call_unsafe_are_looked_at) {
  std::string text = "package a;\nimport java.security.MessageDigest;\nclass Digests {\n";
  for (int i = 0; i < kIdleFunctions; ++i)
    text += fmt::format("  int idle{0}(int a) {{\n    int b = a + {0};\n    return b;\n  }}\n\n", i);
  text +=
      "  byte[] md5(byte[] data) {\n    return digest(\"MD5\", data);\n  }\n\n"
      "  private MessageDigest named(String algorithm) {\n    return MessageDigest.getInstance(algorithm);\n  }\n\n"
      "  private byte[] digest(String algorithm, byte[] data) {\n    return named(algorithm).digest(data);\n  }\n}\n";
  EXPECT_EQ(found("Digests.java", text, true), found("Digests.java", text, false));
  EXPECT_FALSE(found("Digests.java", text, true).empty());
}

// What marks a class holds for each of its methods, however far behind they are.
TEST(Gate, every_method_of_a_marked_class_is_looked_at) {
  std::string text = "<?php\nnamespace App\\Http\\Controllers;\nclass UserController extends Controller\n{\n";
  for (int i = 0; i < kIdleFunctions; ++i)
    text += fmt::format("    public function m{0}($slug)\n    {{\n        $a = {0};\n", i) +
            "        return \"<p>\" . $slug . \"</p>\";\n    }\n";
  text += "}\n";
  EXPECT_EQ(found("UserController.php", text, true).size(), std::size_t{kIdleFunctions});
}

TEST(Gate, idle_functions_around_hide_no_finding) {
  for (const auto& entry : std::filesystem::recursive_directory_iterator(kFolder)) {
    const std::string extension = entry.path().extension().string();
    if (!entry.is_regular_file() || extension == ".html" || extension == ".vue" || extension == ".erb") continue;
    const std::string name = entry.path().filename().string();
    const std::string text = read(entry.path()) + "\n" + idle_functions(extension);
    EXPECT_EQ(found(name, text, true), found(name, text, false)) << name;
  }
}

}  // namespace
}  // namespace commandcenter::security_scanner
