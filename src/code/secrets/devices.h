// Lines of routers, switches, firewalls and of Redis, which keep their passwords behind a word and a blank. Private to
// this folder.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

#include "code/secrets/candidate.h"

namespace commandcenter::code {

using Range = std::pair<std::size_t, std::size_t>;

// secret 9 $9$…, password 7 0822455D…, set psksecret ENC …, secret "$9$…"; ## SECRET-DATA: what a device made of a
// password, as it stands behind the name. Its shape leaves no doubt.
std::optional<Range> kept_by_device(std::string_view text, std::size_t name_end);

// username joe password 0 …, enable secret …, neighbor 10.0.0.1 password …: as somebody typed it.
std::optional<Candidate> typed_into_device(std::string_view text, std::size_t name_begin, std::size_t name_end);

// snmp-server community …, rocommunity …; `end` is behind the word.
std::optional<Candidate> in_community(std::string_view text, std::size_t end);

// user joe on >… ~*; `end` is behind the sign.
std::optional<Candidate> in_access_list(std::string_view text, std::size_t end);

}  // namespace commandcenter::code
