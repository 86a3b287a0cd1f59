// Express, Koa and Fastify: which middleware and hooks run for every request, and what single routes do.
#include <algorithm>
#include <array>
#include <map>
#include <set>

#include <fmt/format.h>

#include "code/headers/helmet.h"
#include "code/headers/node_names.h"
#include "code/headers/program.h"
#include "code/headers/words.h"

namespace commandcenter::code::headers {
namespace {

using K = Value::Kind;

class NodeReader : NodeNames {
 public:
  explicit NodeReader(Texts files) : NodeNames(files) {}

  std::optional<Findings> read() {
    if (framework_.empty()) return std::nullopt;
    site_.framework = framework_;
    site_.files = {main_file_};
    for (std::size_t code = 0; code < program_.code().size(); ++code)
      collect_plugins(code);
    // "(req, res, next) => helmet({…})(req, res, next)"
    program_.know([this](std::size_t code, std::size_t at, const Place& place) {
      const std::size_t behind = tokens(code).after(at + 1);
      return tokens(code).opens(behind, '(') && library(code, {at, behind}, place);
    });
    for (std::size_t code = 0; code < program_.code().size(); ++code)
      read_calls(code);
    return resolve(site_);
  }

 private:
  const Tokens& tokens(std::size_t code) const { return program_.code()[code].tokens; }
  std::size_t file(std::size_t code) const { return program_.code()[code].file; }

  // --- parts of the site ---

  struct Plugin {
    std::size_t code;
    Range body;
    int scope;
  };

  // Fastify: what a plugin adds holds for its own routes only, unless fastify-plugin opens it up.
  void collect_plugins(std::size_t code) {
    const Tokens& t = tokens(code);
    for (std::size_t at = 2; at + 1 < t.all.size(); ++at) {
      if (!t.is(at, "register") || !t.opens(at + 1, '(') || !t.is(at - 1, ".")) continue;
      const auto arguments = parts(t, t.inside(at + 1), ",");
      if (arguments.empty()) continue;
      std::optional<Function> function = program_.literal(code, arguments[0]);
      if (!function && t.is_name(arguments[0].begin) && arguments[0].end == arguments[0].begin + 1) {
        const auto* named = program_.functions(t.all[arguments[0].begin].text);
        if (named != nullptr) function = named->front();
      }
      if (!function) continue;
      const Value options = arguments.size() > 1 ? program_.value(program_.code()[code], arguments[1]) : Value{};
      const Value* prefix = options.find("prefix");
      const int scope = site_.add_scope(prefix != nullptr ? prefix->text : "a plugin");
      if (prefix == nullptr && site_.main_scope == kWholeSite) site_.main_scope = scope;
      plugins_.push_back({function->code, function->body, scope});
      const std::size_t instance = function->parameters.begin;
      if (instance < function->parameters.end && tokens(function->code).is_name(instance))
        apps_.insert(std::string(tokens(function->code).all[instance].text));
    }
  }

  int plugin_at(std::size_t code, std::size_t at) const {
    int scope = kWholeSite;
    for (const Plugin& plugin : plugins_) {
      if (plugin.code == code && plugin.body.begin <= at && at < plugin.body.end) scope = plugin.scope;
    }
    return scope;
  }

  // --- calls ---

  void read_calls(std::size_t code) {
    const Tokens& t = tokens(code);
    for (std::size_t at = 2; at + 1 < t.all.size(); ++at) {
      if (!t.is_name(at) || !t.opens(at + 1, '(') || !t.is(at - 1, ".")) continue;
      const std::string_view name = t.all[at].text;
      std::size_t begin = at;
      const std::string chain = chain_before(t, at - 1, &begin);
      if (begin >= at || !t.is_name(begin)) continue;
      const bool member = t.is(begin, "this") && t.is(begin + 1, ".") && begin + 2 < at;  // this.app.use(…)
      const std::string root(t.all[begin + (member ? 2 : 0)].text);
      if (!is_server(root)) continue;
      const auto arguments = parts(t, t.inside(at + 1), ",");
      if (arguments.empty()) continue;
      if (name == "use")
        use(code, at, root, arguments);
      else if (name == "register")
        registered(code, at, arguments);
      else if (name == "addHook" && arguments.size() > 1)
        hook(code, at, arguments);
      else if (is_route(name))
        route(code, at, root, name, arguments, contains(chain, ".route()"));
    }
  }

  bool is_server(const std::string& name) const {
    static constexpr auto kUsual =
        std::to_array<std::string_view>({"app", "server", "router", "fastify", "instance", "api", "koa"});
    return apps_.contains(name) || routers_.contains(name) || std::ranges::find(kUsual, name) != kUsual.end();
  }

  static bool is_route(std::string_view name) {
    static constexpr auto kRoutes = std::to_array<std::string_view>(
        {"get", "post", "put", "delete", "del", "patch", "all", "head", "options", "route"});
    return std::ranges::find(kRoutes, name) != kRoutes.end();
  }

  Effect mark(std::size_t code, std::size_t at, const Place& place) const {
    Effect effect;
    effect.file = file(code);
    effect.offset = tokens(code).all[at].offset;
    effect.scope = place.scope;
    effect.except = place.except;
    effect.phase = place.phase;
    return effect;
  }

  void use(std::size_t code, std::size_t at, const std::string& root, const std::vector<Range>& arguments) {
    Place place;
    place.scope = plugin_at(code, at);
    if (routers_.contains(root)) {
      const auto mount = mounts_.find(root);
      if (mount == mounts_.end() || !mount->second.whole) place.scope = scope_of_router(root);
    }
    const Value path = program_.value(program_.code()[code], arguments[0]);
    std::size_t first = 0;
    const bool has_path =
        path.is(K::kString) || (path.is(K::kList) && !path.items.empty() && path.items[0].is(K::kString));
    if (has_path && arguments.size() > 1) {
      first = 1;
      if (!whole_path(path)) place.scope = site_.add_scope(path.is(K::kString) ? path.text : path.items[0].text);
    }
    for (std::size_t i = first; i < arguments.size(); ++i)
      middleware(code, arguments[i], place, 0);
  }

  int scope_of_router(const std::string& name) {
    const auto [found, added] = router_scopes_.try_emplace(name, kWholeSite);
    if (added) found->second = site_.add_scope(fmt::format("the router {}", name));
    return found->second;
  }

  // One handler of "use": what it sends for each request.
  void middleware(std::size_t code, Range range, Place place, int depth) {
    const Tokens& t = tokens(code);
    if (depth > kMaxCallDepth || range.empty()) return;
    if (t.is(range.begin, "await") || t.is(range.begin, "...")) ++range.begin;
    if (t.opens(range.begin, '[')) {
      for (const Range& item : parts(t, t.inside(range.begin), ","))
        middleware(code, item, place, depth + 1);
      return;
    }
    if (const auto function = program_.literal(code, range)) {
      // Express calls a handler of four parameters for errors only.
      if (parts(t, function->parameters, ",").size() < 4 || site_.framework == "fastify") handler(*function, place);
      return;
    }
    if (library(code, range, place)) return;
    if (!t.is_name(range.begin)) return;
    if (const auto made = imports_.find(t.all[range.begin].text);
        made != imports_.end() && made->second.module == "koa-compose" && t.opens(range.begin + 1, '(')) {
      for (const Range& item : parts(t, t.inside(range.begin + 1), ","))
        middleware(code, item, place, depth + 1);
      return;
    }
    const std::string name(t.all[range.begin].text);
    const std::size_t last = range.end - 1;
    if (contains_static(t, range)) {
      place.scope = site_.add_scope("static files");
      program_.read_body(site_, code, range, place);
      return;
    }
    if (const auto* functions = program_.functions(t.is_name(last) ? t.all[last].text : std::string_view(name))) {
      handler(functions->front(), place);
      return;
    }
    const auto constant = program_.constants().find(name);
    if (constant != program_.constants().end() && range.end == range.begin + 1) {
      for (std::size_t other = 0; other < program_.code().size(); ++other) {
        if (&program_.code()[other].tokens == constant->second.tokens && !t.is(constant->second.range.begin, "require"))
          middleware(other, constant->second.range, place, depth + 1);
      }
    }
    imported(name, place, depth);
  }

  static bool contains_static(const Tokens& t, Range range) {
    for (std::size_t at = range.begin; at < range.end && at < t.all.size(); ++at) {
      if (t.is(at, "setHeaders")) return true;
    }
    return false;
  }

  // A middleware of another file of the site: what its exported functions do.
  void imported(const std::string& name, Place place, int depth) {
    const auto found = imports_.find(name);
    if (found == imports_.end() || !found->second.module.starts_with(".")) return;
    std::string_view wanted = base_name(found->second.module);
    if (wanted.ends_with(".js") || wanted.ends_with(".ts")) wanted.remove_suffix(3);
    for (std::size_t code = 0; code < program_.code().size(); ++code) {
      const std::string_view path = program_.code()[code].path;
      std::string_view own = base_name(path);
      own = own.substr(0, own.rfind('.'));
      if (own == "index") own = base_name(folder_of(path));
      if (own != wanted) continue;
      const Tokens& t = tokens(code);
      for (std::size_t at = 0; at + 1 < t.all.size(); ++at) {
        const bool exported =
            (t.is(at, "exports") && t.is(at + 1, "=")) || (t.is(at, "export") && t.is(at + 1, "default"));
        if (exported) middleware(code, {at + 2, statement_end(t, at + 2)}, place, depth + 1);
      }
    }
  }

  // Koa: what happens after "await next()" happens after the handlers of routes.
  void handler(const Function& function, Place place) {
    const Tokens& t = tokens(function.code);
    if (site_.framework != "koa" || place.phase != Phase::kEarly) {
      program_.read_body(site_, function.code, function.body, place);
      return;
    }
    std::size_t next = function.body.end;
    for (std::size_t at = function.body.begin; at + 1 < function.body.end && at + 1 < t.all.size(); ++at) {
      if (t.is(at, "next") && t.opens(at + 1, '(')) {
        next = at;
        break;
      }
    }
    program_.read_body(site_, function.code, {function.body.begin, next}, place);
    place.phase = Phase::kLate;
    program_.read_body(site_, function.code, {next, function.body.end}, place);
  }

  // helmet(…), helmet.hsts(…), hsts(…) of helmet, require('helmet')(…), lusca(…).
  bool library(std::size_t code, Range range, Place place) {
    const Tokens& t = tokens(code);
    std::size_t at = range.begin;
    std::string module;
    std::string part;
    if (t.is(at, "require") && t.opens(at + 1, '(') && t.is_string(at + 2)) {
      module = t.all[at + 2].value;
      at = t.after(at + 1);
    } else if (t.is_name(at)) {
      const auto found = imports_.find(t.all[at].text);
      // The import may have been commented out, or taken away, with the line that used it.
      const bool alone = found == imports_.end() && t.is(at, "helmet") && program_.functions("helmet") == nullptr;
      if (found == imports_.end() && !alone) return false;
      module = alone ? "helmet" : found->second.module;
      if (!alone && found->second.member != "default" && found->second.member != "helmet") part = found->second.member;
      ++at;
    }
    while (t.is(at, ".") && t.is_name(at + 1) && at + 1 < range.end) {
      if (!t.is(at + 1, "default")) part = std::string(t.all[at + 1].text);
      at += 2;
    }
    const bool known = is_helmet(module) || module == "lusca" || single_part(module, part);
    if (!known || !t.opens(at, '(')) return false;
    const auto arguments = parts(t, t.inside(at), ",");
    const Value options = arguments.empty() ? Value{} : program_.value(program_.code()[code], arguments[0]);
    const std::size_t behind = t.after(at);
    if (t.is(behind, ".") && t.is(behind + 1, "unless")) {
      place.scope = site_.add_scope("what it is not used for");
      place.except = true;
    }
    const Effect effect = mark(code, range.begin, place);
    if (module == "lusca")
      add_lusca(site_, part, options, effect);
    else if (part.empty())
      add_helmet(site_, options, version_, effect);
    else
      add_helmet_part(site_, part, options, version_, effect);
    return true;
  }

  // Packages of one header each.
  static bool single_part(std::string_view module, std::string& part) {
    static constexpr auto kSingle =
        std::to_array<std::pair<std::string_view, std::string_view>>({{"hsts", "hsts"},
                                                                      {"frameguard", "frameguard"},
                                                                      {"helmet-csp", "csp"},
                                                                      {"dont-sniff-mimetype", "noSniff"},
                                                                      {"referrer-policy", "referrerPolicy"},
                                                                      {"permissions-policy", "permissionsPolicy"}});
    for (const auto& [name, option] : kSingle) {
      if (module != name) continue;
      part = option;
      return true;
    }
    return false;
  }

  // --- Fastify ---

  void registered(std::size_t code, std::size_t at, const std::vector<Range>& arguments) {
    const Tokens& t = tokens(code);
    Place place;
    place.scope = plugin_at(code, at);
    const Range& what = arguments[0];
    std::string module;
    if (t.is(what.begin, "require") && t.is_string(what.begin + 2)) module = t.all[what.begin + 2].value;
    if (t.is(what.begin, "import") && t.is_string(what.begin + 2)) module = t.all[what.begin + 2].value;
    if (const auto found = imports_.find(t.all[what.begin].text); found != imports_.end())
      module = found->second.module;
    if (!is_helmet(module)) return;
    const Value options = arguments.size() > 1 ? program_.value(program_.code()[code], arguments[1]) : Value{};
    const Value* global = options.find("global");
    if (global != nullptr && global->is_false()) return;
    add_helmet(site_, options, version_, mark(code, at, place));
  }

  void hook(std::size_t code, std::size_t at, const std::vector<Range>& arguments) {
    const Tokens& t = tokens(code);
    Place place;
    place.scope = plugin_at(code, at);
    const std::string kind = t.is_string(arguments[0].begin) ? t.all[arguments[0].begin].value : std::string();
    if (kind == "onResponse" || kind == "onReady" || kind == "onClose" || kind == "onRoute" || kind == "onError")
      return;
    if (kind == "onSend") place.phase = Phase::kLate;
    middleware(code, arguments[1], place, 0);
  }

  // --- routes ---

  void route(std::size_t code, std::size_t at, const std::string& root, std::string_view name,
             const std::vector<Range>& arguments, bool chained) {
    const Tokens& t = tokens(code);
    const Value first = program_.value(program_.code()[code], arguments[0]);
    const bool object = name == "route" && first.is(K::kDict);
    const bool has_path = first.is(K::kString) || first.is(K::kList);
    if (!object && !chained && (!has_path || arguments.size() < 2)) return;
    const bool everything = name == "all" && whole_path(first) && calls_next(t, arguments.back());
    Place place;
    place.phase = everything ? Phase::kEarly : Phase::kHandler;
    if (!everything) {
      const Value* url = first.find("url");
      const std::string label = url != nullptr ? url->text : first.text;
      place.scope = site_.add_scope(label.empty() ? "a route" : label);
      Scope& scope = site_.scopes.back();
      if (site_.framework != "fastify") limit(scope, code, at, root);
    }
    for (std::size_t i = object || chained ? 0 : 1; i < arguments.size(); ++i) {
      if (t.opens(arguments[i].begin, '{'))
        options(code, arguments[i], place);
      else
        middleware(code, arguments[i], place, 0);
    }
  }

  // Express and Koa: what is used later than a route does not reach it.
  void limit(Scope& scope, std::size_t code, std::size_t at, const std::string& root) const {
    if (routers_.contains(root)) {
      const auto mount = mounts_.find(root);
      if (mount == mounts_.end()) return;
      scope.file = mount->second.file;
      scope.base_until = mount->second.offset;
      return;
    }
    scope.file = file(code);
    scope.base_until = tokens(code).all[at].offset;
  }

  static bool calls_next(const Tokens& t, Range range) {
    for (std::size_t at = range.begin; at < range.end && at < t.all.size(); ++at) {
      if (t.is(at, "next") && t.opens(at + 1, '(')) return true;
    }
    return false;
  }

  // Options of a Fastify route: helmet's own, hooks, and the handler.
  void options(std::size_t code, Range range, Place place) {
    const Tokens& t = tokens(code);
    const Value all = program_.value(program_.code()[code], range);
    if (const Value* helmet = all.find("helmet")) {
      const Effect effect = mark(code, range.begin, place);
      if (helmet->is_off())
        remove_helmet(site_, effect);
      else
        override_helmet(*helmet, effect);
    }
    for (const Range& member : parts(t, t.inside(range.begin), ",")) {
      if (t.is(member.begin, "helmet")) continue;
      if (t.is(member.begin + 1, ":"))
        middleware(code, {member.begin + 2, member.end}, place, 0);
      else
        program_.read_body(site_, code, member, place);
    }
  }

  void override_helmet(const Value& given, const Effect& effect) {
    remove_helmet(site_, effect);
    add_helmet(site_, given, version_, effect);
  }

  Site site_;
  std::map<std::string, int> router_scopes_;
  std::vector<Plugin> plugins_;
};

}  // namespace

std::optional<Findings> read_node(Texts files) {
  return NodeReader(files).read();
}

}  // namespace commandcenter::code::headers
