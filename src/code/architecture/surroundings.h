// What lies around the code: systems it talks to, services it is deployed as, where its programs start.
#pragma once

#include "code/architecture/architecture.h"

namespace commandcenter::architecture {

// Fill the members of that name; the graph, and for systems the services, must be there.
void find_services(Model& model);
void find_systems(Model& model);
void find_entries(Model& model);

}  // namespace commandcenter::architecture
