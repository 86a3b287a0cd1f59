// Which files make up a site. Pure.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "code/headers/headers.h"
#include "code/headers/kinds.h"

namespace commandcenter::code::headers {

inline constexpr std::size_t kMaxSiteFiles = 400;  // further ones are not looked at

// Files of one site, by index; the first is its main one.
struct Group {
  Framework framework = Framework::kNone;
  std::vector<std::size_t> files;
};

// A file with a part in sites of one framework.
struct Member {
  std::size_t file;
  Role role;
};

// The sites that begin with the anchors among the members. Others join those that include or name them, or are near.
std::vector<Group> groups_of(Framework framework, const std::vector<Member>& members,
                             std::span<const HeaderFile> files);

}  // namespace commandcenter::code::headers
