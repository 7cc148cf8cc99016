/* The agent's environment is empty, so its sanitizers are told here what they cannot do behind the system call filter: looking for leaks
 * needs ptrace. */
const char *__asan_default_options(void);

const char *__asan_default_options(void) { return "detect_leaks=0:abort_on_error=1"; }
