// Each template language by its own expression for "put this out as it is".
#include "agent/builtin/security_scanner/pages.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "base/regex.h"
#include "code/dataflow/words.h"

namespace commandcenter::security_scanner {
namespace {

namespace dataflow = code::dataflow;

struct Output {
  dataflow::Words extensions;
  std::string_view needle;   // what every match of the pattern holds
  std::string_view pattern;  // group 1: what is put out
  std::string_view rule;
};

// Django, Jinja and Twig share their form; so do Handlebars and Mustache.
constexpr auto kOutputs = std::to_array<Output>({
    {"html htm jinja jinja2 j2 njk djhtml twig tpl xhtml", "{{",
     R"(\{\{-?\s*([^{}]*?)\|\s*(?:safe|safeseq|raw)\b([^{}]*)\}\})", "xss/template"},
    {"html htm jinja jinja2 j2 djhtml", "autoescape", R"((\{%-?\s*autoescape\s+(?:off|false)\s*-?%\}))",
     "xss/template"},
    {"twig", "autoescape", R"((\{%-?\s*autoescape\s+false\s*-?%\}))", "xss/template"},
    {"hbs handlebars mustache html hjs", "{{{", R"(\{\{\{\s*([^{}]+?)\s*\}\}\})", "xss/template"},
    {"hbs handlebars mustache hjs", "{{&", R"(\{\{&\s*([^{}]+?)\s*\}\})", "xss/template"},
    {"ejs html", "<%-", R"(<%-\s*([^%]+?)-?%>)", "xss/template"},
    {"erb rhtml", "<%==", R"(<%==\s*([^%]+?)-?%>)", "xss/template"},
    {"erb rhtml haml slim", "raw", R"((?m)(?:<%=|^\s*=|[^=!]=)\s*raw[\s(]+([^%\n]+?)(?:-?%>|$))", "xss/template"},
    {"erb rhtml haml slim", ".html_safe", R"((?:<%=|=)\s*([^%\n]+?)\.html_safe\b)", "xss/template"},
    {"erb rhtml", "raw", R"(<%=[^%\n]*[\s,(]raw[\s(]+([^%\n]+?)-?%>)", "xss/template"},
    {"erb rhtml", ".html_safe", R"(<%=[^%\n]*[\s,(]([@\w][\w.@:'"\[\]]*)\.html_safe\b)", "xss/template"},
    {"erb rhtml", "link_to", R"(<%=\s*link_to[\s(]+(?:'[^'\n]*'|"[^"\n]*"|[\w.@]+)\s*,\s*(params\[[^%\n]+?)-?%>)",
     "xss/script-address"},
    {"haml slim", "=", R"((?m)^\s*(?:[%.#][\w.#:-]+)?(?:\{[^}\n]*\}|\([^)\n]*\))?(?:!=|==)\s*(\S[^\n]*))",
     "xss/template"},
    {"slim", "==", R"((?m)^\s*[a-z][\w.#-]*(?:\{[^}\n]*\}|\([^)\n]*\))?\s+==\s*(\S[^\n]*))", "xss/template"},
    {"slim", "#{{", R"(#\{\{\s*([^{}]+?)\s*\}\})", "xss/template"},
    {"pug jade", "!{", R"(!\{\s*([^{}]+?)\s*\})", "xss/template"},
    {"pug jade", "!=", R"((?m)^[^\n!]*!=\s*([^\n=]+)$)", "xss/template"},
    {"php blade", "{!!", R"(\{!!\s*(.+?)\s*!!\})", "xss/template"},
    {"html xhtml", "th:utext", R"(\sth:utext\s*=\s*"([^"]+)\")", "xss/template"},
    {"html xhtml", "[(", R"(\[\(\s*(\$\{[^{}]+\})\s*\)\])", "xss/template"},
    {"xhtml jsf jspx", "outputText", R"(<h:outputText\b[^>]*\bescape\s*=\s*"false"[^>]*(>))", "xss/template"},
    {"ftl ftlh", "no_esc", R"(\$\{([^{}]+)\?no_esc\b[^{}]*\})", "xss/template"},
    {"ftl ftlh", "<#no", R"((<#noescape>|<#noautoesc>))", "xss/template"},
    {"cshtml razor vbhtml", "Html.Raw", R"(@Html\.Raw\(([^()\n]+)\))", "xss/template"},
    {"cshtml razor vbhtml", "HtmlString", R"(@\(?\s*new\s+(?:[\w.]*\.)?HtmlString\(([^()\n]+)\))", "xss/template"},
    {"razor", "MarkupString", R"(@\(?\s*(?:\(MarkupString\)|new\s+MarkupString\()\s*([^()\n]+)\))", "xss/template"},
    {"aspx ascx master", "Request", R"(<%=\s*(Request(?:\.(?:QueryString|Form|Params|Cookies))?\s*[\[(][^%]*?)%>)",
     "xss/server"},
    {"mako mak", "${", R"(\$\{([^{}|]+)\|\s*n\s*\})", "xss/template"},
    {"tpl", "nofilter", R"(\{(\$[^{}]+?)\s+nofilter\})", "xss/template"},
    {"latte", "noescape", R"(\{(\$[^{}]+?)\|noescape\})", "xss/template"},
    {"svelte", "@html", R"(\{@html\s+([^{}]+)\})", "xss/template"},
    {"html", "innerHTML", R"(\[innerHTML\]\s*=\s*"([^"]+)\")", "xss/template"},
    {"vue html", "v-html", R"(\sv-html\s*=\s*"\s*([^"]+?)\s*\")", "xss/v-html"},
    {"vue html", "v-html", R"(\sv-html\s*=\s*'\s*([^']+?)\s*')", "xss/v-html"},
    {"jsp jspf jspx tag", "${", R"((?:^|[^"'=\w\\]|[^=]')(\$\{\s*(?:(?:param|header)(?:Values)?|cookie)[.\[][^}]*\}))",
     "xss/server"},
    {"jsp jspf jspx tag", "pageContext", R"((?:^|[^"=\w\\])(\$\{\s*pageContext\.request\.queryString\s*\}))",
     "xss/server"},
    // In an attribute of a tag of HTML; those of libraries escape.
    {"jsp jspf jspx tag", "${",
     R"(<[a-zA-Z]\w*\s[^<>]*=\s*["'](?:[^"'<>]*[^"'<>\\])?(\$\{\s*(?:(?:param|header)(?:Values)?|cookie)[.\[][^}]*\}))",
     "xss/server"},
    // What is included, and where it leads, when a user says so from the beginning on.
    {"jsp jspf jspx tag", "c:redirect",
     R"(<c:redirect\s[^<>]*\burl\s*=\s*["'](\$\{\s*(?:param|header|cookie)[.\[][^}]*\}))", "redirect/open"},
    {"jsp jspf jspx tag", "jsp:", R"(<jsp:(?:include|forward)\s[^<>]*\bpage\s*=\s*["'](\$\{\s*param[.\[][^}]*\}))",
     "path/traversal"},
    {"jsp jspf jspx tag", "c:import", R"(<c:import\s[^<>]*\burl\s*=\s*["'](\$\{\s*param[.\[][^}]*\}))", "ssrf/request"},
    {"tpl", "$smarty.",
     R"(\{(\$smarty\.(?:get|post|request|cookies)\.\w+)"
     R"((?:\|(?:default|upper|lower|trim|nl2br|capitalize|truncate)\b[^|{}]*)*)\s*\})",
     "xss/template"},
    {"jsp jspf jspx tag", "c:out", R"(<c:out\s[^>]*escapeXml\s*=\s*"false"[^>]*(>))", "xss/template"},
});

constexpr std::string_view kHarmless =
    R"((?i)^\s*(?:['"][^'"{]*['"]\s*(?:\)|\|\s*t(?:rans)?\b[^(]*$|\)?\s*(?:if|unless)\s.*)?|)"
    R"(\d+|include\b.*|partial\b.*|layout\b.*|yield\b.*|content_for\b.*|csrf_\w+.*|)"
    R"(\$(?:slot|attributes)\b.*|)"
    R"(\(?[^?"'+(]*\?\s*(?:"[^"#${]*"|'[^']*')\s*:\s*(?:"[^"#${]*"|'[^']*')\s*\)?|)"  // one of two texts
    R"(render\b.*|json_encode\(.*|contents?\b\s*(?:$|for\b.*)|block\b.*|>?\s*include\(.*|)"
    R"((?:t|\$tc?|I18n\.t|translate|__|trans|lang|_|gettext)[\s(]\s*['"][^'"$#]*['"]\s*\)?|)\s*;?\s*$)";
// Names of what was made into HTML before.
constexpr std::string_view kRendered =
    R"((?i)^\s*(?:html[-_.\w]*|widget|[-\w.$>\[\]'"]*html|)"
    R"([-\w.$>\[\]'"]*(?:icon|dropdown|navigation|menu|button|toolbar|pagination|breadcrumbs?|_form|)"
    R"(hidden_(?:fields|inputs)))\s*;?\s*$)";
constexpr std::string_view kCleaned =
    R"((?i)purify|sanitiz|sanitis|escape_?html|htmlescape|html_escape|encodeuri|\bescape\(|\be\(|tojson|json_script|)"
    R"(escape_javascript|\bj\(|)"
    R"(to_json|stringify|serialize|htmlspecialchars|htmlentities|strip_tags|striptags|force_escape|json_encode|bleach|)"
    R"(linebreaks|markdownify|csrf|render_|(?:^|[\s{(])h[( ]|\bclean\(|)"
    R"(html_?encode|htmlattributeencode|javascript_?string_?encode|number_(?:to|with|format)|)"
    R"(^\s*\(\s*(?:int|integer|float|double|bool|boolean)\s*\)|\.(?:to_i|to_f|size|count|length|id)\s*$|)"
    R"(\bnumber\(|\bparsefloat\(|\bint\.(?:try)?parse|\btoint(?:32|64)\(|\bparseint\(|\bintval\(|)"
    R"(html_input\W+(?:escape|strip)|\|\s*e(?:scape)?\b\s*(?:\(\s*['"]html['"]\s*\)\s*)?$|)"
    R"(forHtml|encodeForHTML|content_tag|link_to|_tag\b|simple_format|paginat|->links\(|->render\()";

// Twig: 'Saved in <b>%s</b>.'|trans|format(folder|e): a text of the program, with what was escaped put in.
constexpr std::string_view kFormatted =
    R"(^\s*\(?\s*(?:'[^']*'|"[^"#]*")\s*(?:\|\s*(?:trans|t|nl2br)\b\s*(?:\([^()]*\))?\s*)*)"
    R"(\|\s*format\(\s*(?:(?:'[^']*'|"[^"#]*"|\d+|[^,()'"|]+(?:\([^()]*\))?\s*\|\s*e(?:scape)?\b(?:\([^()]*\))?|)"
    R"((?:url|path|asset)\([^()]*\))\s*,?\s*)*\)\s*(?:\|\s*nl2br\s*)?\)?\s*$)";

// "<b>a</b>" at the end of a piece of Ruby, without anything that is put in: what ".html_safe" is asked of then.
bool ends_with_literal(std::string_view value) {
  if (value.size() < 2 || (value.back() != '"' && value.back() != '\'')) return false;
  const std::size_t open = value.rfind(value.back(), value.size() - 2);
  return open != std::string_view::npos && value.substr(open).find_first_of("#{}") == std::string_view::npos;
}

std::string extension_of(std::string_view path) {
  const std::size_t dot = path.rfind('.');
  std::string extension = dot == std::string_view::npos ? std::string() : code::lower(path.substr(dot + 1));
  return extension;
}

// Templates of style sheets, mails in plain text and the like.
bool is_no_page(std::string_view path) {
  const std::string small = code::lower(path);
  return std::ranges::any_of(std::to_array<std::string_view>({".css.", ".txt.", ".text.", ".json.", ".csv.", ".yml."}),
                             [&](std::string_view part) { return small.find(part) != std::string::npos; });
}

// A feed, a map of a site: no browser runs what stands in one.
bool is_feed(std::string_view text) {
  constexpr std::size_t kHead_bytes = 500;
  static const Regex feed = Regex::known(R"(^(?:\s|\{\{!(?s:.*?)\}\}|\{#(?s:.*?)#\}|<%(?s:.*?)%>)*)"
                                         R"(<(?:feed|rss|rdf:RDF|item|entry|urlset|sitemapindex|opml)[\s>])");
  static const Regex xml = Regex::known(R"(^\s*<\?xml\b)");
  text = text.substr(0, kHead_bytes);
  return feed.found_in(text) || (xml.found_in(text) && text.find("<html") == std::string_view::npos &&
                                 text.find("<!DOCTYPE") == std::string_view::npos);
}

struct Patterns {
  std::vector<Regex> outputs;
  Regex harmless = Regex::known(kHarmless);
  Regex rendered = Regex::known(kRendered);
  Regex cleaned = Regex::known(kCleaned);
  Regex formatted = Regex::known(kFormatted);
  Regex encoded = Regex::known(R"(\|\s*(?:url_?encode|escape|e|forceescape|escapejs|striptags|length|count)\b)");
  Regex comment = Regex::known(
      R"(<!--(?s:.*?)-->|<%--(?s:.*?)--%>|<%#(?s:.*?)%>|\{#(?s:.*?)#\}|\{\{!(?s:.*?)\}\}|\{\{--(?s:.*?)--\}\})");
  Patterns() {
    for (const Output& output : kOutputs)
      outputs.push_back(Regex::known(output.pattern));
  }
};

const Patterns& patterns() {
  static const Patterns all;
  return all;
}

bool part_of_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$';
}

// "safeBio() { return sanitize(…)", "const safeBio = computed(() => sanitize(…": cleaned where it is made.
bool is_made_clean(std::string_view text, std::string_view name) {
  name = name.substr(0, name.find_last_not_of(" \t") + 1);
  if (name.starts_with("this.")) name.remove_prefix(5);
  if (name.ends_with(')')) name = name.substr(0, name.find('('));  // what a method of the page gives
  if (name.empty() || !std::ranges::all_of(name, part_of_name)) return false;
  for (std::size_t at = text.find(name); at != std::string_view::npos; at = text.find(name, at + name.size())) {
    if (at > 0 && part_of_name(text[at - 1])) continue;
    std::string_view rest = text.substr(at + name.size());
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
    if (rest.empty() || std::string_view("=(:").find(rest[0]) == std::string_view::npos) continue;
    if (rest[0] == '(') {  // "name(a) {", where it is made, and no call of it
      const std::size_t close = rest.find(')');
      const std::size_t behind = close == std::string_view::npos ? close : rest.find_first_not_of(" \t", close + 1);
      if (behind == std::string_view::npos || (rest[behind] != '{' && rest[behind] != ':')) continue;
    }
    rest = rest.substr(0, rest.find("%>"));
    if (patterns().cleaned.found_in(rest.substr(0, rest.find_first_of(";}")))) return true;
  }
  return false;
}

// `<b>${count}</b>`, where all that is put in was cleaned where it was made.
bool puts_in_clean(std::string_view text, std::string_view value) {
  if (!value.starts_with('`') || value.find("${") == std::string_view::npos) return false;
  for (std::size_t at = value.find("${"); at != std::string_view::npos; at = value.find("${", at + 2)) {
    const std::size_t end = value.find('}', at);
    if (end == std::string_view::npos || !is_made_clean(text, value.substr(at + 2, end - at - 2))) return false;
  }
  return true;
}

// Ruby: "<b>#{count}</b>", the same.
bool interpolates_clean(std::string_view text, std::string_view value) {
  value = value.substr(0, value.find_last_not_of(" )\t") + 1);
  if (value.size() < 2 || !value.starts_with('"') || !value.ends_with('"')) return false;
  value = value.substr(1, value.size() - 2);
  bool puts_in = false;
  while (!value.empty()) {
    const std::size_t at = std::min(value.find("#{"), value.size());
    if (value.substr(0, at).find('"') != std::string_view::npos) return false;  // more than one text
    if (at == value.size()) break;
    const std::size_t end = value.find('}', at);
    if (end == std::string_view::npos) return false;
    const std::string_view part = value.substr(at + 2, end - at - 2);
    if (!patterns().cleaned.found_in(part) && !is_made_clean(text, part)) return false;
    puts_in = true;
    value.remove_prefix(end + 1);
  }
  return puts_in;
}

// What stands behind "icon =": a text of the program, perhaps in ref() or computed().
bool begins_with_literal(std::string_view value) {
  const auto skip_spaces = [&] { value.remove_prefix(std::min(value.find_first_not_of(" \t\r\n"), value.size())); };
  skip_spaces();
  for (const std::string_view wrapper : {"ref(", "shallowRef(", "computed(() =>"})
    if (value.starts_with(wrapper)) value.remove_prefix(wrapper.size());
  skip_spaces();
  if (value.empty() || std::string_view("'\"`").find(value[0]) == std::string_view::npos) return false;
  const std::size_t end = value.find(value[0], 1);
  if (end == std::string_view::npos || value.substr(0, end).find("${") != std::string_view::npos) return false;
  value.remove_prefix(end + 1);
  value.remove_prefix(std::min(value.find_first_not_of(" \t\r"), value.size()));
  return value.empty() || std::string_view(";,)}\n").find(value[0]) != std::string_view::npos;
}

// "const icon = '<svg>'", "icon: '<svg>'": whatever gets this name in a component is a text of the program.
bool is_fixed(std::string_view text, std::string_view name) {
  if (name.empty() || !std::ranges::all_of(name, part_of_name)) return false;
  bool fixed = false;
  for (std::size_t at = text.find(name); at != std::string_view::npos; at = text.find(name, at + name.size())) {
    if (at > 0 && part_of_name(text[at - 1])) continue;
    std::string_view rest = text.substr(at + name.size());
    if (!rest.empty() && part_of_name(rest[0])) continue;
    if (rest.starts_with(".value")) rest.remove_prefix(6);
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t\r\n"), rest.size()));
    if (rest.starts_with("() {")) {  // icon() { return '<svg>'; }
      rest.remove_prefix(4);
      rest.remove_prefix(std::min(rest.find_first_not_of(" \t\r\n"), rest.size()));
      if (!rest.starts_with("return ") || !begins_with_literal(rest.substr(7))) return false;
      fixed = true;
      continue;
    }
    if (rest.starts_with("in ") || rest.starts_with("of ") || rest.starts_with("+=") || rest.starts_with("("))
      return false;
    const bool gets =
        (rest.starts_with('=') && !rest.starts_with("==") && !rest.starts_with("=\"")) || rest.starts_with(':');
    if (!gets) continue;
    if (!begins_with_literal(rest.substr(1))) return false;
    fixed = true;
  }
  return fixed;
}

using Ranges = std::vector<std::pair<std::size_t, std::size_t>>;

Ranges comments_of(std::string_view text) {
  Ranges ranges;
  std::size_t from = 0;
  while (const auto match = patterns().comment.search(text, from)) {
    const auto begin = static_cast<std::size_t>((*match)[0].data() - text.data());
    ranges.emplace_back(begin, begin + (*match)[0].size());
    from = ranges.back().second;
  }
  return ranges;
}

// "<script" from `from` on; npos: there is none.
std::size_t script_tag(std::string_view text, std::size_t from) {
  constexpr std::string_view kTag = "<script";
  for (std::size_t at = text.find('<', from); at != std::string_view::npos; at = text.find('<', at + 1)) {
    const std::string_view tag = text.substr(at, kTag.size());
    const auto same = [](char a, char b) { return (a | 0x20) == (b | 0x20); };
    const char next = at + kTag.size() < text.size() ? text[at + kTag.size()] : '>';
    if (std::ranges::equal(tag, kTag, same) && !part_of_name(next)) return at;
  }
  return std::string_view::npos;
}

}  // namespace

Ranges scripts_of(std::string_view text) {
  Ranges ranges;
  for (std::size_t tag = script_tag(text, 0); tag != std::string_view::npos;) {
    const std::size_t begin = std::min(text.find('>', tag), text.size() - 1) + 1;
    std::size_t end = text.find("</script", begin);
    if (end == std::string_view::npos) end = text.size();
    const std::string kind = code::lower(text.substr(tag, begin - tag));
    const bool other = kind.find("json") != std::string::npos || kind.find("template") != std::string::npos;
    if (!other && text.find_first_not_of(" \t\r\n", begin) < end) ranges.emplace_back(begin, end);
    tag = script_tag(text, end);
  }
  return ranges;
}

bool is_template(std::string_view path) {
  static constexpr dataflow::Words kTemplates =
      "jinja jinja2 j2 njk djhtml twig hbs handlebars mustache hjs ejs haml slim pug jade ftl ftlh mako mak latte "
      "jsp jspf jspx tag";
  return kTemplates.hold(extension_of(path));
}

std::vector<dataflow::Flaw> page_flaws(const code::Source& source) {
  std::vector<dataflow::Flaw> flaws;
  const std::string extension = extension_of(source.path());
  const bool page = std::ranges::any_of(kOutputs, [&](const Output& o) { return o.extensions.hold(extension); });
  if (!page || is_no_page(source.path()) || source.traits().translation || is_feed(source.text())) return flaws;
  const std::string_view text = source.text();
  std::optional<Ranges> comments;  // looked for when it matters
  for (std::size_t i = 0; i < kOutputs.size(); ++i) {
    if (!kOutputs[i].extensions.hold(extension)) continue;
    if (text.find(kOutputs[i].needle) == std::string_view::npos) continue;
    std::size_t from = 0;
    while (const auto match = patterns().outputs[i].search(text, from)) {
      const auto begin = static_cast<std::size_t>((*match)[0].data() - text.data());
      const std::string_view value = (*match)[1];
      const auto at = static_cast<std::size_t>(value.data() - text.data());
      from = begin + std::max<std::size_t>((*match)[0].size(), 1);
      if (!comments) comments = comments_of(text);
      const bool commented = std::ranges::any_of(
          *comments, [&](const auto& range) { return range.first <= begin && begin < range.second; });
      if (commented || patterns().harmless.found_in(value) || patterns().cleaned.found_in(value)) continue;
      if (patterns().formatted.found_in(value)) continue;
      if (kOutputs[i].needle == "{{" && patterns().encoded.found_in((*match)[2])) continue;
      if (value.starts_with("body") && value.find_first_not_of(" ;", 4) == std::string_view::npos &&
          (kOutputs[i].pattern.starts_with("<%-") || kOutputs[i].pattern.starts_with(R"(\{\{\{)")))
        continue;  // of a layout
      if (kOutputs[i].rule == "xss/template" && patterns().rendered.found_in(value)) continue;
      if (kOutputs[i].needle == ".html_safe" && ends_with_literal(value)) continue;
      if (is_made_clean(text, value) || puts_in_clean(text, value) || interpolates_clean(text, value)) continue;
      if ((kOutputs[i].rule == "xss/v-html" || kOutputs[i].needle == "@html") && is_fixed(text, value)) continue;
      dataflow::Flaw flaw;
      flaw.rule = dataflow::rule_named(kOutputs[i].rule);
      flaw.begin = at;
      flaw.end = at + value.size();
      flaw.confidence = code::Confidence::kMedium;
      const bool known =
          std::ranges::any_of(flaws, [&](const dataflow::Flaw& other) { return other.begin == flaw.begin; });
      if (!known && flaws.size() < dataflow::kMaxFlaws) flaws.push_back(std::move(flaw));
    }
  }
  return flaws;
}

}  // namespace commandcenter::security_scanner
