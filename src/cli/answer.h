// What a command needs of an answer. Whatever listens at the address may answer 200: another service at a wrong port,
// the login page of a proxy. Private to this folder.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"

namespace commandcenter::cli {

enum class Kind {
  kText,  // not empty
  kInteger,
  kObject,
  kList,
  kNothing,  // 204: no body at all
};

// A member that must be there; `members` are those of the object, or of each object of the list.
struct Member {
  const char* name;
  Kind kind = Kind::kText;
  std::vector<Member> members = {};
};

struct Needs {
  Kind kind;
  std::vector<Member> members = {};
};

// What is wrong with the answer, such as "runs[2].id is missing"; empty when it has what is needed.
std::string mistake_in(const Json& answer, const Needs& needs);

}  // namespace commandcenter::cli
