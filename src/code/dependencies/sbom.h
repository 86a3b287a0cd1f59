// Bills of materials and attributions of an inventory. Pure; equal inventories give equal text but for the time given.
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "code/dependencies/dependencies.h"

namespace commandcenter::code {

struct SbomFacts {
  std::string name;     // of what is described
  std::string version;  // of this program
  std::string created;  // "2025-11-30T12:00:00Z"
};

Json spdx_sbom(const Inventory& inventory, const SbomFacts& facts);       // SPDX 2.3
Json cyclonedx_sbom(const Inventory& inventory, const SbomFacts& facts);  // CycloneDX 1.5

// NOTICE: what is handed on with the product, by licence, with the copyright lines of vendored licence files.
std::string notice_text(const Inventory& inventory, std::string_view product, const Lookup& lookup);

}  // namespace commandcenter::code
