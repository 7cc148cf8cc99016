/* Everything a launcher holds after start; constant while it serves, but for the image it is in. */
#ifndef SG_LAUNCHER_H
#define SG_LAUNCHER_H

#include <stdbool.h>

#include "cgroup.h"
#include "config.h"
#include "cpuset.h"
#include "ids.h"
#include "instance.h"
#include "mechanisms.h"
#include "networks.h"
#include "proc_covers.h"
#include "template.h"
#include "writable_disk.h"

struct launcher {
  struct config config;
  struct instance instance;
  struct cgroups cgroups;
  struct cpusets cpusets;
  struct ids ids;
  struct templates templates;
  struct proc_covers covers;
  struct networks networks;
  struct writable_disk disk;
  struct mechanisms mechanisms;
  int procfs; /* the host's /proc */
  int agent;  /* a sealed copy of the agent's program */
  bool rootless;
};

#endif
