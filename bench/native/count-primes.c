/* Counts primes by trial division: a third of a second of arithmetic, hardly any memory, no system calls until the end. Prints the processor time that the
 * kernel has charged to the process so far, in nanoseconds, so that the same program can be timed by hand and in a sandbox. */
#define _GNU_SOURCE
#include <stdio.h>
#include <time.h>

int main(void)
{
    unsigned count = 0;
    for (unsigned n = 2; n < 1700000; n++) {
        unsigned d = 2;
        while (d * d <= n && n % d != 0) d++;
        count += d * d > n;
    }
    struct timespec used;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    printf("%u %lld\n", count, (long long)used.tv_sec * 1000000000 + used.tv_nsec);
    return count == 128141 ? 0 : 1;
}
