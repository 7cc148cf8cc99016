#include <stdio.h>
#include <unistd.h>
int main(void) {
  puts("parent done"); fflush(stdout);
  if (fork() == 0) { setsid(); if (fork() == 0) { sleep(1000); } _exit(0); }
  return 0;
}
