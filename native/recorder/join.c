/* Join the recording that another process is part of: with an arena of our own, through its door. */
#include "join.h"

#include "nursery.h"
#include "recording.h"
#include "session.h"
#include "shared/door.h"
#include "watchdog.h"

#include <errno.h>
#include <unistd.h>

static struct door door;
static bool knows_door;

bool join_remember(const char *text) { return knows_door = door_read(&door, text); }

/* What the joining process has recorded by then is in the arena: a door that answers late loses
 * nothing. One that does not answer at all means that the recording is over. */
static bool pass_through(int door_fd, int arena_fd) {
    if (door_fd < 0) return false;
    session_allow(door_peer(door_fd));
    return door_send(door_fd, &door, arena_fd);
}

/* A new program knocks first: nothing begins where nobody answers. The parent of a forked child was recorded
 * just now; so it goes to the door when it has something to hand over, and keeps nobody waiting there. */
static const char *join(bool is_forked) {
    int arena_fd = -1, door_fd = is_forked ? -1 : door_connect(&door);
    if (!is_forked && door_fd < 0) return "that recording has ended";
    const char *problem = session_join(&door.offer, &arena_fd);
    if (!problem && is_forked) door_fd = door_connect(&door);
    if (!problem && !pass_through(door_fd, arena_fd)) {
        session_end(STOP_COMMAND);
        session_close(false);
        problem = "its collector does not answer";
    }
    if (arena_fd >= 0) close(arena_fd);
    if (door_fd >= 0) close(door_fd);
    return problem;
}

const char *join_recording(const char *began, bool is_forked) {
    if (!knows_door) return "there is no recording to join";
    if (recording.active) return "this process is being recorded already";
    recording.began = began;
    watchdog_tells_nobody(); /* what there is to say, the first process says */
    return join(is_forked);
}

/* --- children ------------------------------------------------------------------------------- */

static void newborn_joins(void) {
    int error = errno;
    recording.since_ns = recording.newborn.begin_ns;
    struct place *place = nursery_grow_up();
    session_forget_parent(true);
    bool has_joined = !join_recording("fork", true);
    recording.since_ns = 0;
    if (!has_joined) session_leave_parent();
    nursery_let_go(place, has_joined);
    errno = error;
}

/* Whoever is called looks at the nursery, and hears nothing. */
static void call_doorkeeper(void) {
    int door_fd = door_connect(&door);
    if (door_fd >= 0) close(door_fd);
}

void join_prepare_children(void) {
    recording.join = newborn_joins;
    int nursery_fd = nursery_make();
    if (nursery_fd < 0) return;
    int door_fd = door_connect(&door);
    if (door_fd >= 0) {
        door_send(door_fd, &door, nursery_fd); /* if it does not arrive, nobody opens it */
        close(door_fd);
    }
    close(nursery_fd);
}

void join_before_fork(void) {
    join_prepare_children();
    if (nursery_keep_place()) call_doorkeeper();
}
