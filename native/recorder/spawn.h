/* The collector of a recording that the program began itself. Problems are in words. */
#ifndef GILSCOPE_RECORDER_SPAWN_H
#define GILSCOPE_RECORDER_SPAWN_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

const char *spawn_collector(const char *executable, int arena_fd, int out_fd, bool has_stderr);
const char *spawn_progress(bool *ready); /* to be called until it is ready */
void spawn_has_begun(void);
void spawn_finish(bool by_force, const _Atomic uint32_t *alive);
void spawn_after_fork(void); /* in the child */

#endif
