/* Short files of /proc, as text. */
#ifndef GILSCOPE_COLLECTOR_PROCFILE_H
#define GILSCOPE_COLLECTOR_PROCFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* False where it cannot be read, or is empty; then there is no text. */
__attribute__((format(printf, 3, 4))) bool proc_read(char *text, size_t room, const char *path, ...);
/* /proc/PID/stat from behind the name on; NULL if it cannot be read. */
const char *proc_stat(pid_t pid, char *text, size_t room);
/* The kernel counts CPU time in ticks; 0 if it does not say how long they are. */
uint64_t proc_ns_of_ticks(uint64_t ticks);

#endif
