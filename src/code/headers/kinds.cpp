#include "code/headers/kinds.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "code/headers/words.h"

namespace commandcenter::code::headers {
namespace {

template <std::size_t N>
bool contains_any(std::string_view text, const std::array<std::string_view, N>& words) {
  return std::ranges::any_of(words, [&](std::string_view word) { return contains(text, word); });
}

constexpr auto kHeaderWords = std::to_array<std::string_view>(
    {"X-Frame-Options", "Content-Security-Policy", "Strict-Transport-Security", "X-Content-Type-Options",
     "Referrer-Policy", "Permissions-Policy", "x-frame-options", "content-security-policy", "strict-transport-security",
     "x-content-type-options", "referrer-policy", "permissions-policy"});

std::string_view suffix_of(std::string_view path) {
  const std::string_view name = base_name(path);
  const std::size_t dot = name.rfind('.');
  return dot == std::string_view::npos ? std::string_view() : name.substr(dot + 1);
}

// A directive at the beginning of a line.
bool has_line(std::string_view text, std::string_view word) {
  for (std::size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    std::size_t begin = at;
    while (begin > 0 && (text[begin - 1] == ' ' || text[begin - 1] == '\t'))
      --begin;
    const bool first = begin == 0 || text[begin - 1] == '\n' || text[begin - 1] == '{' || text[begin - 1] == ';';
    const std::size_t end = at + word.size();
    if (first &&
        (end >= text.size() || !(std::isalnum(static_cast<unsigned char>(text[end])) != 0 || text[end] == '_')))
      return true;
  }
  return false;
}

bool is_server_file(std::string_view path) {
  static constexpr auto kSuffixes =
      std::to_array<std::string_view>({"conf", "cnf", "template", "tmpl", "j2", "nginx", "vhost", "inc", "erb"});
  // Programs and pages that speak of servers are none.
  static constexpr auto kOthers =
      std::to_array<std::string_view>({"c", "cc", "cpp", "h", "hpp", "go", "rs", "rb", "php", "pl", "lua", "scala",
                                       "swift", "md", "rst", "html", "json"});
  const std::string_view suffix = suffix_of(path);
  if (std::ranges::find(kOthers, suffix) != kOthers.end()) return false;
  return suffix.empty() || std::ranges::find(kSuffixes, suffix) != kSuffixes.end() || contains(path, "sites-") ||
         contains(path, "nginx") || contains(path, "apache") || contains(path, "httpd");
}

void add_servers(std::string_view path, std::string_view text, std::vector<Role>& roles) {
  const std::string_view name = base_name(path);
  if (name.starts_with("Caddyfile") || suffix_of(path) == "caddy" || suffix_of(path) == "caddyfile") {
    roles.push_back({Framework::kCaddy, true, std::string(path)});
    return;
  }
  if (name == ".htaccess") {
    if (contains_caseless(text, "header")) roles.push_back({Framework::kApache, true, std::string(path)});
    return;
  }
  if (!is_server_file(path)) return;
  const bool host = contains_caseless(text, "<virtualhost") || contains_caseless(text, "<directory");
  if (host || contains_caseless(text, "<ifmodule") || contains_caseless(text, "<location") ||
      has_line(text, "Header")) {
    roles.push_back({Framework::kApache, host || has_line(text, "Header"), std::string(path)});
    return;
  }
  const bool server = has_line(text, "server") || has_line(text, "http");
  const bool speaks = has_line(text, "add_header") || has_line(text, "location") || has_line(text, "listen") ||
                      has_line(text, "server_name") || has_line(text, "more_set_headers") || has_line(text, "include");
  if (speaks && contains(text, ";"))
    roles.push_back({Framework::kNginx, server || has_line(text, "add_header"), std::string(path)});
}

bool is_name_part(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$';
}

// The word that ends before `end`, white space left out.
std::string_view word_before(std::string_view text, std::size_t end) {
  while (end > 0 && std::isspace(static_cast<unsigned char>(text[end - 1])) != 0)
    --end;
  std::size_t begin = end;
  while (begin > 0 && is_name_part(text[begin - 1]))
    --begin;
  return text.substr(begin, end - begin);
}

bool calls(std::string_view text, std::string_view name, bool with_new) {
  const std::string wanted = with_new ? "new " + std::string(name) : std::string(name);
  for (std::size_t at = text.find(wanted); at != std::string_view::npos; at = text.find(wanted, at + 1)) {
    const std::size_t end = at + wanted.size();
    const bool whole = (at == 0 || !is_name_part(text[at - 1])) && (end == text.size() || !is_name_part(text[end]));
    if (whole && (with_new || (end < text.size() && (text[end] == '(' || text[end] == '<')))) return true;
  }
  return false;
}

// Whether the file imports one of the frameworks under some name and makes an application with it.
bool makes_application(std::string_view text) {
  static constexpr auto kModules = std::to_array<std::string_view>({"express", "koa", "fastify"});
  for (const std::string_view module : kModules) {
    for (std::size_t at = text.find(module); at != std::string_view::npos; at = text.find(module, at + 1)) {
      const std::size_t end = at + module.size();
      if (at == 0 || end >= text.size() || (text[at - 1] != '\'' && text[at - 1] != '"') || text[end] != text[at - 1])
        continue;
      std::size_t before = at - 1;
      if (before > 0 && text[before - 1] == '(') --before;  // require('…')
      std::string_view keyword = word_before(text, before);
      if (keyword != "from" && keyword != "require") continue;
      const std::string_view behind = text.substr(end + 1);
      if (behind.starts_with(")(") || behind.starts_with(").default(") || behind.starts_with(").fastify(")) return true;
      before = static_cast<std::size_t>(keyword.data() - text.data());
      while (before > 0 && (std::isspace(static_cast<unsigned char>(text[before - 1])) != 0 || text[before - 1] == '='))
        --before;
      std::string_view name = word_before(text, before);
      if (name.empty()) name = module;  // "{ fastify }"
      if (calls(text, name, module == "koa")) return true;
    }
  }
  return false;
}

void add_node(std::string_view path, std::string_view text, std::vector<Role>& roles) {
  static constexpr auto kModules = std::to_array<std::string_view>(
      {"'express'", "\"express\"", "'koa'", "\"koa\"", "'fastify'", "\"fastify\"", "NestFactory"});
  static constexpr auto kMiddleParts =
      std::to_array<std::string_view>({"helmet", "lusca", "frameguard", "Router", "fastify-plugin"});
  const bool anchor = contains_any(text, kModules) &&
                      (contains(text, "express()") || contains(text, "new Koa") || contains(text, "astify(") ||
                       contains(text, "'fastify')(") || contains(text, "\"fastify\")(") ||
                       contains(text, "NestFactory.create") || contains(text, "\"express\")()") ||
                       contains(text, "'express')()") || contains(text, "koa')()") || makes_application(text));
  if (anchor || contains_any(text, kHeaderWords) || contains_any(text, kMiddleParts) || contains_any(text, kModules))
    roles.push_back({Framework::kNode, anchor, std::string(path)});
}

void add_python(std::string_view path, std::string_view text, std::vector<Role>& roles) {
  static constexpr auto kViews =
      std::to_array<std::string_view>({"xframe_options", "csp_", "_csp", "@csp", "clickjacking"});
  const bool settings = has_line(text, "MIDDLEWARE") || has_line(text, "MIDDLEWARE_CLASSES");
  const bool package = contains(path, "settings");
  const bool headers = contains_any(text, kHeaderWords);
  if (settings || package || headers || contains_any(text, kViews)) {
    const std::string_view folder = folder_of(path);
    roles.push_back({Framework::kDjango, settings && (package || contains(text, "django.")), std::string(folder)});
  }
  const bool flask = contains(text, "Flask(") && contains(text, "flask");
  if (flask || headers || contains(text, "alisman") || contains(text, "after_request"))
    roles.push_back({Framework::kFlask, flask && !contains(text, "class Flask("), std::string(path)});
}

void add_java(std::string_view path, std::string_view text, std::vector<Role>& roles) {
  // A filter of the program itself makes a site as well.
  static constexpr auto kFilters =
      std::to_array<std::string_view>({"OncePerRequestFilter", "GenericFilterBean", "HandlerInterceptor",
                                       "implements Filter", "implements WebFilter", ": Filter", ": WebFilter"});
  const bool filter = contains_any(text, kFilters) && contains_any(text, kHeaderWords) && !contains(path, "src/test/");
  const bool anchor = filter || contains(text, "HttpSecurity") || contains(text, "EnableWebSecurity") ||
                      contains(text, "EnableWebFluxSecurity");
  if (!anchor && !contains_any(text, kHeaderWords) && !contains(text, "WebSecurityCustomizer")) return;
  const std::size_t source = path.find("src/main/");
  const std::string_view root = source == std::string_view::npos ? folder_of(path) : path.substr(0, source);
  roles.push_back({Framework::kSpring, anchor, std::string(root)});
}

void add_csharp(std::string_view path, std::string_view text, std::vector<Role>& roles) {
  static constexpr auto kMarks =
      std::to_array<std::string_view>({"Response.Headers", "UseHsts", "AddHsts", "HeaderPolicyCollection",
                                       "UseSecurityHeaders", "NWebsec", "UseMiddleware", "AddHeader", "AppendHeader"});
  const bool anchor = contains(text, "WebApplication.Create") || contains(text, "IApplicationBuilder app") ||
                      contains(text, "HttpApplication");
  if (anchor || contains_any(text, kMarks) || contains_any(text, kHeaderWords))
    roles.push_back({Framework::kAspNet, anchor, std::string(folder_of(path))});
}

std::vector<CommentRange> hash_comments(std::string_view text) {
  std::vector<CommentRange> all;
  bool quoted = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '\n') quoted = false;
    if (c == '"') quoted = !quoted;
    const bool begins = at == 0 || std::isspace(static_cast<unsigned char>(text[at - 1])) != 0 || text[at - 1] == ';' ||
                        text[at - 1] == '{';
    if (c != '#' || quoted || !begins) continue;
    const std::size_t end = std::min(text.find('\n', at), text.size());
    all.push_back({at, end, at + 1, end});
    at = end - 1;
  }
  return all;
}

std::vector<CommentRange> xml_comments(std::string_view text) {
  std::vector<CommentRange> all;
  for (std::size_t at = text.find("<!--"); at != std::string_view::npos; at = text.find("<!--", at + 4)) {
    const std::size_t close = text.find("-->", at + 4);
    if (close == std::string_view::npos) break;
    all.push_back({at, close + 3, at + 4, close});
  }
  return all;
}

Syntax syntax_of(std::string_view suffix) {
  if (suffix == "py") return Syntax::kPython;
  if (suffix == "cs") return Syntax::kCSharp;
  if (suffix == "java" || suffix == "kt" || suffix == "groovy" || suffix == "scala") return Syntax::kJava;
  return Syntax::kJavaScript;
}

}  // namespace

std::vector<Role> roles_of(std::string_view path, std::string_view text) {
  std::vector<Role> roles;
  const std::string suffix = lowered(suffix_of(path));
  static constexpr auto kScripts = std::to_array<std::string_view>({"js", "ts", "mjs", "cjs", "mts", "cts"});
  if (std::ranges::find(kScripts, suffix) != kScripts.end()) {
    if (!contains(path, ".min.") && !contains(path, ".test.") && !contains(path, ".spec.") && !path.ends_with(".d.ts"))
      add_node(path, text, roles);
  } else if (base_name(path) == "package.json") {
    if (contains(text, "helmet")) roles.push_back({Framework::kNode, false, {}});
  } else if (suffix == "py") {
    add_python(path, text, roles);
  } else if (suffix == "java" || suffix == "kt") {
    add_java(path, text, roles);
  } else if (suffix == "cs") {
    add_csharp(path, text, roles);
  } else if (lowered(base_name(path)) == "web.config") {
    if (contains_caseless(text, "system.webserver") || contains_caseless(text, "httpheadersecuritymodule"))
      roles.push_back({Framework::kAspNet, true, std::string(folder_of(path))});
  } else if (suffix == "xml") {
    if (contains(text, "springframework.org/schema/security"))
      add_java(path, std::string(text) + " HttpSecurity", roles);
  } else {
    add_servers(path, text, roles);
  }
  return roles;
}

bool exports_plugin(std::string_view text) {
  if (!contains(text, "fastify") || !(contains(text, "module.exports") || contains(text, "export default")))
    return false;
  return contains(text, "(fastify,") || contains(text, "(fastify)") || contains(text, "(fastify:");
}

std::vector<CommentRange> comments_of(Framework framework, std::string_view path, std::string_view text) {
  const std::string suffix = lowered(suffix_of(path));
  if (suffix == "xml" || suffix == "config") return xml_comments(text);
  if (framework == Framework::kNginx || framework == Framework::kApache || framework == Framework::kCaddy)
    return hash_comments(text);
  return tokenize(text, syntax_of(suffix)).comments;
}

bool speaks_of_headers(std::string_view comment) {
  static constexpr auto kWords =
      std::to_array<std::string_view>({"frame", "security", "hsts", "strict", "nosniff", "content", "referrer",
                                       "permission", "helmet", "talisman", "xfo", "csp", "header", "sniff"});
  return std::ranges::any_of(kWords, [&](std::string_view word) { return contains_caseless(comment, word); });
}

std::vector<std::string> includes_of(Framework framework, std::string_view text) {
  std::vector<std::string> names;
  for (const std::string_view line : split(text, '\n')) {
    const auto words = fields(line);
    if (words.size() < 2) continue;
    const std::string word = lowered(words[0]);
    const bool include =
        framework == Framework::kCaddy ? word == "import" : word == "include" || word == "includeoptional";
    if (!include) continue;
    std::string name(words[1]);
    std::erase_if(name, [](char c) { return c == ';' || c == '"' || c == '\''; });
    names.push_back(std::move(name));
  }
  return names;
}

}  // namespace commandcenter::code::headers
