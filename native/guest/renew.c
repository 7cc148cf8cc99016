#include "renew.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/random.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>

enum { MAX_ENTROPY = 512 };
static const uint64_t NS_PER_S = 1000000000u;

int renew_open(struct sg_error *error) {
  int random = open("/dev/urandom", O_RDWR | O_CLOEXEC);
  return random >= 0 ? random : sg_fail(error, SG_STEP_GUEST_RENEW, errno, "open /dev/urandom");
}

int renew(int random, const uint8_t *entropy, size_t bytes, uint64_t realtime_ns, struct sg_error *error) {
  struct {
    struct rand_pool_info info;
    uint8_t bytes[MAX_ENTROPY];
  } pool = {.info = {.entropy_count = (int)bytes * 8, .buf_size = (int)bytes}};
  if (bytes == 0 || bytes > sizeof pool.bytes) return sg_fail(error, SG_STEP_GUEST_RENEW, EINVAL, "%zu bytes of entropy", bytes);
  memcpy(pool.info.buf, entropy, bytes);
  /* Both are needed: added bytes alone reach the output only at the generator's next regular reseeding (random(4)). */
  if (ioctl(random, RNDADDENTROPY, &pool) != 0) return sg_fail(error, SG_STEP_GUEST_RENEW, errno, "RNDADDENTROPY");
  if (ioctl(random, RNDRESEEDCRNG) != 0) return sg_fail(error, SG_STEP_GUEST_RENEW, errno, "RNDRESEEDCRNG");
  struct timespec now = {.tv_sec = (time_t)(realtime_ns / NS_PER_S), .tv_nsec = (long)(realtime_ns % NS_PER_S)};
  if (clock_settime(CLOCK_REALTIME, &now) != 0) return sg_fail(error, SG_STEP_GUEST_RENEW, errno, "clock_settime");
  return 0;
}
