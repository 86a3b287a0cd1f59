/* The program that does nothing, for sandbox_bench: no library, so that what is measured is the sandbox. */
__attribute__((naked)) void _start(void) { __asm__("mov $60, %eax\n xor %edi, %edi\n syscall"); }
