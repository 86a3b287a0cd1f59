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

// The bytes of what src/CMakeLists.txt builds from init_main.cpp and zygote_main.cpp.
asm(".pushsection .rodata\n"
    ".balign 16\ncc_init_begin:\n.incbin \"" CC_INIT_PROGRAM
    "\"\ncc_init_end:\n"
    ".balign 16\ncc_zygote_begin:\n.incbin \"" CC_ZYGOTE_LIBRARY
    "\"\ncc_zygote_end:\n"
    ".popsection\n");
extern "C" {
extern const char cc_init_begin[];
extern const char cc_init_end[];
extern const char cc_zygote_begin[];
extern const char cc_zygote_end[];
}

namespace commandcenter::sandbox {
namespace {

Result<UniqueFd> sealed_file(const char* name, const char* begin, const char* end) {
  UniqueFd file(::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC));
  // Kernels before 6.3 do not know MFD_EXEC, and need not be told.
  if (!file.open() && errno == EINVAL) file = UniqueFd(::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING));
  const auto size = static_cast<std::size_t>(end - begin);
  if (!file.open() || ::write(file.get(), begin, size) != static_cast<ssize_t>(size) ||
      ::fcntl(file.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) != 0) {
    return fail(ErrorCode::kUnavailable,
                fmt::format("the first program of the sandbox cannot be put into memory: {}", std::strerror(errno)));
  }
  return file;
}

}  // namespace

Result<UniqueFd> init_image() {
  return sealed_file("cc-init", cc_init_begin, cc_init_end);
}

Result<UniqueFd> zygote_image() {
  return sealed_file("cc-zygote", cc_zygote_begin, cc_zygote_end);
}

}  // namespace commandcenter::sandbox
