/* Children that have just been forked and have nothing but a place in a nursery.
 *
 * Most of them end before they let go of the GIL. Then what there is to say stands in their place; or they
 * have been killed, which is seen here. A process of its own writes that (lives.c). */
#include "newborns.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "collector.h"
#include "guests.h"
#include "jobs.h"
#include "kin.h"
#include "lives.h"
#include "procfile.h"
#include "shared/arenafile.h"
#include "shared/clock.h"

#define MOST_NURSERIES 512u
#define MOST_AT_ONCE 256u    /* lives that one process writes */
#define LOOK_EVERY_NS 20000000u /* at those that are known to be there */
#define LONGEST_DELAY_LOOKS 500u
#define WRITE_EVERY_NS 100000000u

struct known {
    bool is_kin; /* it is in the list of processes, as one of these */
    uint32_t looks;
    uint64_t cpu_ns;
};
struct watched {
    struct nursery *nursery;
    pid_t owner;
    struct known known[NURSERY_PLACES];
};
static struct watched *all[MOST_NURSERIES];
static size_t count;
static uint64_t looked_ns, written_ns;
static bool somebody_is_there, somebody_is_left;
static struct life lives[MOST_AT_ONCE];
static struct place *written[MOST_AT_ONCE]; /* to be freed */
static size_t life_count;

/* --- nurseries ----------------------------------------------------------------------------------- */

bool newborns_is_nursery(int fd) {
    uint64_t magic = 0;
    return pread(fd, &magic, sizeof magic, 0) == (ssize_t)sizeof magic && magic == NURSERY_MAGIC;
}

/* Process ids that stand in its memory mean nothing where it is in another namespace. */
static bool shares_namespace(pid_t pid) {
    char status[4096];
    int here = 0, inner = 0;
    if (pid <= 0 || !proc_read(status, sizeof status, "/proc/%d/status", (int)pid)) return false;
    const char *line = strstr(status, "\nNSpid:");
    return line && sscanf(line + 7, "%d%*[ \t]%d", &here, &inner) == 1 && here == pid;
}

static struct nursery *map(int fd) {
    struct stat status;
    if (!arena_cannot_shrink(fd) || fstat(fd, &status) != 0 || status.st_size != (off_t)NURSERY_BYTES)
        return NULL;
    void *at = mmap(NULL, NURSERY_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    return at == MAP_FAILED ? NULL : at;
}

void newborns_add(int fd, pid_t owner) {
    struct nursery *nursery = count < MOST_NURSERIES && shares_namespace(owner) ? map(fd) : NULL;
    close(fd);
    struct watched *watched = nursery ? calloc(1, sizeof *watched) : NULL;
    if (!watched) {
        if (nursery) munmap(nursery, NURSERY_BYTES);
        return; /* its children will do without */
    }
    watched->nursery = nursery;
    watched->owner = owner;
    all[count++] = watched;
    atomic_store(&nursery->is_open, 1);
}

static void forget(size_t i) {
    munmap(all[i]->nursery, NURSERY_BYTES);
    free(all[i]);
    all[i] = all[--count];
}

/* --- places ----------------------------------------------------------------------------------------- */

enum life_of { LIVES, IS_GONE, IS_ANOTHER };

static enum life_of look_at(const struct nursery *nursery, pid_t pid) {
    uint64_t value = 0, expected = once(nursery->canary);
    struct iovec here = {&value, sizeof value},
                 there = {(void *)(uintptr_t)once(nursery->canary_address), sizeof value};
    ssize_t bytes = process_vm_readv(pid, &here, 1, &there, 1, 0);
    if (bytes == (ssize_t)sizeof value) return value == expected ? LIVES : IS_ANOTHER;
    if (errno == ESRCH) return IS_GONE;
    if (errno == EFAULT) return IS_ANOTHER;
    return jobs_has_ended(pid) ? IS_GONE : LIVES; /* it must not be read */
}

static uint64_t cpu_ns_of(pid_t pid) {
    struct usage usage;
    return proc_usage(pid, pid, &usage) ? usage.cpu_ns : 0;
}

/* Empty: whoever keeps it next may be interrupted before it has written anything. */
static void free_place(struct watched *watched, uint32_t i, pid_t pid) {
    struct nursery *nursery = watched->nursery;
    struct place *place = &nursery->places[i];
    if (watched->known[i].is_kin) kin_left(pid);
    watched->known[i] = (struct known){0};
    atomic_store(&place->pid, 0);
    place->own_pid = place->parent_pid = 0;
    place->kept_ns = place->kept_unix_ns = place->begin_ns = place->end_ns = place->cpu_ns = 0;
    place->exit_status = 0;
    atomic_store(&place->state, PLACE_FREE);
    atomic_fetch_sub(&nursery->in_use, 1);
    if (i < atomic_load(&nursery->next_free)) atomic_store(&nursery->next_free, i);
}

/* If there is no room for another one now, at the next look. */
static void write_later(struct watched *watched, struct place *place, pid_t pid, enum life_of end) {
    struct known *known = &watched->known[place - watched->nursery->places];
    if (life_count == MOST_AT_ONCE) {
        somebody_is_left = true;
        return;
    }
    struct life *life = &lives[life_count];
    *life = (struct life){.nursery = watched->nursery,
                          .pid = pid,
                          .is_by_word = end == LIVES,
                          .has_executed = end == IS_ANOTHER};
    memcpy(&life->place, place, sizeof life->place);
    if (!life->is_by_word) {
        life->place.end_ns = monotonic_ns();
        uint64_t before_ns = life->place.cpu_ns;
        life->place.cpu_ns = known->cpu_ns > before_ns ? known->cpu_ns - before_ns : 0;
    }
    written[life_count++] = place;
    if (life->has_executed) kin_executed(pid);
    else if (known->is_kin) kin_left(pid);
    *known = (struct known){0};
    atomic_store(&place->state, PLACE_TAKEN);
}

static void follow_begun(struct watched *watched, struct place *place, pid_t pid) {
    struct known *known = &watched->known[place - watched->nursery->places];
    somebody_is_there = true;
    if (!pid) return;
    enum life_of now = look_at(watched->nursery, pid);
    if (now == LIVES) {
        if (!known->is_kin) kin_born(pid);
        known->is_kin = true;
        known->cpu_ns = cpu_ns_of(pid);
        return;
    }
    uint32_t state = atomic_load(&place->state); /* it may just have said so itself */
    if (state == PLACE_BEGUN || state == PLACE_KEPT) write_later(watched, place, pid, now);
}

/* Its parent may still be about to write its pid there; some never do. */
static bool is_done_with(struct place *place, const struct known *known, bool owner_has_ended) {
    return atomic_load(&place->pid) || owner_has_ended || known->looks > LONGEST_DELAY_LOOKS;
}

static void follow(struct watched *watched, uint32_t i, bool owner_has_ended) {
    struct place *place = &watched->nursery->places[i];
    struct known *known = &watched->known[i];
    uint32_t state = atomic_load(&place->state);
    pid_t pid = atomic_load(&place->pid), own_pid = once(place->own_pid);
    bool is_old = state != PLACE_FREE && known->looks++ > 0;
    if (!is_old && (state == PLACE_KEPT || state == PLACE_ENDED)) somebody_is_left = true;
    if (!pid && (is_old || owner_has_ended) && state != PLACE_KEPT) pid = own_pid;
    switch (state) {
    case PLACE_KEPT:
        if (pid && is_old) follow_begun(watched, place, pid);
        else if (!pid && owner_has_ended) free_place(watched, i, 0);
        break;
    case PLACE_BEGUN: follow_begun(watched, place, pid); break;
    case PLACE_ENDED:
        if (pid) write_later(watched, place, pid, LIVES);
        break;
    case PLACE_JOINED:
        if (!is_old) break; /* until it is known by its arena */
        if (is_done_with(place, known, owner_has_ended)) free_place(watched, i, pid);
        break;
    case PLACE_VOID:
        if (is_done_with(place, known, owner_has_ended)) free_place(watched, i, pid);
        break;
    default: break;
    }
}

/* --- looking ------------------------------------------------------------------------------------------ */

static void write_lives(void) {
    if (!life_count || !guests_write(lives_write, lives, life_count)) return;
    for (size_t i = 0; i < life_count; i++) atomic_store(&written[i]->state, PLACE_VOID);
    life_count = 0;
}

static void look(void) {
    somebody_is_there = somebody_is_left = false;
    for (size_t n = count; n-- > 0;) {
        struct nursery *nursery = all[n]->nursery;
        bool owner_has_ended = jobs_has_ended(all[n]->owner);
        uint32_t used = atomic_load(&nursery->used);
        for (uint32_t i = 0; i < used && i < NURSERY_PLACES; i++) follow(all[n], i, owner_has_ended);
        if (owner_has_ended && !atomic_load(&nursery->in_use)) forget(n);
    }
    looked_ns = monotonic_ns();
}

void newborns_follow(bool at_once) {
    uint64_t now = monotonic_ns();
    if (!count || (!at_once && now - looked_ns < LOOK_EVERY_NS)) return;
    look();
    if (!at_once && life_count < MOST_AT_ONCE && now - written_ns < WRITE_EVERY_NS) return;
    write_lives();
    written_ns = now;
}

bool newborns_are_there(void) { return somebody_is_there || life_count; }

bool newborns_are_settled(void) { return !life_count && !somebody_is_left; }

int newborns_wait_ms(void) {
    if (!somebody_is_there && !life_count) return -1;
    uint64_t passed = monotonic_ns() - looked_ns;
    return passed < LOOK_EVERY_NS ? (int)((LOOK_EVERY_NS - passed) / 1000000 + 1) : 0;
}
