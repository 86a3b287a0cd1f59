// Inputs that people and other systems may see: what a member's name gives away as a secret is not shown. Pure. Private
// to this folder.
#pragma once

#include "base/json.h"

namespace commandcenter::outbox {

// A copy in which the values of members named like secrets (password, token, apiKey, webhookUrl, …) are "***".
Json masked(const Json& value);

}  // namespace commandcenter::outbox
