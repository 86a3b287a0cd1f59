// Flask: what after_request functions and Talisman add, and what single views ask for.
#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

#include "code/headers/helmet.h"
#include "code/headers/program.h"
#include "code/headers/words.h"

namespace commandcenter::code::headers {
namespace {

using K = Value::Kind;

constexpr std::string_view kGooglePolicy =
    "default-src 'self' *.googleapis.com; font-src 'self' fonts.gstatic.com *.gstatic.com; script-src 'self' "
    "ajax.googleapis.com *.googleanalytics.com *.google-analytics.com; style-src 'self' ajax.googleapis.com "
    "fonts.googleapis.com *.gstatic.com; img-src 'self'";

class FlaskReader {
 public:
  explicit FlaskReader(Texts files) : program_(files, Syntax::kPython) {}

  std::optional<Findings> read() {
    site_.framework = "flask";
    for (std::size_t code = 0; code < program_.code().size(); ++code)
      find_variables(code);
    if (site_.files.empty()) return std::nullopt;
    for (std::size_t code = 0; code < program_.code().size(); ++code)
      find_calls(code);
    // Flask asks a blueprint's functions first, and of each kind what was registered last.
    std::stable_partition(late_.begin(), late_.end(), [](const Late& late) { return late.scope == kWholeSite; });
    for (auto late = late_.rbegin(); late != late_.rend(); ++late)
      run(*late);
    site_.effects.insert(site_.effects.end(), view_options_.begin(), view_options_.end());
    return resolve(site_);
  }

 private:
  struct Late {
    std::size_t code = 0;
    bool talisman = false;
    std::size_t at = 0;  // of Talisman's "("
    Range body;
    int scope = kWholeSite;
  };

  const Tokens& tokens(std::size_t code) const { return program_.code()[code].tokens; }

  void find_variables(std::size_t code) {
    const Tokens& t = tokens(code);
    for (std::size_t at = 0; at + 1 < t.all.size(); ++at) {
      if (!t.opens(at + 1, '(')) continue;
      const bool flask = t.is(at, "Flask") || t.is(at, "OpenAPI") || t.is(at, "APIFlask");
      const bool derived = at > 0 && t.is(at - 1, "class") && t.is(at + 2, "Flask");  // "class Shop(Flask):"
      if ((derived || (flask && !t.is(at - 1, "class"))) && site_.files.empty())
        site_.files = {program_.code()[code].file};
      const std::size_t equals = chain_begin(t, at);
      if (equals < 2 || !t.is(equals - 1, "=")) continue;
      if (t.is(at, "Talisman")) talismans_.insert(std::string(t.all[equals - 2].text));
      if (t.is(at, "Blueprint")) blueprints_.insert(std::string(t.all[equals - 2].text));
    }
  }

  static std::size_t chain_begin(const Tokens& t, std::size_t at) {
    std::size_t begin = at;
    if (t.is(at - 1, ".")) chain_before(t, at - 1, &begin);
    return begin;
  }

  void find_calls(std::size_t code) {
    const Tokens& t = tokens(code);
    for (std::size_t at = 0; at + 1 < t.all.size(); ++at) {
      if (!t.is_name(at)) continue;
      if (t.is(at, "Talisman") && t.opens(at + 1, '(') && t.inside(at + 1).begin < t.inside(at + 1).end) {
        if (!parts(t, t.inside(at + 1), ",").empty()) late_.push_back({code, true, at + 1, {}, kWholeSite});
      } else if (t.is(at, "init_app") && t.is(at - 1, ".") && talismans_.contains(t.all[at - 2].text)) {
        late_.push_back({code, true, at + 1, {}, kWholeSite});
      } else if (t.is(at, "process_response") && t.is(at - 1, "def")) {  // of a class that derives from Flask
        if (const auto function = defined_after(code, at - 1))
          late_.push_back({code, false, at, function->body, kWholeSite});
      } else if (t.is(at, "after_request") || t.is(at, "after_app_request")) {
        after_request(code, at);
      } else if (t.is(at - 1, "@")) {
        decorated(code, at);
      }
    }
  }

  void after_request(std::size_t code, std::size_t at) {
    const Tokens& t = tokens(code);
    std::size_t begin = at;
    chain_before(t, at - 1, &begin);
    Late late{code, false, at, {}, kWholeSite};
    if (t.is(at, "after_request") && blueprints_.contains(t.all[begin].text))
      late.scope = site_.add_scope("a blueprint");
    if (t.opens(at + 1, '(') && t.is(at + 2, "lambda")) {
      late.body = t.inside(at + 1);
    } else if (t.opens(at + 1, '(') && t.is_name(at + 2)) {
      const auto* functions = program_.functions(t.all[at + 2].text);
      if (functions == nullptr) return;
      late.code = functions->front().code;
      late.body = functions->front().body;
    } else if (const auto function = defined_after(code, at)) {
      late.body = function->body;
    } else {
      return;
    }
    late_.push_back(late);
  }

  // The function that a decorator stands above.
  std::optional<Function> defined_after(std::size_t code, std::size_t at) const {
    const Tokens& t = tokens(code);
    while (at < t.all.size() && !t.is(at, "def") && !t.is(at, "class"))
      at = t.after(at);
    if (!t.is(at, "def") || !t.is_name(at + 1)) return std::nullopt;
    const auto* functions = program_.functions(t.all[at + 1].text);
    if (functions == nullptr) return std::nullopt;
    for (const Function& function : *functions) {
      if (function.code == code && function.name == at + 1) return function;
    }
    return std::nullopt;
  }

  void decorated(std::size_t code, std::size_t at) {
    const Tokens& t = tokens(code);
    if (talismans_.contains(t.all[at].text) && t.opens(at + 1, '(')) {
      Late late{code, true, at + 1, {}, site_.add_scope("a view")};
      Site own;
      own.scopes = site_.scopes;
      talisman(own, late, true);
      view_options_.insert(view_options_.end(), own.effects.begin(), own.effects.end());
      return;
    }
    std::size_t last = at;
    while (t.is(last + 1, ".") && last + 2 < t.all.size())
      last += 2;
    if (last + 1 >= t.all.size()) return;
    static constexpr auto kRoutes = std::to_array<std::string_view>({"route", "get", "post", "put", "delete", "patch"});
    const bool route = last > at && std::ranges::find(kRoutes, t.all[last].text) != kRoutes.end();
    if (!route && !t.opens(last + 1, '(') && !t.all[last + 1].starts_line && t.all[last + 1].kind != Kind::kNewline)
      return;
    const auto function = defined_after(code, at);
    if (!function) return;
    if (route) {
      program_.read_body(site_, code, function->body, {site_.add_scope("a view"), false, Phase::kHandler});
    } else if (const auto* wrapper = program_.functions(t.all[last].text); wrapper != nullptr && last == at) {
      program_.read_body(site_, wrapper->front().code, wrapper->front().body,
                         {site_.add_scope("a view"), false, Phase::kHandler});
    }
  }

  void run(const Late& late) {
    if (late.talisman)
      talisman(site_, late, false);
    else
      program_.read_body(site_, late.code, late.body, {late.scope, false, Phase::kLate});
  }

  // Everything that Talisman sends unless an argument says otherwise; of a view, only what its arguments change.
  void talisman(Site& site, const Late& late, bool only_given) const {
    const Tokens& t = tokens(late.code);
    std::map<std::string, Value, std::less<>> given;
    for (const auto& [name, range] : arguments(t, late.at, "=").named)
      given[name] = program_.value(program_.code()[late.code], range);
    spread_arguments(t, late, given);
    const auto find = [&](std::string_view name) {
      const auto found = given.find(name);
      return found == given.end() ? nullptr : &found->second;
    };
    const auto add = [&](Header header, const char* option, const std::string& fallback, auto&& text) {
      const Value* value = find(option);
      if (value == nullptr && only_given) return;
      Effect effect = mark(late, value);
      effect.header = header;
      effect.value = value == nullptr ? fallback : text(*value);
      if (value != nullptr && (value->is_off() || (effect.value.empty() && !value->is(K::kSymbol))))
        effect.action = Action::kRemove;
      effect.known = value == nullptr || !(value->is(K::kSymbol) || value->is(K::kUnknown)) || !effect.value.empty();
      if (header == Header::kCsp) {
        const Value* report = find("content_security_policy_report_only");
        effect.report_only = report != nullptr && report->is_true();
      }
      site.effects.push_back(std::move(effect));
    };
    add(Header::kCsp, "content_security_policy", "default-src 'self'; object-src 'none'", &policy);
    add(Header::kFrameOptions, "frame_options", "SAMEORIGIN",
        [](const Value& value) { return value.text == "ALLOW_FROM" ? std::string("ALLOW-FROM") : value.text; });
    add(Header::kReferrer, "referrer_policy", "strict-origin-when-cross-origin",
        [](const Value& value) { return value.text; });
    add(Header::kContentTypeOptions, "x_content_type_options", "nosniff",
        [](const Value&) { return std::string("nosniff"); });
    add(Header::kPermissions, "permissions_policy", "browsing-topics=()", &permissions);
    const Value* age = find("strict_transport_security_max_age");
    const std::string hsts =
        fmt::format("max-age={}; includeSubDomains",
                    age != nullptr && age->is(K::kNumber) ? static_cast<long>(age->number) : 31'556'926L);
    if (!only_given || age != nullptr || find("strict_transport_security") != nullptr)
      add(Header::kHsts, "strict_transport_security", hsts, [&](const Value&) { return hsts; });
  }

  // "Talisman(app, **options)".
  void spread_arguments(const Tokens& t, const Late& late, std::map<std::string, Value, std::less<>>& given) const {
    for (const Range& argument : arguments(t, late.at, "=").positional) {
      if (!t.is(argument.begin, "**")) continue;
      const Value options = program_.value(program_.code()[late.code], {argument.begin + 1, argument.end});
      for (const auto& [name, value] : options.members)
        given.try_emplace(name, value);
    }
  }

  static std::string policy(const Value& value) {
    if (value.is(K::kString)) return value.text;
    if (value.is(K::kSymbol)) return value.text == "GOOGLE_CSP_POLICY" ? std::string(kGooglePolicy) : std::string();
    return policy_text(value);
  }

  static std::string permissions(const Value& value) {
    std::string text = value.text;
    for (const auto& [feature, allowed] : value.members) {
      std::string list = allowed.text;
      for (const Value& item : allowed.items)
        list += (list.empty() ? "" : " ") + item.text;
      if (allowed.is(K::kList)) list = fmt::format("({})", list);
      text += fmt::format("{}{}={}", text.empty() ? "" : ", ", feature, list);
    }
    return text;
  }

  Effect mark(const Late& late, const Value* value) const {
    Effect effect;
    effect.phase = Phase::kLate;
    effect.scope = late.scope;
    effect.file = program_.code()[late.code].file;
    effect.offset = value != nullptr && value->offset != 0 ? value->offset : tokens(late.code).all[late.at].offset;
    return effect;
  }

  Program program_;
  Site site_;
  std::set<std::string, std::less<>> talismans_;
  std::set<std::string, std::less<>> blueprints_;
  std::vector<Late> late_;
  std::vector<Effect> view_options_;
};

}  // namespace

std::optional<Findings> read_flask(Texts files) {
  return FlaskReader(files).read();
}

}  // namespace commandcenter::code::headers
