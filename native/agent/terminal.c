#include "terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "cleanup.h"

enum { DEFAULT_COLUMNS = 80, DEFAULT_ROWS = 24, CONTROL_D = 4 };

int terminal_open(uint16_t columns, uint16_t rows, int *master_out, struct sg_error *error) {
  cleanup_fd int master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  if (master < 0) return sg_fail(error, SG_STEP_TERMINAL, errno, "/dev/ptmx");
  int unlocked = 0;
  if (ioctl(master, TIOCSPTLCK, &unlocked) != 0) return sg_fail(error, SG_STEP_TERMINAL, errno, "unlock");
  if (terminal_resize(master, columns == 0 ? DEFAULT_COLUMNS : columns, rows == 0 ? DEFAULT_ROWS : rows) != 0)
    return sg_fail(error, SG_STEP_TERMINAL, errno, "resize to %ux%u", columns, rows);
  /* The settings of a pair are the same from either end. IUTF8: erasing takes a whole character. */
  struct termios settings;
  if (tcgetattr(master, &settings) != 0) return sg_fail(error, SG_STEP_TERMINAL, errno, "get settings");
  settings.c_iflag |= IUTF8;
  if (tcsetattr(master, TCSANOW, &settings) != 0) return sg_fail(error, SG_STEP_TERMINAL, errno, "set settings");
  *master_out = sg_steal_fd(&master);
  return 0;
}

/* Where the kernel cannot open a master's other end itself (gVisor). Nobody but the kernel can put anything into /dev/pts. */
static int open_by_number(int master) {
  unsigned number = 0;
  char path[] = "/dev/pts/\0\0\0\0\0\0\0\0\0\0";
  char *at = path + sizeof "/dev/pts/" - 1;
  unsigned divisor = 1;
  if (ioctl(master, TIOCGPTN, &number) != 0) return -1;
  while (number / divisor > 9) divisor *= 10;
  for (; divisor > 0; divisor /= 10) *at++ = (char)('0' + number / divisor % 10);
  return open(path, O_RDWR | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC);
}

int terminal_enter(int master) {
  /* Not by path: TIOCGPTPEER opens exactly this master's other end (ioctl_tty(2)). */
  int other = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (other < 0 && errno == ENOTTY) other = open_by_number(master);
  return other >= 0 && ioctl(other, TIOCSCTTY, 0) == 0 ? other : -1;
}

int terminal_resize(int master, uint16_t columns, uint16_t rows) {
  struct winsize size = {.ws_col = columns, .ws_row = rows};
  return ioctl(master, TIOCSWINSZ, &size);
}

pid_t terminal_foreground_group(int master) {
  pid_t group = -1;
  return ioctl(master, TIOCGPGRP, &group) == 0 && group > 0 ? group : -1;
}

int terminal_eof(int master, bool is_line_empty, uint8_t characters[2]) {
  struct termios settings;
  bool is_known = tcgetattr(master, &settings) == 0;
  characters[0] = characters[1] = is_known ? settings.c_cc[VEOF] : CONTROL_D;
  /* A program that reads single characters gets just the one key that a person would press. */
  return !is_line_empty && is_known && settings.c_lflag & ICANON ? 2 : 1;
}
