/* Writes 8 KiB blocks to standard output for ever; after each, the number of blocks goes into the file "progress". */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

int main(void) {
  static char block[8192];
  memset(block, 'x', sizeof block);
  int progress = open("progress", O_RDWR | O_CREAT, 0644);
  for (unsigned blocks = 1; write(1, block, sizeof block) > 0; blocks++)
    if (pwrite(progress, &blocks, sizeof blocks, 0) != sizeof blocks) return 2;
  return 1;
}
