// The lists of a report. Private to this folder.
#pragma once

#include <string_view>

#include "base/json.h"
#include "code/audit/audit.h"

namespace commandcenter::audit {

// The first kMaxListed of them.
inline Json limited(Json list) {
  if (list.size() > kMaxListed) list.erase(list.begin() + static_cast<std::ptrdiff_t>(kMaxListed), list.end());
  return list;
}

// The member, or an empty list when it is none.
inline const Json& list_of(const Json& object, std::string_view key) {
  static const Json kEmpty = Json::array();
  const Json* list = find_member(object, key);
  return list != nullptr && list->is_array() ? *list : kEmpty;
}

}  // namespace commandcenter::audit
