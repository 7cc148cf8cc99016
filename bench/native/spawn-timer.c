/*
 * Starts a program COUNT times, one after the other, and prints what each start-to-end took, in nanoseconds, a line each.
 * Written in C because starting a process from Node costs milliseconds that no shell would pay: the comparison with
 * "started by hand" has to be with the cheapest honest way, posix_spawn(3).
 *
 *   spawn-timer COUNT PROGRAM [ARG]...
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static int fail(const char *what, int error)
{
    fprintf(stderr, "spawn-timer: %s: %s\n", what, strerror(error));
    return 1;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fputs("usage: spawn-timer COUNT PROGRAM [ARG]...\n", stderr);
        return 64;
    }
    char *end;
    const long count = strtol(argv[1], &end, 10);
    if (*end != '\0' || count < 1 || count > 1000000) {
        fprintf(stderr, "spawn-timer: COUNT is %s but must be 1 to 1000000\n", argv[1]);
        return 64;
    }
    posix_spawn_file_actions_t actions;
    int error = posix_spawn_file_actions_init(&actions);
    if (error == 0) error = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    if (error == 0) error = posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    if (error != 0) return fail("file actions", error);
    for (long i = 0; i < count; i++) {
        pid_t pid;
        int status;
        const uint64_t started = now_ns();
        error = posix_spawn(&pid, argv[2], &actions, NULL, argv + 2, environ);
        if (error != 0) return fail(argv[2], error);
        while (waitpid(pid, &status, 0) < 0)
            if (errno != EINTR) return fail("waitpid", errno);
        const uint64_t took = now_ns() - started;
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
            fprintf(stderr, "spawn-timer: %s did not end with exit code 0\n", argv[2]);
            return 1;
        }
        printf("%" PRIu64 "\n", took);
    }
    posix_spawn_file_actions_destroy(&actions);
    return 0;
}
