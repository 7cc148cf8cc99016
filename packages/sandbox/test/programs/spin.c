/* Keeps N processes busy without end. */
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv) {
  for (int left = argc > 1 ? atoi(argv[1]) : 1; left > 1; left--)
    if (fork() == 0) break;
  for (volatile unsigned long turns = 0;; turns++) {
  }
}
