// What the history of a repository adds to a review. Without a repository it adds nothing.
#pragma once

#include <string>

#include "code/review/review.h"

namespace commandcenter::code::review {

inline constexpr std::size_t kChurnCommits = 2'000;  // the latest ones
inline constexpr std::size_t kMaxHotSpots = 10;
inline constexpr std::size_t kLeastChurn = 3;  // what changed less often is no hot spot

// Tells in each finding about a note who wrote it, and when.
void add_authors(Report& report, const std::string& root);

// Adds a finding for each of the files with the greatest product of churn and complexity.
void add_hot_spots(const std::vector<ReviewedFunction>& functions, const std::string& root, const ScanOptions& scan,
                   Report& report);

}  // namespace commandcenter::code::review
