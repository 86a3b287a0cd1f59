#include "core/schema/schema.h"

#include <utility>

#include <fmt/format.h>

#include "core/schema/program.h"

namespace commandcenter::schema {

Result<Schema> Schema::compile(const Json& schema, const CompileOptions& options) {
  if (schema.is_null()) return Schema();
  auto program = compile_program(schema, options);
  if (!program) return fail(std::move(program.error()));
  return Schema(std::make_shared<const Program>(std::move(*program)));
}

std::vector<Violation> Schema::validate(const Json& value) const {
  return program_ ? run_program(*program_, value) : std::vector<Violation>();
}

const std::vector<Property>& Schema::properties() const {
  static const std::vector<Property> kNone;
  return program_ ? program_->properties : kNone;
}

bool Schema::closed() const {
  return program_ && program_->closed;
}

std::string describe(std::span<const Violation> violations) {
  std::string text;
  for (const Violation& violation : violations) {
    if (!text.empty()) text += "; ";
    if (!violation.path.empty()) text += violation.path + ": ";
    text += violation.message;
  }
  if (violations.size() >= kMaxViolations) text += fmt::format(" (only the first {} are listed)", kMaxViolations);
  return text;
}

}  // namespace commandcenter::schema
