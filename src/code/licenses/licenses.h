// Which licences a file names or contains: whole texts however they are wrapped, cut or commented, notices that refer
// to a licence, and SPDX tags.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "code/licenses/expression.h"

namespace commandcenter::code {

struct FoundLicense {
  enum class How { kTag, kText, kNotice };
  std::string spdx;  // an expression for tags, an id otherwise
  How how = How::kNotice;
  std::size_t begin = 0;  // bytes of the file
  std::size_t end = 0;
  double coverage = 1;  // of a text: how much of the licence is there
};

struct FileLicenses {
  std::vector<FoundLicense> found;
  std::string expression;  // of the whole file: "MIT AND Apache-2.0"; empty when it names none
};

// False for files in which no licence can be, after one quick look.
bool may_name_license(std::string_view text);

// Made once and shared; read() is pure.
class LicenseReader {
 public:
  LicenseReader();
  ~LicenseReader();
  LicenseReader(const LicenseReader&) = delete;
  LicenseReader& operator=(const LicenseReader&) = delete;

  FileLicenses read(std::string_view text) const;

 private:
  struct Tables;
  std::unique_ptr<Tables> tables_;
};

// An expression from what people write into manifests: "Apache 2", "The MIT License", "GPLv3+", "BSD-style", an SPDX
// expression; empty when it cannot be told ("SEE LICENSE IN x", "proprietary").
std::string license_from_name(std::string_view name);

}  // namespace commandcenter::code
