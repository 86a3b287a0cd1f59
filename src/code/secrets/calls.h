// Passwords that a call is given: together with a user, or typed into a field. Private to this folder.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "code/secrets/candidate.h"

namespace commandcenter::code {

// login("user", "password"), connect(address, "user", "password") and the like; `end` is behind the anchor word.
std::optional<Candidate> in_login(std::string_view text, std::size_t end);

// new PBEKeySpec("…".toCharArray())
std::optional<Candidate> in_array(std::string_view text, std::size_t end);

// fill_in "Password", with: "…"; element("#password").type("…")
std::optional<Candidate> in_form(std::string_view text, std::size_t end);

// What is made a header of: btoa("user:password")
std::optional<Candidate> in_pair(std::string_view text, std::size_t end);

// echo "user:password" | chpasswd; echo "password" | sudo -S
std::optional<Candidate> before_pipe(std::string_view text, std::size_t end);

// setValue("…", forHTTPHeaderField: "X-Api-Key")
std::optional<Candidate> before_header(std::string_view text, std::size_t end);

// The only argument of a call, where it is a text: run("…")
std::optional<Candidate> only_argument(std::string_view text, std::size_t end);

}  // namespace commandcenter::code
