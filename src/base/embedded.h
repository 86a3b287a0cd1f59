// Files that are part of the executable; cmake/embed.cmake makes the functions that list them.
#pragma once

#include <string_view>

namespace commandcenter {

struct EmbeddedFile {
  std::string_view path;  // below the embedded folder
  std::string_view content;
};

}  // namespace commandcenter
