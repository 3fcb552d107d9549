/* What the interpreter calls to become another program, or to start one. */
#ifndef GILSCOPE_RECORDER_PROGRAMS_H
#define GILSCOPE_RECORDER_PROGRAMS_H

#include <spawn.h>
#include <sys/types.h>

int programs_execv(const char *path, char *const argv[]);
int programs_execve(const char *path, char *const argv[], char *const environment[]);
int programs_fexecve(int fd, char *const argv[], char *const environment[]);
int programs_posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
                         const posix_spawnattr_t *attributes, char *const argv[], char *const environment[]);
/* The module that starts all others is not always a part of the interpreter. */
void programs_find_starter(void); /* the module that starts programs, if it is loaded already */
void *programs_dlopen(const char *path, int flags);

#endif
