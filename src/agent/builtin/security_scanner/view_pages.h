// Pages that code shows by a name: templates in PHP, and in Ruby where nothing escapes what they put out.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/builtin/security_scanner/import_paths.h"
#include "code/syntax/syntax.h"

namespace commandcenter::security_scanner {

inline constexpr std::size_t kMaxViews = 6;  // of one file

// A file that only puts out a page: it declares no functions and no classes.
bool is_view(std::string_view path, std::string_view text, code::Grammar grammar);

// The Ruby of such a page; all else of it becomes spaces, and what it puts out goes to _p.
std::string ruby_of_page(std::string_view text);

// The files of pages that the text shows, each of which is there; some may turn out to be no pages. `path`: of the file
// that shows them.
std::vector<std::string> view_paths(std::string_view path, std::string_view text, code::Grammar grammar,
                                    const IsThere& is_there);

// The names of the calls that show pages, in order.
std::span<const std::string_view> shows_pages(code::Grammar grammar);

}  // namespace commandcenter::security_scanner
