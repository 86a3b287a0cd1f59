// All patterns to images of a database, for processors with AVX2 and for those without.
#include <hs.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <span>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "code/rules/rules.h"

namespace {

using commandcenter::code::Pattern;

std::string compile(std::span<const Pattern> patterns, unsigned long long features) {
  std::vector<const char*> texts;
  std::vector<std::size_t> sizes;
  std::vector<unsigned> flags;
  std::vector<unsigned> ids;
  for (const Pattern& pattern : patterns) {
    ids.push_back(static_cast<unsigned>(ids.size()));
    texts.push_back(pattern.text.data());
    sizes.push_back(pattern.text.size());
    flags.push_back(pattern.caseless ? HS_FLAG_CASELESS : 0U);
  }
  hs_platform_info_t platform{};
  platform.cpu_features = features;
  hs_database_t* database = nullptr;
  hs_compile_error_t* error = nullptr;
  if (hs_compile_lit_multi(texts.data(), flags.data(), ids.data(), sizes.data(), static_cast<unsigned>(ids.size()),
                           HS_MODE_BLOCK, &platform, &database, &error) != HS_SUCCESS) {
    const int at = error->expression;
    fmt::print(stderr, "{}: {}\n", at >= 0 ? patterns[static_cast<std::size_t>(at)].text : "", error->message);
    std::exit(1);
  }
  char* bytes = nullptr;
  std::size_t size_bytes = 0;
  if (hs_serialize_database(database, &bytes, &size_bytes) != HS_SUCCESS) std::exit(1);
  std::string image(bytes, size_bytes);
  std::free(bytes);  // NOLINT(cppcoreguidelines-no-malloc): the library's, by malloc
  hs_free_database(database);
  return image;
}

void write(std::ofstream& out, const char* name, const std::string& image) {
  out << "const char " << name << "[] =\n";
  for (std::size_t i = 0; i < image.size(); i += 64) {
    out << "    \"";
    for (const char c : image.substr(i, 64))
      out << fmt::format("\\{:03o}", static_cast<unsigned char>(c));
    out << "\"\n";
  }
  out << "    ;\n";
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const auto patterns = commandcenter::code::all_patterns();
  std::ofstream out(argv[1]);
  out << "// Generated: the patterns of code/rules, compiled.\n#include \"code/rules/rules.h\"\n\n"
         "namespace commandcenter::code {\nnamespace {\n\n";
  write(out, "kFast", compile(patterns, HS_CPU_FEATURES_AVX2));
  write(out, "kPortable", compile(patterns, 0));
  out << "\n}  // namespace\n\nstd::vector<std::string_view> pattern_images() {\n"
         "  return {{kFast, sizeof kFast - 1}, {kPortable, sizeof kPortable - 1}};\n}\n\n"
         "}  // namespace commandcenter::code\n";
  return out.good() ? 0 : 1;
}
