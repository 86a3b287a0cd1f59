// Expected failures as values. Every fallible function of the project returns Result<T>; exceptions exist only at the
// rims of third-party libraries, where the adapter turns them into an Error.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <tl/expected.hpp>

namespace commandcenter {

// What kind of failure it is, for the callers that act on it: the HTTP status, the exit code, whether to try again.
enum class ErrorCode {
  kInvalid,      // the input is wrong; the message says what was expected
  kNotFound,     // the named thing does not exist
  kConflict,     // it exists already, or its state forbids the request
  kForbidden,    // policy says no: outside the roots, not granted
  kTooLarge,     // a named limit was exceeded
  kUnavailable,  // cannot be done now: queue full, store away, shutting down; may be tried again
  kInternal,     // a third party or the operating system failed in a way nobody asked for
};

// A failure somebody will read: what was wrong, the value, what to do. Never a secret, a stack or a server path.
struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;
};

template <typename T>
using Result = tl::expected<T, Error>;

[[nodiscard]] inline tl::unexpected<Error> fail(ErrorCode code, std::string message) {
  return tl::unexpected<Error>(Error{code, std::move(message)});
}

[[nodiscard]] inline tl::unexpected<Error> fail(Error error) {
  return tl::unexpected<Error>(std::move(error));
}

// The stable machine word of a code, as API clients see it in "code".
std::string_view error_word(ErrorCode code);

}  // namespace commandcenter
