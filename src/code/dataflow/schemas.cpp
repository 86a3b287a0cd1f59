// Schemas that say what each member of an answer may be: z.object({ id: z.number() }).parse(body), of Zod, Joi, Yup;
// Ruby's "params do … end" of Grape and dry-validation.
#include <algorithm>
#include <array>
#include <map>
#include <string>

#include "code/dataflow/engine.h"
#include "code/dataflow/types.h"
#include "code/dataflow/words.h"

namespace commandcenter::code::dataflow {
namespace {

constexpr int kMaxSchema_depth = 4;
constexpr std::string_view kNumberFields =
    "IntegerField FloatField DecimalField BooleanField NullBooleanField DateField DateTimeField TimeField "
    "DurationField "
    "UUIDField ChoiceField MultipleChoiceField TypedChoiceField SlugField ModelChoiceField GenericIPAddressField";
constexpr std::size_t kMaxDeclared_bytes = 8'000;  // between a declaration in Ruby and what asks for a member

// The statement at the head of a text: its line, and those behind a comma.
std::string_view first_statement(std::string_view text) {
  std::size_t end = text.find('\n');
  while (end != std::string_view::npos && text.substr(0, end).find_last_not_of(" \t\r") != std::string_view::npos &&
         text[text.substr(0, end).find_last_not_of(" \t\r")] == ',')
    end = text.find('\n', end + 1);
  return text.substr(0, end);
}

// "requires :id, type: Integer", "required(:id).filled(:integer)"
bool leaves_little(std::string_view statement) {
  constexpr auto kKinds = std::to_array<std::string_view>(
      {"Integer", "Float", "BigDecimal", "Numeric", "Boolean", "Date", "DateTime", "Time", "values", "regexp",
       "integer", "int", "float", "decimal", "bool", "date", "date_time", "time", "included_in"});
  return std::ranges::any_of(kKinds, [&](std::string_view kind) { return holds_word(statement, kind); });
}

// Python: "count = forms.IntegerField()": whether all fields of that name let no text through; empty: there is none.
std::optional<bool> is_number_field(std::string_view text, std::string_view name) {
  std::optional<bool> narrow;
  for (std::size_t at = text.find(name); at != std::string_view::npos; at = text.find(name, at + name.size())) {
    if (at > 0 && text[at - 1] != ' ' && text[at - 1] != '\t' && text[at - 1] != '\n') continue;
    std::string_view line = text.substr(at + name.size());
    line = line.substr(0, line.find('\n'));
    const std::size_t sign = line.find_first_not_of(' ');
    const std::size_t open = line.find('(');
    if (sign == std::string_view::npos || line[sign] != '=' || open == std::string_view::npos || open < sign) continue;
    const std::string_view kind = line.substr(0, open).substr(line.substr(0, open).find_last_of(" .=") + 1);
    if (kind.ends_with("Field")) narrow = narrow.value_or(true) && one_of(kind, kNumberFields);
  }
  return narrow;
}

// Python: "parser.add_argument('age', type=int)" of Flask's reqparse.
bool is_number_argument(std::string_view text, std::string_view name) {
  constexpr std::string_view kWord = "add_argument(";
  for (std::size_t at = text.find(kWord); at != std::string_view::npos; at = text.find(kWord, at + 1)) {
    const std::string_view rest = text.substr(at + kWord.size());
    const std::string_view head = rest.substr(0, rest.find(','));
    if (!holds_word(head, name) || head.size() == rest.size()) continue;
    const std::string_view options = rest.substr(head.size(), rest.find(')', head.size()) - head.size());
    for (const std::string_view word : {"type=int", "type=float", "type=bool", "choices="})
      if (options.find(word) != std::string_view::npos) return true;
  }
  return false;
}

// Express: "/:id(\\d+)", and no route here has another ":id".
bool routes_take_numbers(std::string_view text, std::string_view name) {
  bool found = false;
  for (std::size_t at = text.find(name); at != std::string_view::npos; at = text.find(name, at + name.size())) {
    if (at == 0 || text[at - 1] != ':') continue;
    const std::string_view behind = text.substr(at + name.size());
    found = std::ranges::any_of(std::to_array<std::string_view>({"(\\\\d+)", "(\\d+)", "([0-9]+)"}),
                                [&](std::string_view numbers) { return behind.starts_with(numbers); });
    if (!found) return false;
  }
  return found;
}

}  // namespace

bool is_strict(std::string_view path) {
  constexpr auto kKinds = std::to_array<std::string_view>(
      {"number",     "int",     "integer", "bigint",   "boolean", "bool",    "date",  "enum",
       "nativeEnum", "literal", "uuid",    "guid",     "cuid",    "ulid",    "valid", "oneOf",
       "regex",      "pattern", "matches", "alphanum", "hex",     "datetime"});
  return std::ranges::any_of(kKinds, [&](std::string_view kind) { return holds_word(path, kind); });
}

// "@IsIn(['name', 'age']) sort: string;" of class-validator: nothing of somebody's choice gets there.
bool Engine::is_checked_member(std::string_view type, std::string_view name) const {
  if (!is_script(module_.grammar) || module_.marks.empty()) return false;
  const auto place = module_.marks.find({short_type(type), name});
  if (place == module_.marks.end()) return false;
  constexpr auto kChecks = std::to_array<std::string_view>(
      {"@IsIn(", "@IsEnum(", "@IsUUID(", "@IsInt(", "@IsNumber(", "@IsBoolean(", "@IsDateString(", "@IsISO8601(",
       "@IsMongoId(", "@IsAlphanumeric(", "@IsAlpha(", "@IsNumberString(", "@IsHexadecimal("});
  return std::ranges::any_of(
      kChecks, [&](std::string_view check) { return place->second.find(check) != std::string_view::npos; });
}

// True when the declaration in front of a route, or of an action, lets no text of somebody's choice through.
bool Engine::is_declared_narrow(std::string_view name, std::uint32_t offset) const {
  constexpr auto kRoutes = std::to_array<std::string_view>({"get ", "post ", "put ", "patch ", "delete ", "route "});
  if (module_.grammar != Grammar::kRuby || foreign_ > 0 || name.empty()) return false;
  std::string_view before = module_.text.substr(0, offset);
  before.remove_prefix(before.size() - std::min(before.size(), kMaxDeclared_bytes));
  const std::size_t block = before.rfind("params do");
  if (block == std::string_view::npos) return false;
  const std::string member = ":" + std::string(name);
  int routes = 0;
  bool narrow = false;
  for (std::string_view rest = before.substr(block + 9); !rest.empty();) {
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t\r\n"), rest.size()));
    const std::string_view statement = first_statement(rest);
    const auto starts = [&](std::string_view word) { return statement.starts_with(word); };
    if (std::ranges::any_of(kRoutes, starts)) ++routes;
    const bool declares = starts("require") || starts("optional");
    if (declares && holds_word(statement, member)) narrow = leaves_little(statement);
    rest.remove_prefix(statement.size());
  }
  return narrow && routes < 2;  // the declaration is of one route only
}

// Python: "<slug:name>" and "<int:name>" of a route of this file, and no route that leaves the name open.
bool Engine::is_routed_narrow(std::string_view name) const {
  if (is_script(module_.grammar) && !name.empty() && foreign_ == 0) return routes_take_numbers(module_.text, name);
  if (module_.grammar != Grammar::kPython || name.empty() || foreign_ > 0) return false;
  const auto stands = [&](std::string_view kind) {
    return module_.text.find("<" + std::string(kind) + std::string(name) + ">") != std::string_view::npos;
  };
  return (stands("slug:") || stands("int:") || stands("uuid:")) && !stands("") && !stands("str:") && !stands("path:") &&
         !stands("string:") && !stands("?P<");
}

// Python: form.cleaned_data["count"] of "count = forms.IntegerField()", validated_data["day"] of a date; the same of
// views whose path holds a slug.
bool Engine::is_field_narrow(const Value& data, const Value& key) const {
  if (module_.grammar != Grammar::kPython || !key.text || !key.constant() || data.box != 0) return false;
  const std::string_view kind = last_of(data.path);
  if (kind == "kwargs") return is_routed_narrow(*key.text);
  if (kind == "parse_args()") return is_number_argument(module_.text, *key.text);
  if (!one_of(kind, "cleaned_data validated_data")) return false;
  if (key.text->empty()) return false;
  if (const auto narrow = is_number_field(module_.text, *key.text)) return *narrow;
  const auto* known = foreign_globals_.names.find(*key.text);
  return known != nullptr && one_of(known->second->type, kNumberFields);
}

// What passes a schema: members that may be any text are as foreign as before. Null for what is no schema.
ValuePtr Engine::shaped(const Value& schema, const std::vector<Taint>& taints, Env& env, int depth) {
  const Box* box = box_of(schema, env);
  if (box == nullptr || box->items.empty()) {
    if (schema.path.empty()) return nullptr;
    return holds_word(schema.path, "string") ? cleared(derived(taints), kNosqlContext) : derived(taints);
  }
  Box made;
  made.open = true;
  for (const auto& [name, member] : box->items) {
    if (is_strict(member->path)) {
      made.items[name] = nothing();
      continue;
    }
    ValuePtr inner = depth < kMaxSchema_depth ? shaped(*member, taints, env, depth + 1) : nullptr;
    if (inner == nullptr) return nullptr;
    made.items[name] = std::move(inner);
  }
  return new_box(env, std::move(made));
}

// z.string().uuid().parse(x), z.coerce.number().safeParse(x): a schema of one value.
std::optional<ValuePtr> Engine::checked_value(const Call& call, Env& env) {
  if (!is_script(module_.grammar) || call.receiver == nullptr || !is_strict(call.receiver->path)) return std::nullopt;
  const std::string& path = call.receiver->path;
  constexpr auto kLibraries = std::to_array<std::string_view>({"z", "zod", "Joi", "joi", "yup", "Yup"});
  if (std::ranges::none_of(kLibraries, [&](std::string_view name) { return holds_word(path, name); }))
    return std::nullopt;
  if (one_of(call.name, "parse parseAsync validateSync")) return nothing();
  if (!one_of(call.name, "safeParse safeParseAsync validate validateAsync")) return std::nullopt;
  Box answer;
  answer.items["data"] = nothing();
  answer.items["value"] = nothing();
  return new_box(env, std::move(answer));
}

// tRPC: "procedure.input(schema).query(({ input }) => …)" hands over what the schema lets pass; null for another call.
ValuePtr Engine::handed_input(const Call& call, Env& env) {
  if (!is_script(module_.grammar) || !one_of(call.name, "query mutation subscription")) return nullptr;
  IrId id = call.callee;
  while (module_.at(id).op == Op::kField && module_.at(module_.kid(id, 0)).op == Op::kCall) {
    const IrId inner = module_.kid(id, 0);
    id = module_.kid(inner, 0);
    if (module_.at(id).op != Op::kField || module_.at(id).text != "input" || module_.at(inner).count != 2) continue;
    const ValuePtr schema = eval(module_.kid(inner, 1), env);
    const std::uint32_t offset = module_.at(inner).begin;
    const std::vector<Taint> taints{{Level::kSource, offset, 0, false,
                                     std::make_shared<const Step>(Step{offset, "data of a request", nullptr, 1})}};
    ValuePtr input = is_strict(schema->path) ? nothing() : shaped(*schema, taints, env, 0);
    Box given;
    given.items["input"] = input == nullptr ? derived(taints) : std::move(input);
    given.open = true;
    sees_users_ = true;
    return new_box(env, std::move(given));
  }
  return nullptr;
}

// Hono: "zValidator('json', schema)" in front of a handler, by the part of the request that it checks.
std::map<std::string, ValuePtr> Engine::schemas_in_front(const Call& call, Env& env) {
  std::map<std::string, ValuePtr> schemas;
  if (!is_script(module_.grammar) || call.receiver == nullptr) return schemas;
  const Site site = site_;
  for (const Argument& argument : call.arguments) {
    if (argument.ir == kNoIr || module_.at(argument.ir).op != Op::kCall || module_.at(argument.ir).count < 3) continue;
    const Ir& part = module_.at(module_.kid(argument.ir, 1));
    if (part.op != Op::kText || !module_.at(module_.kid(argument.ir, 0)).text.ends_with("alidator")) continue;
    schemas[std::string(part.text)] = eval(module_.kid(argument.ir, 2), env);
  }
  site_ = site;
  return schemas;
}

// "c.req.valid('json')" of Hono is what passed such a schema.
ValuePtr Engine::valid_part(const Call& call, Env& env) {
  if (call.name != "valid" || call.arguments.size() != 1 || !call.arguments[0].value->text) return nullptr;
  const auto schema = schemas_in_front_.find(*call.arguments[0].value->text);
  if (schema == schemas_in_front_.end()) return nullptr;
  const std::uint32_t offset = module_.at(call.ir).begin;
  return shaped(
      *schema->second,
      {{Level::kSource, offset, 0, false, std::make_shared<const Step>(Step{offset, "data of a request", nullptr, 1})}},
      env, 0);
}

// schema.parse(x) gives the data; safeParse and validate say whether there is any, too.
std::optional<ValuePtr> Engine::schema_method(const Call& call, Env& env) {
  if (ValuePtr members = filtered(call, env); members != nullptr) return members;
  if (ValuePtr part = valid_part(call, env); part != nullptr) return part;
  if (auto value = checked_value(call, env)) return value;
  const Box* members = call.receiver == nullptr ? nullptr : box_of(*call.receiver, env);
  if (members != nullptr && !members->items.empty() && call.arguments.empty() &&
      one_of(call.name, "strict strip passthrough required unknown noUnknown"))
    return call.receiver;
  if (members == nullptr || members->items.empty()) return std::nullopt;
  const bool data = one_of(call.name, "parse parseAsync cast validateSync");
  if (!data && !one_of(call.name, "safeParse safeParseAsync validate validateAsync")) return std::nullopt;
  const Argument* given = call.positional(0);
  if (given == nullptr) return std::nullopt;
  const std::vector<Taint> taints = reach(given->value, env);
  const ValuePtr shape = shaped(*call.receiver, taints, env, 0);
  const Box* parts = shape == nullptr ? nullptr : box_of(*shape, env);
  if (parts == nullptr || taints.empty()) return std::nullopt;
  if (data) return shape;
  Box answer = *parts;  // validate() of Yup and validateAsync() of Joi give the data itself
  answer.items["data"] = shape;
  answer.items["value"] = shape;
  return new_box(env, std::move(answer));
}

}  // namespace commandcenter::code::dataflow
