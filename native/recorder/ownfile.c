/* Record this process into a file of its own, as GILSCOPE_RECORD says: where nobody can type
 * `gilscope run`.
 *
 * The variable may come from anywhere, like PYTHONPATH. All that it can bring about is a new file, for
 * its owner only, in a folder where this user may make one: nothing is replaced, no link is followed,
 * no code is loaded that the interpreter has not found already, and a process that runs with somebody
 * else's rights does not heed it. */
#include "ownfile.h"

#include "fresh.h"
#include "pattern.h"
#include "session.h"
#include "spawn.h"
#include "watchdog.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#define SAMPLE_HZ 1000.0
#define MOST_NUMBERS 10000u
#define LOWEST_DESCRIPTOR 10 /* 0 to 2 may be closed, and are to stay so */
#define PATIENCE_NS 10000000000u
#define FAREWELL_NS 5000000000u

static char *pattern, *collector; /* as long as the process lives */
static char folder[PATH_MAX];
static bool is_known, has_failed;
static pid_t recorded_pid; /* with a collector that is ours */

bool ownfile_remember(const char *text, const char *executable) {
    char name[PROGRAM_BYTES];
    pattern_program(name);
    if (is_known || !text[0] || getauxval(AT_SECURE) || strcmp(name, "gilscope") == 0) return false;
    pattern = strdup(text);
    collector = strdup(executable);
    if (!pattern || !collector) return false;
    if (!getcwd(folder, sizeof folder)) folder[0] = '\0';
    return is_known = true;
}

/* --- its file ---------------------------------------------------------------------------------- */

/* Never one that is there: a process that becomes another program has two. -1 and errno. */
static int open_file(const char *path, char *name, size_t room) {
    int fd = -1;
    for (unsigned number = 1; fd < 0 && number < MOST_NUMBERS; number++) {
        if (!pattern_number(path, number, name, room)) return errno = ENAMETOOLONG, -1;
        fd = open(name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd < 0 && errno != EEXIST) return -1;
    }
    int lifted = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, LOWEST_DESCRIPTOR);
    int error = errno == EINVAL ? EMFILE : errno; /* RLIMIT_NOFILE is below the lowest */
    if (lifted < 0 && fd >= 0) unlink(name);
    if (fd >= 0) close(fd);
    errno = error;
    return lifted;
}

/* Unless another has taken its place. */
static void remove_file(int fd, const char *name) {
    struct stat ours, there;
    if (fstat(fd, &ours) == 0 && lstat(name, &there) == 0 && ours.st_dev == there.st_dev &&
        ours.st_ino == there.st_ino)
        unlink(name);
}

/* --- beginning --------------------------------------------------------------------------------- */

static const char *start_collector(int arena_fd, int file_fd) {
    bool ready = false;
    /* Without standard error: a pipe there would not end before the collector has. */
    const char *problem = spawn_collector(collector, arena_fd, file_fd, false);
    if (problem) return problem;
    for (uint64_t since = monotonic_ns(); !ready && !problem;) {
        problem = spawn_progress(&ready);
        if (!problem && monotonic_ns() - since > PATIENCE_NS)
            problem = "its collector did not start within 10 s";
    }
    if (problem) spawn_finish(true, NULL);
    return problem;
}

static const char *record_into(int file_fd) {
    const struct arena_offer offer = {.magic = ARENA_MAGIC,
                                      .earlier = clock_pair_now(),
                                      .earlier_unix_ns = unix_ns(),
                                      .sample_hz = SAMPLE_HZ};
    int arena_fd = fresh_arena_of(&offer);
    if (arena_fd < 0) return "there is no memory for it";
    const char *problem;
    Py_BEGIN_ALLOW_THREADS
    problem = start_collector(arena_fd, file_fd);
    Py_END_ALLOW_THREADS
    if (!problem) {
        problem = session_begin(arena_fd);
        if (problem) spawn_finish(true, NULL);
        else spawn_has_begun();
    }
    close(arena_fd);
    return problem;
}

static const char *begin(char *name, size_t room) {
    char path[PATH_MAX];
    const char *problem = pattern_expand(pattern, folder, path, sizeof path);
    if (problem) return problem;
    int fd = open_file(path, name, room);
    if (fd < 0) return strerror(errno);
    problem = record_into(fd);
    if (problem) remove_file(fd, name);
    close(fd);
    return problem;
}

static void say(const char *name, const char *problem) {
    /* Without this, descriptor 2 may be any file of the program's. */
    PyObject *standard_error = PySys_GetObject("__stderr__");
    if (!standard_error || standard_error == Py_None) return;
    char line[PATH_MAX + 256];
    int bytes = snprintf(line, sizeof line,
                         "gilscope: not recording%s%s: %s; the program runs all the same\n",
                         name[0] ? " to " : "", name, problem);
    for (char *at = line; at < line + bytes - 1; at++)
        if ((unsigned char)*at < ' ') *at = '?';
    if (write(STDERR_FILENO, line, (size_t)bytes) < 0) return; /* nobody reads it */
}

bool ownfile_begin(const char *began) {
    char name[PATH_MAX] = "";
    if (!is_known || has_failed || recording.active) return false;
    recorded_pid = 0;
    recording.began = began;
    watchdog_tells_nobody();
    const char *problem = begin(name, sizeof name);
    if (!problem) return recorded_pid = getpid(), true;
    has_failed = true;
    say(name, problem);
    return false;
}

/* --- ending ------------------------------------------------------------------------------------ */

/* The first process of a PID namespace, as in most containers, takes all others with it when it ends:
 * it gives the collector the time to write what is left. After session.c has said that this is the end. */
__attribute__((destructor(101))) static void await_collector(void) {
    if (getpid() != 1 || recorded_pid != 1) return;
    uint32_t beat;
    for (uint64_t since = monotonic_ns(); monotonic_ns() - since < FAREWELL_NS;)
        if (session_await_collector(&beat) != COLLECTOR_WORKS) return;
}
