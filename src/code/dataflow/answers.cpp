// What handlers answer with: the values that functions return, and those that frameworks take for pages.
#include <algorithm>
#include <string>
#include <vector>

#include "code/dataflow/engine.h"
#include "code/source/source.h"

namespace commandcenter::code::dataflow {
namespace {

// "[…]", which is no tuple of text, status and headers.
bool is_written_list(const Module& module, IrId statement) {
  const Ir& list = module.at(module.kid(statement, 0));
  const std::string_view text = module.text;
  return module.grammar == Grammar::kPython && list.op == Op::kList && list.begin < text.size() &&
         text[list.begin] == '[';
}

bool is_of_flask(std::string_view file) {
  return file.find("flask") != std::string_view::npos || file.find("quart") != std::string_view::npos;
}

}  // namespace

// What a function of elsewhere makes of data is a text in Ruby only where that shows: records are answered as JSON.
bool Engine::may_be_page(const Value& value, const std::vector<Taint>& taints) const {
  const bool sure = module_.grammar != Grammar::kRuby || value.text;
  return std::ranges::any_of(
      taints, [&](const Taint& taint) { return taint.level == Level::kSource && (sure || !taint.guessed); });
}

// The answer of a function in the cloud, when it is HTML; what a block of Sinatra gives.
void Engine::check_page(const ValuePtr& value, IrId id, Env& env) {
  if (const Box* box = box_of(*value, env); box != nullptr && module_.grammar == Grammar::kRuby &&
                                            box->list.size() > 1 && box->list.size() < 4 && box->list[0]->number &&
                                            box->list.back()->text) {  // [200, headers, text] of Sinatra
    if (box->list.size() == 3 && says_no_page(*box->list[1], env)) return;
    const ValuePtr text = box->list.back();
    return check_page(text, id, env);
  }
  const bool html = value->text && value->text->find('<') != std::string::npos;
  if (!html && (module_.grammar != Grammar::kRuby || !may_be_page(*value, reach(value, env)))) return;
  Entry entry;
  entry.rule = rule_named("xss/server");
  entry.least = Level::kSource;
  report(entry, value, module_.at(id).begin, module_.at(id).end, env);
}

// {"Location": address} among the headers of an answer.
void Engine::check_location(const Value& headers, IrId id, Env& env) {
  const Box* box = box_of(headers, env);
  if (box == nullptr) return;
  const auto held = std::ranges::find_if(box->items, [](const auto& item) { return lower(item.first) == "location"; });
  if (held == box->items.end()) return;
  const ValuePtr location = held->second;
  Entry entry;
  entry.rule = rule_named("redirect/open");
  report(entry, location, module_.at(id).begin, module_.at(id).end, env);
}

// [status, headers, [text…]] of Rack.
void Engine::check_rack(const std::vector<ValuePtr>& answer, IrId id, Env& env) {
  if (module_.grammar != Grammar::kRuby || answer.size() != 3 || !answer[0]->number) return;
  if (frame_.function == nullptr) return;
  const auto entry = function_named("call", frame_.function->owner, 1);  // or what it calls
  if (frame_.function->name != "call" && (!entry || module_.functions[*entry].owner != frame_.function->owner)) return;
  if (frame_.function->owner.empty() && frame_.function->name != "call") return;
  if (says_no_page(*answer[1], env)) return;
  const Box* body = box_of(*answer[2], env);
  const std::vector<ValuePtr> parts = body == nullptr ? std::vector<ValuePtr>{} : body->list;
  const bool page = described(*answer[1], env, 0).find("text/html") != std::string::npos;
  for (const ValuePtr& part : parts) {
    if (page || (part->text && part->text->find('<') != std::string::npos)) check_page(part, id, env);
  }
  check_location(*answer[1], id, env);
}

// Where a map that is given back gives a member its value; the statement when it is not written there.
IrId Engine::member_ir(IrId statement, std::string_view name) const {
  const IrId map = module_.kid(statement, 0);
  if (module_.at(map).op != Op::kMap) return statement;
  for (const IrId pair : module_.kids_of(map)) {
    if (module_.at(pair).op == Op::kPair && module_.at(module_.kid(pair, 0)).text == name) return pair;
  }
  return statement;
}

// {"Content-Type": "text/plain"}
bool Engine::says_no_page(const Value& headers, const Env& env) const {
  const Box* box = box_of(headers, env);
  if (box == nullptr) return false;
  return std::ranges::any_of(box->items, [](const auto& header) {
    const Value& type = *header.second;
    return lower(header.first) == "content-type" && type.text && type.constant() &&
           type.text->find("html") == std::string::npos;
  });
}

// What a handler returns is what the browser shows.
void Engine::check_return(const ValuePtr& value, IrId id, Env& env) {
  if (frame_.function == nullptr || active_.size() > 1) return;
  ValuePtr shown = value;
  if (const Box* box = box_of(*value, env)) {
    if (const auto url = box->items.find("url"); url != box->items.end()) {  // of Nest's @Redirect()
      const ValuePtr address = url->second;
      check_returned(address, member_ir(id, "url"), env, "open-redirect");
      box = box_of(*value, env);
    }
    const auto body = box->items.find("body");
    if (box->items.contains("statusCode")) {
      const ValuePtr page = body == box->items.end() ? nullptr : body->second;
      const auto headers = box->items.find("headers");
      if (value->type.empty() && headers != box->items.end()) {  // a map, no object of a framework
        const ValuePtr held = headers->second;
        check_location(*held, member_ir(id, "headers"), env);
      }
      if (page != nullptr) return check_page(page, member_ir(id, "body"), env);
    }
    // "Mono.just(name).map(…)"
    const bool stream = module_.grammar == Grammar::kJava && box->list.empty() && box->items.empty() && box->rest;
    const bool whole = is_written_list(module_, id);  // of Flask it is JSON, of Bottle all of it is the page
    if (!stream && (box->list.empty() || (whole && is_of_flask(module_.text)))) return;
    if (module_.grammar == Grammar::kRuby) return;  // of Rack: see check_rack()
    if (module_.grammar == Grammar::kPython && !whole && box->list.size() > 1 && is_of_flask(module_.text))
      check_location(*ValuePtr(box->list.back()), id, env);  // "", 302, {"Location": address}
    const bool plain = std::ranges::any_of(box->list, [&](const ValuePtr& part) { return says_no_page(*part, env); });
    if (plain) return;
    shown = stream ? box->rest : whole ? flat(value, env) : box->list.front();  // text, status, headers
  }
  if (may_be_page(*shown, reach(shown, env))) check_returned(shown, id, env, {});
}

// The first rule for what such a function returns, of all categories or of one.
void Engine::check_returned(const ValuePtr& shown, IrId id, Env& env, std::string_view category) {
  const std::string marks = declared(*frame_.function);
  for (const Marked& marked : models_.returns) {
    if (marked.rule == nullptr || (!category.empty() && marked.rule->category != category)) continue;
    if (!is_marked(marked, marks)) continue;
    if (marked.needs_page && !env.page) continue;
    if (marked.text != nullptr && !(shown->text && marked.text->found_in(*shown->text))) continue;
    Entry entry;
    entry.rule = marked.rule;
    entry.least = Level::kSource;
    report(entry, shown, module_.at(id).begin, module_.at(id).end, env);
    return;
  }
}

}  // namespace commandcenter::code::dataflow
