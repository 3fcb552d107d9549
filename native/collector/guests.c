/* The collectors of those that have come through the door.
 *
 * A collector is forked for each that is still at work a few ms after it came. Many have ended by then: one
 * process completes what they have left in their arenas, one after the other, so that a program that
 * starts many does not have to pay for as many collectors. */
#include "guests.h"

#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <unistd.h>
#include <sys/wait.h>

#include "buffer.h"
#include "collect.h"
#include "identity.h"
#include "jobs.h"
#include "kin.h"
#include "order.h"
#include "shared/clock.h"

#define PATIENCE_NS 3000000u
#define REAP_EVERY_MS 100
#define MOST_NEWCOMERS 64u /* descriptors are kept for them; and so many share the fate of a collector */
#define HAS_EXECUTED 3     /* exit status of a collector whose process has become another program */

struct newcomer {
    int arena_fd;
    pid_t process;
    uint32_t number;
    uint64_t since_ns;
    bool is_known; /* to be recorded */
};
struct guest {
    pid_t collector, process; /* 0: unknown; -1: some that have ended */
};
static struct newcomer newcomers[MOST_NEWCOMERS]; /* the oldest is the first */
static size_t newcomer_count;
static struct buffer guests;
static uint32_t last_number;
static int out, unwanted[2];

static size_t guest_count(void) { return guests.used / sizeof(struct guest); }
static struct guest *guest_at(size_t i) { return (struct guest *)guests.bytes + i; }

void guests_begin(int out_fd, int listener, int first) {
    out = out_fd;
    unwanted[0] = listener;
    unwanted[1] = first;
}

/* --- in a collector ------------------------------------------------------------------------------ */

static bool prepare(struct collector *c, const struct newcomer *newcomer) {
    *c = (struct collector){.pidfd = -1, .control = -1, .exit_status = INT_MIN, .process = newcomer->number};
    if (!collect_prepare(c, newcomer->arena_fd)) return false;
    identity_know(c, newcomer->process);
    return true;
}

static int record(const struct newcomer *newcomer) {
    struct collector c;
    if (!prepare(&c, newcomer)) return 1;
    collect_show(&c);
    return collect(&c, out, false) == COLLECTED && c.executed ? HAS_EXECUTED : 0;
}

static int complete(const struct newcomer *ended, size_t count) {
    for (size_t i = 0; i < count; i++) {
        struct collector c;
        if (prepare(&c, &ended[i])) collect(&c, out, false);
        collect_forget(&c);
    }
    return 0;
}

/* --- in the doorkeeper ---------------------------------------------------------------------------- */

/* In the process that is forked: 0. False in `has`: there is no room for another process now. */
static pid_t fork_collector(bool *has) {
    pid_t pid = fork();
    *has = pid >= 0;
    if (pid == 0) {
        close(unwanted[0]);
        close(unwanted[1]);
    }
    return pid;
}

static void note(pid_t collector, pid_t process) {
    *(struct guest *)buffer_add(&guests, sizeof(struct guest)) = (struct guest){collector, process};
}

static bool start(const struct newcomer *them, size_t count, bool have_ended) {
    bool has;
    pid_t pid = fork_collector(&has);
    if (has && pid == 0) _exit(have_ended ? complete(them, count) : record(them));
    if (!has) return false;
    note(pid, have_ended ? -1 : them->process);
    for (size_t i = 0; i < count; i++) close(them[i].arena_fd);
    return true;
}

bool guests_write(void (*write)(const struct life *, size_t, uint32_t first, int out),
                  const struct life *lives, size_t count) {
    bool has;
    pid_t pid = fork_collector(&has);
    if (has && pid == 0) {
        write(lives, count, last_number + 1, out);
        _exit(0);
    }
    if (!has) return false;
    note(pid, -1);
    last_number += (uint32_t)count;
    return true;
}

static bool has_ended(const struct newcomer *newcomer) {
    uint32_t state;
    off_t at = offsetof(struct arena_header, state);
    return pread(newcomer->arena_fd, &state, sizeof state, at) == (ssize_t)sizeof state &&
           state == RECORDER_STOPPED;
}

static void introduce(void) {
    for (size_t i = 0; i < newcomer_count; i++) {
        if (!newcomers[i].is_known) kin_recorded(newcomers[i].process);
        newcomers[i].is_known = true;
    }
}

/* Where no process can be forked, it is tried again in a while. */
static void keep(const struct newcomer *newcomer, struct newcomer *there, uint64_t now) {
    *there = *newcomer;
    if (now - there->since_ns >= PATIENCE_NS) there->since_ns = now;
}

void guests_follow(bool at_once) {
    struct newcomer ended[MOST_NEWCOMERS];
    size_t ended_count = 0, stay = 0;
    uint64_t now = monotonic_ns();
    bool is_due = newcomer_count && (at_once || now - newcomers[0].since_ns >= PATIENCE_NS);
    if (!is_due) return;
    introduce();
    for (size_t i = 0; i < newcomer_count; i++) {
        bool is_late = at_once || now - newcomers[i].since_ns >= PATIENCE_NS;
        if (has_ended(&newcomers[i])) ended[ended_count++] = newcomers[i];
        else if (!is_late || !start(&newcomers[i], 1, false)) keep(&newcomers[i], &newcomers[stay++], now);
    }
    newcomer_count = stay;
    if (!ended_count || start(ended, ended_count, true)) return;
    for (size_t i = 0; i < ended_count; i++) keep(&ended[i], &newcomers[newcomer_count++], now);
}

void guests_add(int arena_fd, pid_t process) {
    if (newcomer_count == MOST_NEWCOMERS) guests_follow(true);
    if (newcomer_count == MOST_NEWCOMERS) {
        close(arena_fd); /* no process could be forked */
        return;
    }
    newcomers[newcomer_count++] = (struct newcomer){.arena_fd = arena_fd,
                                                    .process = process,
                                                    .number = ++last_number,
                                                    .since_ns = monotonic_ns()};
}

void guests_reap(void) {
    int status;
    for (pid_t ended; (ended = waitpid(-1, &status, WNOHANG)) > 0;)
        for (size_t i = 0; i < guest_count(); i++) {
            if (guest_at(i)->collector != ended) continue;
            if (WIFEXITED(status) && WEXITSTATUS(status) == HAS_EXECUTED) kin_executed(guest_at(i)->process);
            *guest_at(i) = *guest_at(guest_count() - 1);
            guests.used -= sizeof(struct guest);
            break;
        }
}

/* --- how they are ----------------------------------------------------------------------------------- */

bool guests_are_there(void) { return newcomer_count || guest_count(); }

static bool records_the_dead(const struct guest *guest) {
    if (guest->process <= 0) return guest->process < 0;
    return jobs_has_ended(guest->process);
}

bool guests_are_settled(void) {
    if (order_is_to_end()) return !guests_are_there();
    for (size_t i = 0; i < guest_count(); i++)
        if (records_the_dead(guest_at(i))) return false;
    return !newcomer_count;
}

int guests_wait_ms(void) {
    if (!newcomer_count) return guest_count() ? REAP_EVERY_MS : -1;
    uint64_t passed = monotonic_ns() - newcomers[0].since_ns;
    return passed < PATIENCE_NS ? (int)((PATIENCE_NS - passed) / 1000000 + 1) : 0;
}
