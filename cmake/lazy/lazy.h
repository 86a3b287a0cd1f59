// A function of a library that is loaded when the first of its functions is called; lazy.cmake tells why. Each is a
// jump through a place of its own, which holds nothing until cc_lazy_bind has looked the function up.
#pragma once

#if !defined(__x86_64__)
#error "written for x86-64: link the libraries of cc_lazy() as usual on other processors"
#endif

#define LAZY(library, function)                        \
  __asm__(".section .text.lazy." #function             \
          ",\"ax\",@progbits\n"                        \
          ".globl " #function                          \
          "\n"                                         \
          ".type " #function ", @function\n" #function \
          ":\n"                                        \
          "  mov cc_place_of_" #function               \
          "(%rip), %r11\n"                             \
          "  test %r11, %r11\n"                        \
          "  je 1f\n"                                  \
          "  jmp *%r11\n"                              \
          "1: lea cc_place_of_" #function              \
          "(%rip), %r11\n"                             \
          "  lea 2f(%rip), %r10\n"                     \
          "  jmp cc_lazy_bind\n"                       \
          "2: .asciz \"" library                       \
          "\"\n"                                       \
          "  .asciz \"" #function                      \
          "\"\n"                                       \
          ".size " #function ", . - " #function        \
          "\n"                                         \
          ".section .bss.cc_place_of_" #function       \
          ",\"aw\",@nobits\n"                          \
          "  .balign 8\n"                              \
          "cc_place_of_" #function                     \
          ": .zero 8\n"                                \
          ".text\n")
