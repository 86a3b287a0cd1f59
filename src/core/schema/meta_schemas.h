// The meta-schemas of the two drafts, which schemas may refer to by their official addresses.
#pragma once

#include <span>
#include <string_view>

namespace commandcenter::schema {

struct MetaSchema {
  std::string_view uri;   // without fragment
  std::string_view text;  // JSON
};

std::span<const MetaSchema> meta_schemas();

}  // namespace commandcenter::schema
