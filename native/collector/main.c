/* gilscope-collector ARENA_FD OUT_FD [--control | --successor]
 *
 * Runs beside one observed process. With --control its launcher speaks to it through standard input
 * and output: it answers "ready", "began PID", "failed REASON" and "done". The launcher says "child
 * PID", the process that it launched; "stops" and "resumes", about itself; "ended STATUS TIME_NS".
 * When the launcher is killed, the recording goes on until the program has ended.
 *
 * A collector that was killed has a successor, once the program has ended: it writes what stands in
 * the arena behind what is in the file. */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "collector.h"
#include "shared/futex.h"

#define DRAIN_INTERVAL_NS 20000000u   /* at a million releases a second: 0.6 MB each time */
#define HOUSEKEEPING_NS 100000000u    /* threads, CPU times, is the file still there */
#define CLOCK_INTERVAL_NS 1000000000u
#define LONGEST_SLEEP_NS 50000000u
#define LAUNCHER_DELAY_MS 500
#define RECORDER_DELAY_NS 10000000000u

/* Where the program's CLOCK_MONOTONIC is not ours (another time namespace) and no counter is. */
static uint64_t skew_ns;

uint64_t collector_now_ns(const struct collector *c) {
    return clock_now_ns(&c->arena->clock) - skew_ns;
}

#define LARGEST_DELAY_NS 50000000

static void notice_skew(const struct collector *c) {
    int64_t passed = (int64_t)collector_now_ns(c);
    int64_t by_day = (int64_t)(unix_ns() - once(c->arena->start_unix_ns));
    if (once(c->arena->clock.uses_counter) || by_day < 0 || by_day > INT64_MAX / 2) return;
    if (passed < by_day - LARGEST_DELAY_NS || passed > by_day + LARGEST_DELAY_NS)
        skew_ns = (uint64_t)passed - (uint64_t)by_day;
}

static bool say(const struct collector *c, const char *word, const char *rest) {
    return c->control < 0 || (printf("%s %s\n", word, rest) > 0 && fflush(stdout) == 0);
}

/* --- waiting ---------------------------------------------------------------------------------- */

/* Sleep until the recorder has news, or for so long. */
static void doze(struct collector *c, uint64_t at_most_ns) {
    struct arena_header *arena = c->arena;
    uint32_t seen = atomic_load(&arena->wake);
    atomic_store(&arena->asleep, 1);
    if (atomic_load(&arena->gils[0].waiters) == 0) futex_wait(&arena->wake, seen, at_most_ns);
    atomic_store(&arena->asleep, 0);
}

/* Between samples: the period, spread evenly from half of it to one and a half, so that no rhythm
 * of the program can hide from it. */
static void pause_between_samples(const struct collector *c) {
    static uint64_t random = 0x2545f4914f6cdd1du;
    random ^= random << 13, random ^= random >> 7, random ^= random << 17;
    double hz = c->sample_hz > 0 ? c->sample_hz : 1000;
    double period_ns = 1e9 / hz * (0.5 + (double)(random >> 11) / 9007199254740992.0);
    if (period_ns > LONGEST_SLEEP_NS) period_ns = LONGEST_SLEEP_NS;
    pause_ns((uint64_t)period_ns);
}

/* --- has it ended? ----------------------------------------------------------------------------- */

static bool is_readable(int fd) {
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
    return fd >= 0 && poll(&poll_fd, 1, 0) == 1;
}

static void take_ended(struct collector *c, const char *line) {
    long long end_ns = 0;
    if (sscanf(line, "ended %d %lld", &c->exit_status, &end_ns) < 1 || is_ended(c)) return;
    /* Its clock is ours; the program's need not be. */
    uint64_t now = collector_now_ns(c), ago_ns = monotonic_ns() - (uint64_t)end_ns;
    c->end_ns = end_ns > 0 && ago_ns < now ? now - ago_ns : now;
}

static void hear_launcher(struct collector *c) {
    static char text[256];
    static size_t used;
    while (is_readable(c->control)) {
        ssize_t bytes = read(c->control, text + used, sizeof text - 1 - used);
        if (bytes <= 0) {
            c->control = -1; /* it was killed */
            return;
        }
        used += (size_t)bytes;
        text[used] = '\0';
        char *line = text;
        for (char *end; (end = strchr(line, '\n')); line = end + 1) {
            *end = '\0';
            jobs_hear(line);
            take_ended(c, line);
        }
        used -= (size_t)(line - text);
        memmove(text, line, used);
    }
}

static void follow_jobs(struct collector *c) {
    if (!jobs_differ()) return;
    hear_launcher(c); /* it says why before it stops */
    jobs_align();
}

/* What the recorder says counts where its memory cannot be read: an attempt that has not failed by
 * the next time is taken for a success. */
static bool became_another_program(struct collector *c) {
    static uint64_t seen_exec_ns;
    uint64_t exec_ns = atomic_load(&c->arena->exec_ns), before_ns = seen_exec_ns;
    seen_exec_ns = exec_ns;
    uint64_t value = 0;
    uint64_t address = once(c->arena->canary_address);
    if (!address) return false;
    if (remote_read(c, address, &value, sizeof value)) return value != once(c->arena->canary);
    return errno == EFAULT || (exec_ns && exec_ns == before_ns);
}

static void end_by_exec(struct collector *c) {
    uint64_t exec_ns = atomic_load(&c->arena->exec_ns), now = collector_now_ns(c);
    c->executed = true;
    c->end_ns = exec_ns && exec_ns < now ? exec_ns : now;
}

bool process_is_gone(struct collector *c) {
    if (c->pidfd >= 0) return is_readable(c->pidfd);
    if (!c->pid) /* what began this collector is in its namespace, or speaks to it */
        return !c->launched && kill(once(c->arena->pid), 0) != 0 && errno == ESRCH;
    /* Old kernels, and sandboxes, have no such descriptors. What has ended has no memory. */
    uint64_t value;
    if (remote_read(c, once(c->arena->canary_address), &value, sizeof value)) return false;
    return errno == ESRCH || (kill(c->pid, 0) != 0 && errno == ESRCH) || jobs_state(c->pid) == 'Z';
}

/* If it was the launcher's own child, the launcher is about to say how it ended. */
static void await_status(struct collector *c) {
    for (int waited_ms = 0; waited_ms < LAUNCHER_DELAY_MS; waited_ms += 10) {
        struct pollfd launcher = {.fd = c->control, .events = POLLIN};
        if (c->control < 0 || c->exit_status != INT_MIN) return;
        poll(&launcher, 1, 10);
        hear_launcher(c);
    }
}

static void check_end(struct collector *c) {
    if (atomic_load(&c->arena->state) == RECORDER_STOPPED) {
        uint64_t end_ns = once(c->arena->end_ns);
        c->end_ns = end_ns ? end_ns : 1;
    } else hear_launcher(c);
    if (!is_ended(c) && !process_is_gone(c)) return;
    if (atomic_load(&c->arena->exec_ns)) end_by_exec(c);
    if (is_ended(c)) return;
    uint64_t now = collector_now_ns(c);
    await_status(c);
    if (!is_ended(c)) c->end_ns = now;
}

/* --- the work ---------------------------------------------------------------------------------- */

static void drain(struct collector *c) {
    atomic_fetch_add(&c->arena->beat, 1);
    drain_logs(c);
    drain_samples(c);
    progress_mark(c);
}

static void stop_recorder(struct collector *c) {
    if (atomic_exchange(&c->arena->command, 1)) return;
    const char *why = c->file.error ? strerror(c->file.error) : "its size limit is reached";
    fprintf(stderr, "gilscope: recording stopped: %s; the program goes on\n", why);
}

static void keep_house(struct collector *c) {
    drain_threads(c, false);
    identity_follow(c);
    drain_cpu(c);
    children_follow(c);
    follow_jobs(c);
    if (!c->file.stopped && tracefile_was_deleted(&c->file)) {
        c->file.stopped = "write-error";
        c->file.error = ENOENT;
    }
    if (became_another_program(c)) end_by_exec(c);
}

static void collect(struct collector *c) {
    uint64_t drained_ns = 0, kept_ns = 0, adjusted_ns = 0;
    while (!is_ended(c)) {
        bool contended = sample_contended(c);
        uint64_t now = collector_now_ns(c);
        if (now - drained_ns >= DRAIN_INTERVAL_NS) {
            drain(c);
            drained_ns = now;
        }
        if (now - kept_ns >= HOUSEKEEPING_NS) {
            keep_house(c);
            kept_ns = now;
        }
        if (now - adjusted_ns >= CLOCK_INTERVAL_NS) {
            clock_adjust(&c->arena->clock);
            adjusted_ns = now;
        }
        if (c->file.stopped) stop_recorder(c);
        check_end(c);
        if (is_ended(c)) break;
        if (contended) pause_between_samples(c);
        else doze(c, DRAIN_INTERVAL_NS);
    }
    drain(c);
    if (atomic_load(&c->arena->stop_reason) == STOP_EXIT) await_status(c); /* it is just ending */
    write_ending(c);
}

/* --- beginning --------------------------------------------------------------------------------- */

/* A robust futex in the arena, which the kernel marks when this process ends however it may: the
 * recorder needs no pid to know that, and is not misled by a zombie. */
static void show_life(struct arena_header *arena) {
    static struct robust_list_head list;
    static struct robust_list entry;
    list.list.next = &entry;
    entry.next = &list.list;
    list.futex_offset = (char *)&arena->collector_alive - (char *)&entry;
    if (syscall(SYS_set_robust_list, &list, sizeof list) != 0) return;
    atomic_store(&arena->collector_alive, (uint32_t)syscall(SYS_gettid));
}

/* The recorder begins, fails, or never comes. */
static bool await_recorder(struct collector *c) {
    struct arena_header *arena = c->arena;
    for (uint64_t since = monotonic_ns();;) {
        identity_answer(c);
        uint32_t state = atomic_load(&arena->state);
        if (state == RECORDER_RECORDING || state == RECORDER_STOPPED) return true;
        if (state == RECORDER_FAILED) {
            char why[sizeof arena->message];
            memcpy(why, arena->message, sizeof why);
            why[sizeof why - 1] = '\0';
            for (char *at = why; *at; at++)
                if ((unsigned char)*at < ' ') *at = ' ';
            say(c, "failed", why);
            return false;
        }
        if (is_ended(c) || (c->launched && c->control < 0)) return false;
        /* A program that records itself begins at once, or never. */
        if (!c->launched && monotonic_ns() - since > RECORDER_DELAY_NS) return false;
        doze(c, DRAIN_INTERVAL_NS);
        hear_launcher(c);
        follow_jobs(c);
    }
}

static void finish(struct collector *c) {
    atomic_store(&c->arena->collector_done, 1);
    futex_wake(&c->arena->collector_done);
    say(c, "done", c->file.stopped ? c->file.stopped : c->executed ? "exec" : "");
}

static bool begin_file(struct collector *c, int fd, bool is_successor) {
    if (is_successor && atomic_load(&c->arena->progress.file_bytes))
        return progress_take_over(c, fd);
    tracefile_begin(&c->file, fd, c->max_size_bytes);
    write_beginning(c);
    progress_mark(c);
    return true;
}

int main(int argc, char **argv) {
    if (argc < 3) {
        fprintf(stderr, "usage: gilscope-collector ARENA_FD OUT_FD [--control | --successor]\n");
        return 2;
    }
    /* Signals are for the program; this ends when the program has. */
    sigset_t all;
    sigfillset(&all);
    if (sigprocmask(SIG_SETMASK, &all, NULL) != 0) return 1;
    bool is_successor = argc > 3 && strcmp(argv[3], "--successor") == 0;
    struct collector c = {.pidfd = -1,
                          .launched = argc > 3,
                          .cannot_read = is_successor, /* there is no program any more */
                          .control = argc > 3 ? 0 : -1,
                          .exit_status = INT_MIN};
    if (!mapping_begin(&c, atoi(argv[1]))) {
        say(&c, "failed", "its collector has no room for the shared memory");
        return 1;
    }
    if (!clock_is_genuine()) {
        say(&c, "failed", "a library, such as libfaketime, changes the clock of its collector");
        return 1;
    }
    c.sample_hz = once(c.arena->offer.sample_hz);
    c.max_size_bytes = once(c.arena->offer.max_size_bytes);
    c.sampler = c.sample_hz > 0 ? "ok" : "off";
    identity_show(&c);
    show_life(c.arena);
    c.arena->collector_pid = (int32_t)getpid();
    if (!say(&c, "ready", "")) return 1;
    if (!await_recorder(&c)) return 0;
    if (!remote_layout(&c)) c.sampler = "unavailable: the program's frames are unknown";
    notice_skew(&c);
    children_begin(&c);
    char pid[16];
    snprintf(pid, sizeof pid, "%d", (int)c.pid);
    say(&c, "began", pid);
    if (!begin_file(&c, atoi(argv[2]), is_successor)) return 1;
    collect(&c);
    finish(&c);
    return 0;
}
