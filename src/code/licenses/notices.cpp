#include "code/licenses/notices.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "code/licenses/phrases.h"

namespace commandcenter::code::licenses {
namespace {

constexpr auto kPhrases = std::to_array<Phrase>({
    {"under the apache license version 2 0", "Apache-2.0"},
    {"under the apache license 2 0", "Apache-2.0"},
    {"under apache license 2 0", "Apache-2.0"},
    {"under the apache 2 0 license", "Apache-2.0"},
    {"under apache 2 0", "Apache-2.0"},
    {"under the apache software license version 2 0", "Apache-2.0"},
    {"the apache license version 2 0", "Apache-2.0"},
    {"apache org licenses license 2 0", "Apache-2.0"},
    {"under the mit license", "MIT"},
    {"under mit license", "MIT"},
    {"under an mit license", "MIT"},
    {"under the mit licence", "MIT"},
    {"under the terms of the mit license", "MIT"},
    {"mit licensed", "MIT"},
    {"opensource org licenses mit", "MIT"},
    {"under the mit style license", "MIT"},
    {"under the bsd 3 clause", "BSD-3-Clause"},
    {"under the 3 clause bsd license", "BSD-3-Clause"},
    {"under the bsd 3 clause license", "BSD-3-Clause"},
    {"under bsd 3 clause", "BSD-3-Clause"},
    {"the 3 clause bsd license", "BSD-3-Clause"},
    {"under the new bsd license", "BSD-3-Clause"},
    {"under the modified bsd license", "BSD-3-Clause"},
    {"under the revised bsd license", "BSD-3-Clause"},
    {"governed by bsd style license", "BSD-3-Clause"},
    {"under the 2 clause bsd license", "BSD-2-Clause"},
    {"under the bsd 2 clause", "BSD-2-Clause"},
    {"under the simplified bsd license", "BSD-2-Clause"},
    {"under the freebsd license", "BSD-2-Clause"},
    {"of the mozilla public license 2 0", "MPL-2.0"},
    {"of the mozilla public license v2 0", "MPL-2.0"},
    {"of the mozilla public license version 2 0", "MPL-2.0"},
    {"under the mozilla public license 2 0", "MPL-2.0"},
    {"under the mozilla public license version 2 0", "MPL-2.0"},
    {"under the mozilla public license version 1 1", "MPL-1.1"},
    {"of the eclipse public license v1 0", "EPL-1.0"},
    {"of the eclipse public license 1 0", "EPL-1.0"},
    {"of the eclipse public license v2 0", "EPL-2.0"},
    {"of the eclipse public license 2 0", "EPL-2.0"},
    {"of the eclipse public license version 2 0", "EPL-2.0"},
    {"under the eclipse public license 2 0", "EPL-2.0"},
    {"under the isc license", "ISC"},
    {"under the zlib license", "Zlib"},
    {"under the zlib libpng license", "Zlib"},
    {"under the boost software license version 1 0", "BSL-1.0"},
    {"under the boost software license 1 0", "BSL-1.0"},
    {"under the artistic license 2 0", "Artistic-2.0"},
    {"the artistic license version 2 0", "Artistic-2.0"},
    {"under the same terms as perl itself", "Artistic-1.0-Perl OR GPL-1.0-or-later"},
    {"under the unlicense", "Unlicense"},
    {"under the do what the fuck you want to public license", "WTFPL"},
    {"under the cc0 1 0", "CC0-1.0"},
    {"creativecommons org publicdomain zero 1 0", "CC0-1.0"},
    {"creativecommons org licenses by 4 0", "CC-BY-4.0"},
    {"creativecommons org licenses by 3 0", "CC-BY-3.0"},
    {"creativecommons org licenses by sa 4 0", "CC-BY-SA-4.0"},
    {"creativecommons org licenses by sa 3 0", "CC-BY-SA-3.0"},
    {"creativecommons org licenses by nc 4 0", "CC-BY-NC-4.0"},
    {"creativecommons org licenses by nd 4 0", "CC-BY-ND-4.0"},
    {"creativecommons org licenses by nc sa 4 0", "CC-BY-NC-SA-4.0"},
    {"creativecommons org licenses by nc nd 4 0", "CC-BY-NC-ND-4.0"},
    {"under the creative commons attribution 4 0 international license", "CC-BY-4.0"},
    {"under the creative commons attribution sharealike 4 0 international license", "CC-BY-SA-4.0"},
    {"under creative commons attribution 4 0 international license", "CC-BY-4.0"},
    {"the common development and distribution license version 1 0", "CDDL-1.0"},
    {"the common development and distribution license version 1 1", "CDDL-1.1"},
    {"under the european union public license v 1 2", "EUPL-1.2"},
    {"licensed under the eupl version 1 2", "EUPL-1.2"},
    {"under the sil open font license version 1 1", "OFL-1.1"},
    {"under the microsoft public license", "MS-PL"},
    {"under the universal permissive license v 1 0", "UPL-1.0"},
    {"under the blue oak model license 1 0 0", "BlueOak-1.0.0"},
});

// The GNU licences, whose notices tell which version, and whether later ones.
class GnuReader {
 public:
  explicit GnuReader(std::span<const Word> words) : words_(words) {}

  std::optional<Notice> at(std::size_t i) const {
    static const std::uint64_t kGnu = hash_of("gnu");
    static const std::uint64_t kGeneral = hash_of("general");
    if (words_[i].hash != kGnu || i + 4 >= words_.size()) return std::nullopt;
    std::string family = "GPL";
    std::size_t next = i + 1;
    for (const auto& [word, name] :
         {std::pair("lesser", "LGPL"), std::pair("library", "LGPL"), std::pair("affero", "AGPL")}) {
      if (words_[next].hash != hash_of(word)) continue;
      family = name;
      ++next;
      break;
    }
    if (words_[next].hash != kGeneral || words_[next + 1].hash != hash_of("public") || next + 2 >= words_.size() ||
        words_[next + 2].hash != hash_of("license"))
      return std::nullopt;
    return version(family, i, next + 3);
  }

 private:
  bool is(std::size_t at, std::string_view word) const {
    return at < words_.size() && words_[at].hash == hash_of(word);
  }

  static std::string number(std::size_t at, std::span<const Word> words) {
    for (const std::string_view digit : {"1", "2", "3", "v1", "v2", "v3"}) {
      if (at >= words.size() || words[at].hash != hash_of(digit)) continue;
      std::string text(1, digit.back());
      const bool minor =
          at + 1 < words.size() && (words[at + 1].hash == hash_of("1") || words[at + 1].hash == hash_of("0"));
      return text + (minor && words[at + 1].hash == hash_of("1") ? ".1" : ".0");
    }
    return {};
  }

  // "version 2", "version 2 of the licence, or (at your option) any later version", "v3 or later", in the words around.
  std::optional<Notice> version(const std::string& family, std::size_t begin, std::size_t end) const {
    constexpr std::size_t kAround = 40;
    std::string found;
    std::size_t last = end;
    for (std::size_t at = end; at < std::min(words_.size(), end + kAround); ++at) {
      if (is(at, "version"))
        found = number(at + 1, words_);
      else if (at <= end + 1)
        found = number(at, words_);
      last = at + 1;
      if (!found.empty()) break;
    }
    for (std::size_t at = begin > kAround / 4 ? begin - kAround / 4 : 0; found.empty() && at < begin; ++at) {
      if (is(at, "version")) found = number(at + 1, words_);
    }
    if (found.empty()) return std::nullopt;
    bool later = false;
    const std::size_t from = begin > kAround / 2 ? begin - kAround / 2 : 0;
    for (std::size_t at = from; at < std::min(words_.size(), last + kAround / 2); ++at)
      later = later || (is(at, "later") && (is(at + 1, "version") || is(at - 1, "or") || is(at - 1, "any")));
    return Notice{fmt::format("{}-{}{}", family, found, later ? "-or-later" : "-only"), begin, last};
  }

  std::span<const Word> words_;
};

}  // namespace

std::vector<Notice> notices_in(std::span<const Word> words) {
  std::vector<Notice> all;
  static const PhraseTable kTable(kPhrases);
  const GnuReader gnu(words);
  const auto add = [&](Notice notice) {
    const bool known = std::ranges::any_of(all, [&](const Notice& other) { return other.spdx == notice.spdx; });
    if (!known) all.push_back(std::move(notice));
  };
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    if (auto notice = gnu.at(i)) add(std::move(*notice));
    if (const PhraseTable::Hit hit = kTable.at(words, i); !hit.meaning.empty())
      add({std::string(hit.meaning), i, i + hit.words});
  }
  return all;
}

}  // namespace commandcenter::code::licenses
