// ASP.NET: middleware of Core, NWebsec, NetEscapades, and web.config of IIS.
#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

#include "code/headers/program.h"
#include "code/headers/web_config.h"
#include "code/headers/words.h"

namespace commandcenter::code::headers {
namespace {

using K = Value::Kind;

class AspReader {
 public:
  explicit AspReader(Texts files) : files_(files), program_(files, Syntax::kCSharp) {}

  std::optional<Findings> read() {
    site_.framework = "aspnet";
    // What the program sets is no part of the collection that the configuration clears.
    for (std::size_t file = 0; file < files_.size(); ++file) {
      if (lowered(base_name(files_[file].path)).ends_with(".config")) read_web_config(site_, files_[file], file);
    }
    for (std::size_t code = 0; code < program_.code().size(); ++code)
      read_code(code);
    if (site_.files.empty()) return std::nullopt;
    return resolve(site_);
  }

 private:
  struct Region {
    Range range;
    Place place;
  };

  const Tokens& tokens(std::size_t code) const { return program_.code()[code].tokens; }

  void anchor(std::size_t file) {
    if (site_.files.empty()) site_.files = {file};
  }

  // --- Core ---

  void read_code(std::size_t code) {
    const Tokens& t = tokens(code);
    std::vector<Region> regions;
    for (std::size_t at = 1; at + 1 < t.all.size(); ++at) {
      if (!t.is_name(at)) continue;
      const bool created = t.all[at].text.starts_with("Create") && at > 1 && t.is(at - 2, "WebApplication");
      if (created || t.is(at, "CreateBuilder") || t.is(at, "IApplicationBuilder") || t.is(at, "HttpApplication"))
        anchor(program_.code()[code].file);
      if (t.is(at, "Application_BeginRequest") || t.is(at, "Application_PreSendRequestHeaders")) global_asax(code, at);
      const std::size_t open = t.is(at + 1, "<") ? generic_end(t, at + 1) : at + 1;
      if (!t.opens(open, '(') || !t.is(at - 1, ".")) continue;
      call(code, at, open, regions);
    }
  }

  static std::size_t generic_end(const Tokens& t, std::size_t at) {
    constexpr std::size_t kMaxArguments = 12;
    for (std::size_t i = 0; i < kMaxArguments && at < t.all.size(); ++i, ++at) {
      if (t.is(at, ">")) return at + 1;
    }
    return at;
  }

  static Place place_at(const std::vector<Region>& regions, std::size_t at) {
    Place place;
    for (const Region& region : regions) {
      if (region.range.begin <= at && at < region.range.end) place = region.place;
    }
    return place;
  }

  Effect mark(std::size_t code, std::size_t at, const Place& place) const {
    Effect effect;
    effect.scope = place.scope;
    effect.except = place.except;
    effect.phase = place.phase;
    effect.file = program_.code()[code].file;
    effect.offset = tokens(code).all[at].offset;
    return effect;
  }

  void call(std::size_t code, std::size_t at, std::size_t open, std::vector<Region>& regions) {
    const Tokens& t = tokens(code);
    const std::string_view name = t.all[at].text;
    const Range inside = t.inside(open);
    const auto arguments = parts(t, inside, ",");
    Place place = place_at(regions, at);
    if (name == "Use" || name == "Run") {
      place.phase = name == "Run" ? Phase::kHandler : Phase::kEarly;
      if (name == "Use" && !arguments.empty()) program_.read_body(site_, code, inside, place);
    } else if (name == "UseWhen" || name == "MapWhen") {
      const Range condition = arguments.empty() ? inside : arguments[0];
      const bool negated = condition_of(t, condition) == Condition::kNotPath;
      regions.push_back({inside, {site_.add_scope("some requests"), negated, Phase::kEarly}});
    } else if (name == "Map" && arguments.size() == 2 && program_.literal(code, arguments[1])) {
      regions.push_back({inside, {site_.add_scope(first_text(t, inside)), false, Phase::kEarly}});
      if (!contains_word(t, inside, "Use")) route(code, inside);
    } else if (name.starts_with("Map") && arguments.size() >= 2) {
      route(code, inside);
    } else if (name == "UseMiddleware") {
      middleware_class(code, open, place);
    } else if (name == "UseHsts") {
      use_hsts(code, at, inside, place);
    } else if (name == "UseStaticFiles") {
      program_.read_body(site_, code, inside, {site_.add_scope("static files"), false, Phase::kHandler});
    } else if (name.starts_with("Use")) {
      if (!nwebsec(code, at, name, inside, place) && !net_escapades(code, at, name, inside, place))
        extension(name, place);
    }
  }

  void route(std::size_t code, Range inside) {
    program_.read_body(site_, code, inside,
                       {site_.add_scope(first_text(tokens(code), inside)), false, Phase::kHandler});
  }

  static std::string first_text(const Tokens& t, Range range) {
    return t.is_string(range.begin) ? t.all[range.begin].value : "a route";
  }

  static bool contains_word(const Tokens& t, Range range, std::string_view word) {
    for (std::size_t at = range.begin; at < range.end && at < t.all.size(); ++at) {
      if (t.is(at, word)) return true;
    }
    return false;
  }

  // "UseMiddleware<SecurityHeadersMiddleware>()", "UseMiddleware(typeof(X))".
  void middleware_class(std::size_t code, std::size_t open, const Place& place) {
    const Tokens& t = tokens(code);
    for (std::size_t i = open; i > 0 && !t.is(i, "UseMiddleware"); --i) {
      if (!t.is_name(i)) continue;
      if (const auto found = program_.find_class(t.all[i].text)) read_class(*found, place);
      return;
    }
    for (std::size_t i = open; i < t.all[open].match && i < t.all.size(); ++i) {
      if (!t.is_name(i) || t.is(i, "typeof")) continue;
      if (const auto found = program_.find_class(t.all[i].text)) read_class(*found, place);
    }
  }

  void read_class(const Function& found, const Place& place) {
    for (const auto& [name, functions] : program_.all_functions()) {
      if (name != "Invoke" && name != "InvokeAsync") continue;
      for (const Function& function : functions) {
        if (function.code == found.code && found.body.begin <= function.body.begin &&
            function.body.end <= found.body.end)
          program_.read_body(site_, function.code, function.body, place);
      }
    }
  }

  // "app.UseSecurityHeaders()" of the project itself: an extension method that calls Use or UseMiddleware.
  void extension(std::string_view name, const Place& place) {
    const auto* functions = program_.functions(name);
    if (functions == nullptr || place.scope == kWholeSite) return;  // its calls are found where it stands
    const Function& function = functions->front();
    program_.read_body(site_, function.code, function.body, place);
  }

  void global_asax(std::size_t code, std::size_t at) {
    const Tokens& t = tokens(code);
    if (!t.opens(at + 1, '(')) return;
    anchor(program_.code()[code].file);
    const std::size_t open = t.after(at + 1);
    if (t.opens_block(open)) program_.read_body(site_, code, t.inside(open), {});
  }

  // Thirty days unless AddHsts says otherwise; NWebsec's form has its options here.
  void use_hsts(std::size_t code, std::size_t at, Range inside, const Place& place) {
    if (skipped_for_production(code, at)) return;
    Effect effect = mark(code, at, place);
    effect.header = Header::kHsts;
    effect.value = "max-age=2592000";
    if (const auto age = max_age(code, inside)) effect.value = fmt::format("max-age={}", *age);
    for (std::size_t other = 0; other < program_.code().size() && inside.empty(); ++other) {
      const Tokens& t = tokens(other);
      for (std::size_t i = 0; i + 1 < t.all.size(); ++i) {
        const bool options = t.is(i, "AddHsts") || (t.is(i, "HstsOptions") && t.is(i + 1, ">"));
        if (!options) continue;
        const std::size_t open = t.is(i, "AddHsts") ? i + 1 : i + 2;
        if (!t.opens(open, '(')) continue;
        if (const auto age = max_age(other, t.inside(open))) effect.value = fmt::format("max-age={}", *age);
      }
    }
    site_.effects.push_back(std::move(effect));
  }

  // True within "if (app.Environment.IsDevelopment()) { … }".
  bool skipped_for_production(std::size_t code, std::size_t at) const {
    const Tokens& t = tokens(code);
    for (std::size_t i = 0; i + 1 < at; ++i) {
      if (!t.is(i, "if") || !t.opens(i + 1, '(')) continue;
      const std::size_t open = t.after(i + 1);
      const bool within = t.opens_block(open) && open < at && at < t.all[open].match;
      if (within && condition_of(t, t.inside(i + 1)) == Condition::kDevelopment) return true;
    }
    return false;
  }

  // "o.MaxAge = TimeSpan.FromDays(365)", "o.MaxAge(days: 365)", "MaxAge(365)".
  std::optional<long> max_age(std::size_t code, Range range) const {
    const Tokens& t = tokens(code);
    for (std::size_t at = range.begin; at + 1 < range.end && at + 1 < t.all.size(); ++at) {
      if (!t.is(at, "MaxAge")) continue;
      if (t.is(at + 1, "=")) {
        const Value value = program_.value(program_.code()[code], {at + 2, statement_end(t, at + 2)});
        if (value.is(K::kNumber)) return static_cast<long>(value.number);
      }
      if (t.opens(at + 1, '(')) {
        static constexpr auto kUnits = std::to_array<std::pair<std::string_view, long>>(
            {{"days", 86400}, {"hours", 3600}, {"minutes", 60}, {"seconds", 1}, {"weeks", 604800}});
        const Arguments given = arguments(t, at + 1, ":");
        long seconds = 0;
        for (const auto& [unit, factor] : kUnits) {
          if (const Range* value = given.find(unit))
            seconds += static_cast<long>(program_.value(program_.code()[code], *value).number) * factor;
        }
        if (!given.positional.empty())
          seconds += static_cast<long>(program_.value(program_.code()[code], given.positional[0]).number) * 86400;
        return seconds;
      }
    }
    return std::nullopt;
  }

  // --- NWebsec ---

  bool nwebsec(std::size_t code, std::size_t at, std::string_view name, Range inside, const Place& place) {
    const Tokens& t = tokens(code);
    Effect effect = mark(code, at, place);
    if (name == "UseXContentTypeOptions") {
      effect.header = Header::kContentTypeOptions;
      effect.value = "nosniff";
    } else if (name == "UseXfo") {
      if (contains_word(t, inside, "Disabled")) return true;
      effect.header = Header::kFrameOptions;
      effect.value = contains_word(t, inside, "SameOrigin") ? "SAMEORIGIN" : "DENY";
    } else if (name == "UseReferrerPolicy") {
      effect.header = Header::kReferrer;
      for (std::size_t i = inside.begin; i + 1 < inside.end; ++i) {
        if (t.is_name(i) && t.opens(i + 1, '(')) effect.value = kebab(t.all[i].text);
      }
    } else if (name == "UseCsp" || name == "UseCspReportOnly") {
      effect.header = Header::kCsp;
      effect.report_only = name == "UseCspReportOnly";
      effect.value = policy(code, inside);
    } else {
      return false;
    }
    site_.effects.push_back(std::move(effect));
    return true;
  }

  // "o.DefaultSources(s => s.Self()).ScriptSources(s => s.Self().UnsafeInline())", and NetEscapades'
  // "AddScriptSrc().Self()".
  std::string policy(std::size_t code, Range range) const {
    const Tokens& t = tokens(code);
    std::string text;
    for (std::size_t at = range.begin; at + 1 < range.end && at + 1 < t.all.size(); ++at) {
      if (!t.is_name(at) || !t.opens(at + 1, '(')) continue;
      std::string directive = kebab(t.all[at].text);
      if (directive.starts_with("add-")) directive.erase(0, 4);
      if (directive.ends_with("-sources")) directive.replace(directive.size() - 8, 8, "-src");
      if (!directive.ends_with("-src") && directive != "frame-ancestors" && directive != "base-uri" &&
          directive != "form-action")
        continue;
      std::size_t end = t.after(at + 1);
      Range words = t.inside(at + 1);
      if (words.empty()) {
        const std::size_t begin = end;
        while (end < range.end && !t.is(end, ";") && t.all[end].kind != Kind::kClose)
          end = t.after(end);
        words = {begin, end};
      }
      text += fmt::format("{}{}{}", text.empty() ? "" : "; ", directive, sources(code, words));
    }
    return text;
  }

  std::string sources(std::size_t code, Range words) const {
    static constexpr auto kWords =
        std::to_array<std::pair<std::string_view, std::string_view>>({{"Self", " 'self'"},
                                                                      {"None", " 'none'"},
                                                                      {"UnsafeInline", " 'unsafe-inline'"},
                                                                      {"UnsafeEval", " 'unsafe-eval'"},
                                                                      {"Data", " data:"},
                                                                      {"OverHttps", " https:"},
                                                                      {"WithNonce", " 'nonce-computed'"},
                                                                      {"StrictDynamic", " 'strict-dynamic'"}});
    const Tokens& t = tokens(code);
    std::string text;
    for (std::size_t at = words.begin; at < words.end && at < t.all.size(); ++at) {
      for (const auto& [word, source] : kWords) {
        if (t.is(at, word) && t.opens(at + 1, '(')) text += source;
      }
      if (t.is_string(at)) text += " " + t.all[at].value;
    }
    return text;
  }

  // --- NetEscapades.AspNetCore.SecurityHeaders ---

  bool net_escapades(std::size_t code, std::size_t at, std::string_view name, Range inside, const Place& place) {
    if (name != "UseSecurityHeaders") return false;
    if (program_.functions(name) != nullptr) return false;  // the project's own
    bool configured = false;
    if (inside.empty()) {
      defaults(mark(code, at, place));
      return true;
    }
    const std::size_t from = policies_begin(code, at, inside);
    for (std::size_t other = 0; other < program_.code().size(); ++other)
      configured = policies(other, other == code ? from : 0, place) || configured;
    if (!configured) defaults(mark(code, at, place));
    return true;
  }

  // Where in this file the policies are put together: in the call, where the variable that it takes gets its value, or
  // somewhere.
  std::size_t policies_begin(std::size_t code, std::size_t at, Range inside) const {
    const Tokens& t = tokens(code);
    for (std::size_t i = inside.begin; i < inside.end; ++i) {
      if (t.is(i, "=>")) return at;
    }
    const auto constant = program_.constants().find(t.all[inside.begin].text);
    const bool here = constant != program_.constants().end() && constant->second.tokens == &t;
    return here ? constant->second.range.begin : 0;
  }

  void defaults(Effect effect) {
    add(effect, Header::kFrameOptions, "DENY");
    add(effect, Header::kContentTypeOptions, "nosniff");
    add(effect, Header::kReferrer, "strict-origin-when-cross-origin");
    add(effect, Header::kHsts, "max-age=31536000");
    add(effect, Header::kCsp, "object-src 'none'; form-action 'self'; frame-ancestors 'none'");
  }

  void add(Effect effect, Header header, std::string value) {
    effect.header = header;
    effect.value = std::move(value);
    site_.effects.push_back(std::move(effect));
  }

  bool policies(std::size_t code, std::size_t at, const Place& place) {
    const Tokens& t = tokens(code);
    bool any = false;
    for (; at + 1 < t.all.size(); ++at) {
      if (!t.is_name(at) || !t.opens(at + 1, '(')) continue;
      const std::string_view name = t.all[at].text;
      const Effect effect = mark(code, at, place);
      const Range inside = t.inside(at + 1);
      const auto number = [&](std::size_t) { return max_seconds(code, inside); };
      if (name == "AddDefaultSecurityHeaders")
        defaults(effect);
      else if (name == "AddFrameOptionsDeny")
        add(effect, Header::kFrameOptions, "DENY");
      else if (name == "AddFrameOptionsSameOrigin")
        add(effect, Header::kFrameOptions, "SAMEORIGIN");
      else if (name == "AddContentTypeOptionsNoSniff")
        add(effect, Header::kContentTypeOptions, "nosniff");
      else if (name.starts_with("AddStrictTransportSecurity"))
        add(effect, Header::kHsts, fmt::format("max-age={}", number(at)));
      else if (name.starts_with("AddReferrerPolicy"))
        add(effect, Header::kReferrer, kebab(name.substr(17)));
      else if (name == "AddContentSecurityPolicy")
        add(effect, Header::kCsp, policy(code, inside));
      else if (name == "AddPermissionsPolicy")
        add(effect, Header::kPermissions,
            contains_word(tokens(code), inside, "All") || contains_word(tokens(code), inside, "Any") ? "features=*"
                                                                                                     : "features=()");
      else if (name == "AddContentSecurityPolicyReportOnly") {
        Effect report = effect;
        report.report_only = true;
        add(report, Header::kCsp, policy(code, inside));
      } else if (name == "AddCustomHeader") {
        custom(code, inside, effect);
      } else {
        continue;
      }
      any = true;
    }
    return any;
  }

  long max_seconds(std::size_t code, Range inside) const {
    const Tokens& t = tokens(code);
    for (const Range& argument : parts(t, inside, ",")) {
      const auto sides = parts(t, argument, ":");
      const Value value = sides.empty() ? Value{} : program_.value(program_.code()[code], sides.back());
      if (value.is(K::kNumber)) return static_cast<long>(value.number);
    }
    return 31'536'000;
  }

  void custom(std::size_t code, Range inside, const Effect& effect) {
    const auto given = parts(tokens(code), inside, ",");
    if (given.size() < 2) return;
    const Named named = header_of(program_.value(program_.code()[code], given[0]).text);
    if (!named.known) return;
    Effect read = effect;
    read.report_only = named.report_only;
    add(read, named.header, program_.value(program_.code()[code], given[1]).text);
  }

  Texts files_;
  Program program_;
  Site site_;
};

}  // namespace

std::optional<Findings> read_aspnet(Texts files) {
  return AspReader(files).read();
}

}  // namespace commandcenter::code::headers
