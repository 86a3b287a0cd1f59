// A file that is part of the executable; cmake/embed.cmake makes tables of them.
#pragma once

#include <string_view>

namespace commandcenter {

struct EmbeddedFile {
  std::string_view path;  // below the folder that was embedded
  std::string_view content;
};

}  // namespace commandcenter
