/* Becoming and starting other programs. */
#include "programs.h"

#include "carry.h"
#include "imports.h"
#include "nursery.h"

#include <dlfcn.h>
#include <string.h>
#include <unistd.h>

#define STARTER "/_posixsubprocess."

extern char **environ;

/* After a success nothing of this is left to say so, and the collector may not be allowed to look. Not
 * a child that shares our memory until it executes something. */
static bool note_exec(void) {
    if (newborn_is_this()) recording.join();
    bool ours = atomic_load_explicit(&recording.active, memory_order_relaxed) && getpid() == recording.pid;
    if (ours) atomic_store(&recording.arena->exec_ns, now_ns());
    return ours;
}

static int exec_failed(bool noted) {
    if (noted) atomic_store(&recording.arena->exec_ns, 0);
    return -1;
}

static void execute(const char *path, char *const argv[], char *const environment[]) {
    size_t count;
    if (carry_is_needed(path, argv, environment, &count)) {
        char *more[count + 2];
        carry_add(environment, count, more);
        execve(path, argv, more);
    } else {
        execve(path, argv, environment);
    }
}

int programs_execve(const char *path, char *const argv[], char *const environment[]) {
    bool noted = note_exec();
    execute(path, argv, environment);
    return exec_failed(noted);
}

int programs_execv(const char *path, char *const argv[]) { return programs_execve(path, argv, environ); }

int programs_fexecve(int fd, char *const argv[], char *const environment[]) {
    bool noted = note_exec();
    fexecve(fd, argv, environment);
    return exec_failed(noted);
}

int programs_posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
                         const posix_spawnattr_t *attributes, char *const argv[], char *const environment[]) {
    size_t count;
    if (!carry_is_needed(path, argv, environment, &count))
        return posix_spawn(pid, path, actions, attributes, argv, environment);
    char *more[count + 2];
    carry_add(environment, count, more);
    return posix_spawn(pid, path, actions, attributes, argv, more);
}

/* --- a module of its own ------------------------------------------------------------------------ */

static const struct redirection in_starter[] = {
    {"execv", programs_execv},
    {"execve", programs_execve},
};

void programs_find_starter(void) {
    imports_redirect_in_loaded(STARTER, in_starter, sizeof in_starter / sizeof *in_starter);
}

/* Python gives a whole path: which library calls makes no difference for what is found. */
void *programs_dlopen(const char *path, int flags) {
    void *module = dlopen(path, flags);
    if (module && path && strstr(path, STARTER))
        imports_redirect_in(module, in_starter, sizeof in_starter / sizeof *in_starter);
    return module;
}
