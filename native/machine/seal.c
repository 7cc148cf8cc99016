/* A snapshot's memory is mapped by every machine restored from it. Some monitors open it for writing even where they map it privately; in sealed
 * memory nobody can change it, whatever a guest has made of its monitor (memfd_create(2), F_SEAL_WRITE). */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "machine.h"

enum { SOURCE = 3 };

/* Holes stay holes: most of a machine's memory was never touched. */
static int copy_data(int target, off_t bytes, struct sg_error *error) {
  for (off_t at = 0; at < bytes;) {
    off_t start = lseek(SOURCE, at, SEEK_DATA);
    if (start < 0 && errno == ENXIO) return 0;
    off_t end = start < 0 ? -1 : lseek(SOURCE, start, SEEK_HOLE);
    if (end < 0 || lseek(target, start, SEEK_SET) < 0) return sg_fail(error, SG_STEP_READ_DATA, errno, "find the data");
    for (at = start; at < end;) {
      ssize_t count = sendfile(target, SOURCE, &at, (size_t)(end - at));
      if (count <= 0) return sg_fail(error, SG_STEP_READ_DATA, errno, "copy the data");
    }
  }
  return 0;
}

int machine_seal(struct sg_error *error) {
  struct stat status;
  if (fstat(SOURCE, &status) != 0) return sg_fail(error, SG_STEP_READ_OPEN, errno, "descriptor 3");
  cleanup_fd int memory = memfd_create("sandglass-machine", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (memory < 0 || ftruncate(memory, status.st_size) != 0) return sg_fail(error, SG_STEP_OUT_OF_MEMORY, errno, "make %lld bytes of memory", (long long)status.st_size);
  if (copy_data(memory, status.st_size, error) != 0) return -1;
  if (fcntl(memory, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) != 0) return sg_fail(error, SG_STEP_WRITE_DATA, errno, "seal");
  if (printf("/proc/%d/fd/%d\n", (int)getpid(), memory) < 0 || fflush(stdout) != 0) return sg_fail(error, SG_STEP_STDIO, errno, "say where it is");
  char byte;
  while (SG_EINTR(read(STDIN_FILENO, &byte, 1)) > 0) continue;
  return 0;
}
