// What the reader of a framework hands to the judge: everything that puts a header on a response or takes it off, where
// it holds, and in which order it happens. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "code/headers/headers.h"

namespace commandcenter::code::headers {

enum class Action { kSet, kAppend, kDefault, kRemove };  // kDefault: only when it is not there yet

// When it happens within a response. What a library adds after the handler ran wins over the handler.
enum class Phase { kEarly, kHandler, kLate };

inline constexpr int kWholeSite = 0;

struct Effect {
  Header header = Header::kCsp;
  bool report_only = false;
  Action action = Action::kSet;
  std::string value{};
  bool known = true;  // false: the running program decides
  Phase phase = Phase::kEarly;
  int scope = kWholeSite;
  bool except = false;  // everywhere but in `scope`
  std::size_t file = 0;
  std::size_t offset = 0;
};

// A part of a site: a location, a route, a view.
struct Scope {
  std::string name;
  bool fresh = false;  // inherits nothing from the whole site
  // What the whole site adds early, later in this file, does not reach it: a route that was registered before.
  std::size_t file = 0;
  std::size_t base_until = static_cast<std::size_t>(-1);
};

struct Site {
  std::string framework;
  std::vector<std::size_t> files;  // the first is the main one
  std::vector<Effect> effects;
  std::vector<Scope> scopes{Scope{}};  // [0] is the whole site
  int main_scope = kWholeSite;         // what most requests meet; asked when the whole site says nothing

  int add_scope(std::string name, bool fresh = false) {
    scopes.push_back({std::move(name), fresh});
    return static_cast<int>(scopes.size()) - 1;
  }
};

struct Found {
  HeaderState state = HeaderState::kMissing;
  std::size_t file = 0;
  std::size_t offset = 0;
  std::string value{};
  std::string reason;
};
using Findings = std::array<Found, kHeaders>;

// What a visitor of the site gets. Never kCommented.
Findings resolve(const Site& site);

// Several servers of one configuration as one answer: right everywhere, right in some places only, or never.
Findings combine(const std::vector<Findings>& sites);

// The header that a name means, and whether it is the report-only form; nothing for other names.
struct Named {
  bool known = false;
  Header header = Header::kCsp;
  bool report_only = false;
};
Named header_of(std::string_view name);

// Empty when the value protects; else why it does not.
std::string weakness(Header header, std::string_view value);

}  // namespace commandcenter::code::headers
