// What is kept as base64, in a Secret of Kubernetes or in a call that decodes it: names say little there, what a value
// says tells. Private to this folder.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace commandcenter::code {

struct Encoded {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::string says;
};

// The values of `data:` in the document of YAML that has "kind: Secret" before `end`, decoded.
std::vector<Encoded> values_of_secret(std::string_view text, std::size_t end);

// b64decode("…"): what is decoded where it stands; one value or none.
std::vector<Encoded> value_of_call(std::string_view text, std::size_t end);

enum class Says { kNothing, kPrivateKey, kUrl, kSecret };
// Whether a text holds a key, an address with a password, or a line that gives one to a name.
Says what_it_says(std::string_view text);

}  // namespace commandcenter::code
