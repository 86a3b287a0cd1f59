// The licence texts of the SPDX list as sequences of words, made by tools/license-data while the project is built.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

namespace commandcenter::code::licenses {

// A row of the list. Licences with equal words share one row; `id` is the one to report.
struct LicenseRow {
  std::string_view id;
  std::string_view name;
  bool osi_approved;
  std::uint32_t first_word;
  std::uint32_t word_count;
};

std::span<const LicenseRow> license_rows();
std::span<const std::string_view> license_ids();                                // every id that is current
std::span<const std::pair<std::string_view, std::string_view>> replaced_ids();  // old id, what to write today
std::span<const std::uint64_t> vocabulary();                                    // hashes; a word's number is its index
std::string_view license_words();                                               // two bytes each, low byte first

}  // namespace commandcenter::code::licenses
