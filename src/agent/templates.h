// New agents to start from: working folders with a program, a manifest and a test. The files lie in agent/templates/
// and are part of the executable:
//
//   templates/<template>/shared/    what every language of a template has
//   templates/<template>/<language>/    the program, one file
//
// In the shared files "@name@" becomes the agent's name and "@program@" the file of the program. May be called from any
// thread.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/embedded_file.h"
#include "base/result.h"

namespace commandcenter::agent {

// All of them, by path; made by cmake/embed.cmake.
std::span<const EmbeddedFile> template_files();

struct NewAgent {
  std::string folder;  // made if it is not there; empty otherwise
  std::string template_name;
  std::string language;
  std::string name;  // empty: that of the folder
};

struct MadeAgent {
  std::string name;
  std::vector<std::string> files;  // below the folder, by name
};

// Writes the folder. Refuses one that holds something, names no agent may have, templates and languages that are not
// there. When writing fails half-way, what was written stays and the message names the file.
Result<MadeAgent> make_agent_folder(const NewAgent& wanted);

}  // namespace commandcenter::agent
