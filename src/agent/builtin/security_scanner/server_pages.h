// JSP: the Java in a page. Pure.
#pragma once

#include <string>
#include <string_view>

namespace commandcenter::security_scanner {

// True for the names of files that may be such pages.
bool is_server_page(std::string_view path);

// The page as Java: its code where it stands, everything else as spaces, so that places stay. "<%= x %>" becomes the
// call "_p( x )"; in an attribute of a library's tag, which is handed it, "_v( x )", or "_d", "_r" and "_f" where it
// says what is shown, where the browser is sent and what is fetched.
std::string java_of_page(std::string_view text);

}  // namespace commandcenter::security_scanner
