/* Join the recording that another process is part of: with an arena of our own, through its door. */
#include "join.h"

#include "recording.h"
#include "session.h"
#include "shared/door.h"
#include "watchdog.h"

#include <unistd.h>

static struct door door;
static bool knows_door;

bool join_remember(const char *text) { return knows_door = door_read(&door, text); }

/* What the joining process has recorded by then is in the arena: a door that answers late loses
 * nothing. One that does not answer at all means that the recording is over, and nothing begins. */
static const char *join_through(int door_fd) {
    int arena_fd = -1;
    const char *problem = session_join(&door.offer, door_peer(door_fd), &arena_fd);
    if (!problem && !door_send(door_fd, &door, arena_fd)) {
        session_end(STOP_COMMAND);
        session_close(false);
        problem = "its collector does not answer";
    }
    if (arena_fd >= 0) close(arena_fd);
    return problem;
}

const char *join_recording(const char *began) {
    if (!knows_door) return "there is no recording to join";
    if (recording.active) return "this process is being recorded already";
    int door_fd = door_connect(&door);
    if (door_fd < 0) return "that recording has ended";
    recording.began = began;
    watchdog_tells_nobody(); /* what there is to say, the first process says */
    const char *problem = join_through(door_fd);
    close(door_fd);
    return problem;
}
