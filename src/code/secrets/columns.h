// Several values of one name: a map of users to passwords, a list of keys, a column of a table. Private to this folder.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "code/secrets/candidate.h"

namespace commandcenter::code {

// What is in the brackets, or on the deeper lines, behind a name of many: "passwords", "api_keys", "users". Up to
// `read` brackets were looked at that do not close.
std::vector<Candidate> members_of(const Source& source, std::size_t name_begin, std::size_t name_end,
                                  std::size_t& read);

// Values of the column that is headed by the name: of separated lines, of a test's table, of an INSERT. `rows` is
// where the rows of the last table lie: a name among them heads none.
struct Rows {
  std::size_t begin = 0;
  std::size_t end = 0;
};
std::vector<Candidate> column_of(const Source& source, std::size_t name_begin, std::size_t name_end, Rows& rows);

// JUnit: @CsvSource({"joe, …"}) above a method that takes a parameter of the name.
std::vector<Candidate> rows_of_test(const Source& source, std::size_t name_begin, std::size_t name_end);

}  // namespace commandcenter::code
