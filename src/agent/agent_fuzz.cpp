// Fuzz target: any bytes as what an agent says: its answer, its exit, the lines of its log. Nothing may crash, and
// what fails says why. Run it with ./dev fuzz agent.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "agent/agent.h"

namespace {

using namespace commandcenter;

const schema::Schema& some_schema() {
  static const schema::Schema kSchema = *schema::Schema::compile(*parse_json(
      R"({"type":"object","required":["n"],"properties":{"n":{"type":"integer","maximum":9},"s":{"type":"string",)"
      R"("maxLength":5,"pattern":"^a*$"},"l":{"type":"array","items":{"enum":[1,"x",null]},"maxItems":3}}})"));
  return kSchema;
}

}  // namespace

// The first byte is the exit code, the second the kind of the end; then the last line of the log, and after a 0xff the
// answer.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 2, size - 2);
  const std::size_t split = std::min(text.find('\xff'), text.size());
  const std::string_view line = text.substr(0, split);
  sandbox::Exit exit;
  exit.kind = static_cast<sandbox::ExitKind>(data[1] % 6);
  exit.exit_code = data[0] % 4;
  exit.signal = data[0] % 64;
  exit.standard_output = text.substr(std::min(split + 1, text.size()));
  const agent::Outcome outcome = agent::conclude(exit, some_schema(), line);
  if (outcome.success) {
    if (!outcome.output.is_object() || !outcome.output.contains("n")) std::abort();
  } else if (outcome.reason.empty() && exit.kind != sandbox::ExitKind::kLimit) {
    std::abort();
  }
  if (outcome.error.size() > agent::kMaxErrorText_bytes) std::abort();
  for (const std::string_view said : {line, std::string_view(exit.standard_output)}) {
    static_cast<void>(agent::is_error_line(said));
    const auto progress = agent::progress_of(said);
    if (!progress) continue;
    if (!(progress->fraction >= 0 && progress->fraction <= 1)) std::abort();
    if (progress->message.size() > agent::kMaxProgressText_bytes) std::abort();
  }
  return 0;
}
