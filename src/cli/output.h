// What people see in the terminal: colours only on a terminal, control characters of agents never, findings and
// notifications as readable lines.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "core/workflow/workflow.h"

namespace commandcenter::cli {

inline constexpr std::size_t kMaxShownFindings = 50;

enum class Colour { kNone, kRed, kGreen, kYellow, kBlue, kGrey, kBold };

// Whether a line on it can be written anew: a terminal, and no dumb one.
bool is_terminal(std::FILE* stream);
// Whether it is such a terminal and nobody asked for no colours: NO_COLOR says so when it is not empty.
bool has_colours(std::FILE* stream);
// How many characters fit into one of its lines; 80 when nobody knows.
std::size_t terminal_columns(std::FILE* stream);
// The text, or as much of its beginning as fits, with "…" behind it.
std::string cut_to(std::string_view text, std::size_t columns);

// Why something that was printed is nowhere, such as a full disk; empty when it went out, or when who reads a pipe has
// seen enough (`| head`). Writes what waits to be written.
std::string lost_output();
std::string paint(std::string_view text, Colour colour, bool colours);
Colour status_colour(std::string_view status);

// The text with control characters (but tab) and escape sequences made visible or removed, so that an agent's log
// cannot steer the terminal.
std::string printable(std::string_view text);

int print_error(const Error& error);  // to stderr; returns the exit code that goes with it
int print_problems(const std::string& what, const std::vector<workflow::Problem>& problems);
void print_json(const Json& value);

// Columns padded to their widest entry; the first row is the heading.
void print_table(const std::vector<std::vector<std::string>>& rows, bool colours);

// The findings of a scan, most severe first, at most kMaxShownFindings of them; nothing when the output holds none.
void print_findings(const Json& output, bool colours);

}  // namespace commandcenter::cli
