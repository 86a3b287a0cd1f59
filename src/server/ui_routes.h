// The web interface as it was built into the executable.
#pragma once

#include <span>

#include "base/embedded_file.h"
#include "server/router.h"

namespace commandcenter::server {

// Its files, by path: index.html, favicon.svg, and assets/… whose names change with their content; each asset that can
// be compressed lies there as <name>.gz too.
std::span<const EmbeddedFile> web_files();

// The pages and their files. Pages have addresses of their own ("/runs/…"), which all answer with index.html; the page
// itself finds out what to show.
void add_ui_routes(Router& router);

}  // namespace commandcenter::server
