/* A first process that writes to the worker without end, in no protocol. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void) {
  struct dirent **modules;
  int count = scandir("/modules", &modules, NULL, alphasort);
  for (int i = 0; i < count; i++) {
    char path[300];
    (void)snprintf(path, sizeof path, "/modules/%s", modules[i]->d_name);
    int file = open(path, O_RDONLY);
    (void)syscall(SYS_finit_module, file, "", 0);
  }
  (void)mount("devtmpfs", "/dev", "devtmpfs", 0, "");
  int port = -1;
  while ((port = open("/dev/vport0p1", O_RDWR)) < 0) usleep(10000);
  static char rubbish[65536];
  memset(rubbish, 0xA5, sizeof rubbish);
  for (;;)
    if (write(port, rubbish, sizeof rubbish) < 0) usleep(10000);
}
