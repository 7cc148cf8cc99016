/* Stands in the agent's place and says nothing on its stream. */
#include <stdio.h>
#include <unistd.h>

int main(void) {
  fputs("not today\n", stderr);
  for (;;) pause();
}
