/* The collectors of the processes that join the first one's recording.
 *
 * A doorkeeper is forked before the first collector has begun its work, and so has nothing of it. It
 * forks a collector for each process that comes through the door (shared/door.h), and stays for as
 * long as the first collector, or one of these, is at work. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "buffer.h"
#include "collect.h"
#include "family.h"
#include "identity.h"
#include "jobs.h"
#include "shared/clock.h"

#define REAP_EVERY_MS 100
#define SETTLING_MS 5000
#define FULL_TABLE_NS 10000000u

struct guest {
    pid_t collector, process;
};
static struct buffer guests;
static uint32_t last_number;
static int to_doorkeeper = -1; /* in the first collector */

static size_t guest_count(void) { return guests.used / sizeof(struct guest); }
static struct guest *guest_at(size_t i) { return (struct guest *)guests.bytes + i; }

/* --- in the doorkeeper ---------------------------------------------------------------------- */

static void reap(void) {
    for (pid_t ended; (ended = waitpid(-1, NULL, WNOHANG)) > 0;)
        for (size_t i = 0; i < guest_count(); i++) {
            if (guest_at(i)->collector != ended) continue;
            *guest_at(i) = *guest_at(guest_count() - 1);
            guests.used -= sizeof(struct guest);
            break;
        }
}

static void record_guest(int arena_fd, int out_fd, uint32_t number, pid_t process) {
    struct collector c = {.pidfd = -1, .control = -1, .exit_status = INT_MIN, .process = number};
    if (!collect_prepare(&c, arena_fd)) return;
    identity_know(&c, process);
    collect_show(&c);
    collect(&c, out_fd, false);
}

static void welcome(const struct door *door, int listener, int first, int out_fd) {
    int visitor = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (visitor < 0) {
        if (errno != EAGAIN) pause_ns(FULL_TABLE_NS); /* no descriptor is free: in a while, perhaps */
        return;
    }
    int arena_fd = door_receive(visitor, door);
    pid_t process = door_peer(visitor);
    close(visitor);
    if (arena_fd < 0) return;
    uint32_t number = ++last_number;
    pid_t pid = fork();
    if (pid == 0) {
        close(listener);
        close(first);
        record_guest(arena_fd, out_fd, number, process);
        _exit(0);
    }
    close(arena_fd);
    if (pid > 0) *(struct guest *)buffer_add(&guests, sizeof(struct guest)) = (struct guest){pid, process};
}

static bool somebody_waits(int fd, int at_most_ms) {
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
    return poll(&poll_fd, 1, at_most_ms) > 0;
}

static bool records_the_dead(const struct guest *guest) {
    char state = guest->process ? jobs_state(guest->process) : 'R';
    return state == 0 || state == 'Z' || state == 'X';
}

/* Until what has ended is in the file: whose processes go on, nobody waits for. */
static void settle(const struct door *door, int listener, int first, int out_fd) {
    for (int ms = 0; ms < SETTLING_MS; ms++) {
        if (somebody_waits(listener, 0)) welcome(door, listener, first, out_fd);
        reap();
        bool unsettled = somebody_waits(listener, 0);
        for (size_t i = 0; i < guest_count() && !unsettled; i++) unsettled = records_the_dead(guest_at(i));
        if (!unsettled) return;
        pause_ns(1000000);
    }
}

static void keep_door(const struct door *door, int listener, int first, int out_fd) {
    bool first_is_there = true;
    while (first_is_there || guest_count()) {
        struct pollfd fds[] = {{.fd = listener, .events = POLLIN},
                               {.fd = first_is_there ? first : -1, .events = POLLIN}};
        poll(fds, 2, guest_count() ? REAP_EVERY_MS : -1);
        if (fds[0].revents) welcome(door, listener, first, out_fd);
        reap();
        if (!fds[1].revents) continue;
        char asked;
        first_is_there = read(first, &asked, 1) == 1;
        if (!first_is_there) continue;
        settle(door, listener, first, out_fd);
        first_is_there = write(first, &asked, 1) == 1;
    }
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

/* False, and nothing is open, if one of them cannot be had. */
static bool open_door(const struct door *door, int ends[2], int *listener) {
    if ((*listener = lift(door_listen(door))) < 0) return false;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return close(*listener), false;
    ends[0] = lift(ends[0]);
    ends[1] = lift(ends[1]);
    if (ends[0] >= 0 && ends[1] >= 0) return true;
    int error = errno;
    close(*listener);
    for (int i = 0; i < 2; i++)
        if (ends[i] >= 0) close(ends[i]);
    errno = error;
    return false;
}

bool family_begin(struct collector *c, int out_fd, char variable[DOOR_VARIABLE_BYTES]) {
    struct door door;
    int ends[2], listener;
    variable[0] = '\0';
    if (!door_make(&door, &c->arena->offer) || !open_door(&door, ends, &listener)) return false;
    pid_t pid = fork();
    if (pid == 0) {
        close(ends[0]);
        leave(c);
        keep_door(&door, listener, ends[1], out_fd);
        _exit(0);
    }
    close(listener);
    close(ends[1]);
    if (pid < 0) return close(ends[0]), false;
    to_doorkeeper = ends[0];
    door_write(&door, variable);
    return true;
}

void family_settle(void) {
    char asked = 's';
    if (to_doorkeeper < 0 || send(to_doorkeeper, &asked, 1, MSG_NOSIGNAL) != 1) return;
    if (somebody_waits(to_doorkeeper, SETTLING_MS + 1000) && read(to_doorkeeper, &asked, 1) == 1) return;
    fprintf(stderr, "gilscope: the trace lacks some of what processes recorded that have just ended\n");
}
