// What people write where an SPDX expression belongs.
#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "code/licenses/licenses.h"

namespace commandcenter::code {
namespace {

// Lower case, letters and digits only; "license", "licence", "the" and "version" left out.
std::string essence(std::string_view name) {
  std::string word;
  std::string all;
  const auto finish = [&] {
    if (word != "license" && word != "licence" && word != "the" && word != "version" && word != "licenses" &&
        word != "v" && word != "software" && word != "osi" && word != "approved")
      all += word;
    word.clear();
  };
  for (const char c : name) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+';
    if (letter)
      word += c;
    else if (c >= 'A' && c <= 'Z')
      word += static_cast<char>(c - 'A' + 'a');
    else
      finish();
  }
  finish();
  return all;
}

constexpr auto kNames = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"apache", "Apache-2.0"},
    {"apache2", "Apache-2.0"},
    {"apache20", "Apache-2.0"},
    {"apachev2", "Apache-2.0"},
    {"apachev20", "Apache-2.0"},
    {"asl20", "Apache-2.0"},
    {"al20", "Apache-2.0"},
    {"asl2", "Apache-2.0"},
    {"apache11", "Apache-1.1"},
    {"apachesoftware", "Apache-2.0"},
    {"apachefoundation20", "Apache-2.0"},
    {"apachepublic20", "Apache-2.0"},
    {"mit", "MIT"},
    {"mitx11", "MIT"},
    {"mitmit", "MIT"},
    {"expat", "MIT"},
    {"mitstyle", "MIT"},
    {"x11", "X11"},
    {"mit0", "MIT-0"},
    {"bsd", "BSD-3-Clause"},
    {"newbsd", "BSD-3-Clause"},
    {"bsdnew", "BSD-3-Clause"},
    {"modifiedbsd", "BSD-3-Clause"},
    {"revisedbsd", "BSD-3-Clause"},
    {"bsd3", "BSD-3-Clause"},
    {"bsd3clause", "BSD-3-Clause"},
    {"3clausebsd", "BSD-3-Clause"},
    {"bsdstyle", "BSD-3-Clause"},
    {"bsdlike", "BSD-3-Clause"},
    {"edl10", "BSD-3-Clause"},
    {"eclipsedistribution10", "BSD-3-Clause"},
    {"bsd2", "BSD-2-Clause"},
    {"bsd2clause", "BSD-2-Clause"},
    {"2clausebsd", "BSD-2-Clause"},
    {"simplifiedbsd", "BSD-2-Clause"},
    {"freebsd", "BSD-2-Clause"},
    {"bsd4clause", "BSD-4-Clause"},
    {"0bsd", "0BSD"},
    {"isc", "ISC"},
    {"iscl", "ISC"},
    {"iscisc", "ISC"},
    {"iscliscl", "ISC"},
    {"gplv2", "GPL-2.0-only"},
    {"gpl2", "GPL-2.0-only"},
    {"gpl20", "GPL-2.0-only"},
    {"gplv2+", "GPL-2.0-or-later"},
    {"gpl2+", "GPL-2.0-or-later"},
    {"gplv2orlater", "GPL-2.0-or-later"},
    {"gnugplv2", "GPL-2.0-only"},
    {"gnugeneralpublicv2gplv2", "GPL-2.0-only"},
    {"gnugeneralpublicv2", "GPL-2.0-only"},
    {"gnugeneralpublicv2orlatergplv2+", "GPL-2.0-or-later"},
    {"gnugeneralpublic2", "GPL-2.0-only"},
    {"gplv3", "GPL-3.0-only"},
    {"gpl3", "GPL-3.0-only"},
    {"gpl30", "GPL-3.0-only"},
    {"gplv3+", "GPL-3.0-or-later"},
    {"gpl3+", "GPL-3.0-or-later"},
    {"gplv3orlater", "GPL-3.0-or-later"},
    {"gnugplv3", "GPL-3.0-only"},
    {"gnugeneralpublicv3", "GPL-3.0-only"},
    {"gnugeneralpublicv3gplv3", "GPL-3.0-only"},
    {"gnugeneralpublicv3orlatergplv3+", "GPL-3.0-or-later"},
    {"gnugeneralpublic3", "GPL-3.0-only"},
    {"gpl2withcpe", "GPL-2.0-only WITH Classpath-exception-2.0"},
    {"gpl2wclasspathexception", "GPL-2.0-only WITH Classpath-exception-2.0"},
    {"lgplv2", "LGPL-2.0-only"},
    {"lgpl21", "LGPL-2.1-only"},
    {"lgplv21", "LGPL-2.1-only"},
    {"lgplv21+", "LGPL-2.1-or-later"},
    {"gnulessergeneralpublicv2orlaterlgplv2+", "LGPL-2.0-or-later"},
    {"gnulesserpublic", "LGPL-2.1-only"},
    {"gnulessergeneralpublic21", "LGPL-2.1-only"},
    {"lgpl3", "LGPL-3.0-only"},
    {"lgplv3", "LGPL-3.0-only"},
    {"lgplv3+", "LGPL-3.0-or-later"},
    {"gnulessergeneralpublicv3lgplv3", "LGPL-3.0-only"},
    {"gnulessergeneralpublicv3orlaterlgplv3+", "LGPL-3.0-or-later"},
    {"gnulessergeneralpublic3", "LGPL-3.0-only"},
    {"agpl3", "AGPL-3.0-only"},
    {"agplv3", "AGPL-3.0-only"},
    {"agplv3+", "AGPL-3.0-or-later"},
    {"gnuafferogeneralpublicv3", "AGPL-3.0-only"},
    {"gnuafferogeneralpublicv3orlateragplv3+", "AGPL-3.0-or-later"},
    {"mpl11", "MPL-1.1"},
    {"mpl20", "MPL-2.0"},
    {"mpl2", "MPL-2.0"},
    {"mplv2", "MPL-2.0"},
    {"mozillapublic20", "MPL-2.0"},
    {"mozillapublic20mpl20", "MPL-2.0"},
    {"mozillapublic11mpl11", "MPL-1.1"},
    {"mozillapublicv20", "MPL-2.0"},
    {"epl10", "EPL-1.0"},
    {"eclipsepublic10", "EPL-1.0"},
    {"eclipsepublicv10", "EPL-1.0"},
    {"epl20", "EPL-2.0"},
    {"eclipsepublic20", "EPL-2.0"},
    {"eclipsepublicv20", "EPL-2.0"},
    {"eclipsepublicv2", "EPL-2.0"},
    {"cddl10", "CDDL-1.0"},
    {"cddl11", "CDDL-1.1"},
    {"cddl", "CDDL-1.0"},
    {"cddlgpl", "CDDL-1.0 OR GPL-2.0-only"},
    {"zlib", "Zlib"},
    {"zliblibpng", "Zlib"},
    {"boost10", "BSL-1.0"},
    {"boost", "BSL-1.0"},
    {"bsl10", "BSL-1.0"},
    {"unlicense", "Unlicense"},
    {"unlicenseunlicense", "Unlicense"},
    {"wtfpl", "WTFPL"},
    {"cc0", "CC0-1.0"},
    {"cc010universal", "CC0-1.0"},
    {"cc010universalcc010publicdomaindedication", "CC0-1.0"},
    {"pythonfoundation", "PSF-2.0"},
    {"psf", "PSF-2.0"},
    {"psfl", "PSF-2.0"},
    {"psf20", "PSF-2.0"},
    {"python20", "Python-2.0"},
    {"artistic", "Artistic-1.0"},
    {"artistic2", "Artistic-2.0"},
    {"artistic20", "Artistic-2.0"},
    {"ruby", "Ruby"},
    {"hpnd", "HPND"},
    {"zpl21", "ZPL-2.1"},
    {"zopepublic", "ZPL-2.1"},
    {"postgresql", "PostgreSQL"},
    {"ncsa", "NCSA"},
    {"universityofillinoisncsaopensource", "NCSA"},
    {"upl10", "UPL-1.0"},
    {"mspl", "MS-PL"},
    {"microsoftpublic", "MS-PL"},
    {"eupl12", "EUPL-1.2"},
    {"europeanunionpubliclicence12eupl12", "EUPL-1.2"},
    {"bouncycastlelicence", "MIT"},
    {"bouncycastle", "MIT"},
});

}  // namespace

std::string license_from_name(std::string_view name) {
  while (!name.empty() && (name.front() == ' ' || name.front() == '"'))
    name.remove_prefix(1);
  while (!name.empty() && (name.back() == ' ' || name.back() == '"'))
    name.remove_suffix(1);
  if (name.empty() || name.size() > kMaxExpression_bytes) return {};
  std::string slashes(name);  // Cargo's old "MIT/Apache-2.0"
  for (std::size_t at = slashes.find('/'); at != std::string::npos; at = slashes.find('/', at + 4))
    slashes.replace(at, 1, " OR ");
  for (const std::string_view text : {name, std::string_view(slashes)}) {
    const auto expression = parse_license_expression(text);
    if (!expression) continue;
    const auto known = [](const auto& self, const LicenseExpression& part) -> bool {
      if (part.kind == LicenseExpression::Kind::kLicense) return part.known;
      return std::ranges::all_of(part.parts, [&](const LicenseExpression& inner) { return self(self, inner); });
    };
    if (known(known, *expression)) return expression->text();
  }
  // A classifier of PyPI: "License :: OSI Approved :: MIT License".
  if (const std::size_t colons = name.rfind(":: "); colons != std::string_view::npos) name = name.substr(colons + 3);
  const std::string key = essence(name);
  const auto found =
      std::ranges::find(kNames, std::string_view(key), &std::pair<std::string_view, std::string_view>::first);
  return found == kNames.end() ? std::string() : std::string(found->second);
}

}  // namespace commandcenter::code
