#include "code/headers/node_names.h"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "base/json.h"
#include "code/headers/words.h"

namespace commandcenter::code::headers {

bool whole_path(const Value& path) {
  static constexpr auto kAll = std::to_array<std::string_view>(
      {"/", "*", "/*", "(.*)", "/(.*)", "{*splat}", "/{*splat}", "/*splat", "/.*/", "/{*path}"});
  return path.is(Value::Kind::kString) && std::ranges::find(kAll, path.text) != kAll.end();
}

NodeNames::NodeNames(Texts files) : program_(files, Syntax::kJavaScript) {
  for (std::size_t code = 0; code < program_.code().size(); ++code)
    collect_imports(code);
  read_versions(files);
  for (std::size_t code = 0; code < program_.code().size(); ++code) {
    collect_variables(code);
    collect_mounts(code);
  }
  for (std::size_t code = 0; code < program_.code().size() && framework_.empty(); ++code)
    collect_plugin(code);
}

// "module.exports = async function (fastify, options) {…}", which a launcher calls.
void NodeNames::collect_plugin(std::size_t code) {
  const Tokens& t = tokens(code);
  for (std::size_t at = 1; at < t.all.size(); ++at) {
    const bool exported = (t.is(at - 1, "exports") && t.is(at, "=")) || (t.is(at - 1, "export") && t.is(at, "default"));
    if (!exported) continue;
    for (std::size_t i = at + 1; i < statement_end(t, at + 1); ++i) {
      if (!t.opens(i, '(') || !t.is(i + 1, "fastify")) continue;
      framework_ = "fastify";
      main_file_ = file(code);
      apps_.insert("fastify");
      return;
    }
  }
}

void NodeNames::collect_imports(std::size_t code) {
  const Tokens& t = tokens(code);
  for (std::size_t at = 0; at < t.all.size(); ++at) {
    if (t.is(at, "import") && !t.opens(at + 1, '(')) {
      std::size_t from = at + 1;
      while (from < t.all.size() && !t.is(from, "from") && !t.is_string(from) && !t.is(from, ";"))
        from = t.after(from);
      const std::size_t name = t.is(from, "from") ? from + 1 : from;
      if (t.is_string(name)) names_of(code, {at + 1, from}, t.all[name].value);
    }
    if (t.is(at, "require") && t.opens(at + 1, '(') && t.is_string(at + 2)) {
      const std::size_t equals = at > 0 && t.is(at - 1, "await") ? at - 2 : at - 1;
      if (at < 2 || !t.is(equals, "=")) continue;
      const std::size_t behind = t.after(at + 1);
      if (t.opens(behind, '(')) continue;  // what it made, not the module
      std::size_t begin = equals;
      while (begin > 0 && !t.is(begin - 1, "const") && !t.is(begin - 1, "let") && !t.is(begin - 1, "var") &&
             !t.is(begin - 1, ";") && !t.is(begin - 1, ",")) {
        --begin;
        if (t.all[begin].kind == Kind::kClose) begin = std::min(begin, t.all[begin].match);  // {a, b} is one
      }
      const bool member = t.is(behind, ".") && t.is_name(behind + 1) && !t.is(behind + 1, "default");
      names_of(code, {begin, equals}, t.all[at + 2].value);
      if (member && equals == begin + 1)
        imports_[std::string(t.all[begin].text)].member = std::string(t.all[behind + 1].text);
    }
  }
}

void NodeNames::names_of(std::size_t code, Range range, const std::string& module) {
  const Tokens& t = tokens(code);
  for (std::size_t at = range.begin; at < range.end; at = t.after(at)) {
    if (t.opens(at, '{')) {
      for (const Range& part : parts(t, t.inside(at), ",")) {
        if (!t.is_name(part.end - 1)) continue;
        imports_[std::string(t.all[part.end - 1].text)] = {module, std::string(t.all[part.begin].text)};
      }
    } else if (t.is_name(at) && !t.is(at, "as") && !t.is(at, "type")) {
      imports_[std::string(t.all[at].text)] = {module, ""};
    }
  }
}

void NodeNames::read_versions(Texts files) {
  for (const Text& text : files) {
    if (base_name(text.path) != "package.json") continue;
    const auto json = parse_json(text.text);
    if (!json) continue;
    for (const char* key : {"dependencies", "devDependencies"}) {
      const Json* list = find_member(*json, key);
      if (list == nullptr || !list->is_object()) continue;
      for (const auto& [name, version] : list->items()) {
        if (!is_helmet(name) || !version.is_string()) continue;
        const std::string& word = version.get_ref<const std::string&>();
        const std::size_t digit = word.find_first_of("0123456789");
        if (digit != std::string::npos) version_ = helmet_version(name, std::atoi(word.c_str() + digit));
      }
    }
  }
}

bool NodeNames::module_is(std::string_view name, std::string_view module) const {
  const auto found = imports_.find(name);
  return found != imports_.end() && found->second.module == module && found->second.member.empty();
}

void NodeNames::collect_variables(std::size_t code) {
  const Tokens& t = tokens(code);
  for (std::size_t at = 2; at < t.all.size(); ++at) {
    if (!t.opens(at, '(')) continue;
    std::size_t begin = at;
    const std::string chain = chain_before(t, at, &begin);
    std::string_view kind;
    const std::string_view root = begin < at ? t.all[begin].text : std::string_view();
    const bool inline_require = root == "require" && t.is_string(begin + 2);
    const std::string_view inlined =
        inline_require && chain == "require()" ? std::string_view(t.all[begin + 2].value) : "";
    if (module_is(root, "express") && chain == root) kind = "express";
    if (module_is(root, "koa") && chain == root && begin > 0 && t.is(begin - 1, "new")) kind = "koa";
    if ((module_is(root, "fastify") || is_member(root, "fastify")) && (chain == root || chain == "fastify.fastify"))
      kind = "fastify";
    if (inlined == "express" || inlined == "fastify") kind = inlined;
    if (inline_require && t.is_string(begin + 2) && t.all[begin + 2].value == "fastify" &&
        (chain == "require().default" || chain == "require().fastify"))
      kind = "fastify";
    if (inline_require && t.is(begin + 2, "koa") && begin > 0 && t.is(begin - 1, "new")) kind = "koa";
    if (contains(chain, "NestFactory.create")) kind = "express";
    const bool router = chain.ends_with("Router") && !chain.ends_with("()");
    if (kind.empty() && !router) continue;
    std::size_t name = begin;
    while (name > 0 && (t.is(name - 1, "new") || t.is(name - 1, "await") || t.is(name - 1, "=")))
      --name;
    if (!kind.empty() && framework_.empty()) {
      framework_ = kind;
      main_file_ = file(code);
    }
    if (name == begin || name == 0 || !t.is_name(name - 1)) continue;
    (kind.empty() ? routers_ : apps_).insert(std::string(t.all[name - 1].text));
  }
}

bool NodeNames::is_member(std::string_view name, std::string_view module) const {
  const auto found = imports_.find(name);
  return found != imports_.end() && found->second.module == module;
}

// "app.use('/api', router)", "app.use(router.routes())".
void NodeNames::collect_mounts(std::size_t code) {
  const Tokens& t = tokens(code);
  for (std::size_t at = 2; at + 1 < t.all.size(); ++at) {
    if (!t.is(at, "use") || !t.opens(at + 1, '(') || !t.is(at - 1, ".")) continue;
    const auto arguments = parts(t, t.inside(at + 1), ",");
    if (arguments.empty()) continue;
    const Value path = program_.value(program_.code()[code], arguments[0]);
    for (const Range& argument : arguments) {
      if (!t.is_name(argument.begin) || !routers_.contains(t.all[argument.begin].text)) continue;
      const bool whole = !path.is(Value::Kind::kString) || whole_path(path);
      mounts_[std::string(t.all[argument.begin].text)] = {whole, file(code), t.all[at].offset, path.text};
    }
  }
}

}  // namespace commandcenter::code::headers
