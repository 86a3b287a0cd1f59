#include "agent/builtin/security_scanner/view_pages.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <set>

#include "base/characters.h"
#include "base/regex.h"
#include "code/dataflow/page_names.h"

namespace commandcenter::security_scanner {
namespace {

using code::Grammar;

constexpr std::size_t kMaxRoots = 8;         // folders of templates above and beside a file
constexpr std::size_t kMaxShown = 40;        // names of pages in a file
constexpr std::size_t kMaxCall_bytes = 300;  // from the name of a call on
constexpr int kMaxAbove = 6;                 // folders from a file upwards
constexpr std::size_t kMaxErb_bytes = 200'000;

constexpr auto kFolders =
    std::to_array<std::string_view>({"views", "Views", "view", "templates", "template", "tpl", "resources/views",
                                     "app/views", "app/Views", "application/views"});

constexpr auto kWordsOfPages =
    std::to_array<std::string_view>({"view", "templ", "tpl", "partial", "layout", "page", "header", "footer", "html"});

std::string joined(const std::string& folder, std::string_view name) {
  return folder.empty() ? std::string(name) : folder + "/" + std::string(name);
}

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

// "function name(", "class Name" as a word, which stand in no page.
bool declares(std::string_view text, std::string_view word) {
  for (std::size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    const std::size_t line = at == 0 ? 0 : text.rfind('\n', at - 1) + 1;
    const std::string_view before = text.substr(line, at - line);
    const bool first = before.find_first_not_of(" \t") == std::string_view::npos || before.ends_with("final ") ||
                       before.ends_with("abstract ");
    const char next = at + word.size() < text.size() ? text[at + word.size()] : ' ';
    if (first && is_word(next)) return true;
  }
  return false;
}

// "SiteController" shows the pages of the folder "site".
std::string controller_of(const std::string& path) {
  std::string stem = std::filesystem::path(path).stem().string();
  if (!stem.ends_with("Controller")) return {};
  stem.resize(stem.size() - 10);
  std::string small;
  for (const char c : stem) {
    const bool big = c >= 'A' && c <= 'Z';
    if (big && !small.empty()) small.push_back('-');
    small.push_back(big ? static_cast<char>(c | 0x20) : c);
  }
  return small;
}

class Views {
 public:
  Views(std::string_view path, const IsThere& is_there) : path_(path), is_there_(is_there) {
    folder_ = folder_of(path_);
  }

  // By its name below a folder of templates.
  void add_named(std::string_view name, std::span<const std::string_view> endings) {
    if (name.find("..") != std::string_view::npos) return;
    name.remove_prefix(std::min(name.find_first_not_of("/."), name.size()));
    if (!roots_known_) find_roots();
    const std::string controller = controller_of(path_);
    for (const std::string& root : roots_) {
      for (const std::string_view ending : endings) {
        if (add(joined(root, name) + std::string(ending))) return;
        if (!controller.empty() && add(joined(joined(root, controller), name) + std::string(ending))) return;
      }
    }
  }

  // By a path whose beginning is not known.
  void add_path(std::string_view end) {
    const std::string path =
        std::filesystem::path(end.substr(std::min(end.find_first_not_of('/'), end.size()))).lexically_normal();
    if (path.empty() || path.starts_with("..")) return;
    std::string base = folder_;
    for (int above = 0; above < kMaxAbove; ++above) {
      if (add(joined(base, path)) || base.empty()) return;
      base = folder_of(base);
    }
  }

  // Some folder of templates lies above or beside the file.
  bool has_folders() {
    if (!roots_known_) find_roots();
    return !roots_.empty();
  }

  std::vector<std::string> take() { return std::move(paths_); }
  bool full() const { return paths_.size() >= kMaxViews; }

 private:
  bool add(const std::string& path) {
    if (!is_there_(path)) return false;
    if (path != path_ && known_.insert(path).second && !full()) paths_.push_back(path);
    return true;
  }

  void find_roots() {
    roots_known_ = true;
    std::string base = folder_;
    for (int above = 0; above < kMaxAbove; ++above) {
      for (const std::string_view folder : kFolders) {
        const std::string root = joined(base, folder);
        if (roots_.size() < kMaxRoots && is_there_(root)) roots_.push_back(root);
      }
      if (base.empty()) break;
      base = folder_of(base);
    }
  }

  std::string path_;
  std::string folder_;
  const IsThere& is_there_;
  bool roots_known_ = false;
  std::vector<std::string> roots_;
  std::vector<std::string> paths_;
  std::set<std::string> known_;
};

// What stands on a line from a word on. Expressions would take longer than all the rest.
template <typename See>
void for_each_call(std::string_view text, std::string_view word, const See& see) {
  std::size_t count = 0;
  for (std::size_t at = text.find(word); at != std::string_view::npos && count < kMaxShown;
       at = text.find(word, at + word.size())) {
    if (at > 0 && is_word(text[at - 1])) continue;
    ++count;
    see(text.substr(at, std::min(text.find('\n', at) - at, kMaxCall_bytes)));
  }
}

// The first text in it: "list" of "render($answer, 'list', …)"; empty: it begins with something else.
std::string_view first_text(std::string_view call) {
  static const Regex shown = Regex::known(R"(^\w+\(\s*(?:\$\w+\s*,\s*)?['"]([\w./-]+)['"])");
  const auto match = shown.search(call, 0);
  return match ? (*match)[1] : std::string_view{};
}

// "/views/list.php" of "include ROOT . '/views/list.php'", of what may be a page by its name.
std::string_view included_page(std::string_view line) {
  line = line.substr(0, line.find(';'));
  const std::size_t open = line.find_first_of("'\"");
  const std::size_t close = open == std::string_view::npos ? open : line.find(line[open], open + 1);
  if (close == std::string_view::npos) return {};
  const std::string_view path = line.substr(open + 1, close - open - 1);
  const bool page = std::ranges::any_of(
      kWordsOfPages, [&](std::string_view word) { return path.find(word) != std::string_view::npos; });
  return page && path.find('.') != std::string_view::npos && path.find('$') == std::string_view::npos
             ? path
             : std::string_view{};
}

void find_php(std::string_view text, Views& views) {
  static constexpr auto kEndings = std::to_array<std::string_view>({"", ".php", ".phtml", ".html.php", ".tpl.php"});
  if (views.has_folders())
    for (const std::string_view word : {"view(", "render", "display(", "fetch(", "partial("})
      for_each_call(text, word, [&](std::string_view call) {
        const std::string_view name = views.full() ? std::string_view{} : first_text(call);
        if (!name.empty()) views.add_named(name, kEndings);
      });
  for (const std::string_view word : {"include", "require"})
    for_each_call(text, word, [&](std::string_view line) {
      const std::string_view path = views.full() ? std::string_view{} : included_page(line);
      if (!path.empty()) views.add_path(path);
    });
}

// Of Sinatra, unless it was told to escape.
void find_ruby(std::string_view text, Views& views) {
  static const Regex shown = Regex::known(R"(^erb[\s(]+:?['"]?([\w./-]+))");
  static const Regex escapes = Regex::known(R"(escape_html['"]?\s*(?:=>|:)\s*true)");
  static constexpr auto kEndings = std::to_array<std::string_view>({".erb", ".html.erb"});
  if (text.find("inatra") == std::string_view::npos || text.find("erb") == std::string_view::npos) return;
  if (escapes.found_in(text)) return;
  for_each_call(text, "erb", [&](std::string_view call) {
    const auto match = shown.search(call, 0);
    if (match && !views.full()) views.add_named((*match)[1], kEndings);
  });
}

}  // namespace

bool is_view(std::string_view path, std::string_view text, Grammar grammar) {
  if (grammar == Grammar::kRuby) return path.ends_with(".erb");
  if (grammar != Grammar::kPhp) return false;
  if (text.find("?>") == std::string_view::npos && text.find("<?=") == std::string_view::npos) return false;
  return !declares(text, "function ") && !declares(text, "class ") && !declares(text, "interface ") &&
         !declares(text, "trait ");
}

std::string ruby_of_page(std::string_view text) {
  std::string ruby(text.size(), ' ');
  if (text.size() > kMaxErb_bytes) return ruby;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n' || text[i] == '\r') ruby[i] = text[i];
  }
  for (std::size_t open = text.find("<%"); open != std::string_view::npos; open = text.find("<%", open + 2)) {
    const std::size_t close = text.find("%>", open + 2);
    if (close == std::string_view::npos) break;
    std::size_t begin = open + 2;
    const char mark = begin < close ? text[begin] : ' ';
    if (mark == '#' || mark == '%') continue;
    const bool value = mark == '=';
    begin += value || mark == '-' ? 1 : 0;
    if (value && begin < close && text[begin] == '=') ++begin;
    if (value) ruby.replace(open, 3, "_p ");
    const std::size_t end = text[close - 1] == '-' && close > begin ? close - 1 : close;
    std::copy(text.begin() + static_cast<std::ptrdiff_t>(begin), text.begin() + static_cast<std::ptrdiff_t>(end),
              ruby.begin() + static_cast<std::ptrdiff_t>(begin));
    ruby[close] = ';';
    open = close;
  }
  return ruby;
}

std::vector<std::string> view_paths(std::string_view path, std::string_view text, Grammar grammar,
                                    const IsThere& is_there) {
  Views views(path, is_there);
  if (grammar == Grammar::kPhp) find_php(text, views);
  if (grammar == Grammar::kRuby) find_ruby(text, views);
  return views.take();
}

std::span<const std::string_view> shows_pages(Grammar grammar) {
  static const std::vector<std::string_view> php = [] {
    std::vector<std::string_view> names{"include", "include_once", "require", "require_once"};
    names.insert(names.end(), code::dataflow::kShowsPagesOfPhp.begin(), code::dataflow::kShowsPagesOfPhp.end());
    std::ranges::sort(names);
    return names;
  }();
  if (grammar == Grammar::kPhp) return php;
  return code::dataflow::kShowsPagesOfRuby;
}

}  // namespace commandcenter::security_scanner
