// Schemas that say what each member of an answer may be: z.object({ id: z.number() }).parse(body), of Zod, Joi, Yup.
#include <algorithm>
#include <array>

#include "code/dataflow/engine.h"
#include "code/dataflow/words.h"

namespace commandcenter::code::dataflow {
namespace {

constexpr int kMaxSchema_depth = 4;

// "zod.z.coerce.number().min()": no text of somebody's choice passes.
bool is_strict(std::string_view path) {
  constexpr auto kKinds = std::to_array<std::string_view>(
      {"number",     "int",     "integer", "bigint",   "boolean", "bool",    "date",  "enum",
       "nativeEnum", "literal", "uuid",    "guid",     "cuid",    "ulid",    "valid", "oneOf",
       "regex",      "pattern", "matches", "alphanum", "hex",     "datetime"});
  return std::ranges::any_of(kKinds, [&](std::string_view kind) { return holds_word(path, kind); });
}

}  // namespace

// What passes a schema: members that may be any text are as foreign as before. Null for what is no schema.
ValuePtr Engine::shaped(const Value& schema, const std::vector<Taint>& taints, Env& env, int depth) {
  const Box* box = box_of(schema, env);
  if (box == nullptr || box->items.empty()) return schema.path.empty() ? nullptr : derived(taints);
  Box made;
  made.open = true;
  for (const auto& [name, member] : box->items) {
    if (is_strict(member->path)) continue;
    ValuePtr inner = depth < kMaxSchema_depth ? shaped(*member, taints, env, depth + 1) : nullptr;
    if (inner == nullptr) return nullptr;
    made.items[name] = std::move(inner);
  }
  return new_box(env, std::move(made));
}

// schema.parse(x) gives the data; safeParse and validate say whether there is any, too.
std::optional<ValuePtr> Engine::schema_method(const Call& call, Env& env) {
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
