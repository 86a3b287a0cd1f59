// web.config of IIS: custom headers, HSTS, and the section of NWebsec, for the whole site and for its locations.
#pragma once

#include <cstddef>

#include "code/headers/readers.h"
#include "code/headers/site.h"

namespace commandcenter::code::headers {

// Adds to the site; a file of another kind adds nothing. The site's main file is set when it had none.
void read_web_config(Site& site, const Text& text, std::size_t file);

}  // namespace commandcenter::code::headers
