// Django: settings, middleware in its order, decorators of views.
#include <algorithm>
#include <array>
#include <map>
#include <set>

#include <fmt/format.h>

#include "code/headers/program.h"
#include "code/headers/words.h"

namespace commandcenter::code::headers {
namespace {

using K = Value::Kind;

// "'self'" for SELF and CSP.SELF; text as it is.
std::string source_text(const Value& value) {
  if (value.is(K::kString)) return value.text;
  if (value.is(K::kSymbol))
    return fmt::format("'{}'", value.text == "NONCE" ? std::string("nonce-computed") : kebab(value.text));
  return {};
}

void put_directive(std::vector<std::pair<std::string, std::string>>& policy, const std::string& name,
                   const Value& sources, bool add) {
  std::string text = source_text(sources);
  for (const Value& item : sources.items)
    text += (text.empty() ? "" : " ") + source_text(item);
  const auto found = std::ranges::find(policy, name, &std::pair<std::string, std::string>::first);
  if (found == policy.end())
    policy.emplace_back(name, text);
  else
    found->second = add ? found->second + " " + text : text;
  if (sources.is_off()) std::erase_if(policy, [&](const auto& row) { return row.first == name; });
}

using Policy = std::vector<std::pair<std::string, std::string>>;

std::string text_of(const Policy& policy) {
  std::string text;
  for (const auto& [name, sources] : policy)
    text += fmt::format("{}{} {}", text.empty() ? "" : "; ", name, sources);
  return text;
}

class DjangoReader {
 public:
  explicit DjangoReader(Texts files) : files_(files), program_(files, Syntax::kPython) {}

  std::optional<Findings> read() {
    site_.framework = "django";
    const auto main = main_settings();
    if (!main) return std::nullopt;
    load(*main, 0);
    const Setting* middleware = find("MIDDLEWARE");
    if (middleware == nullptr) middleware = find("MIDDLEWARE_CLASSES");
    if (middleware == nullptr) return std::nullopt;
    site_.files = {program_.code()[*main].file};
    // A response passes the last middleware first.
    for (auto item = middleware->value.items.rbegin(); item != middleware->value.items.rend(); ++item)
      add_middleware(item->text, *middleware);
    for (std::size_t code = 0; code < program_.code().size(); ++code) {
      if (!loaded_.contains(code)) read_views(code);
    }
    return resolve(site_);
  }

 private:
  struct Setting {
    Value value;
    std::size_t file = 0;
    std::size_t offset = 0;
  };

  // --- settings ---

  std::optional<std::size_t> main_settings() const {
    std::optional<std::size_t> best;
    int best_rank = 0;
    for (std::size_t code = 0; code < program_.code().size(); ++code) {
      const Tokens& t = program_.code()[code].tokens;
      bool has_list = false;
      bool has_import = false;
      for (std::size_t at = 0; at + 1 < t.all.size(); ++at) {
        has_list = has_list || ((t.is(at, "MIDDLEWARE") || t.is(at, "MIDDLEWARE_CLASSES")) && t.is(at + 1, "="));
        has_import = has_import || (t.is(at, "import") && t.is(at + 1, "*"));
      }
      const std::string_view path = program_.code()[code].path;
      const bool settings = contains(path, "settings");
      if (!has_list && !(has_import && settings)) continue;
      const std::string name = lowered(base_name(path));
      int rank = has_list ? 2 : 1;
      if (has_import && name.starts_with("prod")) rank = 5;
      if (name == "settings.py") rank = 4;
      for (const char* other : {"dev", "local", "test", "ci"}) {
        if (name.starts_with(other)) rank = 1;
      }
      if (rank <= best_rank) continue;
      best_rank = rank;
      best = code;
    }
    return best;
  }

  void load(std::size_t code, int depth) {
    if (depth > kMaxCallDepth || !loaded_.insert(code).second) return;
    const Tokens& t = program_.code()[code].tokens;
    statements(code, t.everything(), depth);
  }

  void statements(std::size_t code, Range range, int depth) {
    const Tokens& t = program_.code()[code].tokens;
    for (std::size_t at = range.begin; at < range.end && at < t.all.size();) {
      if (t.all[at].kind == Kind::kNewline || t.all[at].kind == Kind::kClose) {
        ++at;
        continue;
      }
      if (t.is(at, "if") || t.is(at, "else") || t.is(at, "elif") || t.is(at, "try") || t.is(at, "except")) {
        at = conditional(code, at, range.end, depth);
        continue;
      }
      const std::size_t end = std::max(statement_end(t, at), at + 1);
      statement(code, {at, end}, depth);
      at = end;
    }
  }

  // What development turns on or off says nothing about the site.
  std::size_t conditional(std::size_t code, std::size_t at, std::size_t limit, int depth) {
    const Tokens& t = program_.code()[code].tokens;
    std::size_t colon = at + 1;
    while (colon < limit && !t.is(colon, ":"))
      colon = t.after(colon);
    const bool otherwise = t.is(at, "else") || t.is(at, "except");
    if (!otherwise) skipped_ = condition_of(t, {at + 1, colon}) == Condition::kDevelopment;
    const bool skip = otherwise ? taken_ : skipped_;
    if (!otherwise) taken_ = !skipped_;
    std::size_t open = colon + 1;
    while (open < limit && t.all[open].kind == Kind::kNewline)
      ++open;
    if (open >= limit || !t.opens_block(open)) return std::max(open, at + 1);
    if (!skip && depth <= kMaxCallDepth) {
      const bool taken = taken_;
      statements(code, t.inside(open), depth + 1);
      taken_ = taken;
    }
    return t.after(open);
  }

  void statement(std::size_t code, Range range, int depth) {
    const Tokens& t = program_.code()[code].tokens;
    if (t.is(range.begin, "from") && t.is(range.end - 1, "*")) {
      import_all(t, range, depth);
      return;
    }
    if (!t.is_name(range.begin) || range.end < range.begin + 3) return;
    const std::string name(t.all[range.begin].text);
    std::size_t equals = range.begin + 1;
    if (t.is(equals, ":")) {  // with a type
      while (equals < range.end && !t.is(equals, "="))
        equals = t.after(equals);
    }
    const Range right{equals + 1, range.end};
    Setting& setting = settings_[name];
    if (t.is(equals, "=")) {
      setting = {program_.value(program_.code()[code], right), program_.code()[code].file, t.all[range.begin].offset};
      if (setting.value.is(K::kUnknown) || (setting.value.is(K::kSymbol) && settings_.contains(setting.value.text)))
        setting.value = from_settings(code, right);
    } else if (t.is(equals, "+=")) {
      const Value more = program_.value(program_.code()[code], right);
      setting.value.kind = K::kList;
      setting.value.items.insert(setting.value.items.end(), more.items.begin(), more.items.end());
    } else if (t.is(equals, ".") && t.opens(equals + 2, '(')) {
      change(setting, code, t.all[equals + 1].text, equals + 2);
    } else if (t.opens(equals, '[') && t.is(t.after(equals), "=")) {
      const Value key = program_.value(program_.code()[code], t.inside(equals));
      const Value value = program_.value(program_.code()[code], {t.after(equals) + 1, range.end});
      std::erase_if(setting.value.members, [&](const auto& member) { return member.name == key.text; });
      setting.value.members.push_back({key.text, value});
    }
  }

  // "MIDDLEWARE = MIDDLEWARE + […]" and "X = ['first', *X]" over what an imported file said.
  Value from_settings(std::size_t code, Range range) const {
    const Tokens& t = program_.code()[code].tokens;
    Value all;
    for (const Range& term : parts(t, range, "+")) {
      const auto known = settings_.find(t.all[term.begin].text);
      const Value value = known != settings_.end() ? known->second.value : program_.value(program_.code()[code], term);
      if (value.is(K::kList)) all.kind = K::kList;
      all.items.insert(all.items.end(), value.items.begin(), value.items.end());
    }
    return all;
  }

  void change(Setting& setting, std::size_t code, std::string_view method, std::size_t open) {
    const Tokens& t = program_.code()[code].tokens;
    const auto arguments = parts(t, t.inside(open), ",");
    if (arguments.empty()) return;
    const Value last = program_.value(program_.code()[code], arguments.back());
    auto& items = setting.value.items;
    if (method == "append") items.push_back(last);
    if (method == "insert") {
      const Value where = program_.value(program_.code()[code], arguments.front());
      items.insert(
          items.begin() + std::min<std::ptrdiff_t>(std::max(0, static_cast<int>(where.number)), std::ssize(items)),
          last);
    }
    if (method == "extend") items.insert(items.end(), last.items.begin(), last.items.end());
    if (method == "remove") std::erase_if(items, [&](const Value& item) { return item.text == last.text; });
  }

  void import_all(const Tokens& t, Range range, int depth) {
    std::string_view module;
    for (std::size_t at = range.begin; at < range.end && !t.is(at, "import"); ++at) {
      if (t.is_name(at)) module = t.all[at].text;
    }
    for (std::size_t code = 0; code < program_.code().size(); ++code) {
      std::string_view name = base_name(program_.code()[code].path);
      name.remove_suffix(3);
      if (name == module) load(code, depth + 1);
    }
  }

  const Setting* find(std::string_view name) const {
    const auto found = settings_.find(name);
    return found == settings_.end() ? nullptr : &found->second;
  }

  // --- middleware ---

  Effect effect(Header header, std::string value, const Setting& where) const {
    Effect effect{header, false, Action::kDefault, std::move(value)};
    effect.phase = Phase::kLate;
    effect.file = where.file;
    effect.offset = where.offset;
    return effect;
  }

  void add_middleware(const std::string& path, const Setting& list) {
    if (path.ends_with(".SecurityMiddleware") && path.starts_with("django.")) return security(list);
    if (path.ends_with(".XFrameOptionsMiddleware")) return frame_options(list);
    if (path.starts_with("csp.")) return django_csp();
    if (path.ends_with(".ContentSecurityPolicyMiddleware") && path.starts_with("django.")) return builtin_csp();
    if (path.ends_with(".PermissionsPolicyMiddleware")) return permissions();
    if (path.starts_with("django.")) return;
    const std::string name = path.substr(path.rfind('.') + 1);
    auto function = program_.find_class(name);
    if (!function) {
      if (const auto* functions = program_.functions(name)) function = functions->front();
    }
    if (!function) return;
    middleware_bodies_.push_back(*function);
    program_.read_body(site_, function->code, function->body, {kWholeSite, false, Phase::kLate});
  }

  void security(const Setting& list) {
    const Setting* seconds = find("SECURE_HSTS_SECONDS");
    if (seconds != nullptr && !(seconds->value.is(K::kNumber) && seconds->value.number == 0) &&
        !seconds->value.is_off()) {
      Effect hsts =
          effect(Header::kHsts, fmt::format("max-age={}", static_cast<long>(seconds->value.number)), *seconds);
      hsts.known = seconds->value.is(K::kNumber);
      site_.effects.push_back(std::move(hsts));
    }
    const Setting* sniff = find("SECURE_CONTENT_TYPE_NOSNIFF");
    if (sniff == nullptr || !sniff->value.is_off())
      site_.effects.push_back(effect(Header::kContentTypeOptions, "nosniff", sniff != nullptr ? *sniff : list));
    const Setting* referrer = find("SECURE_REFERRER_POLICY");
    if (referrer == nullptr)
      site_.effects.push_back(effect(Header::kReferrer, "same-origin", list));
    else if (!referrer->value.is_off() && !(referrer->value.is(K::kString) && referrer->value.text.empty()))
      add_value(Header::kReferrer, *referrer);
    const Setting* opener = find("SECURE_CROSS_ORIGIN_OPENER_POLICY");
    if (opener == nullptr)
      site_.effects.push_back(effect(Header::kCoop, "same-origin", list));
    else if (!opener->value.is_off())
      add_value(Header::kCoop, *opener);
  }

  void add_value(Header header, const Setting& setting) {
    Effect read = effect_of({true, header, false}, Action::kDefault, setting.value, setting.file, setting.offset);
    read.phase = Phase::kLate;
    site_.effects.push_back(std::move(read));
  }

  void frame_options(const Setting& list) {
    const Setting* options = find("X_FRAME_OPTIONS");
    if (options != nullptr)
      add_value(Header::kFrameOptions, *options);
    else
      site_.effects.push_back(effect(Header::kFrameOptions, "DENY", list));
  }

  // django-csp: one dictionary since version 4, a setting for each directive before.
  void django_csp() {
    bool any = false;
    for (const bool report_only : {false, true}) {
      const Setting* dict = find(report_only ? "CONTENT_SECURITY_POLICY_REPORT_ONLY" : "CONTENT_SECURITY_POLICY");
      if (dict == nullptr || dict->value.is_off()) continue;
      any = true;
      Policy policy{{"default-src", "'self'"}};
      if (const Value* directives = dict->value.find("DIRECTIVES")) {
        for (const auto& [name, sources] : directives->members)
          put_directive(policy, name, sources, false);
      }
      add_csp(policy, report_only, *dict);
      if (const Value* prefixes = dict->value.find("EXCLUDE_URL_PREFIXES")) exclude(*prefixes, *dict);
    }
    Policy policy{{"default-src", "'self'"}};
    const Setting* first = nullptr;
    bool report_only = false;
    for (const auto& [name, setting] : settings_) {
      if (!name.starts_with("CSP_")) continue;
      if (name == "CSP_REPORT_ONLY") report_only = setting.value.is_true();
      const std::string directive = kebab(name.substr(4));
      if (directive == "report-only" || directive.starts_with("exclude") || directive.starts_with("include") ||
          directive == "report-percentage")
        continue;
      if (first == nullptr || setting.offset < first->offset) first = &setting;
      put_directive(policy, directive, setting.value, false);
    }
    if (first == nullptr || any) return;
    add_csp(policy, report_only, *first);
    if (const Setting* prefixes = find("CSP_EXCLUDE_URL_PREFIXES")) exclude(prefixes->value, *prefixes);
  }

  // Paths for which django-csp sends nothing.
  void exclude(const Value& prefixes, const Setting& where) {
    for (const Value& prefix : prefixes.items) {
      Effect removed = effect(Header::kCsp, {}, where);
      removed.action = Action::kRemove;
      removed.scope = site_.add_scope(prefix.text);
      site_.effects.push_back(std::move(removed));
    }
  }

  void add_csp(const Policy& policy, bool report_only, const Setting& where) {
    Effect csp = effect(Header::kCsp, text_of(policy), where);
    csp.report_only = report_only;
    site_.effects.push_back(std::move(csp));
    if (!report_only) policy_ = policy;
  }

  // Django's own since version 6.
  void builtin_csp() {
    for (const bool report_only : {false, true}) {
      const Setting* dict = find(report_only ? "SECURE_CSP_REPORT_ONLY" : "SECURE_CSP");
      if (dict == nullptr || dict->value.members.empty()) continue;
      Policy policy;
      for (const auto& [name, sources] : dict->value.members)
        put_directive(policy, name, sources, false);
      add_csp(policy, report_only, *dict);
    }
  }

  void permissions() {
    const Setting* dict = find("PERMISSIONS_POLICY");
    if (dict == nullptr || dict->value.members.empty()) return;
    std::string text;
    for (const auto& [feature, allowed] : dict->value.members) {
      std::string list = allowed.text;
      for (const Value& item : allowed.items)
        list += (list.empty() ? "" : " ") + item.text;
      text += fmt::format("{}{}=({})", text.empty() ? "" : ", ", feature, list);
    }
    site_.effects.push_back(effect(Header::kPermissions, std::move(text), *dict));
  }

  // --- views ---

  void read_views(std::size_t code) {
    const Tokens& t = program_.code()[code].tokens;
    bool importing = false;
    for (std::size_t at = 0; at < t.all.size(); ++at) {
      const bool begins = at == 0 || t.all[at - 1].kind == Kind::kNewline || t.all[at - 1].text.empty();
      if (begins) importing = t.is(at, "from") || t.is(at, "import");
      if (importing || !t.is_name(at) || t.is(at + 1, "=") || t.is(at - 1, "def")) {
        if (!importing && t.is(at + 1, "=")) attribute(code, at);
        continue;
      }
      decorator(code, at);
    }
    for (const auto& [name, functions] : program_.all_functions()) {
      for (const Function& function : functions) {
        if (function.code == code) view(function, name);
      }
    }
  }

  Effect in_scope(std::size_t code, std::size_t at, Header header, Action action) {
    Effect effect{header, false, action};
    effect.scope = site_.add_scope("a view");
    effect.phase = Phase::kLate;
    effect.file = program_.code()[code].file;
    effect.offset = program_.code()[code].tokens.all[at].offset;
    return effect;
  }

  void attribute(std::size_t code, std::size_t at) {
    const Tokens& t = program_.code()[code].tokens;
    if (!t.is(at + 2, "True")) return;
    if (t.is(at, "xframe_options_exempt"))
      site_.effects.push_back(in_scope(code, at, Header::kFrameOptions, Action::kRemove));
    if (t.is(at, "_csp_exempt")) site_.effects.push_back(in_scope(code, at, Header::kCsp, Action::kRemove));
  }

  void decorator(std::size_t code, std::size_t at) {
    const Tokens& t = program_.code()[code].tokens;
    const std::string_view name = t.all[at].text;
    if (name == "xframe_options_exempt") {
      site_.effects.push_back(in_scope(code, at, Header::kFrameOptions, Action::kRemove));
    } else if (name == "xframe_options_sameorigin" || name == "xframe_options_deny") {
      Effect effect = in_scope(code, at, Header::kFrameOptions, Action::kSet);
      effect.value = name == "xframe_options_deny" ? "DENY" : "SAMEORIGIN";
      site_.effects.push_back(std::move(effect));
    } else if (name.starts_with("csp_") || (name == "csp" && t.is(at - 1, "@"))) {
      csp_decorator(code, at, name);
    }
  }

  void csp_decorator(std::size_t code, std::size_t at, std::string_view name) {
    const Tokens& t = program_.code()[code].tokens;
    const bool call = t.opens(at + 1, '(');
    const Arguments given = call ? arguments(t, at + 1, "=") : Arguments{};
    if (given.find("REPORT_ONLY") != nullptr || contains(name, "report_only")) return;
    Effect effect = in_scope(code, at, Header::kCsp, Action::kRemove);
    if (name != "csp_exempt") {
      Policy policy = name == "csp" || name == "csp_override" ? Policy{} : policy_;
      Value dict = given.positional.empty() ? Value{} : program_.value(program_.code()[code], given.positional[0]);
      for (const auto& [key, range] : given.named)
        dict.members.push_back({kebab(key), program_.value(program_.code()[code], range)});
      for (const auto& [key, sources] : dict.members)
        put_directive(policy, key, sources, name == "csp_update");
      if (!policy.empty()) effect.action = Action::kSet;
      effect.value = text_of(policy);
    }
    site_.effects.push_back(std::move(effect));
  }

  // What a view sets stays, what it takes away the middleware adds again.
  void view(const Function& function, const std::string& name) {
    for (const Function& body : middleware_bodies_) {
      if (body.code == function.code && body.body.begin <= function.body.begin && function.body.end <= body.body.end)
        return;
    }
    Site own;
    own.files = site_.files;
    program_.read_body(own, function.code, function.body, {});
    if (own.effects.empty()) return;
    const int scope = site_.add_scope(fmt::format("the view {}", name));
    for (Effect effect : own.effects) {
      effect.scope = scope;
      effect.except = false;
      effect.phase = Phase::kHandler;
      site_.effects.push_back(std::move(effect));
    }
  }

  Texts files_;
  Program program_;
  Site site_;
  std::map<std::string, Setting, std::less<>> settings_;
  std::set<std::size_t> loaded_;
  std::vector<Function> middleware_bodies_;
  Policy policy_;
  bool skipped_ = false;
  bool taken_ = false;
};

}  // namespace

std::optional<Findings> read_django(Texts files) {
  return DjangoReader(files).read();
}

}  // namespace commandcenter::code::headers
