// Loading a database and running it; the only file that knows the library's runtime.
#include "code/match/match.h"

#include <hs_runtime.h>

#include <utility>

namespace commandcenter::code {

struct Database::Compiled {
  hs_database_t* database = nullptr;
  ~Compiled() { hs_free_database(database); }
};

struct Matcher::Scratch {
  hs_scratch_t* scratch = nullptr;
  ~Scratch() { hs_free_scratch(scratch); }
};

Result<Database> Database::load(const std::vector<std::string_view>& images) {
  for (const std::string_view image : images) {
    auto compiled = std::make_shared<Compiled>();
    if (hs_deserialize_database(image.data(), image.size(), &compiled->database) != HS_SUCCESS) continue;
    hs_scratch_t* probe = nullptr;  // allocating it checks the processor
    if (hs_alloc_scratch(compiled->database, &probe) != HS_SUCCESS) continue;
    hs_free_scratch(probe);
    Database database;
    database.compiled_ = std::move(compiled);
    return database;
  }
  return fail(ErrorCode::kUnavailable, "the compiled patterns do not run on this processor; build on this machine");
}

Matcher::Matcher(Database database, std::unique_ptr<Scratch> scratch)
    : database_(std::move(database)), scratch_(std::move(scratch)) {}
Matcher::Matcher(Matcher&& other) noexcept = default;
Matcher& Matcher::operator=(Matcher&& other) noexcept = default;
Matcher::~Matcher() = default;

Result<Matcher> Matcher::make(Database database) {
  auto scratch = std::make_unique<Scratch>();
  if (hs_alloc_scratch(database.compiled_->database, &scratch->scratch) != HS_SUCCESS)
    return fail(ErrorCode::kUnavailable, "no memory for pattern matching");
  return Matcher(std::move(database), std::move(scratch));
}

void Matcher::find(std::string_view text, std::vector<Match>& matches) {
  matches.clear();
  const auto see = [](unsigned pattern, unsigned long long, unsigned long long end, unsigned, void* context) {
    static_cast<std::vector<Match>*>(context)->push_back({pattern, static_cast<std::uint32_t>(end)});
    return 0;
  };
  hs_scan(database_.compiled_->database, text.data(), static_cast<unsigned>(text.size()), 0, scratch_->scratch, see,
          &matches);
}

}  // namespace commandcenter::code
