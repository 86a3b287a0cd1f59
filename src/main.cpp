#include <cstdio>

int main() {
  std::puts("commandcenter");
  return 0;
}
