#include "sandbox/init_image.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif

// The bytes of the program that src/CMakeLists.txt builds from init_main.cpp.
asm(".pushsection .rodata\n.balign 16\ncc_init_begin:\n.incbin \"" CC_INIT_PROGRAM "\"\ncc_init_end:\n.popsection\n");
extern "C" {
extern const char cc_init_begin[];
extern const char cc_init_end[];
}

namespace commandcenter::sandbox {

Result<UniqueFd> init_image() {
  UniqueFd file(::memfd_create("cc-init", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC));
  // Kernels before 6.3 do not know MFD_EXEC, and need not be told.
  if (!file.open() && errno == EINVAL) file = UniqueFd(::memfd_create("cc-init", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  const auto size = static_cast<std::size_t>(cc_init_end - cc_init_begin);
  if (!file.open() || ::write(file.get(), cc_init_begin, size) != static_cast<ssize_t>(size) ||
      ::fcntl(file.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) != 0) {
    return fail(ErrorCode::kUnavailable,
                fmt::format("the first program of the sandbox cannot be put into memory: {}", std::strerror(errno)));
  }
  return file;
}

}  // namespace commandcenter::sandbox
