#include "code/licenses/licenses.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "code/licenses/exceptions.h"
#include "code/licenses/index.h"
#include "code/licenses/notices.h"
#include "code/licenses/texts.h"

namespace commandcenter::code {
namespace {

constexpr std::size_t kMaxTags = 64;
constexpr std::string_view kTag = "SPDX-License-Identifier:";

// The expression after the tag: up to the end of the line or of the comment, less what is none.
std::string tag_value(std::string_view line) {
  for (const std::string_view end : {"*/", "-->", "#}", "%>", "*)", "\"", "'", "`", "|"}) {
    if (const std::size_t at = line.find(end); at != std::string_view::npos) line = line.substr(0, at);
  }
  while (!line.empty() && (std::isspace(static_cast<unsigned char>(line.back())) != 0 || line.back() == ';'))
    line.remove_suffix(1);
  return std::string(line);
}

void read_tags(std::string_view text, std::vector<FoundLicense>& found) {
  for (std::size_t at = text.find(kTag); at != std::string_view::npos && found.size() < kMaxTags;
       at = text.find(kTag, at + 1)) {
    const std::size_t begin = at + kTag.size();
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const auto expression = parse_license_expression(tag_value(text.substr(begin, end - begin)));
    if (!expression) continue;
    const std::string spdx = expression->text();
    const bool known = std::ranges::any_of(found, [&](const FoundLicense& other) { return other.spdx == spdx; });
    if (!known) found.push_back({spdx, FoundLicense::How::kTag, at, end});
  }
}

// "GPL-2.0" of "GPL-2.0-or-later".
std::string_view family(std::string_view id) {
  for (const std::string_view suffix : {"-only", "-or-later"}) {
    if (id.ends_with(suffix)) return id.substr(0, id.size() - suffix.size());
  }
  return id;
}

// A tag says it exactly, and a notice says which versions of a GNU licence a text is for.
void reconcile(std::vector<FoundLicense>& found) {
  std::vector<std::string> tagged;
  for (const FoundLicense& license : found) {
    if (license.how != FoundLicense::How::kTag) continue;
    if (const auto expression = parse_license_expression(license.spdx)) {
      for (std::string& id : expression->ids())
        tagged.push_back(std::move(id));
    }
  }
  std::erase_if(found, [&](const FoundLicense& license) {
    if (license.how == FoundLicense::How::kTag) return false;
    return std::ranges::any_of(tagged, [&](const std::string& id) { return family(id) == family(license.spdx); });
  });
  for (FoundLicense& text : found) {
    if (text.how != FoundLicense::How::kText) continue;
    for (const FoundLicense& notice : found) {
      if (notice.how == FoundLicense::How::kNotice && family(notice.spdx) == family(text.spdx)) text.spdx = notice.spdx;
    }
  }
}

// An exception belongs to the licence of its family that stands nearest before it, else to the first one. A tag says
// its exceptions itself.
void attach_exceptions(const std::vector<licenses::FoundException>& exceptions,
                       const std::vector<licenses::Word>& words, std::vector<FoundLicense>& found) {
  for (const licenses::FoundException& exception : exceptions) {
    FoundLicense* best = nullptr;
    for (FoundLicense& license : found) {
      const bool plain = license.how != FoundLicense::How::kTag && license.spdx.find(' ') == std::string::npos &&
                         license.spdx.find("exception") == std::string::npos;
      if (!plain || !license.spdx.starts_with(exception.family)) continue;
      if (best == nullptr || license.begin <= words[exception.begin].begin) best = &license;
    }
    if (best != nullptr) best->spdx += " WITH " + std::string(exception.spdx);
  }
}

std::string expression_of(const std::vector<FoundLicense>& found) {
  std::vector<std::string> parts;
  for (const FoundLicense& license : found) {
    if (std::ranges::find(parts, license.spdx) == parts.end()) parts.push_back(license.spdx);
  }
  std::string all;
  for (const std::string& part : parts) {
    const bool choice = parts.size() > 1 && part.find(" OR ") != std::string::npos;
    all += (all.empty() ? "" : " AND ") + (choice ? "(" + part + ")" : part);
  }
  return all;
}

}  // namespace

struct LicenseReader::Tables {
  licenses::TextIndex index;
};

LicenseReader::LicenseReader() : tables_(std::make_unique<Tables>()) {}
LicenseReader::~LicenseReader() = default;

bool may_name_license(std::string_view text) {
  static constexpr auto kWords = std::to_array<std::string_view>(
      {"icense",   "ICENSE",    "icence",       "ICENCE",       "izenz",      "isens",    "icencia",
       "icentie",  "ermission", "ERMISSION",    "ermitted",     "opyright",   "OPYRIGHT", "istribut",
       "arranty",  "ARRANTY",   "ublic domain", "UBLIC DOMAIN", "opyleft",    "freely",   "FREELY",
       "ISTRIBUT", "uteur",     "許可",         "许可",         "ライセンス", "利用許諾"});
  return std::ranges::any_of(kWords, [&](std::string_view word) { return text.find(word) != std::string_view::npos; });
}

FileLicenses LicenseReader::read(std::string_view text) const {
  FileLicenses file;
  read_tags(text, file.found);
  std::vector<licenses::Word> words;
  licenses::words_of(text, words);
  const auto texts = tables_->index.recognize(words);
  for (const licenses::TextMatch& match : texts) {
    file.found.push_back({std::string(licenses::license_rows()[match.row].id), FoundLicense::How::kText,
                          words[match.begin].begin, words[match.end - 1].end, match.coverage});
  }
  // A licence that tells how it is to be tagged tags nothing.
  std::erase_if(file.found, [&](const FoundLicense& tag) {
    return tag.how == FoundLicense::How::kTag && std::ranges::any_of(texts, [&](const licenses::TextMatch& match) {
             return words[match.begin].begin <= tag.begin && tag.begin < words[match.end - 1].end;
           });
  });
  for (const licenses::Notice& notice : licenses::notices_in(words)) {
    const bool within = std::ranges::any_of(
        texts, [&](const licenses::TextMatch& match) { return notice.begin < match.end && match.begin < notice.end; });
    if (!within)
      file.found.push_back(
          {notice.spdx, FoundLicense::How::kNotice, words[notice.begin].begin, words[notice.end - 1].end});
  }
  reconcile(file.found);
  attach_exceptions(licenses::exceptions_in(words), words, file.found);
  file.expression = expression_of(file.found);
  return file;
}

}  // namespace commandcenter::code
