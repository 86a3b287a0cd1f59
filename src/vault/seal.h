// Values that only the key opens, and only under the name they were sealed for. Private to this folder.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "vault/key.h"

namespace commandcenter::vault {

std::string seal(const Key& key, std::string_view name, std::string_view value);                  // Base64
Result<std::string> open_sealed(const Key& key, std::string_view name, std::string_view sealed);  // kInternal

}  // namespace commandcenter::vault
