// Fuzz target: the input is a request as a client might send it, or, if its first byte is 0, the choices from which
// one is made. Every answer must be one that the API document names. Run it with ./dev fuzz http.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "server/http_fuzz_test.h"

namespace {

constexpr int kRequestsOfOneWorld = 2'000;  // then a new one, so that memory stays bounded

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace commandcenter::server;
  static std::unique_ptr<FuzzWorld> world;
  static int requests = 0;
  if (!world || ++requests % kRequestsOfOneWorld == 0) world = std::make_unique<FuzzWorld>();
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  std::string text(bytes);
  if (bytes.starts_with('\0')) {
    Choices choices(bytes.substr(1));
    text = world->make_request(choices);
  }
  if (const auto wrong = world->serve(text)) {
    std::fprintf(stderr, "%s\n", wrong->c_str());
    std::abort();
  }
  return 0;
}
