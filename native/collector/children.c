/* The CPU time of the processes that the observed one has started, which are not recorded: so that
 * a report of an idle parent does not speak for its children.
 *
 * The kernel adds up those that were waited for, with theirs (proc(5), cutime and cstime). Those that
 * live are asked now and then, as nobody tells when the parent has ended whose they were. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "children.h"
#include "mapping.h"
#include "procfile.h"

#define MOST_CHILDREN 256
#define MOST_TASKS 200u       /* whose children are looked for: starting some is the main thread's work */
#define FEW_TASKS 16u         /* cheap enough for each round */
#define ROUNDS_BETWEEN 10u    /* where there are more */

/* Of /proc/PID/stat; clock ticks. */
struct times {
    uint64_t own, waited_for, began;
};
struct child {
    pid_t pid;
    struct times times;
};

static struct child children[MOST_CHILDREN];
static uint32_t child_count;
static struct times at_begin, latest; /* of the observed process */
static uint64_t own_before;

static bool read_times(pid_t pid, struct times *times) {
    char text[1024];
    const char *rest = proc_stat(pid, text, sizeof text);
    unsigned long long user, system, waited_user, waited_system, began;
    if (!rest || sscanf(rest,
                        " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu %llu %llu"
                        " %*d %*d %*d %*d %llu",
                        &user, &system, &waited_user, &waited_system, &began) != 5)
        return false;
    *times = (struct times){user + system, waited_user + waited_system, began};
    return true;
}

/* Those that have been waited for are in the parent's sum. */
static void forget_the_gone(void) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < child_count; i++) {
        struct times now;
        if (read_times(children[i].pid, &now) && now.began == children[i].times.began)
            children[kept++] = (struct child){children[i].pid, now};
    }
    child_count = kept;
}

static void note_child(pid_t pid) {
    struct times times;
    if (pid == getpid() || !read_times(pid, &times)) return;
    for (uint32_t i = 0; i < child_count; i++) {
        if (children[i].pid != pid || children[i].times.began != times.began) continue;
        children[i].times = times;
        return;
    }
    if (child_count == MOST_CHILDREN) forget_the_gone();
    if (child_count < MOST_CHILDREN) children[child_count++] = (struct child){pid, times};
}

static void note_children_of(pid_t pid, const char *task) {
    char text[4096];
    if (!proc_read(text, sizeof text, "/proc/%d/task/%.20s/children", (int)pid, task)) return;
    for (char *at = text, *end;; at = end) {
        long child = strtol(at, &end, 10);
        if (end == at || !*end) break; /* the last number may have been cut off; a space follows each */
        if (child > 0) note_child((pid_t)child);
    }
}

/* It was found running: what it has used before is no part of the recording. */
static bool was_found(const struct collector *c) {
    char meta[META_BYTES];
    memcpy(meta, c->arena->meta, sizeof meta);
    meta[sizeof meta - 1] = '\0';
    return strstr(meta, "\"began\":\"attach\"");
}

void children_begin(const struct collector *c) {
    if (!c->pid || !read_times(c->pid, &at_begin)) at_begin.began = 0;
    own_before = was_found(c) ? at_begin.own : 0;
    latest = at_begin;
    child_count = 0;
}

/* False once it is gone: then the last that was seen has to do. */
static bool look_again(const struct collector *c) {
    struct times now;
    if (!at_begin.began || !read_times(c->pid, &now) || now.began != at_begin.began) return false;
    latest = now;
    return true;
}

void children_follow(const struct collector *c) {
    static uint32_t round;
    if (!look_again(c) || (cells_used(c) > FEW_TASKS && round++ % ROUNDS_BETWEEN)) return;
    char path[32];
    snprintf(path, sizeof path, "/proc/%d/task", (int)c->pid);
    DIR *tasks = opendir(path);
    if (!tasks) return;
    uint32_t looked_at = 0;
    for (const struct dirent *each; looked_at < MOST_TASKS && (each = readdir(tasks));)
        if (each->d_name[0] != '.') {
            note_children_of(c->pid, each->d_name);
            looked_at++;
        }
    closedir(tasks);
}

bool children_cpu_ns(const struct collector *c, uint64_t *cpu_ns) {
    if (!look_again(c)) return false;
    forget_the_gone();
    uint64_t ticks = latest.waited_for - at_begin.waited_for;
    for (uint32_t i = 0; i < child_count; i++) ticks += children[i].times.own + children[i].times.waited_for;
    *cpu_ns = proc_ns_of_ticks(ticks);
    return true;
}

bool process_cpu_ns(const struct collector *c, uint64_t *cpu_ns) {
    if (!at_begin.began) return false;
    look_again(c);
    *cpu_ns = proc_ns_of_ticks(latest.own - own_before);
    return true;
}
