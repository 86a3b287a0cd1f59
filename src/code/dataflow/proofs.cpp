// What a function of the file that is a test tells about its parameter, and what is proven of members.
#include <algorithm>
#include <memory>
#include <utility>

#include "code/dataflow/engine.h"
#include "code/dataflow/words.h"

namespace commandcenter::code::dataflow {
namespace {

constexpr std::size_t kMaxTested = 3;          // parameters of a function that is a test
constexpr std::size_t kMaxTest_bytes = 2'000;  // of one that has several: it runs for each
constexpr Contexts kPlaceContexts = Contexts{1} << 3 | Contexts{1} << 4 | Contexts{1} << 5;  // path, url, host
constexpr int kMaxFile_steps = 8;

// Go: what is given where something is wrong: errBad, pkg.ErrBad, errors.New(…), fmt.Errorf(…).
bool is_error(const Module& module, IrId given) {
  const Ir& ir = module.at(given);
  if (ir.op == Op::kCall) return one_of(module.at(module.kid(given, 0)).text, "New Errorf");
  const bool named = ir.op == Op::kName || ir.op == Op::kField;
  return named && (ir.text.starts_with("err") || ir.text.starts_with("Err"));
}

}  // namespace

// A member of an object here: it may be given another value in the other branch.
void Engine::clear_member(IrId id, Contexts contexts, Env& env) {
  const Ir& ir = module_.at(id);
  if (ir.op != Op::kField || module_.at(module_.kid(id, 0)).op != Op::kName) return;
  const ValuePtr object = eval(module_.kid(id, 0), env);
  if (object->box == 0 || object->box == frame_.self || box_of(*object, env) == nullptr) return;
  const ValuePtr held = member(object, ir.text, id, env);
  if (Box* box = held->taints.empty() ? nullptr : writable(object->box, env); box != nullptr)
    box->items[std::string(ir.text)] = cleared(held, contexts);
}

// A field that is written without "this.": it may be given another value in the other branch, too.
void Engine::clear_field(std::string_view name, Contexts contexts, Env& env) {
  if (!is_field(name)) return;
  Box* self = writable(frame_.self, env);
  if (self == nullptr) return;
  const auto held = self->items.find(name);
  if (held != self->items.end()) held->second = cleared(held->second, contexts);
}

// "x == one", where "one" is no user's data, in a function that is a test: kept is what that proves of its parameter.
void Engine::refine_by_function(IrId call, bool outcome, Env& env) {
  refine_by_method(call, outcome, env);
  const IrId callee = module_.kid(call, 0);
  const Ir& ir = module_.at(callee);
  const bool self = ir.op == Op::kField && module_.at(module_.kid(callee, 0)).text == "this";
  const bool library = ir.op == Op::kField && !self && is_script(module_.grammar) &&
                       module_.at(module_.kid(callee, 0)).op == Op::kName && by_name_.contains(ir.text);
  const bool own = ir.op == Op::kName || self || library;
  const std::size_t given = module_.at(call).count - 1U;
  const bool several =
      module_.grammar == Grammar::kPython || module_.grammar == Grammar::kJava || module_.grammar == Grammar::kPhp;
  const bool few = given == 1 || (several && given > 1 && given <= kMaxTested);
  if (!own || !few || active_.size() >= kMaxCallDepth || proves_ != nullptr) return;
  const std::string_view owner = frame_.function == nullptr ? std::string_view{} : frame_.function->owner;
  auto index = library ? std::nullopt : function_named(ir.text, owner, given);
  if (!index && !library) index = function_named(ir.text, {}, given);
  const bool script = is_script(module_.grammar);
  if (!index && (script || ir.op == Op::kName)) {  // const isId = (text) => /^\d+$/.test(text), also of another file
    const ValuePtr code = eval(callee, env);
    if (code->function >= 0) index = static_cast<std::size_t>(code->function);
    if (!index && script && foreign_ == 0) index = function_of(*code);
  }
  if (!index || module_.functions[*index].params.size() != given) return;
  if (!script && !module_.functions[*index].file.empty()) return;
  const bool runs = std::ranges::find(active_, *index) != active_.end();
  if (given > 1 && (runs || text_of(module_.functions[*index]).size() > kMaxTest_bytes)) return;
  for (std::size_t param = 0; param < given; ++param) {
    const IrId argument = module_.kid(call, param + 1);
    const Op op = module_.at(argument).op;
    if (given > 1 && op != Op::kName) continue;
    if (op == Op::kName || op == Op::kField || op == Op::kIndex) {
      const ValuePtr value = eval(argument, env);
      if (value->taints.empty() && (given > 1 || value->box == 0)) continue;
    }
    const Contexts contexts = proven_by(*index, param, call, outcome, env);
    if (contexts != 0) clear_names(argument, contexts, env);
  }
}

// Go: "sort.Valid()", a method that is a test of what it belongs to: "switch s { case ByName, ByAge: return true }".
void Engine::refine_by_method(IrId call, bool outcome, Env& env) {
  const IrId callee = module_.kid(call, 0);
  const bool asks = module_.grammar == Grammar::kGo && module_.at(callee).op == Op::kField;
  if (!asks || module_.at(call).count != 1 || proves_ != nullptr || active_.size() >= kMaxCallDepth) return;
  const IrId object = module_.kid(callee, 0);
  const auto named = by_name_.find(module_.at(callee).text);
  if (named == by_name_.end() || named->second.size() != 1) return;
  const Function& function = module_.functions[named->second[0]];
  const Op op = module_.at(object).op;
  if (function.self.empty() || !function.params.empty() || (op != Op::kName && op != Op::kField)) return;
  const ValuePtr value = eval(object, env);
  if (value->taints.empty() || value->box != 0) return;
  Proof proof{named->second[0], function.self, outcome, std::nullopt, active_.size()};
  Env other = copy(env);
  proves_ = &proof;
  run_function(named->second[0], {}, frame_.self, other, false);
  proves_ = nullptr;
  if (const Contexts contexts = proof.contexts.value_or(0); contexts != 0) clear_names(object, contexts, env);
}

// names.every(name => /^[a-z]+$/.test(name)); names.some(…) is false where the opposite holds for each.
void Engine::refine_every(IrId list, IrId test, bool outcome, Env& env) {
  const Ir& ir = module_.at(test);
  const bool java = module_.grammar == Grammar::kJava;
  const IrId callee = java && module_.at(list).op == Op::kCall ? module_.kid(list, 0) : kNoIr;
  if (one_of(module_.at(callee).text, "chars codePoints")) list = module_.kid(callee, 0);  // of a text
  if (java && ir.op == Op::kField && one_of(ir.text, "isDigit isLetter isLetterOrDigit isAlphabetic"))
    return clear_names(list, kAllContexts, env);
  if (ir.op != Op::kFunction || module_.functions[ir.info].params.size() != 1) return;
  const Function& function = module_.functions[ir.info];
  const std::string_view name = function.params[0].name;
  if (name.empty()) return;
  Value item;
  item.taints.push_back({Level::kUnknown, function.begin, 0, false, nullptr});
  Env own = copy(env);
  own.names[name] = std::make_shared<const Value>(std::move(item));
  refine(only_value(function.body), outcome, own);
  Contexts contexts = kAllContexts;
  for (const Taint& taint : own.names[name]->taints)
    contexts &= taint.cleared;
  if (contexts != 0) clear_names(list, contexts, env);
}

// What a test proves of one of its parameters when it gives the outcome; the others are what is handed over.
Contexts Engine::proven_by(std::size_t function, std::size_t param, IrId call, bool outcome, Env& env) {
  Proof proof{function, module_.functions[function].params[param].name, outcome, std::nullopt, active_.size()};
  Env other = copy(env);
  Value value;
  value.taints.push_back({Level::kUnknown, module_.functions[function].begin, 0, false, nullptr});
  std::vector<Argument> arguments;
  for (std::size_t i = 0; i + 1 < module_.at(call).count; ++i)
    arguments.push_back(
        {{}, i == param ? std::make_shared<const Value>(value) : eval(module_.kid(call, i + 1), other), kNoIr});
  proves_ = &proof;
  run_function(function, arguments, frame_.self, other, false);
  proves_ = nullptr;
  return proof.contexts.value_or(0);
}

// Python: urlparse(urljoin(request.host_url, x)).netloc == urlparse(request.host_url).netloc: x stays on this site.
bool Engine::refine_site(IrId address, IrId site, Env& env) {
  if (module_.grammar != Grammar::kPython || module_.at(address).op != Op::kField) return false;
  if (!one_of(module_.at(address).text, "netloc hostname host")) return false;
  const auto source = [&](IrId id) {  // of a name what it was made of
    const auto made = module_.at(id).op == Op::kName ? frame_.made.find(module_.at(id).text) : frame_.made.end();
    return made == frame_.made.end() ? id : made->second;
  };
  const Op op = module_.at(site).op;
  const std::string_view here = written(op == Op::kField ? source(module_.kid(site, 0)) : source(site));
  const bool own = op == Op::kField && module_.at(site).text == "host" && here == "request";
  if (!own && !(here.find("request") != std::string_view::npos &&
                (here.find("host") != std::string_view::npos || here.find("url_root") != std::string_view::npos ||
                 here.find("build_absolute_uri") != std::string_view::npos)))
    return false;
  IrId part = source(module_.kid(address, 0));
  while (module_.at(part).op == Op::kCall && module_.at(part).count > 1 &&
         one_of(module_.at(module_.kid(part, 0)).text, "urlparse urlsplit url_parse urljoin url_join"))
    part = source(module_.kid(part, module_.at(part).count - 1U));
  clear_names(module_.kid(address, 0), kHostContexts, env);
  clear_names(part, kHostContexts, env);
  return true;
}

// The file of which a path from a folder tells where it lies. Java: of which "file.getCanonicalPath()" or
// "file.toPath().toRealPath()" tells where it lies, also when what they give has a name; kNoIr for what leaves "..",
// and for anything else.
IrId Engine::file_behind(IrId path) const {
  if (is_script(module_.grammar) || module_.grammar == Grammar::kPython) {  // path.relative(folder, file)
    const auto named = module_.at(path).op == Op::kName ? frame_.made.find(module_.at(path).text) : frame_.made.end();
    const IrId call = named == frame_.made.end() ? path : named->second;
    const bool script = is_script(module_.grammar);
    const bool tells = module_.at(call).op == Op::kCall && module_.at(call).count == 3 &&
                       module_.at(module_.kid(call, 0)).text == (script ? "relative" : "relpath");
    return tells ? module_.kid(call, script ? 2 : 1) : kNoIr;
  }
  if (module_.grammar != Grammar::kJava) return kNoIr;
  bool resolved = false;
  IrId file = kNoIr;
  for (int steps = 0; steps < kMaxFile_steps; ++steps) {
    const Ir& ir = module_.at(path);
    if (ir.op == Op::kName) {
      file = path;
      const auto made = frame_.made.find(ir.text);
      if (resolved || made == frame_.made.end()) break;
      path = made->second;
      continue;
    }
    const Ir& callee = module_.at(module_.kid(path, 0));
    if (ir.op != Op::kCall || ir.count != 1 || callee.op != Op::kField) break;
    const bool resolves = one_of(callee.text, "getCanonicalPath getCanonicalFile toRealPath normalize");
    if (!resolves &&
        !one_of(callee.text, "toPath toFile toString getPath getAbsolutePath toAbsolutePath getAbsoluteFile"))
      break;
    resolved = resolved || resolves;
    path = module_.kid(module_.kid(path, 0), 0);
  }
  return resolved ? file : kNoIr;
}

// What the way to this return tells about the parameter, where it gives what was asked for.
void Engine::take_proof(IrId given, const ValuePtr& value, const Env& env) {
  if (proves_ == nullptr || active_.empty() || active_.back() != proves_->function) return;
  if (!proves_->outcome) return take_return(env);
  std::optional<bool> known = truth(*value, env);
  if (!known && module_.grammar == Grammar::kGo && is_error(module_, given)) known = true;
  if (known && *known != *proves_->outcome) return;
  Env here = copy(env);
  if (!known) refine(given, *proves_->outcome, here);
  const auto held = here.names.find(proves_->param);
  Contexts contexts = held == nullptr ? 0 : kAllContexts;
  for (const Taint& taint : held == nullptr ? std::vector<Taint>{} : held->second->taints)
    contexts &= taint.cleared;
  proves_->contexts = proves_->contexts.value_or(kAllContexts) & contexts;
}

// PHP: strpos($path, $base) === 0, strncmp($path, $base, $length) === 0, substr($path, 0, $length) === $base. A
// beginning that leaves the rest open proves nothing.
void Engine::refine_beginning(IrId test, IrId wanted, Env& env) {
  const Ir& call = module_.at(test);
  const std::string_view name = module_.at(module_.kid(test, 0)).text;
  const auto is_zero = [&](IrId id) { return module_.at(id).op == Op::kNumber && module_.at(id).text == "0"; };
  if (is_script(module_.grammar) && call.op == Op::kCall && call.count == 2 && name == "indexOf" && is_zero(wanted))
    return refine_prefix(module_.kid(module_.kid(test, 0), 0), module_.kid(test, 1), env);
  if (module_.grammar != Grammar::kPhp || call.op != Op::kCall || call.count < 3) return;
  const bool found = one_of(name, "strpos stripos strncmp strncasecmp mb_strpos") && is_zero(wanted);
  const bool part = one_of(name, "substr mb_substr") && call.count == 4 && is_zero(module_.kid(test, 2));
  if (!found && !part) return;
  const ValuePtr beginning = eval(part ? wanted : module_.kid(test, 2), env);
  if (std::ranges::any_of(beginning->taints, [](const Taint& taint) { return taint.level > Level::kUnknown; })) return;
  if (beginning->text && one_of(*beginning->text, "/ // . ./ http https http: https: http:// https://")) return;
  clear_names(module_.kid(test, 1), kPlaceContexts, env);
}

// JavaScript: address.startsWith("https://api.example.com/"), file.startsWith(ROOT). What is known of the beginning has
// to name a whole host, or a folder.
void Engine::refine_prefix(IrId subject, IrId prefix, Env& env) {
  const ValuePtr beginning = eval(prefix, env);
  if (!beginning->text || !beginning->constant()) return clear_names(subject, kPlaceContexts, env);
  const std::string_view text = *beginning->text;
  Contexts contexts = 0;
  if (text.starts_with("http")) {
    contexts |= kSchemeContext;
    const std::size_t host = text.find("://");
    const std::size_t end = host == std::string_view::npos ? host : text.find_first_of("/?#", host + 3);
    if (end != std::string_view::npos) contexts |= kHostContexts;
  } else if (text.starts_with('#') || text.starts_with('?')) {
    contexts |= kHostContexts;
  } else if (text.find_first_of("/\\") != std::string_view::npos && !text.starts_with("//")) {
    contexts |= kPlaceContexts;
  }
  clear_names(subject, contexts, env);
}

// A statement that is "int(x)" only does not come back unless x is a number.
void Engine::prove_converted(IrId statement, Env& env) {
  const Ir& ir = module_.at(statement);
  if (ir.op != Op::kCall || ir.count < 2 || foreign_ > 0) return;
  const std::string name = spelled(module_.kid(statement, 0));
  const bool sets =
      name == "settype" && one_of(module_.at(module_.kid(statement, 2)).text, "int integer float bool boolean");
  if (!sets && !one_of(name,
                       "int float uuid.UUID UUID Integer Float Integer.parseInt Long.parseLong UUID.fromString Decimal "
                       "Integer.valueOf Long.valueOf Double.parseDouble LocalDate.parse int.Parse long.Parse "
                       "Guid.Parse decimal.Parse "
                       "DateTime.Parse"))
    return;
  const IrId value = module_.kid(statement, 1);
  const auto* held = sets && module_.at(value).op == Op::kName ? env.names.find(module_.at(value).text) : nullptr;
  if (held != nullptr)  // what it was made of stays as it is
    env.names[module_.at(value).text] = cleared(held->second, kAllContexts);
  else if (module_.at(value).op == Op::kName)
    clear_names(value, kAllContexts, env);
  else
    prove(value, kAllContexts, env);
}

// Go: the error of a conversion is nil where its text was what it should be; that of a search where there is a record
// of that name, which is no path then.
bool Engine::refine_converted(IrId call, bool failed, Env& env) {
  if (module_.grammar != Grammar::kGo) return false;
  const std::string name = spelled(module_.kid(call, 0));
  if (one_of(name, "strconv.Atoi strconv.ParseInt strconv.ParseUint strconv.ParseFloat strconv.ParseBool uuid.Parse")) {
    if (!failed) clear_names(module_.kid(call, 1), kAllContexts, env);
    return true;
  }
  const auto error = frame_.made.find("err");
  if (error == frame_.made.end() || error->second != call || !asks_for_record(module_, call)) return false;
  for (std::size_t i = 1; i < module_.at(call).count && !failed; ++i)
    clear_names(module_.kid(call, i), kPathContext, env);
  return true;
}

// None of the signs of a text, or of a list, is in the value.
void Engine::refine_none(IrId none_of, IrId subject, Env& env) {
  const ValuePtr signs = eval(none_of, env);
  const Box* box = box_of(*signs, env);
  Contexts contexts = 0;
  if (signs->text && signs->constant()) {
    for (std::size_t i = 0; i < signs->text->size(); ++i)
      contexts |= contexts_without(std::string_view(*signs->text).substr(i, 1));
  } else if (box != nullptr && box->rest == nullptr) {
    for (const ValuePtr& sign : box->list)
      contexts |= sign->text && sign->constant() ? contexts_without(*sign->text) : 0;
  }
  if (contexts != 0) clear_names(subject, contexts, env);
}

// all(c in "0123" for c in x), all(c.isdigit() for c in x)
void Engine::refine_all(IrId each, Env& env) {
  if (module_.at(each).op != Op::kEach || module_.at(each).count != 3) return;
  const IrId test = module_.kid(each, 2);
  const Ir& ir = module_.at(test);
  bool harmless = false;
  if (ir.op == Op::kBinary && ir.text == "in") {
    const ValuePtr allowed = eval(module_.kid(test, 1), env);
    harmless = allowed->text && allowed->constant() &&
               allowed->text->find_first_of("'\"<>;&|`$\\") == std::string::npos && !allowed->text->empty();
  } else if (ir.op == Op::kCall) {
    harmless = one_of(module_.at(module_.kid(test, 0)).text, "isalnum isalpha isdigit isdecimal isnumeric");
  }
  if (harmless) clear_names(module_.kid(each, 1), kAllContexts, env);
}

// "for _, name := range allowed { if name == x { found = true } }": the name that is true behind the loop when one of
// the elements was what was sought, and the test that tells so.
std::pair<std::string_view, IrId> Engine::sought_in(IrId loop, const Env& env) const {
  const std::pair<std::string_view, IrId> none{{}, kNoIr};
  const auto only = [&](IrId id) {
    while (module_.at(id).op == Op::kBlock && module_.at(id).count == 1)
      id = module_.kid(id, 0);
    return id;
  };
  const IrId asks = only(module_.kid(loop, 2));
  if (module_.at(asks).op != Op::kIf || module_.kid(asks, 2) != kNoIr) return none;
  const IrId test = module_.kid(asks, 0);
  const Ir& compares = module_.at(test);
  const bool equal = compares.op == Op::kBinary
                         ? one_of(compares.text, "== ===")
                         : compares.op == Op::kCall && one_of(module_.at(module_.kid(test, 0)).text, "equals eql?");
  IrId then = module_.kid(asks, 1);
  if (module_.at(then).op == Op::kBlock && module_.at(then).count == 2 &&
      module_.at(module_.kid(then, 1)).op == Op::kLeave)
    then = module_.kid(then, 0);
  then = only(then);
  if (!equal || module_.at(then).op != Op::kAssign || module_.at(module_.kid(then, 1)).op != Op::kTrue) return none;
  const Ir& flag = module_.at(module_.kid(then, 0));
  const auto* before = flag.op == Op::kName ? env.names.find(flag.text) : nullptr;
  const bool starts = before != nullptr && before->second->kind == Kind::kBool && before->second->number == 0;
  return starts ? std::pair(flag.text, test) : none;
}

}  // namespace commandcenter::code::dataflow
