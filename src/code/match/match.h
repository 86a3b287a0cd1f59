// One pass over a text that finds all patterns of all rules at once.
//
// The patterns are compiled when the project is built, and become part of the executable (code/rules); here they are
// only loaded and run. Hyperscan and Vectorscan have the same interface; either will do.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace commandcenter::code {

struct Match {
  std::uint32_t pattern = 0;
  std::uint32_t end = 0;  // offset behind the match
};

// Compiled patterns. Immutable; may be shared between threads.
class Database {
 public:
  // The first of `images` that this processor can run. Fails with kUnavailable when it can run none.
  static Result<Database> load(const std::vector<std::string_view>& images);

 private:
  friend class Matcher;
  struct Compiled;
  std::shared_ptr<const Compiled> compiled_;
};

// What one thread needs to run a database.
class Matcher {
 public:
  static Result<Matcher> make(Database database);
  Matcher(Matcher&& other) noexcept;
  Matcher& operator=(Matcher&& other) noexcept;
  ~Matcher();

  // Every match of every pattern, by end. Time is linear in the text.
  void find(std::string_view text, std::vector<Match>& matches);

 private:
  struct Scratch;
  Matcher(Database database, std::unique_ptr<Scratch> scratch);
  Database database_;
  std::unique_ptr<Scratch> scratch_;
};

}  // namespace commandcenter::code
