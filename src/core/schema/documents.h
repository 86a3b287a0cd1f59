// The schema document, those it may refer to, and every place in them that has a name: "$id", "$anchor", JSON pointer.
// Used while compiling. Internal to this module.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "core/schema/schema.h"

namespace commandcenter::schema {

enum class Dialect { kDraft07, kDraft2020 };

// Where a subschema stands and what that means for it.
struct Place {
  std::string base;     // URI that references in it are relative to
  std::string pointer;  // "/properties/a", after the document's URI when it is not the schema itself
  Dialect dialect = Dialect::kDraft2020;
  std::size_t resource = 0;  // number of the nearest enclosing schema with a URI of its own
};

// "a/b" as a step of a JSON pointer: "/a~1b".
std::string pointer_step(std::string_view name);

class Documents {
 public:
  // The options must outlive this.
  explicit Documents(const CompileOptions& options) : options_(options) {}

  // Finds all subschemas of the document, which must outlive this. The first one added is the schema itself.
  Result<void> add(const std::string& uri, const Json& document);

  // What a "$ref" at the place means. Adds the document when it is known but new.
  Result<const Json*> find(const Place& from, const std::string& reference);

  // Of a subschema found by add or find.
  const Place& place_of(const Json& subschema) const { return places_.at(&subschema); }

  struct DynamicAnchor {
    std::size_t resource = 0;
    std::string name;
    const Json* subschema = nullptr;
  };
  const std::vector<DynamicAnchor>& dynamic_anchors() const { return dynamic_anchors_; }
  std::size_t resource_count() const { return resource_count_; }

 private:
  Result<void> index(const Json& subschema, Place place);
  Result<void> index_identity(const Json& subschema, Place& place);
  Result<void> index_children(const Json& subschema, const Place& place);
  Result<void> index_list(const Json& list, const Place& place);
  Result<void> index_members(const Json& members, const Place& place, bool lists_are_names);
  Result<void> name(const std::string& uri, const Json& subschema, const Place& place);
  Result<const Json*> follow_pointer(const Json& root, std::string_view pointer, const std::string& reference,
                                     const Place& from);
  Result<bool> add_known(const std::string& uri);

  const CompileOptions& options_;
  std::map<const Json*, Place> places_;       // looked up, never iterated
  std::map<std::string, const Json*> named_;  // by URI, with "#anchor" for anchors
  std::vector<DynamicAnchor> dynamic_anchors_;
  std::vector<std::unique_ptr<const Json>> owned_;  // the meta-schemas in use
  std::size_t resource_count_ = 0;
};

}  // namespace commandcenter::schema
