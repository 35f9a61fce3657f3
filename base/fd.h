/* File descriptors: what write(2) leaves to its caller. */
#ifndef CHARTER_BASE_FD_H
#define CHARTER_BASE_FD_H

#include <stddef.h>

/* Writes all of it, whatever interrupts. -1 with errno. */
int fd_write(int fd, const void *data, size_t len);

#endif
