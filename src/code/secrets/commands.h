// Passwords among the arguments of programs. Private to this folder.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "code/secrets/candidate.h"

namespace commandcenter::code {

// The argument that begins at `at`, with or without quotes.
std::optional<Candidate> argument_at(std::string_view text, std::size_t at);

// curl … -u user:password; `end` is behind the program's name.
std::optional<Candidate> in_curl(std::string_view text, std::size_t end);

// mysql -p…, zip -P …, lftp -u user,…; `end` is behind the program's name.
std::optional<Candidate> in_command(std::string_view text, std::size_t end);

// expect "password:", then send "…\r"; `end` is behind the quote.
std::optional<Candidate> at_prompt(std::string_view text, std::size_t end);

}  // namespace commandcenter::code
