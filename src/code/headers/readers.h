// One reader for each framework: files of one site in, what it sends out. Pure; each survives any text.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "code/headers/headers.h"
#include "code/headers/site.h"

namespace commandcenter::code::headers {

// A file as a reader gets it: maybe with some of its comments made code.
struct Text {
  std::string_view path;
  std::string_view text;
};
using Texts = std::span<const Text>;

inline constexpr std::size_t kMaxIncludes = 64;
inline constexpr int kMaxNesting = 32;

// Each returns one Findings for the servers or the application that files[0], with the others at hand, describes;
// nothing when it describes none.
std::optional<Findings> read_nginx(Texts files);
std::optional<Findings> read_apache(Texts files);
std::optional<Findings> read_caddy(Texts files);
std::optional<Findings> read_node(Texts files);
std::optional<Findings> read_django(Texts files);
std::optional<Findings> read_flask(Texts files);
std::optional<Findings> read_spring(Texts files);
std::optional<Findings> read_aspnet(Texts files);

}  // namespace commandcenter::code::headers
