// JSP: the Java in a page. Pure.
#pragma once

#include <string>
#include <string_view>

namespace commandcenter::security_scanner {

// True for the names of files that may be such pages.
bool is_server_page(std::string_view path);

// The page as Java: its code where it stands, everything else as spaces, so that places stay. "<%= x %>" becomes the
// call "_p( x )".
std::string java_of_page(std::string_view text);

}  // namespace commandcenter::security_scanner
