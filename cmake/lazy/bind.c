/* Looks up a function of a library that is loaded when it is needed, and goes on there as if nothing had happened.
 * Called once for each of them; see lazy.h. Any thread: twice is as good as once. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* `library` is a name with the function's name behind it, both ended by a NUL. */
__attribute__((used, visibility("hidden"))) void *cc_lazy_find(const char *library) {
  const char *function = library + strlen(library) + 1;
  void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
  void *found = handle == NULL ? NULL : dlsym(handle, function);
  if (found != NULL) return found;
  fprintf(stderr, "commandcenter: %s: %s; install the library again\n", library, dlerror());
  abort();
}

/* In: %r10 the names, %r11 where the address goes, all arguments of the function where they are. */
__asm__(
    ".text\n"
    ".hidden cc_lazy_bind\n"
    ".globl cc_lazy_bind\n"
    ".type cc_lazy_bind, @function\n"
    "cc_lazy_bind:\n"
    "  push %rbp\n"
    "  mov %rsp, %rbp\n"
    "  sub $208, %rsp\n"
    "  and $-16, %rsp\n"
    "  mov %rax, 0(%rsp)\n"
    "  mov %rdi, 8(%rsp)\n"
    "  mov %rsi, 16(%rsp)\n"
    "  mov %rdx, 24(%rsp)\n"
    "  mov %rcx, 32(%rsp)\n"
    "  mov %r8, 40(%rsp)\n"
    "  mov %r9, 48(%rsp)\n"
    "  mov %r11, 56(%rsp)\n"
    "  movaps %xmm0, 64(%rsp)\n"
    "  movaps %xmm1, 80(%rsp)\n"
    "  movaps %xmm2, 96(%rsp)\n"
    "  movaps %xmm3, 112(%rsp)\n"
    "  movaps %xmm4, 128(%rsp)\n"
    "  movaps %xmm5, 144(%rsp)\n"
    "  movaps %xmm6, 160(%rsp)\n"
    "  movaps %xmm7, 176(%rsp)\n"
    "  mov %r10, %rdi\n"
    "  call cc_lazy_find\n"
    "  mov 56(%rsp), %r11\n"
    "  mov %rax, (%r11)\n"
    "  mov %rax, %r11\n"
    "  mov 0(%rsp), %rax\n"
    "  mov 8(%rsp), %rdi\n"
    "  mov 16(%rsp), %rsi\n"
    "  mov 24(%rsp), %rdx\n"
    "  mov 32(%rsp), %rcx\n"
    "  mov 40(%rsp), %r8\n"
    "  mov 48(%rsp), %r9\n"
    "  movaps 64(%rsp), %xmm0\n"
    "  movaps 80(%rsp), %xmm1\n"
    "  movaps 96(%rsp), %xmm2\n"
    "  movaps 112(%rsp), %xmm3\n"
    "  movaps 128(%rsp), %xmm4\n"
    "  movaps 144(%rsp), %xmm5\n"
    "  movaps 160(%rsp), %xmm6\n"
    "  movaps 176(%rsp), %xmm7\n"
    "  leave\n"
    "  jmp *%r11\n"
    ".size cc_lazy_bind, . - cc_lazy_bind\n");
