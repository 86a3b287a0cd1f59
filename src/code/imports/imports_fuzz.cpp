// Fuzz target: any bytes as a file of any language. Nothing may crash or hang, and lines lie within the file.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "code/imports/imports.h"

// The first byte chooses the language.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace commandcenter::architecture;
  constexpr auto kNames =
      std::to_array<std::string_view>({"a.ts", "a.vue", "a.py", "a.go", "a.java", "a.kt", "a.scala", "a.groovy", "a.rs",
                                       "a.cpp", "a.cs", "a.php", "a.rb", "a.dart", "a.proto", "a.lua", "a.astro"});
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const FileFacts facts = read_imports(kNames.at(data[0] % kNames.size()), text);
  if (facts.imports.size() > kMaxImports) std::abort();
  for (const Import& import : facts.imports) {
    if (import.specifier.empty() || import.line == 0 || import.line > facts.lines) std::abort();
  }
  return 0;
}
