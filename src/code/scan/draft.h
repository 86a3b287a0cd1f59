// A file that is written beside the one it is to replace, and takes its place when all of it is on the disk: whoever
// reads meets the old one or the new one. For this user's eyes only.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "code/walk/read.h"

namespace commandcenter::code {

class Draft {
 public:
  // No more than `max_bytes` are written; a longer one never takes the place.
  Draft(std::string path, std::size_t max_bytes);
  ~Draft();
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;

  void write(std::string_view bytes);
  // False when something went wrong; then nothing changed.
  bool replace();

 private:
  void flush();

  std::string path_;
  std::string name_;
  Descriptor file_;
  std::size_t left_bytes_;
  std::string waiting_;
  bool sound_;
};

}  // namespace commandcenter::code
