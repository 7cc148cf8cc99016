/* A first process that never says a word. */
#include <unistd.h>

int main(void) {
  for (;;) pause();
}
