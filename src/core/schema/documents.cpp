#include "core/schema/documents.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "core/schema/messages.h"
#include "core/schema/meta_schemas.h"
#include "core/schema/uri.h"

namespace commandcenter::schema {
namespace {

constexpr auto kSingleKeywords =
    std::to_array<std::string_view>({"not", "if", "then", "else", "contains", "propertyNames", "additionalProperties"});
constexpr auto kSingleKeywords2020 =
    std::to_array<std::string_view>({"unevaluatedItems", "unevaluatedProperties", "contentSchema"});
constexpr auto kListKeywords = std::to_array<std::string_view>({"allOf", "anyOf", "oneOf"});
constexpr auto kMemberKeywords =
    std::to_array<std::string_view>({"properties", "patternProperties", "$defs", "definitions"});

Result<Dialect> dialect_named(const Json& name, const std::string& where) {
  if (name.is_string()) {
    std::string_view uri = name.get_ref<const std::string&>();
    if (uri.ends_with('#')) uri.remove_suffix(1);
    if (uri == "https://json-schema.org/draft/2020-12/schema") return Dialect::kDraft2020;
    if (uri == "http://json-schema.org/draft-07/schema" || uri == "https://json-schema.org/draft-07/schema") {
      return Dialect::kDraft07;
    }
  }
  return fail(ErrorCode::kInvalid,
              fmt::format("\"$schema\"{}: {} is not supported; use \"https://json-schema.org/draft/2020-12/schema\" or "
                          "\"http://json-schema.org/draft-07/schema#\"",
                          where.empty() ? "" : " at " + where, excerpt(name)));
}

bool deeper_than(const Json& value, std::size_t levels) {
  if (!value.is_structured()) return false;
  if (levels == 0) return true;
  return std::any_of(value.begin(), value.end(), [&](const Json& child) { return deeper_than(child, levels - 1); });
}

}  // namespace

std::string pointer_step(std::string_view name) {
  std::string step = "/";
  for (const char c : name) {
    if (c == '~')
      step += "~0";
    else if (c == '/')
      step += "~1";
    else
      step += c;
  }
  return step;
}

Result<void> Documents::add(const std::string& uri, const Json& document) {
  if (deeper_than(document, kMaxSchemaDepth)) {
    return fail(ErrorCode::kTooLarge, fmt::format("the schema is nested deeper than {} levels", kMaxSchemaDepth));
  }
  Place place{uri, uri.empty() ? "" : uri + "#", Dialect::kDraft2020, resource_count_++};
  named_.emplace(uri, &document);
  if (const Json* dialect = find_member(document, "$schema")) {
    const auto known = dialect_named(*dialect, "");
    if (!known) return fail(known.error());
    place.dialect = *known;
  }
  return index(document, std::move(place));
}

Result<void> Documents::name(const std::string& uri, const Json& subschema, const Place& place) {
  const auto [at, added] = named_.emplace(uri, &subschema);
  if (added || at->second == &subschema) return {};
  return fail(ErrorCode::kInvalid,
              fmt::format("{}: another schema is already called \"{}\"", shown(place.pointer), uri));
}

Result<void> Documents::index(const Json& subschema, Place place) {
  if (!subschema.is_object() && !subschema.is_boolean()) {
    return fail(ErrorCode::kInvalid, fmt::format("{}: expected a schema (an object, true or false), got {}",
                                                 shown(place.pointer), excerpt(subschema)));
  }
  if (places_.size() >= kMaxSchemaNodes) {
    return fail(ErrorCode::kTooLarge, fmt::format("the schema has more than {} subschemas", kMaxSchemaNodes));
  }
  if (subschema.is_object()) {
    if (auto done = index_identity(subschema, place); !done) return done;
  }
  const Place& kept = places_.insert_or_assign(&subschema, std::move(place)).first->second;
  return subschema.is_object() ? index_children(subschema, kept) : Result<void>();
}

// "$id", "$anchor" and "$dynamicAnchor"; changes the place when the subschema has a URI of its own.
Result<void> Documents::index_identity(const Json& subschema, Place& place) {
  for (const char* keyword : {"$id", "$anchor", "$dynamicAnchor", "$ref", "$dynamicRef"}) {
    const Json* text = find_member(subschema, keyword);
    if (text == nullptr || text->is_string()) continue;
    return fail(ErrorCode::kInvalid,
                fmt::format("{}/{}: expected text, got {}", place.pointer, keyword, excerpt(*text)));
  }
  const bool overruled = place.dialect == Dialect::kDraft07 && find_member(subschema, "$ref") != nullptr;
  const Json* id = find_member(subschema, "$id");
  if (id != nullptr && !overruled) {
    const std::string& id_text = id->get_ref<const std::string&>();
    Uri uri = resolve_uri(place.base, id_text);
    const std::string anchor = percent_decode(uri.fragment.value_or(""));
    uri.fragment.reset();
    if (!anchor.empty() && place.dialect == Dialect::kDraft2020) {
      return fail(ErrorCode::kInvalid, fmt::format("{}/$id: \"{}\" must not have a fragment; use \"$anchor\": \"{}\"",
                                                   place.pointer, id_text, anchor));
    }
    if (!id_text.starts_with('#')) {
      if (const Json* dialect = find_member(subschema, "$schema")) {
        const auto known = dialect_named(*dialect, place.pointer);
        if (!known) return fail(known.error());
        place.dialect = *known;
      }
      place.base = uri.text();
      place.resource = resource_count_++;
      if (auto done = name(place.base, subschema, place); !done) return done;
    }
    if (!anchor.empty()) {
      if (auto done = name(place.base + "#" + anchor, subschema, place); !done) return done;
    }
  }
  if (place.dialect == Dialect::kDraft07) return {};
  for (const char* keyword : {"$anchor", "$dynamicAnchor"}) {
    const std::string anchor = string_member(subschema, keyword);
    if (anchor.empty()) continue;
    if (auto done = name(place.base + "#" + anchor, subschema, place); !done) return done;
    if (std::string_view(keyword) == "$dynamicAnchor") dynamic_anchors_.push_back({place.resource, anchor, &subschema});
  }
  return {};
}

Result<void> Documents::index_children(const Json& subschema, const Place& place) {
  const bool modern = place.dialect == Dialect::kDraft2020;
  const auto at = [&](std::string_view keyword) {
    Place child = place;
    child.pointer += pointer_step(keyword);
    return child;
  };
  const auto known = [](std::string_view keyword, const auto& keywords) {
    return std::find(keywords.begin(), keywords.end(), keyword) != keywords.end();
  };
  for (const auto& [keyword, value] : subschema.items()) {
    Result<void> done;
    if (known(keyword, kSingleKeywords) || (modern && known(keyword, kSingleKeywords2020)) ||
        (!modern && keyword == "additionalItems")) {
      done = index(value, at(keyword));
    } else if (keyword == "items") {
      if (modern && value.is_array()) {
        return fail(
            ErrorCode::kInvalid,
            fmt::format("{}/items: a list of schemas is called \"prefixItems\" since draft 2020-12", place.pointer));
      }
      done = value.is_array() ? index_list(value, at(keyword)) : index(value, at(keyword));
    } else if (known(keyword, kListKeywords) || (modern && keyword == "prefixItems")) {
      done = index_list(value, at(keyword));
    } else if (known(keyword, kMemberKeywords) || (modern && keyword == "dependentSchemas")) {
      done = index_members(value, at(keyword), false);
    } else if (keyword == "dependencies") {
      done = index_members(value, at(keyword), true);
    }
    if (!done) return done;
  }
  return {};
}

Result<void> Documents::index_list(const Json& list, const Place& place) {
  if (!list.is_array() || (list.empty() && !place.pointer.ends_with("/items"))) {
    return fail(ErrorCode::kInvalid,
                fmt::format("{}: expected a list of at least one schema, got {}", place.pointer, excerpt(list)));
  }
  for (std::size_t i = 0; i < list.size(); ++i) {
    Place child = place;
    child.pointer += fmt::format("/{}", i);
    if (auto done = index(list[i], std::move(child)); !done) return done;
  }
  return {};
}

Result<void> Documents::index_members(const Json& members, const Place& place, bool lists_are_names) {
  if (!members.is_object()) {
    return fail(ErrorCode::kInvalid,
                fmt::format("{}: expected an object of schemas, got {}", place.pointer, excerpt(members)));
  }
  for (const auto& [key, value] : members.items()) {
    if (lists_are_names && value.is_array()) continue;
    Place child = place;
    child.pointer += pointer_step(key);
    if (auto done = index(value, std::move(child)); !done) return done;
  }
  return {};
}

Result<bool> Documents::add_known(const std::string& uri) {
  for (const auto& [known, document] : options_.documents) {
    Uri without_fragment = split_uri(known);
    without_fragment.fragment.reset();
    if (without_fragment.text() != uri) continue;
    if (auto done = add(uri, document); !done) return fail(done.error());
    return true;
  }
  for (const MetaSchema& meta : meta_schemas()) {
    if (meta.uri != uri) continue;
    auto document = parse_json(meta.text);
    if (!document) return fail(document.error());
    owned_.push_back(std::make_unique<const Json>(std::move(*document)));
    if (auto done = add(uri, *owned_.back()); !done) return fail(done.error());
    return true;
  }
  return false;
}

Result<const Json*> Documents::find(const Place& from, const std::string& reference) {
  Uri uri = resolve_uri(from.base, reference);
  const std::string fragment = percent_decode(uri.fragment.value_or(""));
  uri.fragment.reset();
  const std::string document = uri.text();
  auto root = named_.find(document);
  if (root == named_.end()) {
    const auto added = add_known(document);
    if (!added) return fail(added.error());
    if (!*added) {
      return fail(ErrorCode::kInvalid,
                  fmt::format("{}: the reference \"{}\" leads to another document, and none is ever fetched; copy what "
                              "it means into \"$defs\" and refer to \"#/$defs/…\"",
                              shown(from.pointer), reference));
    }
    root = named_.find(document);
  }
  if (fragment.empty()) return root->second;
  if (fragment.front() == '/') return follow_pointer(*root->second, fragment, reference, from);
  const auto anchor = named_.find(document + "#" + fragment);
  if (anchor != named_.end()) return anchor->second;
  return fail(ErrorCode::kInvalid, fmt::format("{}: the reference \"{}\" leads nowhere: nothing has the anchor \"{}\"",
                                               shown(from.pointer), reference, fragment));
}

Result<const Json*> Documents::follow_pointer(const Json& root, std::string_view pointer, const std::string& reference,
                                              const Place& from) {
  const Json* current = &root;
  Place place = places_.at(&root);
  while (!pointer.empty()) {
    pointer.remove_prefix(1);
    const std::size_t end = std::min(pointer.find('/'), pointer.size());
    std::string step;
    for (std::size_t i = 0; i < end; ++i) {
      const bool escaped = pointer[i] == '~' && i + 1 < end && (pointer[i + 1] == '0' || pointer[i + 1] == '1');
      step += !escaped ? pointer[i] : (pointer[i + 1] == '0' ? '~' : '/');
      if (escaped) ++i;
    }
    pointer.remove_prefix(end);
    if (current->is_array()) {
      std::size_t number = 0;
      const auto read = std::from_chars(step.data(), step.data() + step.size(), number);
      const bool found = read.ec == std::errc() && read.ptr == step.data() + step.size() && number < current->size();
      current = found ? &(*current)[number] : nullptr;
    } else {
      current = find_member(*current, step);
    }
    place.pointer += pointer_step(step);
    if (current == nullptr) {
      return fail(ErrorCode::kInvalid, fmt::format("{}: the reference \"{}\" leads nowhere: there is no {}",
                                                   shown(from.pointer), reference, place.pointer));
    }
    if (const auto known = places_.find(current); known != places_.end()) place = known->second;
  }
  if (!places_.contains(current)) {  // not where schemas usually stand
    if (auto done = index(*current, std::move(place)); !done) return fail(done.error());
  }
  return current;
}

}  // namespace commandcenter::schema
