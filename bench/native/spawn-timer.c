/*
 * Runs commands COUNT times, one after the other, and prints for each time how long it took from the first start to the last end, the
 * processor time of all processes in it, both in nanoseconds, and the largest resident set of a process so far, in bytes, a line each. Written in C because starting a process from Node costs
 * milliseconds that no shell would pay: the comparison with "started by hand" has to be with the cheapest honest way, posix_spawn(3).
 *
 *   spawn-timer COUNT FOLDER STDIN PROGRAM [ARG]... [";;" PROGRAM [ARG]...]...
 *
 * Commands separated by ";;" follow one another, as a compiler and its program do. They run in FOLDER, each with the file STDIN as its input.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

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

static uint64_t children_cpu_ns(void)
{
    struct rusage usage;
    (void)getrusage(RUSAGE_CHILDREN, &usage);
    const uint64_t seconds = (uint64_t)usage.ru_utime.tv_sec + (uint64_t)usage.ru_stime.tv_sec;
    return seconds * 1000000000u + ((uint64_t)usage.ru_utime.tv_usec + (uint64_t)usage.ru_stime.tv_usec) * 1000u;
}

static uint64_t largest_resident_bytes(void)
{
    struct rusage usage;
    (void)getrusage(RUSAGE_CHILDREN, &usage);
    return (uint64_t)usage.ru_maxrss * 1024u;
}

/* Returns 0, or says what went wrong. */
static int run_once(char **command, const char *input)
{
    posix_spawn_file_actions_t actions;
    pid_t pid;
    int status;
    int error = posix_spawn_file_actions_init(&actions);
    if (error == 0) error = posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0);
    if (error == 0) error = posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    if (error == 0) error = posix_spawn(&pid, command[0], &actions, NULL, command, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0) return fail(command[0], error);
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR) return fail("waitpid", errno);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return 0;
    fprintf(stderr, "spawn-timer: %s did not end with exit code 0\n", command[0]);
    return 1;
}

/* Cuts the arguments at each ";;" and runs what lies between. */
static int run_all(char **commands, const char *input)
{
    for (char **command = commands; *command != NULL;) {
        char **end = command;
        while (*end != NULL && strcmp(*end, ";;") != 0) end++;
        char *separator = *end;
        *end = NULL;
        const int failed = run_once(command, input);
        *end = separator;
        if (failed) return 1;
        command = separator == NULL ? end : end + 1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    if (argc < 5) {
        fputs("usage: spawn-timer COUNT FOLDER STDIN PROGRAM [ARG]... [\";;\" PROGRAM [ARG]...]...\n", stderr);
        return 64;
    }
    char *end;
    const long count = strtol(argv[1], &end, 10);
    if (*end != '\0' || count < 1 || count > 1000000) {
        fprintf(stderr, "spawn-timer: COUNT is %s but must be 1 to 1000000\n", argv[1]);
        return 64;
    }
    if (chdir(argv[2]) != 0) return fail(argv[2], errno);
    /* Some of those that isolate leave before their children have; those come to us then, and their time counts. */
    if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0) return fail("prctl", errno);
    for (long i = 0; i < count; i++) {
        const uint64_t cpu = children_cpu_ns();
        const uint64_t started = now_ns();
        if (run_all(argv + 4, argv[3]) != 0) return 1;
        const uint64_t took = now_ns() - started;
        while (wait(NULL) > 0 || errno == EINTR) {}
        printf("%" PRIu64 " %" PRIu64 " %" PRIu64 "\n", took, children_cpu_ns() - cpu, largest_resident_bytes());
    }
    return 0;
}
