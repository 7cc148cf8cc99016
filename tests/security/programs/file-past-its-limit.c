#include <fcntl.h>
#include <unistd.h>
int main(void) { static char b[1 << 16]; int fd = open("f", O_CREAT | O_WRONLY, 0600); for (;;) if (write(fd, b, sizeof b) < 0) return 1; }
