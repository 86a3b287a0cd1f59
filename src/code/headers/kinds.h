// Which framework a file belongs to, and whether a site begins with it. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "code/headers/tokens.h"

namespace commandcenter::code::headers {

enum class Framework { kNone, kNginx, kApache, kCaddy, kNode, kDjango, kFlask, kSpring, kAspNet };

struct Role {
  Framework framework = Framework::kNone;
  bool anchor = false;
  std::string key;  // anchors with the same key are one site
};

// A file may have a part in several, such as a Python module beside Django and Flask.
std::vector<Role> roles_of(std::string_view path, std::string_view text);

// Whether a Node file is the plugin that a launcher such as fastify-cli starts: an application without a constructor.
bool exports_plugin(std::string_view text);

// Comments of a file, those on lines of their own that follow each other as one.
std::vector<CommentRange> comments_of(Framework framework, std::string_view path, std::string_view text);

// Whether a comment may hold a statement about headers.
bool speaks_of_headers(std::string_view comment);

// Files that a configuration names in its include lines.
std::vector<std::string> includes_of(Framework framework, std::string_view text);

}  // namespace commandcenter::code::headers
