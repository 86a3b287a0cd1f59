#include "agent/builtin/notifier/curl.h"

#include <dlfcn.h>

#include "base/assert.h"

namespace commandcenter::notifier {
namespace {

struct Library {
  Curl functions;
  bool loaded = false;

  Library() {
    void* library = ::dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) return;
    loaded = true;
#define X(name)                                                                         \
  functions.name = reinterpret_cast<decltype(functions.name)>(::dlsym(library, #name)); \
  loaded = loaded && functions.name != nullptr;
    CC_CURL_FUNCTIONS(X)
#undef X
  }
};

const Library& library() {
  static const Library loaded;  // like a linked library: once per process, never unloaded
  return loaded;
}

}  // namespace

bool has_curl() {
  return library().loaded;
}

const Curl& curl() {
  CC_ASSERT(library().loaded);
  return library().functions;
}

}  // namespace commandcenter::notifier
