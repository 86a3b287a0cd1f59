// What names promise of functions that are not there to be read.
#pragma once

#include <string_view>

#include "code/dataflow/value.h"

namespace commandcenter::code::dataflow {

// "this.userService", "repository": what comes out is not what went in.
bool keeps_data(std::string_view receiver);

// "await sdk.rows.find(id)": a record that is brought from elsewhere, by what it was asked for.
bool brings_data(std::string_view receiver, std::string_view name);
bool awaits(std::string_view text);  // what follows it

// escape_sql, quoteIdentifier, sanitizeHtml, makePlaceholders: where the result is safe.
Contexts promised(std::string_view name);

}  // namespace commandcenter::code::dataflow
