// For tests: licence texts as people leave them in their files, from one seed.
#pragma once

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace commandcenter::code::licenses {

class Perturbation {
 public:
  explicit Perturbation(std::uint64_t seed) : state_(seed) {}

  std::string rewrapped(const std::string& text) {
    const std::size_t width = 50 + next(60);
    std::string out;
    std::size_t column = 0;
    std::size_t newlines = 0;
    for (std::size_t at = 0; at < text.size();) {
      if (text[at] == '\n' || text[at] == ' ' || text[at] == '\t' || text[at] == '\r') {
        newlines += text[at] == '\n' ? 1U : 0U;
        ++at;
        continue;
      }
      const std::size_t end = std::min(text.find_first_of(" \t\r\n", at), text.size());
      if (newlines > 1) {
        out += "\n\n";
        column = 0;
      } else if (column + (end - at) > width) {
        out += '\n';
        column = 0;
      } else if (!out.empty()) {
        out += ' ';
        ++column;
      }
      newlines = 0;
      out += text.substr(at, end - at);
      column += end - at;
      at = end;
    }
    return out;
  }

  // Without 20 to 30 percent of its end.
  std::string truncated(const std::string& text) { return text.substr(0, text.size() * (70 + next(11)) / 100); }

  std::string commented(const std::string& text) {
    static constexpr std::string_view kPrefixes[] = {"// ", "# ", " * ", ";; ", "-- ", "dnl ", "% ", "REM "};
    const std::string_view prefix = kPrefixes[next(8)];
    std::string out = prefix == " * " ? "/*\n" : "";
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = std::min(text.find('\n', at), text.size());
      out += prefix;
      out += text.substr(at, end - at);
      out += '\n';
      at = end + 1;
    }
    if (prefix == " * ") out += " */\nint main(void) { return 0; }\n";
    return out;
  }

  // As a quotation, in a box, as strings of a program, in the middle of a README, in capitals.
  std::string framed(const std::string& text) {
    const std::size_t kind = next(5);
    if (kind == 3)
      return "# Tool\n\nWatches folders.\n\n## License\n\n" + text + "\n\n## Thanks\n\nTo all who helped.\n";
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = std::min(text.find('\n', at), text.size());
      const std::string line = text.substr(at, end - at);
      at = end + 1;
      if (kind == 0) out += "> " + line;
      if (kind == 1) out += "* " + line + std::string(line.size() < 70 ? 70 - line.size() : 1, ' ') + "*";
      if (kind == 2) out += "    \"" + escaped(line) + "\\n\"";
      if (kind == 4)
        std::ranges::transform(line, std::back_inserter(out), [](unsigned char c) { return std::toupper(c); });
      out += '\n';
    }
    return kind == 2 ? "const char* kTerms =\n" + out + "    ;\n" : out;
  }

  // Words split at the ends of lines.
  std::string hyphenated(const std::string& text) {
    std::string out;
    std::size_t letters = 0;
    for (const char c : text) {
      letters = c >= 'a' && c <= 'z' ? letters + 1 : 0;
      out += c;
      if (letters == 4 && next(25) == 0) out += "-\n  ";
    }
    return out;
  }

  // Without 8 to 20 percent of its beginning.
  std::string headless(const std::string& text) { return text.substr(text.size() * (8 + next(13)) / 100); }

  std::string html(const std::string& text) {
    std::string out = "<!DOCTYPE html>\n<html><head><title>Legal</title></head><body class=\"page\">\n<p>";
    for (std::size_t at = 0; at < text.size(); ++at) {
      if (text.compare(at, 2, "\n\n") == 0) {
        out += "</p>\n<p style=\"margin: 1em\">";
        ++at;
      } else if (text[at] == '"') {
        out += next(2) == 0 ? "&quot;" : "&#8220;";
      } else if (text[at] == '<') {
        out += "&lt;";
      } else if (text[at] == '>') {
        out += "&gt;";
      } else if (text[at] == '&') {
        out += "&amp;";
      } else {
        out += text[at];
        if (text[at] == '\n' && next(6) == 0) out += "<br/>";
      }
    }
    return out + "</p></body></html>\n";
  }

  // Other years and other people.
  std::string other_holder(const std::string& text) {
    static constexpr std::string_view kHolders[] = {"Jane Q. Developer", "Acme Widgets GmbH & Co. KG",
                                                    "The Example Authors", "Universidad de Ejemplo"};
    std::string out = "Copyright (c) " + std::to_string(1990 + next(35)) + "-" + std::to_string(2020 + next(6)) + " " +
                      std::string(kHolders[next(4)]) + "\n\n";
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = std::min(text.find('\n', at), text.size());
      const std::string line = text.substr(at, end - at);
      const bool copyright =
          line.starts_with("Copyright (c)") || line.starts_with("Copyright (C)") || line.starts_with("Copyright ©");
      out +=
          copyright ? "Copyright (C) " + std::to_string(1990 + next(35)) + " " + std::string(kHolders[next(4)]) : line;
      out += '\n';
      at = end + 1;
    }
    for (const std::string_view mark :
         {"<copyright holders>", "<year>", "[yyyy]", "[name of copyright owner]", "<owner>", "<name of author>"}) {
      for (std::size_t at = out.find(mark); at != std::string::npos; at = out.find(mark))
        out.replace(at, mark.size(), mark.find('y') == 1 ? "2021" : kHolders[next(4)]);
    }
    return out;
  }

  // One letter of about every hundredth word.
  std::string misspelled(const std::string& text) {
    std::string out = text;
    for (std::size_t at = 1; at + 1 < out.size(); ++at) {
      const bool letter = out[at] >= 'a' && out[at] <= 'z' && out[at - 1] >= 'a' && out[at - 1] <= 'z';
      if (!letter || next(500) != 0) continue;
      if (next(2) == 0)
        std::swap(out[at], out[at - 1]);
      else
        out[at] = static_cast<char>('a' + next(26));
    }
    return out;
  }

  std::size_t next(std::size_t bound) {
    state_ ^= state_ << 13U;
    state_ ^= state_ >> 7U;
    state_ ^= state_ << 17U;
    return static_cast<std::size_t>(state_ % bound);
  }

 private:
  static std::string escaped(const std::string& line) {
    std::string out;
    for (const char c : line)
      out += c == '"' || c == '\\' ? std::string("\\") + c : std::string(1, c);
    return out;
  }

  std::uint64_t state_;
};

}  // namespace commandcenter::code::licenses
