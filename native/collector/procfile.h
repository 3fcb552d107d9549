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
/* What the kernel's scheduler counts of a thread (proc_pid_schedstat of Linux): nanoseconds on a core, brought up
 * to date at ticks and switches, so that it may lag by some ms; and runnable without one, counted when the
 * thread gets a core. False where it does not say: the thread is gone, or the kernel has no schedstats. */
struct usage {
    uint64_t cpu_ns, ready_ns;
};
bool proc_usage(pid_t pid, int32_t tid, struct usage *usage);
/* The kernel counts CPU time in ticks; 0 if it does not say how long they are. */
uint64_t proc_ns_of_ticks(uint64_t ticks);

#endif
