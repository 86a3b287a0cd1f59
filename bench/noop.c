/* The program that does nothing but answer, for benches of the sandbox: no library, so that they measure the sandbox. */
static void call(long number, long first, const void* second, long third) {
  __asm__ volatile("syscall" : : "a"(number), "D"(first), "S"(second), "d"(third) : "rcx", "r11", "memory");
}

__attribute__((used)) void answer(void) {
  call(1, 1, "{}\n", 3); /* write */
  call(60, 0, 0, 0);     /* exit */
}

__asm__(".globl _start\n_start: and $-16, %rsp\n call answer\n");
