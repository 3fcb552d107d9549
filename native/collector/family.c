/* The collectors of the processes that join the first one's recording.
 *
 * A doorkeeper is forked before the first collector has begun its work, and so has nothing of it. It
 * lets processes in that come through the door (shared/door.h, guests.c), and stays for as long as the
 * first collector, or one of theirs, is at work. It also keeps the list of the processes
 * that nobody records (kin.c), and does nothing else where only the first is to be recorded. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "collect.h"
#include "doorbell.h"
#include "family.h"
#include "guests.h"
#include "kin.h"
#include "kinship.h"
#include "newborns.h"
#include "shared/clock.h"

#define SETTLING_MS 5000
#define NAP_MS 4
#define AT_ONCE 64 /* so many come in before those that came are seen to */
#define FULL_TABLE_NS 10000000u

/* --- in the doorkeeper ---------------------------------------------------------------------- */

static void welcome(const struct door *door, int listener) {
    int visitor = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (visitor < 0) {
        if (errno != EAGAIN) pause_ns(FULL_TABLE_NS); /* no descriptor is free: in a while, perhaps */
        return;
    }
    int arena_fd = door_receive(visitor, door);
    pid_t process = door_peer(visitor);
    close(visitor);
    if (arena_fd < 0) newborns_follow(true); /* somebody calls */
    else if (newborns_is_nursery(arena_fd)) newborns_add(arena_fd, process);
    else guests_add(arena_fd, process);
}

static bool somebody_waits(int fd, int at_most_ms) {
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
    return poll(&poll_fd, 1, at_most_ms) > 0;
}

static void let_in(const struct door *door, int listener) {
    for (int i = 0; i < AT_ONCE && somebody_waits(listener, 0); i++) welcome(door, listener);
}

/* Until what has ended is in the file: whose processes go on, nobody waits for. */
static void settle(const struct door *door, int listener) {
    for (int ms = 0; ms < SETTLING_MS; ms++) {
        let_in(door, listener);
        guests_follow(true);
        newborns_follow(true);
        guests_reap();
        bool are_settled = guests_are_settled() && newborns_are_settled();
        if (are_settled && !somebody_waits(listener, 0)) return;
        pause_ns(1000000);
    }
}

/* False: the first collector has ended. */
static bool hear_first(const struct door *door, int listener, int first) {
    struct ring_word word;
    if (read(first, &word, sizeof word) != (ssize_t)sizeof word) return false;
    switch (word.what) {
    case RING_LAUNCHED: kin_launched(word.pid); break;
    case RING_RECORDED:
        kin_recorded(word.pid);
        kin_file_has_begun();
        break;
    case RING_EXECUTED: kin_executed(word.pid); break;
    default:
        settle(door, listener);
        kin_write();
        return write(first, &word, sizeof word) == (ssize_t)sizeof word;
    }
    return true;
}

static int sooner(int one_ms, int other_ms) {
    if (one_ms < 0 || other_ms < 0) return one_ms < 0 ? other_ms : one_ms;
    return one_ms < other_ms ? one_ms : other_ms;
}

/* One that has just come is known to be recorded before it can be seen. */
static void look_around(void) {
    bool is_time = kin_wait_ms() == 0;
    guests_follow(is_time);
    newborns_follow(false);
    if (is_time) kin_look();
}

/* Those who come in the meantime find nobody at the door who would have to be woken: that would cost them more
 * than all else. */
static void let_in_later(const struct door *door, int listener, int first) {
    somebody_waits(first, NAP_MS);
    let_in(door, listener);
}

static void keep_door(const struct door *door, int listener, int first) {
    bool first_is_there = true;
    while (first_is_there || guests_are_there() || newborns_are_there()) {
        struct pollfd fds[] = {{.fd = listener, .events = POLLIN},
                               {.fd = first_is_there ? first : -1, .events = POLLIN}};
        int wait_ms = sooner(guests_wait_ms(), sooner(newborns_wait_ms(), kin_wait_ms()));
        poll(fds, 2, wait_ms);
        if (fds[0].revents) let_in_later(door, listener, fds[1].fd);
        guests_reap();
        if (fds[1].revents) first_is_there = hear_first(door, listener, first);
        look_around();
    }
    kin_write();
}

/* Nothing of the first collector's stays open here: its launcher hears when that has ended, and who
 * reads what the launcher says is not kept waiting by processes that go on. */
static void leave(struct collector *c) {
    int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (nothing < 0 || dup2(nothing, STDIN_FILENO) < 0 || dup2(nothing, STDOUT_FILENO) < 0 ||
        dup2(nothing, STDERR_FILENO) < 0)
        _exit(1);
    if (nothing > STDERR_FILENO) close(nothing);
    close(c->arena_fd);
    munmap(c->arena, CELLS_AT);
}

/* --- in the first collector ------------------------------------------------------------------ */

/* Where the launcher's streams are closed, descriptors come in their places, which leave() takes. */
static int lift(int fd) {
    if (fd < 0 || fd > STDERR_FILENO) return fd;
    int lifted = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    int error = errno;
    close(fd);
    errno = error;
    return lifted;
}

static void close_all(const int *fds, int count) {
    int error = errno;
    for (int i = 0; i < count; i++)
        if (fds[i] >= 0) close(fds[i]);
    errno = error;
}

/* False, and nothing is open, if one of them cannot be had. Without a door there is no listener. */
static bool open_door(const struct door *door, int ends[2], int *listener) {
    *listener = door ? lift(door_listen(door)) : -1;
    if (door && *listener < 0) return false;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return close_all(listener, 1), false;
    ends[0] = lift(ends[0]);
    ends[1] = lift(ends[1]);
    if (ends[0] >= 0 && ends[1] >= 0) return true;
    close_all(ends, 2);
    close_all(listener, 1);
    return false;
}

static bool begin(struct collector *c, int out_fd, const struct door *door) {
    int ends[2], listener;
    if (!open_door(door, ends, &listener)) return false;
    pid_t pid = fork();
    if (pid == 0) {
        close(ends[0]);
        leave(c);
        if (c->attached) kinship_of_attached();
        kin_begin(out_fd, c->max_size_bytes, door != NULL);
        guests_begin(out_fd, listener, ends[1]);
        keep_door(door, listener, ends[1]);
        _exit(0);
    }
    close_all(&listener, 1);
    close_all(&ends[1], 1);
    if (pid < 0) return close_all(ends, 1), false;
    doorbell_take(ends[0]);
    return true;
}

bool family_begin(struct collector *c, int out_fd, char variable[DOOR_VARIABLE_BYTES]) {
    struct door door;
    variable[0] = '\0';
    if (!door_make(&door, &c->arena->offer) || !begin(c, out_fd, &door)) return false;
    door_write(&door, variable);
    return true;
}

bool family_watch(struct collector *c, int out_fd) { return begin(c, out_fd, NULL); }

void family_settle(void) { doorbell_settle(SETTLING_MS + 1000); }
