/* Brings the common runtimes of the image into the guest's page cache, before the machine is saved: all machines of a template then share what each would
 * otherwise read for itself, from a slow disk and into memory of its own. Nothing depends on it, so nothing of it is an error. */
#ifndef SG_WARM_H
#define SG_WARM_H

void warm_runtimes(void);

#endif
