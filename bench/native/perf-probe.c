/* Says whether this kernel lets us count the instructions of a process: "yes COUNT", or "no ERROR". perf_event_open(2). */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/perf_event.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void)
{
    struct perf_event_attr attr = {.type = PERF_TYPE_HARDWARE, .size = sizeof attr, .config = PERF_COUNT_HW_INSTRUCTIONS, .exclude_kernel = 1};
    const int fd = (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);
    if (fd < 0) {
        printf("no %s\n", strerror(errno));
        return 0;
    }
    uint64_t count = 0;
    for (volatile int i = 0; i < 100000; i++) { }
    if (read(fd, &count, sizeof count) != (ssize_t)sizeof count || count == 0)
        printf("no it counts nothing\n");
    else
        printf("yes %llu\n", (unsigned long long)count);
    return 0;
}
