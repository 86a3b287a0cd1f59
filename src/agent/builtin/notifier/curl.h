// libcurl, loaded when the first message leaves: twenty libraries come with it, and every start of the executable would
// pay for them.
#pragma once

#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

namespace commandcenter::notifier {

#define CC_CURL_FUNCTIONS(X) \
  X(curl_easy_cleanup)       \
  X(curl_easy_getinfo)       \
  X(curl_easy_init)          \
  X(curl_easy_perform)       \
  X(curl_easy_reset)         \
  X(curl_easy_setopt)        \
  X(curl_easy_strerror)      \
  X(curl_getdate)            \
  X(curl_slist_append)       \
  X(curl_slist_free_all)

struct Curl {
#define X(name) decltype(&::name) name = nullptr;
  CC_CURL_FUNCTIONS(X)
#undef X
};

bool has_curl();     // false when the library is not installed
const Curl& curl();  // only when it is

}  // namespace commandcenter::notifier
