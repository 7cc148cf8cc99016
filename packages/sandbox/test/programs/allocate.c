/* Allocates and touches N MiB in each of M processes, says so, and ends well after its children have. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int touch(size_t bytes) {
  char *memory = malloc(bytes);
  if (memory == NULL) return 2;
  memset(memory, 0x5a, bytes);
  return memory[bytes / 2] == 0x5a ? 0 : 3;
}

int main(int argc, char **argv) {
  size_t bytes = (size_t)(argc > 1 ? atol(argv[1]) : 1) << 20;
  int children = argc > 2 ? atoi(argv[2]) : 0;
  if (children == 0) {
    int result = touch(bytes);
    if (result == 0) puts("allocated");
    return result;
  }
  for (int i = 0; i < children; i++)
    if (fork() == 0) {
      int result = touch(bytes);
      usleep(300000);
      _exit(result);
    }
  while (wait(NULL) > 0) {
  }
  return 0;
}
