// Spring Security: filter chains in Java, Kotlin and XML, with the headers that it sends unless told otherwise.
#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

#include "code/headers/program.h"
#include "code/headers/spring_site.h"
#include "code/headers/words.h"

namespace commandcenter::code::headers {
namespace {

using K = Value::Kind;

struct Option {
  std::string_view name;
  Header header;
};
constexpr auto kOptions = std::to_array<Option>({
    {"contentSecurityPolicy", Header::kCsp},
    {"httpStrictTransportSecurity", Header::kHsts},
    {"hsts", Header::kHsts},
    {"frameOptions", Header::kFrameOptions},
    {"contentTypeOptions", Header::kContentTypeOptions},
    {"referrerPolicy", Header::kReferrer},
    {"permissionsPolicy", Header::kPermissions},
    {"permissionsPolicyHeader", Header::kPermissions},
});

const Option* option_of(std::string_view name) {
  const auto found = std::ranges::find(kOptions, name, &Option::name);
  return found == kOptions.end() ? nullptr : &*found;
}

class SpringReader : SpringSite {
 public:
  explicit SpringReader(Texts files) : files_(files), program_(files, Syntax::kJava) {}

  std::optional<Findings> read() {
    site_.framework = "spring";
    for (const auto& [name, functions] : program_.all_functions()) {
      for (const Function& function : functions)
        find_chain(function);
    }
    std::ranges::sort(chains_, {},
                      [](const Chain& chain) { return std::pair(chain.function.code, chain.function.body.begin); });
    for (std::size_t file = 0; file < files_.size(); ++file)
      read_xml_file(files_[file], file);
    if (chains_.empty() && site_.files.empty() && !only_enabled() && !only_filters()) return std::nullopt;
    for (const Chain& chain : chains_)
      read_chain(chain);
    for (std::size_t code = 0; code < program_.code().size(); ++code)
      read_other(code);
    if (site_.main_scope == kWholeSite && !any_base_ && site_.scopes.size() > 1) site_.main_scope = 1;
    return resolve(site_);
  }

 private:
  struct Chain {
    Function function;
    std::string matcher;  // "" for everything
  };

  const Tokens& tokens(std::size_t code) const { return program_.code()[code].tokens; }

  // "@EnableWebSecurity" without a chain of its own: Spring's defaults.
  bool only_enabled() {
    for (std::size_t code = 0; code < program_.code().size(); ++code) {
      const Tokens& t = tokens(code);
      for (std::size_t at = 0; at < t.all.size(); ++at) {
        if (!t.is(at, "EnableWebSecurity") || t.is(at - 1, ".")) continue;
        site_.files = {program_.code()[code].file};
        any_base_ = true;
        add_defaults(kWholeSite, program_.code()[code].file, t.all[at].offset);
        return true;
      }
    }
    return false;
  }

  static bool is_filter(std::string_view name) {
    return name == "doFilterInternal" || name == "doFilter" || name == "preHandle" || name == "postHandle" ||
           name == "filter";
  }

  // No Spring Security at all: nothing is sent but what filters add.
  bool only_filters() {
    for (const auto& [name, functions] : program_.all_functions()) {
      if (!is_filter(name)) continue;
      site_.files = {program_.code()[functions.front().code].file};
      any_base_ = true;
      return true;
    }
    return false;
  }

  void find_chain(const Function& function) {
    const Tokens& t = tokens(function.code);
    bool http = false;
    for (std::size_t at = function.parameters.begin; at < function.parameters.end; ++at)
      http = http || t.is(at, "HttpSecurity") || t.is(at, "ServerHttpSecurity");
    if (!http) return;
    chains_.push_back({function, matcher_of(function)});
  }

  std::string matcher_of(const Function& function) const {
    const Tokens& t = tokens(function.code);
    for (std::size_t at = function.body.begin; at + 1 < function.body.end && at + 1 < t.all.size(); ++at) {
      const bool named = t.is(at, "securityMatcher") || t.is(at, "securityMatchers") || t.is(at, "antMatcher") ||
                         t.is(at, "mvcMatcher") || t.is(at, "regexMatcher");
      const bool old = t.is(at, "requestMatchers") && t.is(at - 1, ".") && chain_before(t, at - 1) == "http";
      if ((!named && !old) || (!t.opens(at + 1, '(') && !t.opens(at + 1, '{'))) continue;
      if (named && t.is(at - 1, ".") && chain_before(t, at - 1).ends_with("Matcher")) continue;
      std::string text;
      for (std::size_t i = at + 1; i < statement_end(t, at) && i < t.all.size(); ++i) {
        if (t.is_string(i)) text = t.all[i].value;
        if (!text.empty()) break;
      }
      if (text == "/**" || text == "/*") return {};
      return text.empty() ? "some requests" : text;
    }
    return {};
  }

  Effect mark(std::size_t code, std::size_t at, int scope) const {
    Effect effect;
    effect.scope = scope;
    effect.phase = Phase::kLate;
    effect.file = program_.code()[code].file;
    effect.offset = tokens(code).all[at].offset;
    return effect;
  }

  // True when the words of a lambda for all headers, outside of the options in it, say so.
  static bool says(const Tokens& t, Range range, std::string_view word) {
    for (std::size_t at = range.begin; at < range.end && at < t.all.size(); at = t.after(at)) {
      if (t.is(at, word)) return true;
      if (t.opens(at, '{') && says(t, t.inside(at), word)) return true;
      if (option_of(t.all[at].text) != nullptr) ++at;
      if (at >= t.all.size()) break;
    }
    return false;
  }

  static bool has_option(const Tokens& t, Range range) {
    for (std::size_t at = range.begin; at < range.end && at < t.all.size(); ++at) {
      if (option_of(t.all[at].text) != nullptr) return true;
    }
    return false;
  }

  void read_chain(const Chain& chain) {
    const Tokens& t = tokens(chain.function.code);
    const Range body{chain.function.body.begin, std::min(chain.function.body.end, t.all.size())};
    const std::size_t file = program_.code()[chain.function.code].file;
    int scope = kWholeSite;
    if (!chain.matcher.empty() || any_base_) {
      scope = site_.add_scope(chain.matcher.empty() ? "another chain" : chain.matcher, true);
    } else {
      any_base_ = true;
      site_.files = {file};
    }
    if (site_.files.empty()) site_.files = {file};
    bool disabled = false;
    bool defaults = true;
    for (std::size_t at = body.begin; at < body.end; ++at) {
      defaults = defaults && !t.is(at, "defaultsDisabled");
      if (!t.is(at, "headers") || (!t.opens(at + 1, '(') && !t.opens(at + 1, '{'))) continue;
      const Range inside = t.inside(at + 1);
      const std::size_t behind = t.after(at + 1);
      if (says(t, inside, "disable")) disabled = true;
      if (inside.empty() && t.is(behind, ".") && t.is(behind + 1, "disable")) disabled = true;
    }
    if (disabled) {
      mark_empty(scope, chain, body);
      return;
    }
    std::set<Header> seen;
    const std::size_t before = site_.effects.size();
    for (std::size_t at = body.begin; at < body.end; ++at) {
      const Option* option = option_of(t.all[at].text);
      if (option != nullptr && (t.opens(at + 1, '(') || t.opens(at + 1, '{'))) {
        seen.insert(option->header);
        read_option(*option, chain.function.code, at, body, scope);
      } else if (t.is(at, "addHeaderWriter") || t.is(at, "writer")) {
        if (t.opens(at + 1, '(')) writer(chain.function.code, t.inside(at + 1), scope, seen);
      }
    }
    if (defaults) add_defaults(scope, file, t.all[chain.function.name].offset, seen);
    if (site_.effects.size() == before) mark_empty(scope, chain, body);
  }

  // A chain that sends nothing still has a place.
  void mark_empty(int scope, const Chain& chain, Range body) {
    remove_all(mark(chain.function.code, body.begin, scope));
  }

  // The words that configure an option: its lambda, or what is chained to it.
  static Range words_of_option(const Tokens& t, std::size_t at, Range body) {
    const Range inside = t.inside(at + 1);
    if (!inside.empty()) return {inside.begin, std::min(inside.end, body.end)};
    std::size_t end = t.after(at + 1);
    const std::size_t begin = end;
    while (end < body.end && !t.is(end, ";") && !t.is(end, "and") && option_of(t.all[end].text) == nullptr &&
           t.all[end].kind != Kind::kClose)
      end = t.after(end);
    return {begin, end};
  }

  static std::size_t find_word(const Tokens& t, Range range, std::string_view word) {
    for (std::size_t at = range.begin; at < range.end && at < t.all.size(); ++at) {
      if (t.is(at, word)) return at;
    }
    return std::string_view::npos;
  }

  // "name(value)" or "name = value" within a range.
  Value setting(std::size_t code, Range range, std::string_view name) const {
    const Tokens& t = tokens(code);
    const std::size_t at = find_word(t, range, name);
    if (at == std::string_view::npos) return {};
    if (t.opens(at + 1, '(')) return program_.value(program_.code()[code], t.inside(at + 1));
    if (t.is(at + 1, "="))
      return program_.value(program_.code()[code], {at + 2, std::min(statement_end(t, at + 2), range.end)});
    return {};
  }

  void read_option(const Option& option, std::size_t code, std::size_t at, Range body, int scope) {
    const Tokens& t = tokens(code);
    const Range words = words_of_option(t, at, body);
    const bool gone = find_word(t, words, "disable") != std::string_view::npos;
    Effect effect = mark(code, at, scope);
    effect.header = option.header;
    if (gone) {
      effect.action = Action::kRemove;
      site_.effects.push_back(std::move(effect));
      return;
    }
    switch (option.header) {
      case Header::kCsp:
        return csp(effect, code, at, words);
      case Header::kHsts:
        return hsts(effect, code, words);
      case Header::kFrameOptions: {
        const bool same = find_word(t, words, "sameOrigin") != std::string_view::npos ||
                          find_word(t, words, "SAMEORIGIN") != std::string_view::npos;
        return push(effect, Header::kFrameOptions, same ? "SAMEORIGIN" : "DENY");
      }
      case Header::kContentTypeOptions:
        return push(effect, Header::kContentTypeOptions, "nosniff");
      case Header::kReferrer:
        return push(effect, Header::kReferrer, referrer(t, t.inside(at + 1).empty() ? words : t.inside(at + 1)));
      case Header::kPermissions:
        return text_option(effect, code, at, words, "policy");
      case Header::kCoop:
      case Header::kCorp:
        return;
    }
  }

  void text_option(Effect effect, std::size_t code, std::size_t at, Range words, std::string_view name) {
    const Tokens& t = tokens(code);
    Value value = setting(code, words, name);
    if (value.is(K::kUnknown) && !t.inside(at + 1).empty() && find_word(t, words, "->") == std::string_view::npos)
      value = program_.value(program_.code()[code], t.inside(at + 1));
    effect.known = value.is(K::kString);
    push(std::move(effect), effect.header, value.text);
  }

  void csp(Effect effect, std::size_t code, std::size_t at, Range words) {
    const Tokens& t = tokens(code);
    std::size_t end = t.after(at + 1);
    // The old form chains: contentSecurityPolicy("…").reportOnly().
    if (t.is(end, ".") && t.is(end + 1, "reportOnly")) effect.report_only = true;
    const std::size_t report = find_word(t, words, "reportOnly");
    if (report != std::string_view::npos && !t.is(report + 2, "false")) effect.report_only = true;
    text_option(std::move(effect), code, at, words, "policyDirectives");
  }

  void hsts(Effect effect, std::size_t code, Range words) {
    Value age = setting(code, words, "maxAgeInSeconds");
    if (age.is(K::kUnknown)) age = setting(code, words, "maxAge");
    std::string text(kDefaultHsts);
    if (age.is(K::kNumber)) text = fmt::format("max-age={} ; includeSubDomains", static_cast<long>(age.number));
    push(std::move(effect), Header::kHsts, std::move(text));
  }

  static std::string referrer(const Tokens& t, Range words) {
    static constexpr auto kPolicies = std::to_array<std::string_view>(
        {"NO_REFERRER", "NO_REFERRER_WHEN_DOWNGRADE", "SAME_ORIGIN", "ORIGIN", "STRICT_ORIGIN",
         "ORIGIN_WHEN_CROSS_ORIGIN", "STRICT_ORIGIN_WHEN_CROSS_ORIGIN", "UNSAFE_URL"});
    for (std::size_t at = words.begin; at < words.end && at < t.all.size(); ++at) {
      if (std::ranges::find(kPolicies, t.all[at].text) != kPolicies.end()) return kebab(t.all[at].text);
    }
    return "no-referrer";
  }

  // "new StaticHeadersWriter(name, value)" and the writers of single headers.
  void writer(std::size_t code, Range range, int scope, std::set<Header>& seen) {
    const Tokens& t = tokens(code);
    for (std::size_t at = range.begin; at + 1 < range.end; ++at) {
      if (!t.opens(at + 1, '(')) continue;
      if (t.is(at, "DelegatingRequestMatcherHeaderWriter")) scope = site_.add_scope("some requests");
      Effect effect = mark(code, at, scope);
      const auto given = parts(t, t.inside(at + 1), ",");
      const Value first = given.empty() ? Value{} : program_.value(program_.code()[code], given[0]);
      if (t.is(at, "StaticHeadersWriter") && given.size() > 1) {
        const Named named = header_of(first.text);
        if (!named.known) continue;
        const Value value = program_.value(program_.code()[code], given[1]);
        effect.report_only = named.report_only;
        effect.known = value.is(K::kString);
        push_writer(effect, named.header, value.text, seen);
      } else if (t.is(at, "XFrameOptionsHeaderWriter")) {
        const Range inside = t.inside(at + 1);
        const bool from = find_word(t, inside, "ALLOW_FROM") != std::string_view::npos;
        const bool same = find_word(t, inside, "SAMEORIGIN") != std::string_view::npos;
        push_writer(effect, Header::kFrameOptions, from ? "ALLOW-FROM" : same ? "SAMEORIGIN" : "DENY", seen);
      } else if (t.is(at, "ContentSecurityPolicyHeaderWriter")) {
        push_writer(effect, Header::kCsp, first.text, seen);
      } else if (t.is(at, "ReferrerPolicyHeaderWriter")) {
        push_writer(effect, Header::kReferrer, referrer(t, t.inside(at + 1)), seen);
      } else if (t.is(at, "PermissionsPolicyHeaderWriter")) {
        push_writer(effect, Header::kPermissions, first.text, seen);
      }
    }
  }

  void push_writer(const Effect& effect, Header header, std::string value, std::set<Header>& seen) {
    const bool whole = effect.scope == kWholeSite || site_.scopes[static_cast<std::size_t>(effect.scope)].fresh;
    if (whole && !effect.report_only) seen.insert(header);
    push(effect, header, std::move(value));
    if (!whole) site_.effects.back().action = Action::kSet;
  }

  // --- code around the chains ---

  // Filters answer every request, controllers theirs, and what is ignored passes no chain at all.
  void read_other(std::size_t code) {
    const Tokens& t = tokens(code);
    const std::size_t scopes = site_.scopes.size();
    for (const auto& [name, functions] : program_.all_functions()) {
      for (const Function& function : functions) {
        if (function.code != code || is_chain(function)) continue;
        if (is_filter(name)) {
          program_.read_body(site_, code, function.body, {});
          for (std::size_t scope = 1; scope < scopes; ++scope) {
            if (site_.scopes[scope].fresh)
              program_.read_body(site_, code, function.body, {static_cast<int>(scope), false, Phase::kEarly});
          }
        } else if (handles_requests(t, function)) {
          program_.read_body(site_, code, function.body, {site_.add_scope(name), false, Phase::kHandler});
        }
      }
    }
    for (std::size_t at = 1; at < t.all.size(); ++at) {
      if (!t.is(at, "ignoring") || !t.opens(at + 1, '(')) continue;
      const int scope = site_.add_scope("what web.ignoring() names", true);
      Effect effect = mark(code, at, scope);
      remove_all(effect);
    }
  }

  bool is_chain(const Function& function) const {
    return std::ranges::any_of(chains_, [&](const Chain& chain) {
      return chain.function.code == function.code && chain.function.body.begin == function.body.begin;
    });
  }

  // "@GetMapping(…)" stands before the method.
  static bool handles_requests(const Tokens& t, const Function& function) {
    constexpr std::size_t kMaxBefore = 40;
    for (std::size_t i = 1; i < kMaxBefore && i < function.name; ++i) {
      const Token& token = t.all[function.name - i];
      if (token.text == "}" || token.text == ";" || token.text == "{") return false;
      if (token.kind == Kind::kName && token.text.ends_with("Mapping")) return true;
    }
    return false;
  }

  Texts files_;
  Program program_;
  std::vector<Chain> chains_;
};

}  // namespace

std::optional<Findings> read_spring(Texts files) {
  return SpringReader(files).read();
}

}  // namespace commandcenter::code::headers
