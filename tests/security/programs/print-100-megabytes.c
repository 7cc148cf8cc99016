#include <string.h>
#include <unistd.h>
int main(void) { static char b[1 << 20]; memset(b, 'x', sizeof b); for (int i = 0; i < 100; i++) for (size_t n = 0; n < sizeof b;) n += (size_t)write(1, b + n, sizeof b - n); return 0; }
