// What the name and the looks of a file say about it. Folder names count as whole words.
#include <algorithm>
#include <array>
#include <cstring>

#include "base/characters.h"
#include "code/source/source.h"

namespace commandcenter::code {
namespace {

// Average length of a line from which on nobody wrote it by hand, and the same of a text with hardly a blank in it; the
// second as GitHub's linguist has it.
constexpr std::size_t kMinifiedLine_bytes = 500;
constexpr std::size_t kDenseLine_bytes = 110;
constexpr std::size_t kDense_percent = 10;       // of blanks and ends of lines; people write more
constexpr std::size_t kHeader_bytes = 1'024;     // where a generator says that it was one
constexpr std::size_t kBanner_bytes = 512;       // where a library says which one it is
constexpr std::size_t kSample_bytes = 64 << 10;  // how much of a file is looked at for its line length

constexpr auto kLockFiles = std::to_array<std::string_view>(
    {"package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml", "go.sum", "bun.lockb", "packages.lock.json",
     "gradle.lockfile", "go.work.sum", "paket.lock", "conda-lock.yml", "mix.lock", "pubspec.lock"});

constexpr auto kVendoredFolders =
    std::to_array<std::string_view>({"node_modules", "vendor", "third_party", "thirdparty", "3rdparty",
                                     "bower_components", "site-packages", "external", "dist", "deps", "vendors"});
constexpr auto kTestFolders = std::to_array<std::string_view>(
    {"test", "tests", "__tests__", "spec", "specs", "testdata", "testutil", "testutils", "e2e"});
constexpr auto kLibraries = std::to_array<std::string_view>(
    {"ace",         "angular",    "axios",      "babel-polyfill", "backbone",   "billboard",     "bootstrap",
     "c3",          "chart",      "ckeditor",   "clipboard",      "codemirror", "core-js",       "d3",
     "datatables",  "dojo",       "dompurify",  "dropzone",       "dygraph",    "echarts",       "ember",
     "ext-all",     "flatpickr",  "foundation", "fullcalendar",   "gsap",       "hammer",        "handlebars",
     "highcharts",  "highlight",  "html5shiv",  "htmx",           "jquery",     "jszip",         "knockout",
     "leaflet",     "lodash",     "marked",     "materialize",    "mathjax",    "mediaelement",  "mermaid",
     "modernizr",   "moment",     "mootools",   "mousetrap",      "moxie",      "mustache",      "openlayers",
     "parsley",     "pdf",        "pdfjs",      "phaser",         "plotly",     "plupload",      "polyfill",
     "popper",      "prism",      "prototype",  "purify",         "quill",      "raphael",       "react",
     "redoc",       "require",    "requirejs",  "respond",        "rxjs",       "scriptaculous", "select2",
     "showdown",    "simplemde",  "socket.io",  "sortable",       "summernote", "swagger-ui",    "sweetalert",
     "sweetalert2", "swfobject",  "swiper",     "three",          "tiny_mce",   "tinymce",       "toastr",
     "twemoji",     "underscore", "video",      "videojs",        "vue",        "vuex",          "xlsx",
     "yui",         "zepto",      "zone",       "zxcvbn"});
static_assert(std::ranges::is_sorted(kLibraries));
struct Telling {
  std::string_view word;  // of a path
  bool Traits::*trait;
};
constexpr auto kTelling = std::to_array<Telling>({
    {"__mocks__", &Traits::test},
    {"__tests__", &Traits::test},
    {"cassettes", &Traits::test},
    {"changelog", &Traits::documentation},
    {"demo", &Traits::example},
    {"demos", &Traits::example},
    {"doc", &Traits::documentation},
    {"docs", &Traits::documentation},
    {"documentation", &Traits::documentation},
    {"e2e", &Traits::test},
    {"example", &Traits::example},
    {"examples", &Traits::example},
    {"fixture", &Traits::test},
    {"fixtures", &Traits::test},
    {"i18n", &Traits::translation},
    {"intl", &Traits::translation},
    {"l10n", &Traits::translation},
    {"lang", &Traits::translation},
    {"langs", &Traits::translation},
    {"language", &Traits::translation},
    {"languages", &Traits::translation},
    {"locale", &Traits::translation},
    {"locales", &Traits::translation},
    {"localisation", &Traits::translation},
    {"localization", &Traits::translation},
    {"man", &Traits::documentation},
    {"mock", &Traits::test},
    {"mocks", &Traits::test},
    {"nls", &Traits::translation},
    {"po", &Traits::translation},
    {"readme", &Traits::documentation},
    {"sample", &Traits::example},
    {"samples", &Traits::example},
    {"spec", &Traits::test},
    {"specs", &Traits::test},
    {"template", &Traits::example},
    {"test", &Traits::test},
    {"testdata", &Traits::test},
    {"testing", &Traits::test},
    {"tests", &Traits::test},
    {"testutil", &Traits::test},
    {"testutils", &Traits::test},
    {"translations", &Traits::translation},
    {"tutorial", &Traits::example},
    {"unittest", &Traits::test},
    {"wiki", &Traits::documentation},
});
static_assert(std::ranges::is_sorted(kTelling, {}, &Telling::word));

template <std::size_t kSize>
bool is_one_of(const std::array<std::string_view, kSize>& words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

// Calls `see` for every word of the path: folders, and parts of the names between ".", "_" and "-".
template <typename See>
void for_each_word(std::string_view path, const See& see) {
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= path.size(); ++i) {
    const char c = i < path.size() ? path[i] : '/';
    if (c != '/' && c != '.' && c != '_' && c != '-') continue;
    if (i > begin) see(path.substr(begin, i - begin));
    begin = i + 1;
  }
}

// Bundles of Java: messages_de.properties, labels.properties.
bool is_bundle(std::string_view name) {
  constexpr auto kBundles =
      std::to_array<std::string_view>({"message", "messages", "text", "texts", "label", "labels"});
  if (!name.ends_with(".properties") && !name.ends_with(".prop")) return false;
  bool named = false;
  for_each_word(name, [&](std::string_view word) { named = named || is_one_of(kBundles, word); });
  return named;
}

bool is_script_name(std::string_view name) {
  return name.ends_with(".js") || name.ends_with(".mjs") || name.ends_with(".cjs");
}

// More than `least` bytes a line on average; false as soon as that is sure not to be.
bool has_long_lines(std::string_view sample, std::size_t least) {
  std::size_t lines = 1;
  for (std::size_t end = sample.find('\n'); end != std::string_view::npos; end = sample.find('\n', end + 1))
    if (sample.size() / ++lines <= least) return false;
  return sample.size() / lines > least;
}

bool is_minified(std::string_view name, std::string_view text) {
  if (name.find(".min.") != std::string_view::npos || name.ends_with(".map")) return true;
  const bool written = is_script_name(name) || name.ends_with(".css");
  if (!(written || name.ends_with("js") || name.ends_with(".html")) || text.size() < 2 * kMinifiedLine_bytes)
    return false;
  std::string_view sample = text.substr(0, kSample_bytes);
  if (has_long_lines(sample, kMinifiedLine_bytes)) return true;
  if (!written || !has_long_lines(sample, kDenseLine_bytes)) return false;
  sample = sample.substr(0, sample.find("sourceMappingURL=data:"));  // one long line at the end of what people wrote
  const auto blanks =
      std::ranges::count_if(sample, [](char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; });
  return has_long_lines(sample, kDenseLine_bytes) &&
         static_cast<std::size_t>(blanks) * 100 < sample.size() * kDense_percent;
}

// "1.2.3" or "v1.2" stands in it.
bool names_version(std::string_view text) {
  for (std::size_t dot = text.find('.', 1); dot != std::string_view::npos && dot + 1 < text.size();
       dot = text.find('.', dot + 1)) {
    if (is_digit(text[dot - 1]) && is_digit(text[dot + 1])) return true;
  }
  return false;
}

// jquery-3.6.1.js, bootstrap.bundle.js: one of the names, with a version or the kind of build behind it.
bool is_library_name(std::string_view name) {
  const std::string_view stem = name.substr(0, name.rfind('.'));
  const auto next = std::ranges::upper_bound(kLibraries, stem);
  for (auto known = next; known != kLibraries.begin() && (*std::prev(known))[0] == stem[0]; --known) {
    const std::string_view library = *std::prev(known);
    if (!stem.starts_with(library)) continue;
    const std::string_view rest = stem.substr(library.size());
    if (rest.empty() || rest[0] == '-' || rest[0] == '.' || rest[0] == '_') return true;
  }
  return false;
}

// The comments that a text begins with.
std::string_view comments_before(std::string_view text) {
  std::size_t end = 0;
  while (end < text.size()) {
    const std::size_t open = text.find_first_not_of(" \t\r\n;", end);
    const std::string_view sign = open == std::string_view::npos ? std::string_view{} : text.substr(open, 2);
    if (sign != "/*" && sign != "//") break;
    end = std::min(text.find(sign == "/*" ? "*/" : "\n", open), text.size());
    if (sign == "/*") end = std::min(end + 2, text.size());
  }
  return text.substr(0, end);
}

// A library that was put beside one's own code: by its name, and by what it says of itself where it begins.
bool is_library(std::string_view name, std::string_view text) {
  if (name.empty() || !is_script_name(name) || !is_library_name(name)) return false;
  const std::string_view banner = comments_before(text.substr(0, kBanner_bytes));
  const std::string low = lower(banner);
  const auto says = [&](std::string_view word) { return low.find(word) != std::string::npos; };
  return names_version(banner) || says("license") || says("copyright") || says("(c)");
}

bool says_generated(std::string_view text) {
  const std::string_view header = text.substr(0, kHeader_bytes);
  for (const std::string_view mark : {"@generated", "DO NOT EDIT", "do not edit by hand", "AUTO-GENERATED",
                                      "autogenerated", "Code generated by", "Generated by the protocol buffer"}) {
    if (header.find(mark) != std::string_view::npos) return true;
  }
  return false;
}

}  // namespace

Traits traits_of(std::string_view path, std::string_view text) {
  const std::string low = lower(path);
  const std::string_view name = std::string_view(low).substr(low.rfind('/') + 1);
  Traits traits;
  traits.lock = name.ends_with(".lock") || is_one_of(kLockFiles, name);
  traits.minified = is_minified(name, text);
  traits.generated = says_generated(text);
  traits.library = is_library(name, text);
  for_each_word(low, [&](std::string_view word) {
    const auto* known = std::ranges::lower_bound(kTelling, word, {}, &Telling::word);
    if (known != kTelling.end() && known->word == word) traits.*known->trait = true;
  });
  std::size_t begin = 0;
  for (std::size_t slash = low.find('/'); slash != std::string::npos; slash = low.find('/', begin)) {
    traits.vendored =
        traits.vendored || is_one_of(kVendoredFolders, std::string_view(low).substr(begin, slash - begin));
    begin = slash + 1;
  }
  traits.translation = traits.translation || is_bundle(name);
  traits.test = traits.test || name.find("_test.") != std::string_view::npos || name.starts_with("test_");
  return traits;
}

namespace {

// Go: "httptest", "assertstest", as its own packages that help with tests are called.
bool is_test_package(std::string_view folder) {
  constexpr auto kWords =
      std::to_array<std::string_view>({"attest", "contest", "fastest", "latest", "loadtest", "nearest", "protest"});
  return folder.size() > 5 && folder.ends_with("test") && !is_one_of(kWords, folder);
}

}  // namespace

bool is_test_code(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  const std::string_view name = path.substr(slash + 1);  // all of it when there is none
  if (name.ends_with("_test.go")) return true;
  const bool script = name.ends_with("js") || name.ends_with("ts") || name.ends_with("sx");
  if (script && (name.find(".test.") != std::string_view::npos || name.find(".spec.") != std::string_view::npos))
    return true;
  const std::string_view folders = path.substr(0, slash == std::string_view::npos ? 0 : slash);
  for (std::size_t begin = 0; begin < folders.size();) {
    const std::size_t end = std::min(folders.find('/', begin), folders.size());
    const std::string_view folder = folders.substr(begin, end - begin);
    if (is_one_of(kTestFolders, folder) || folder == "Tests" || folder.ends_with(".Tests")) return true;
    if (name.ends_with(".go") && is_test_package(folder)) return true;
    begin = end + 1;
  }
  return false;
}

}  // namespace commandcenter::code
