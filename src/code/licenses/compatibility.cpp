#include "code/licenses/compatibility.h"

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>

namespace commandcenter::code {
namespace {

enum class Group : std::uint8_t {
  kPermissive,     // asks for notices at most
  kApache,         // with terms on patents that version 2 of the GPL does not know
  kAdvertising,    // asks for a line in advertisements, or the like: a further restriction to the GPL
  kFileCopyleft,   // of files, with a door to the GPL
  kFileCopyleftX,  // of files, without one
  kLibrary2,       // LGPL-2.x
  kLibrary3,       // LGPL-3.0
  kStrong2,        // GPL-2.0-only
  kStrong2Later,   // GPL-2.0-or-later
  kStrong3,        // GPL-3.0
  kNetwork,        // AGPL-3.0
  kRestricted,     // not for every use: no free licence
  kUnknown,
};
constexpr std::size_t kGroups = static_cast<std::size_t>(Group::kUnknown);

struct Member {
  std::string_view id;  // or its beginning, with "*" behind
  Group group;
};
// The first that fits.
constexpr auto kMembers = std::to_array<Member>({
    {"MIT", Group::kPermissive},
    {"MIT-*", Group::kPermissive},
    {"X11", Group::kPermissive},
    {"ISC", Group::kPermissive},
    {"0BSD", Group::kPermissive},
    {"BSD-1-Clause", Group::kPermissive},
    {"BSD-2-Clause*", Group::kPermissive},
    {"BSD-3-Clause", Group::kPermissive},
    {"BSD-3-Clause-Clear", Group::kPermissive},
    {"BSD-3-Clause-LBNL", Group::kPermissive},
    {"BSD-4-Clause*", Group::kAdvertising},
    {"BSD-Source-Code", Group::kPermissive},
    {"Zlib", Group::kPermissive},
    {"zlib-acknowledgement", Group::kPermissive},
    {"libpng-2.0", Group::kPermissive},
    {"Libpng", Group::kPermissive},
    {"BSL-1.0", Group::kPermissive},
    {"Unlicense", Group::kPermissive},
    {"CC0-1.0", Group::kPermissive},
    {"WTFPL", Group::kPermissive},
    {"NCSA", Group::kPermissive},
    {"PostgreSQL", Group::kPermissive},
    {"curl", Group::kPermissive},
    {"HPND*", Group::kPermissive},
    {"NTP", Group::kPermissive},
    {"ICU", Group::kPermissive},
    {"Unicode-*", Group::kPermissive},
    {"PSF-2.0", Group::kPermissive},
    {"Python-2.0*", Group::kPermissive},
    {"BlueOak-1.0.0", Group::kPermissive},
    {"UPL-1.0", Group::kPermissive},
    {"FTL", Group::kAdvertising},
    {"TCL", Group::kPermissive},
    {"Ruby", Group::kPermissive},
    {"Artistic-2.0", Group::kPermissive},
    {"AFL-*", Group::kFileCopyleftX},
    {"W3C*", Group::kPermissive},
    {"Vim", Group::kFileCopyleft},
    {"bzip2-1.0.6", Group::kPermissive},
    {"blessing", Group::kPermissive},
    {"IJG", Group::kPermissive},
    {"JSON", Group::kAdvertising},
    {"CC-BY-3.0", Group::kPermissive},
    {"CC-BY-4.0", Group::kPermissive},
    {"OFL-1.1*", Group::kPermissive},  // as the font of a document or a program
    {"Apache-2.0", Group::kApache},
    {"Apache-1.0", Group::kAdvertising},
    {"Apache-1.1", Group::kAdvertising},
    {"OpenSSL*", Group::kAdvertising},
    {"SSLeay*", Group::kAdvertising},
    {"PHP-3.0*", Group::kAdvertising},
    {"Zend-2.0", Group::kAdvertising},
    {"ECL-2.0", Group::kApache},
    {"MulanPSL-2.0", Group::kApache},
    {"MPL-2.0", Group::kFileCopyleft},
    {"MPL-2.0-no-copyleft-exception", Group::kFileCopyleftX},
    {"MPL-1.*", Group::kFileCopyleftX},
    {"EPL-*", Group::kFileCopyleftX},
    {"CPL-1.0", Group::kFileCopyleftX},
    {"IPL-1.0", Group::kFileCopyleftX},
    {"CDDL-*", Group::kFileCopyleftX},
    {"MS-PL", Group::kFileCopyleftX},
    {"MS-RL", Group::kFileCopyleftX},
    {"EUPL-1.2", Group::kFileCopyleft},
    {"CECILL-2.1", Group::kStrong2Later},
    {"CECILL-B", Group::kPermissive},
    {"CECILL-C", Group::kLibrary2},
    {"LGPL-2*", Group::kLibrary2},
    {"LGPL-3*", Group::kLibrary3},
    {"GPL-1.0-or-later", Group::kStrong2Later},
    {"GPL-2.0-only", Group::kStrong2},
    {"GPL-2.0-or-later", Group::kStrong2Later},
    {"GPL-3.0*", Group::kStrong3},
    {"AGPL-3.0*", Group::kNetwork},
    {"SSPL-1.0", Group::kRestricted},
    {"BUSL-1.1", Group::kRestricted},
    {"Elastic-2.0", Group::kRestricted},
    {"PolyForm-*", Group::kRestricted},
    {"CC-BY-NC*", Group::kRestricted},
    {"CC-BY-ND*", Group::kRestricted},
    {"Aladdin", Group::kRestricted},
    {"Hippocratic-*", Group::kRestricted},
});

// Exceptions with which a library under the GPL asks no more of its users than the LGPL does, or less.
constexpr auto kLinking = std::to_array<std::string_view>({"Classpath-exception-2.0",
                                                           "GCC-exception-2.0",
                                                           "GCC-exception-2.0-note",
                                                           "GCC-exception-3.1",
                                                           "GPL-3.0-linking-exception",
                                                           "GPL-3.0-linking-source-exception",
                                                           "WxWindows-exception-3.1",
                                                           "FLTK-exception",
                                                           "OCaml-LGPL-linking-exception",
                                                           "Libtool-exception",
                                                           "Bison-exception-2.2",
                                                           "Bison-exception-1.24",
                                                           "Autoconf-exception-2.0",
                                                           "Autoconf-exception-3.0",
                                                           "Autoconf-exception-generic",
                                                           "Font-exception-2.0",
                                                           "eCos-exception-2.0",
                                                           "freertos-exception-2.0",
                                                           "Linux-syscall-note",
                                                           "LZMA-exception",
                                                           "mif-exception",
                                                           "OpenJDK-assembly-exception-1.0",
                                                           "i2p-gpl-java-exception",
                                                           "GNAT-exception",
                                                           "Qwt-exception-1.0",
                                                           "Universal-FOSS-exception-1.0",
                                                           "Qt-GPL-exception-1.0",
                                                           "openvpn-openssl-exception"});

// What each group of works (rows) makes of each group of parts (columns): y may be, c under a condition, n may not.
// Columns: permissive, Apache, advertising, file copyleft, the same without a door, LGPL 2, LGPL 3, GPL 2, GPL 2 or
// later, GPL 3, AGPL 3, restricted.
constexpr std::array<std::string_view, kGroups> kMatrix = {
    "yyyyyccnnnnn",  // permissive
    "yyyyyccnnnnn",  // Apache
    "yyyyyccnnnnn",  // advertising
    "yyyyyccnnnnn",  // file copyleft
    "yyyyyccnnnnn",  // file copyleft without a door
    "yyyyyycnnnnn",  // LGPL 2
    "yyyyyyynnnnn",  // LGPL 3
    "ynnynynyynnn",  // GPL 2 only
    "ycnynycyyccn",  // GPL 2 or later: where it must, it becomes version 3
    "yynynyynyyyn",  // GPL 3
    "yynynyynyyyn",  // AGPL 3
    "yyyyyccnnnnn",  // restricted
};

Group group_of(const LicenseExpression& license) {
  const std::string& id = license.id;
  const auto found = std::ranges::find_if(kMembers, [&](const Member& member) {
    return member.id.ends_with('*') ? id.starts_with(member.id.substr(0, member.id.size() - 1)) : id == member.id;
  });
  if (found == kMembers.end()) return Group::kUnknown;
  const bool strong = found->group >= Group::kStrong2 && found->group <= Group::kNetwork;
  if (strong && std::ranges::find(kLinking, license.exception) != kLinking.end()) return Group::kPermissive;
  if (found->group == Group::kApache && license.exception.starts_with("LLVM")) return Group::kPermissive;
  return found->group;
}

std::string_view reason_of(Group work, Group part) {
  if (part == Group::kRestricted) return "it is not for every use";
  if (part >= Group::kStrong2 && part <= Group::kNetwork) {
    if (work < Group::kStrong2 || work == Group::kRestricted) return "the whole would have to be under it";
    return "the versions of both exclude each other";
  }
  if (part == Group::kApache || part == Group::kLibrary3) return "version 2 of the GPL alone does not allow its terms";
  if (part == Group::kLibrary2) return "users must be able to replace the library";
  return "its terms are a further restriction, which the GPL forbids";
}

CompatibilityVerdict of_pair(const LicenseExpression& work, const LicenseExpression& part) {
  const Group whole = group_of(work);
  const Group piece = group_of(part);
  const std::string names = fmt::format("{} in a work under {}", part.license_text(), work.license_text());
  if (work.id == part.id && work.exception == part.exception) return {Compatibility::kCompatible, {}};
  if (piece == Group::kPermissive) return {Compatibility::kCompatible, {}};  // whatever the work is
  if (whole == Group::kUnknown || piece == Group::kUnknown)
    return {Compatibility::kUnknown, names + ": nothing is known about the two together"};
  const char verdict = kMatrix.at(static_cast<std::size_t>(whole)).at(static_cast<std::size_t>(piece));
  if (verdict == 'y') return {Compatibility::kCompatible, {}};
  if (verdict == 'n') return {Compatibility::kIncompatible, fmt::format("{}: {}", names, reason_of(whole, piece))};
  const std::string_view condition = whole == Group::kStrong2Later ? "the whole becomes version 3 of the licence"
                                                                   : "users must be able to replace the library";
  return {Compatibility::kConditional, fmt::format("{}: {}", names, condition)};
}

}  // namespace

// Expressions are at most kMaxExpressionDepth deep.
CompatibilityVerdict compatibility(const LicenseExpression& work, const LicenseExpression& part) {
  const auto fold = [](const LicenseExpression& expression, bool best, const auto& of_part) {
    CompatibilityVerdict result = of_part(expression.parts.front());
    for (const LicenseExpression& other : expression.parts) {
      CompatibilityVerdict next = of_part(other);
      if (best ? next.verdict < result.verdict : next.verdict > result.verdict) result = std::move(next);
    }
    return result;
  };
  using Kind = LicenseExpression::Kind;
  if (work.kind != Kind::kLicense)
    return fold(work, work.kind == Kind::kOr, [&](const auto& one) { return compatibility(one, part); });
  if (part.kind != Kind::kLicense)
    return fold(part, part.kind == Kind::kOr, [&](const auto& one) { return compatibility(work, one); });
  return of_pair(work, part);
}

}  // namespace commandcenter::code
