// All that a review sees in one file, whatever is asked for; and the part of it that can be kept and used again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "code/review/across.h"
#include "code/review/review.h"
#include "code/syntax/syntax.h"

namespace commandcenter::code::review {

struct FileOutcome {
  bool measured = false;
  std::string left_out;                     // why the file, or a part of it, was
  std::vector<ReviewedFunction> functions;  // without the name of the file
  std::vector<Spot> spots;
  std::string strip;  // see across.h
  std::vector<Import> imports;
  std::vector<std::uint32_t> private_names;
  std::size_t lines = 0;
};

// Pure, from any thread. `native`: see ReviewOptions::native_complexity.
FileOutcome look_at(const ParsedSource& file, bool native);

// All but the spots, as the note that the scan keeps of a file; nothing when the bytes are none.
std::string note_of(const FileOutcome& outcome);
std::optional<FileOutcome> read_note(std::string_view bytes);

}  // namespace commandcenter::code::review
