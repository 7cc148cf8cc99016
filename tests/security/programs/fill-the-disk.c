#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
int main(void) {
  static char block[1 << 16];
  for (int i = 0;; i++) {
    char name[32]; snprintf(name, sizeof name, "f%d", i);
    int fd = open(name, O_CREAT | O_WRONLY, 0600);
    if (fd < 0) return errno == ENOSPC ? 28 : 1;
    for (int n = 0; n < 256; n++) if (write(fd, block, sizeof block) < 0) return errno == ENOSPC ? 28 : 1;
    close(fd);
  }
}
