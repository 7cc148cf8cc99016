/* Forks without end, in every process. */
#include <unistd.h>

int main(void) {
  for (;;) (void)!fork();
}
